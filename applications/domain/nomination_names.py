"""Those whom an ICS names before they apply: who they are, when they were told, and what becomes of their place.

A nominee takes no nomination: only an application does. When they apply and count against the limit of the same ICS,
their application takes the place that the ICS gave them, if nobody else has it.
"""

from __future__ import annotations

import datetime

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Q

from applications.domain import nominations
from applications.domain.actors import Actor
from applications.models import Application, BoardEntry, Nominee, State
from applications.models.applications import SUBMITTED
from programmes.domain import access, messages
from programmes.domain.prepared import Prepared
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_datetime
from programmes.models import Message, NominationAllowance, Programme

Person = User | AnonymousUser
# Within this time nobody is written to twice.
QUIET = datetime.timedelta(minutes=2)


class NotTaking(Refused):
    """The programme takes no applications any more, so that nobody can be named for it, or told."""


def require_taking(programme: Programme, now: datetime.datetime) -> None:
    """Raise `NotTaking` where nobody can apply to ``programme`` now or later."""
    if not programme.published:
        raise NotTaking(f"{programme} is not published: open it first, then name people.")
    if programme.closes_at is not None and programme.has_closed(now):
        raise NotTaking(
            f"{programme} closed at {nhs_datetime(programme.closes_at)}: nobody can apply any more. "
            "Set a later closing first, if people can still be named."
        )


def tell(nominee: Nominee, whose: str, *, now: datetime.datetime, again: bool = False) -> Message:
    """Queue the mail that tells a nominee of it; a second call does nothing, but for one that is meant (``again``)."""
    programme = nominee.programme
    occasion = f"{nominee.about}:{nominee.nomination_key}"
    return messages.queue(
        "nominated",
        occasion=f"{occasion}:{now.isoformat()}" if again else occasion,
        to_address=nominee.email,
        to_name=nominee.name,
        programme=programme,
        about=nominee.about,
        now=now,
        context={
            "whose": whose,
            "summary": programme.summary,
            "page": f"{settings.SITE_URL}/programmes/{programme.slug}/",
        },
    )


def tell_again(nominee_id: int, *, user: Person, now: datetime.datetime) -> Nominee:
    """Tell a nominee, once more or for the first time, because staff ask for it.

    Raises `NotTaking`, or `Refused` for somebody who has applied or was taken off, and within two minutes of the last.
    """
    with transaction.atomic():
        nominee, allowance = _lock(nominee_id, user)
        require_taking(allowance.programme, now)
        if nominee.told_at is not None and nominee.told_at > now - QUIET:
            raise Refused(
                f"{nominee.name} was written to less than 2 minutes ago. Wait a little, then try again."
            )
        tell(nominee, allowance.whose, now=now, again=True)
        nominee.told_at = now
        changed_by(nominee, user)
        nominee.save()
        return nominee


def remove(nominee_id: int, *, user: Person, now: datetime.datetime) -> Nominee:
    """Take somebody off the list of those named; it is kept on the board, with who did it.

    Raises `Refused` for somebody who has applied, or was taken off already.
    """
    with transaction.atomic():
        nominee, allowance = _lock(nominee_id, user)
        nominee.removed_at = now
        changed_by(nominee, user)
        nominee.save()
        note(allowance, f"{nominee.name} taken off the list of those named.", user=user, now=now)
        return nominee


def _lock(nominee_id: int, user: Person) -> tuple[Nominee, NominationAllowance]:
    """Lock the board of somebody who is named and has not applied, so that nobody acts on it at the same moment."""
    before = Nominee.objects.get(pk=nominee_id)
    allowance = NominationAllowance.objects.get(programme=before.programme_id, key=before.nomination_key)
    allowance = nominations.lock_with_programme(allowance.pk)
    access.require_reviewer(user, allowance.programme)
    nominee = Nominee.objects.select_related("programme").get(pk=nominee_id)
    if nominee.removed_at is not None or nominee.application_id is not None:
        why = "has applied" if nominee.application_id else "was taken off the list"
        raise Refused(f"{nominee.name} {why} already. Nothing was changed.")
    return nominee, allowance


def note(allowance: NominationAllowance, text: str, *, user: Person, now: datetime.datetime) -> None:
    """Keep on a board that its list of those named was changed; the order stays confirmed by it."""
    BoardEntry.objects.create(
        allowance=allowance,
        kind=BoardEntry.Kind.LISTED,
        text=text,
        name=Actor.staff(user).name,
        user_id=user.pk,
        at=now,
    )


_named = Prepared(
    lambda programme, counted, address: Nominee.objects.listed().filter(
        programme=programme, nomination_key=counted, address_key=address
    ),
    programme=-1,
    counted="for nobody",
    address="nobody's",
)


def arrive(application: Application, *, in_reserve: bool) -> None:
    """Whoever is named for what an application counts against has applied: their place goes to it, if it is free.

    For a submission, under the lock of its allowance; the application is not saved.
    """
    named = _named(
        programme=application.programme_id,
        counted=application.nomination_key,
        address=application.address_key,
    )
    if not named:
        return
    nominee = named[0]
    nominee.application = application
    nominee.save()
    beside = Application.objects.filter(
        Q(state=State.RESERVE) if in_reserve else ~Q(state=State.RESERVE),
        programme=application.programme_id,
        nomination_key=application.nomination_key,
        state__in=SUBMITTED,
    )
    if nominee.rank is not None and not beside.filter(nomination_rank=nominee.rank).exists():
        application.nomination_rank = nominee.rank
