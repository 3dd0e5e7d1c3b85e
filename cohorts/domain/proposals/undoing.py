"""Taking an applied proposal back as a whole, while its mails are held and nobody has read of it."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Q

from applications.domain import nominations
from applications.domain.actors import Actor
from applications.domain.telling import tell_applicant
from applications.domain.workflow import change_state
from applications.models import Application, State, StateChange
from cohorts.domain import waiting_list
from cohorts.domain.proposals.applying import locked
from cohorts.models import Proposal
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_datetime
from programmes.models import Message

Person = User | AnonymousUser
_ITS_ACTIONS = ("offer", "give_place", "waitlist")


def undo_until(proposal: Proposal) -> datetime.datetime | None:
    """Until when an applied proposal can be undone: as long as its mails are held. None for one not applied."""
    if proposal.status != Proposal.Status.APPLIED or proposal.applied_at is None:
        return None
    return proposal.applied_at + datetime.timedelta(minutes=settings.DECISION_HOLD_MINUTES)


def undo(proposal_id: int, *, user: Person, now: datetime.datetime) -> Proposal:
    """Put everybody back to where they were before a proposal was applied; nobody's mailbox sees anything.

    Whoever has acted meanwhile, or been told, stays as they are and is named in ``report["undone"]``. Raises
    `Refused` once the mails are no longer held.
    """
    with transaction.atomic():
        programme, proposal = locked(proposal_id, user)
        until = undo_until(proposal)
        if until is None:
            raise Refused(
                f"This proposal is “{proposal.get_status_display().lower()}”: there is nothing to undo."
            )
        if now >= until:
            raise Refused(
                f"It could be undone until {nhs_datetime(until)}: the mails have gone out since. "
                "Take single places back on the pages of the applications."
            )
        back: list[str] = []
        skipped: dict[str, str] = {}
        for pk in _touched(proposal):
            application = nominations.lock_application(pk)
            try:
                _put_back(application, proposal, user=user, now=now)
            except Refused as refused:
                skipped[application.reference] = refused.sentence
            else:
                back.append(application.reference)
        proposal.status = Proposal.Status.UNDONE
        proposal.undone_by_id = user.pk
        proposal.undone_at = now
        proposal.report = {**proposal.report, "undone": {"back": back, "skipped": skipped}}
        proposal.save()
        waiting_list.set_offers_onward(programme.pk, proposal.report["offers_onward_before"], user=user)
        return proposal


def _touched(proposal: Proposal) -> list[int]:
    """Everybody whom the proposal placed or put on the waiting list, in the order in which they are locked."""
    touched = {*proposal.report["placed"], *proposal.report["waitlisted"]}
    rows = Application.objects.filter(programme=proposal.programme_id).order_by("pk")
    return [pk for pk, reference in rows.values_list("pk", "reference") if reference in touched]


def _put_back(application: Application, proposal: Proposal, *, user: Person, now: datetime.datetime) -> None:
    change = application.changes.order_by("pk").last()
    assert change is not None
    if change.action not in _ITS_ACTIONS or change.at != proposal.applied_at:
        raise Refused(f"{application.name} is “{application.get_state_display().lower()}” by now.")
    if _has_been_told(application, change, now=now):
        raise Refused(f"{application.name} has been told by mail already.")
    undone = change_state(
        application, State(change.from_state), action="undo", actor=Actor.staff(user), now=now
    )
    # What the proposal's own mail overtook unread is true once more.
    for event in proposal.report["unsaid"].get(application.reference, []):
        tell_applicant(application, event, occasion=f"change:{undone.pk}", now=now)


def _has_been_told(application: Application, change: StateChange, *, now: datetime.datetime) -> bool:
    """Whether a mail about a change of an application, or of later, is on its way or has arrived."""
    of_it = Q(dedupe_key__contains=f":change:{change.pk}:") | Q(created_at__gt=change.at)
    mails = Message.objects.about(application.about).filter(of_it).still_meant()
    return mails.exclude(pk__in=mails.held(now).values("pk")).exists()
