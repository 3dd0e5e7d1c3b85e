"""An application is begun, and whoever has one is mailed the link to it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.db import IntegrityError, transaction

from applications.domain import approvals, nominations
from applications.domain.eligibility import Met, unmet
from applications.domain.references import new_reference
from applications.domain.telling import tell_applicant
from applications.models import Application, Approval, CriterionAnswer
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_datetime
from programmes.models import Message, Programme

# A second wish for a link within this time sends no second mail.
QUIET = datetime.timedelta(minutes=2)
# Of references that are in use, so many are tried before a start fails.
REFERENCES_TRIED = 5


class Closed(Refused):
    """The programme takes no applications now."""


class NotEligible(Refused):
    """An essential criterion is not met."""


def require_open(programme: Programme, now: datetime.datetime) -> None:
    """Raise `Closed`, saying why, unless the programme takes applications at ``now``."""
    if not programme.published:
        raise Closed("This programme does not take applications.")
    if programme.opens_at and programme.opens_later(now):
        raise Closed(f"Applications to {programme.title} open at {nhs_datetime(programme.opens_at)}.")
    if programme.closes_at and programme.has_closed(now):
        raise Closed(
            f"Applications to {programme.title} closed at {nhs_datetime(programme.closes_at)}. "
            f"What you entered is kept. If you think there is a mistake, write to {programme.contact_email}."
        )


def require_startable(programme: Programme, *, verdicts: Sequence[Met], now: datetime.datetime) -> None:
    """Raise `Closed` or `NotEligible` where nobody who answered so can begin; whose address it is plays no part."""
    require_open(programme, now)
    if unmet(verdicts):
        raise NotEligible("An essential criterion is not met.")


def start(programme: Programme, *, email: str, verdicts: Sequence[Met], now: datetime.datetime) -> None:
    """Begin an application and mail the link to continue it; for someone who has one, mail the link to that.

    Returns nothing, so that a page cannot tell whether the address was known. Raises `Closed` or `NotEligible`.
    """
    require_startable(programme, verdicts=verdicts, now=now)
    tries_left = REFERENCES_TRIED
    while True:
        try:
            return _begin(programme, email, verdicts, now)
        except IntegrityError:
            rows = Application.objects.live().filter(programme=programme)
            if existing := rows.filter(email_key=email.strip().casefold()).first():
                return send_link_again(existing, now=now)
            # Somebody else has the reference.
            tries_left -= 1
            if not tries_left:
                raise


def _begin(programme: Programme, email: str, verdicts: Sequence[Met], now: datetime.datetime) -> None:
    with transaction.atomic():
        application = Application.objects.create(
            reference=new_reference(programme),
            programme=programme,
            email=email,
            state_since=now,
            created_at=now,
        )
        CriterionAnswer.objects.bulk_create(
            CriterionAnswer(
                application=application,
                criterion=verdict.criterion,
                statement=verdict.criterion.statement,
                met=verdict.met,
                ways=list(verdict.ways),
            )
            for verdict in verdicts
        )
        tell_applicant(application, "continue", occasion=application.about, now=now, supersedes=False)


def send_link_again(application: Application, *, now: datetime.datetime) -> None:
    """Mail a fresh link to the address we hold; a second wish within two minutes is one mail."""
    with transaction.atomic():
        nominations.lock_application(application.pk)
        mails = Message.objects.about(application.about).filter(event="link_again")
        if not mails.filter(created_at__gt=now - QUIET).exists():
            tell_applicant(
                application, "link_again", occasion=f"{application.about}:{now.isoformat()}", now=now
            )


def send_links_to(email: str, *, now: datetime.datetime) -> None:
    """Mail a fresh link for each live application of an address, and for each approval asked of it.

    Nothing where there is none, and nobody is told.
    """
    rows = Application.objects.live().filter(email_key=email.strip().casefold())
    for application in rows.select_related("programme"):
        send_link_again(application, now=now)
    for approval in Approval.objects.pending().filter(email__iexact=email.strip()):
        approvals.send_fresh_link(approval.pk, now=now)
