"""Where an application stands, in words: who it waits on, since when, and what comes next."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from applications.domain import announcements, nominations
from applications.domain.workflow import find_transition
from applications.models import Application, Approval, State, StateChange
from programmes.domain.messages import MAILS
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
    who = ""
    if state in (State.DRAFT, State.MORE_INFORMATION, State.OFFERED, State.ATTENDED):
        who = "you"
    elif state == State.AWAITING_APPROVAL:
        pending = tuple(application.approvals.pending())
        who = " and ".join(
            f"{approval.name} ({approval.get_approver_display().lower()})" for approval in pending
        )
        since = min((approval.asked_at for approval in pending if approval.asked_at), default=since)
    elif state == State.RESERVE:
        pending = tuple(application.approvals.pending())
        position = nominations.position_in_reserve(application)
        who = "a free nomination"
    elif state in (State.UNDER_REVIEW, State.SHORTLISTED):
        who = application.programme.academy.name
    elif state == State.WAITLISTED:
        position = next((found for found in announcements.waiting_position(application) if found), None)
        who = "a free seat"
    elif state == State.CONFIRMED:
        who = "the training"
    return Standing(PUBLIC_NAMES[state], who, since, _NEXT.get(state, ""), pending, position)


def untold(application: Application, now: datetime.datetime) -> list[StateChange]:
    """The decisions of staff that the applicant has not been told of: their mail is held, newest first.

    Within the hold a decision can be taken back before anyone reads it, on the status page as in the mail.
    """
    if not Message.objects.held(now).about(application.about).exists():
        return []
    held_since = now - datetime.timedelta(minutes=settings.DECISION_HOLD_MINUTES)
    changes = application.changes.order_by("-at", "-pk").filter(at__gt=held_since)
    return list(itertools.takewhile(_mail_is_held, changes))


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
