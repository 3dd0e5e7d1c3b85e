"""Where an application stands, in words: who it waits on, since when, and what comes next."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings

from applications.domain import announcements, nominations
from applications.domain.transitions import find_transition
from applications.models import Application, Approval, Decision, State, StateChange
from programmes.domain.mails import MAILS
from programmes.models import Message

# What applicants and approvers read; staff see the names of `State` itself.
PUBLIC_NAMES: dict[State, str] = {
    State.DRAFT: "Not yet submitted",
    State.AWAITING_APPROVAL: "Waiting for approval",
    State.RESERVE: "In reserve",
    State.UNDER_REVIEW: "Being reviewed",
    State.MORE_INFORMATION: "More information needed",
    State.SHORTLISTED: "Suitable, waiting for a place",
    State.WAITLISTED: "On the waiting list",
    State.OFFERED: "Place offered",
    State.CONFIRMED: "Place confirmed",
    State.ATTENDED: "Training attended",
    State.COMPLETED: "Training completed",
    State.NOT_SUPPORTED: "Not supported",
    State.UNSUCCESSFUL: "Not successful",
    State.DECLINED: "Offer declined",
    State.LAPSED: "Offer not answered in time",
    State.WITHDRAWN: "Withdrawn",
    State.DID_NOT_COMPLETE: "Training not completed",
}

_NEXT: dict[State, str] = {
    State.DRAFT: "Finish and submit your application.",
    State.AWAITING_APPROVAL: "When they have approved it, the academy reviews your application.",
    State.RESERVE: "If a nomination comes free, you move up by yourself and we write to you.",
    State.UNDER_REVIEW: "The academy decides whether the programme suits you, and writes to you.",
    State.MORE_INFORMATION: "When you have answered, the academy goes on with the review.",
    State.SHORTLISTED: "The academy gives the places, and writes to you.",
    State.WAITLISTED: "If a seat comes free that you can take, the academy offers it to you.",
    State.OFFERED: "Accept or decline the place.",
    State.CONFIRMED: "Come to the training.",
    State.ATTENDED: "Tell us what you thought of the training, and agree to what comes next.",
}

_ON_THE_APPLICANT = frozenset({State.DRAFT, State.MORE_INFORMATION, State.OFFERED, State.ATTENDED})
_WAITS_ON: dict[State, str] = {
    State.RESERVE: "a free nomination",
    State.WAITLISTED: "a free seat",
    State.CONFIRMED: "the training",
}


@dataclass(frozen=True)
class Standing:
    """Where an application stands: ``who`` it waits on (empty where on nobody), ``since`` when, ``what_next``."""

    name: str
    who: str
    since: datetime.datetime
    what_next: str
    pending: tuple[Approval, ...] = ()
    position: int | None = None


def standing(application: Application) -> Standing:
    """Where an application stands now."""
    state = State(application.state)
    pending: tuple[Approval, ...] = ()
    position = None
    since = application.state_since
    if state in (State.AWAITING_APPROVAL, State.RESERVE):
        pending = tuple(row for row in application.approvals.all() if row.decision == Decision.PENDING)
    if state == State.AWAITING_APPROVAL:
        since = min((approval.asked_at for approval in pending if approval.asked_at), default=since)
    elif state == State.RESERVE:
        position = nominations.position_in_reserve(application)
    elif state == State.WAITLISTED:
        position = next((found for found in announcements.waiting_position(application) if found), None)
    who = waits_on(application, state, pending)
    return Standing(PUBLIC_NAMES[state], who, since, _NEXT.get(state, ""), pending, position)


def waits_on(
    application: Application, state: State, pending: Sequence[Approval], *, applicant: str = "you"
) -> str:
    """Who or what an application in ``state`` waits on, empty for nobody; ``pending`` are the approvals still asked."""
    if state in _ON_THE_APPLICANT:
        return applicant
    if state == State.AWAITING_APPROVAL:
        return " and ".join(
            f"{approval.name} ({approval.get_approver_display().lower()})" for approval in pending
        )
    if state in (State.UNDER_REVIEW, State.SHORTLISTED):
        return application.programme.academy.name
    return _WAITS_ON.get(state, "")


def untold(application: Application, now: datetime.datetime) -> list[StateChange]:
    """The decisions of staff that the applicant has not been told of: their mail is held, newest first.

    Within the hold a decision can be taken back before anyone reads it, on the status page as in the mail.
    """
    return untold_of_many([application], now).get(application.pk, [])


def untold_of_many(
    applications: Iterable[Application], now: datetime.datetime
) -> dict[int, list[StateChange]]:
    """`untold` of several, by primary key, without those of whom nothing is; at most two queries."""
    by_key = {application.about: application.pk for application in applications}
    held = Message.objects.held(now).about(*by_key).values_list("about", flat=True)
    pks = {by_key[about] for about in held}
    if not pks:
        return {}
    held_since = now - datetime.timedelta(minutes=settings.DECISION_HOLD_MINUTES)
    rows = StateChange.objects.filter(application__in=pks, at__gt=held_since)
    changes: dict[int, list[StateChange]] = {}
    for change in rows.order_by("-at", "-pk"):
        changes.setdefault(change.application_id, []).append(change)
    hidden = {pk: list(itertools.takewhile(_mail_is_held, changed)) for pk, changed in changes.items()}
    return {pk: changed for pk, changed in hidden.items() if changed}


def _mail_is_held(change: StateChange) -> bool:
    row = find_transition(change.from_state, change.action, State(change.to_state))
    return change.actor_user_id is not None and row is not None and MAILS[row.mail].held


def as_told(application: Application, hidden: Sequence[StateChange]) -> Application:
    """The application as its applicant knows it, without ``hidden`` (see `untold`): to be shown, never to be saved."""
    if hidden:
        first = hidden[-1]
        # A held decision is never the first change: before it, the applicant submitted.
        application.state_since = application.changes.filter(pk__lt=first.pk).latest("pk").at
        application.state = first.from_state
    return application
