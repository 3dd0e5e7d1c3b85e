"""What happened to an application, and what is still to come, in words for its applicant."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from applications.models import Application, Approval, Decision, State, StateChange
from applications.models.applications import ENDED
from programmes.domain.wording import nhs_date
from programmes.models.parts import ApprovalMethod


@dataclass(frozen=True)
class Happening:
    """One thing that happened, when, and what was said of it."""

    at: datetime.datetime
    text: str
    said: str = ""
    # Of things at the same moment: submitted, asked, answered, and what follows from that.
    order: int = 3


# By the action of the workflow's table; {academy} and {actor} are filled in.
_WORDS = {
    "submit": "You submitted your application.",
    "approve": "Everyone who had to approve your application has done so.",
    "not_support": "{actor} did not support your application.",
    "move_up": "A nomination came free, and your application moved up from the reserve.",
    "put_in_reserve": "Your application was put in reserve: somebody else is nominated in your place.",
    "take_up": "Your application was nominated, and is no longer in reserve.",
    "ask_information": "{academy} asked you for more information.",
    "give_information": "You gave the information.",
    "shortlist": "{academy} found your application suitable.",
    "waitlist": "{academy} put you on the waiting list.",
    "turn_down": "{academy} decided that your application is not successful.",
    "offer": "{academy} offered you a place.",
    "give_place": "{academy} gave you a place.",
    "offer_again": "{academy} offered you the place again.",
    "move": "{academy} gave you a place on other dates.",
    "ask_other_date": "You asked for another date. You are on the waiting list.",
    "accept": "You accepted the place.",
    "decline": "You declined the place.",
    "lapse": "The offer was not answered in time.",
    "take_back_offer": "{academy} took the place back.",
    "attend": "{academy} recorded that you attended the training.",
    "miss": "{academy} recorded that you did not attend.",
    "complete": "You completed the training.",
    "not_complete": "{academy} recorded that you did not complete the training.",
    "withdraw": "Your application was withdrawn.",
    "reopen": "{academy} is looking at your application again.",
}
# Where the same step has another end.
_RESERVE = {
    "submit": "You submitted your application. The nominations were used up, so it was put in reserve.",
    "approve": "Everyone approved. The nominations were used up, so your application was put in reserve.",
    "reopen": "{academy} is looking at your application again. It waits in reserve for a nomination.",
}


def history(
    application: Application, changes: list[StateChange], approvals: list[Approval]
) -> list[Happening]:
    """What happened, newest first: changes of state, and what was asked of approvers and answered."""
    academy = application.programme.academy.name
    happened = [_of_change(change, academy) for change in changes]
    for approval in approvals:
        if approval.method == ApprovalMethod.EMAILED:
            happened += _of_approval(approval, academy)
    return sorted(happened, key=lambda one: (one.at, one.order))[::-1]


def _of_change(change: StateChange, academy: str) -> Happening:
    reserved = _RESERVE.get(change.action, "") if change.to_state == State.RESERVE else ""
    order = 0 if change.action == "submit" else 3
    words = reserved or _WORDS.get(change.action) or f"{change.get_to_state_display()}."
    return Happening(change.at, words.format(academy=academy, actor=change.actor), change.reason, order)


def _of_approval(approval: Approval, academy: str) -> list[Happening]:
    who = f"{approval.name} ({approval.get_approver_display().lower()})"
    happened = []
    if approval.asked_at:
        happened.append(Happening(approval.asked_at, f"We asked {who} to approve your application.", order=1))
    answered = {
        Decision.SUPPORTED: f"{who} supported your application.",
        Decision.OVERRIDDEN: f"{academy} agreed in place of {who}.",
        Decision.REROUTED: approval.reason,
    }.get(Decision(approval.decision))
    passed_on = approval.decision == Decision.REROUTED
    if answered and approval.decided_at:
        happened.append(Happening(approval.decided_at, answered, order=0 if passed_on else 2))
    return happened


def journey(
    application: Application, *, asks_approvers: bool, still_asks: bool, answers_offer: bool
) -> list[dict[str, Any]]:
    """The way of a live application, as steps done, reached and to come; empty once it has ended.

    ``still_asks`` says that an approver has not answered: in reserve, that comes after the nomination.
    """
    state = State(application.state)
    if state in ENDED or state == State.DRAFT:
        return []
    way: list[tuple[str, set[State]]] = []
    if asks_approvers:
        way.append(("Approval by the people you named", {State.AWAITING_APPROVAL}))
    if state == State.RESERVE:
        way.insert(0 if still_asks else len(way), ("A free nomination", {State.RESERVE}))
    way.append(("Review by the academy", {State.UNDER_REVIEW, State.MORE_INFORMATION}))
    way.append(("A place", {State.SHORTLISTED, State.WAITLISTED}))
    if answers_offer:
        way.append(("Your answer to the offer", {State.OFFERED}))
    way.append(("Training", {State.CONFIRMED, State.ATTENDED, State.COMPLETED}))
    here = next(index for index, (_, states) in enumerate(way) if state in states)
    reached = {
        index: "done" if index < here else "now" if index == here else "next" for index in range(len(way))
    }
    if state in (State.ATTENDED, State.COMPLETED):
        reached[here] = "done"
    steps = [{"text": "Application submitted", "state": "done", "detail": nhs_date(application.submitted_at)}]
    return steps + [{"text": text, "state": reached[index]} for index, (text, _) in enumerate(way)]
