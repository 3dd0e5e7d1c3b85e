"""Which state may follow which, by whose hand, with what mail: one table, and what is asked of it.

`workflow.change_state` carries a row out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from applications.domain.actors import Hand
from applications.models import Application, State
from programmes.domain.refused import Refused

S = State


@dataclass(frozen=True)
class Transition:
    """One row of the table: from these states, by these hands, to that state, telling the applicant so.

    Without a ``mail`` nobody is told.
    """

    action: str
    label: str
    sources: frozenset[State]
    to: State
    hands: frozenset[Hand]
    mail: str
    reason_needed: bool = False
    approvers_hear: str = ""


def _row(
    action: str,
    label: str,
    sources: str,
    to: State,
    hands: Sequence[Hand],
    mail: str,
    *,
    reason_needed: bool = False,
    approvers_hear: str = "",
) -> Transition:
    states = frozenset(State(name) for name in sources.split())
    return Transition(action, label, states, to, frozenset(hands), mail, reason_needed, approvers_hear)


_A, _M, _ST, _C = (Hand.APPLICANT,), (Hand.APPROVER,), (Hand.STAFF,), (Hand.CLOCK,)
_LEADS = (Hand.LEAD, Hand.STAFF)
_IN_HAND = "awaiting_approval reserve under_review more_information shortlisted waitlisted"
_DECIDABLE = "reserve under_review more_information shortlisted waitlisted"

# The table. An action that is not here from a state is refused; docs/decisions/0002-workflow.md says why one table.
TABLE: tuple[Transition, ...] = (
    _row("submit", "Submit", "draft", S.AWAITING_APPROVAL, _A, "received"),
    _row("submit", "Submit", "draft", S.UNDER_REVIEW, _A, "received"),
    _row("submit", "Submit", "draft", S.RESERVE, _A, "received_in_reserve"),
    _row("approve", "All approved", "awaiting_approval", S.UNDER_REVIEW, (*_M, *_ST), "approvals_complete"),
    _row(
        "approve", "Approved, no nomination left", "awaiting_approval", S.RESERVE, (*_M, *_ST), "in_reserve"
    ),
    _row(
        "not_support",
        "Not supported",
        "awaiting_approval reserve",
        S.NOT_SUPPORTED,
        _M,
        "not_supported",
        reason_needed=True,
        approvers_hear="approver_ended",
    ),
    _row("move_up", "Nomination came free", "reserve", S.AWAITING_APPROVAL, _C, "moved_up"),
    _row("move_up", "Nomination came free", "reserve", S.UNDER_REVIEW, _C, "moved_up"),
    # A swap on the nomination board of an ICS: one goes, and another of its reserve comes in the same step.
    _row(
        "put_in_reserve",
        "Put in reserve",
        "awaiting_approval under_review more_information shortlisted",
        S.RESERVE,
        _LEADS,
        "put_in_reserve",
    ),
    _row("take_up", "Nominate from reserve", "reserve", S.AWAITING_APPROVAL, _LEADS, "taken_up"),
    _row("take_up", "Nominate from reserve", "reserve", S.UNDER_REVIEW, _LEADS, "taken_up"),
    _row(
        "ask_information",
        "Ask for more information",
        "under_review shortlisted waitlisted",
        S.MORE_INFORMATION,
        _ST,
        "more_information",
        reason_needed=True,
    ),
    _row("give_information", "Answer", "more_information", S.UNDER_REVIEW, _A, "information_received"),
    _row("shortlist", "Shortlist", "under_review more_information", S.SHORTLISTED, _ST, "shortlisted"),
    _row("waitlist", "Put on the waiting list", "shortlisted", S.WAITLISTED, _ST, "waitlisted"),
    _row(
        "turn_down",
        "Not successful",
        _DECIDABLE,
        S.UNSUCCESSFUL,
        _ST,
        "unsuccessful",
        reason_needed=True,
        approvers_hear="approver_ended",
    ),
    _row("offer", "Offer a place", "shortlisted", S.OFFERED, _ST, "offer"),
    # By the clock too: a seat that falls free is offered onward.
    _row("offer", "Offer a place", "waitlisted", S.OFFERED, (*_ST, *_C), "offer"),
    _row(
        "offer_again",
        "Offer the place again",
        "declined lapsed",
        S.OFFERED,
        _ST,
        "offer_again",
    ),
    _row(
        "give_place",
        "Give a place",
        "shortlisted waitlisted",
        S.CONFIRMED,
        _ST,
        "confirmed",
        approvers_hear="approver_confirmed",
    ),
    _row("accept", "Accept", "offered", S.CONFIRMED, _A, "confirmed", approvers_hear="approver_confirmed"),
    _row("decline", "Decline", "offered", S.DECLINED, _A, "declined", approvers_hear="approver_ended"),
    _row("ask_other_date", "Ask for another date", "offered", S.WAITLISTED, _A, "other_date"),
    _row("lapse", "Lapse", "offered", S.LAPSED, _C, "lapsed", approvers_hear="approver_ended"),
    _row(
        "take_back_offer",
        "Take the offer back",
        "offered",
        S.SHORTLISTED,
        _ST,
        "offer_taken_back",
        reason_needed=True,
    ),
    _row(
        "take_back_offer",
        "Take the place back",
        "confirmed",
        S.SHORTLISTED,
        _ST,
        "offer_taken_back",
        reason_needed=True,
        approvers_hear="approver_place_taken_back",
    ),
    # A proposal that is taken back as a whole, within the hold of its mails.
    _row("undo", "Undo", "offered confirmed waitlisted", S.SHORTLISTED, _ST, "undone"),
    _row("undo", "Undo", "offered confirmed", S.WAITLISTED, _ST, "undone"),
    _row("move", "Move to another cohort", "offered", S.OFFERED, _ST, "offer_moved"),
    _row(
        "move",
        "Move to another cohort",
        "confirmed",
        S.CONFIRMED,
        _ST,
        "moved",
        approvers_hear="approver_moved",
    ),
    _row("roll_over", "Roll over to a later cohort", "offered", S.OFFERED, _ST, "rolled_over"),
    _row(
        "roll_over",
        "Roll over to a later cohort",
        "confirmed",
        S.OFFERED,
        _ST,
        "rolled_over",
        approvers_hear="approver_dates_off",
    ),
    _row(
        "cancel_cohort",
        "Cohort cancelled",
        "offered",
        S.WAITLISTED,
        _ST,
        "cohort_cancelled",
        reason_needed=True,
    ),
    _row(
        "cancel_cohort",
        "Cohort cancelled",
        "confirmed",
        S.WAITLISTED,
        _ST,
        "cohort_cancelled",
        reason_needed=True,
        approvers_hear="approver_dates_off",
    ),
    _row("attend", "Attended", "confirmed", S.ATTENDED, _ST, "attended"),
    # The register is put right for someone who was taken to have missed the training.
    _row(
        "attend",
        "Attended after all",
        "offered waitlisted declined lapsed did_not_complete",
        S.ATTENDED,
        _ST,
        "attended",
        reason_needed=True,
    ),
    _row("miss", "Did not attend, next cohort offered", "confirmed", S.OFFERED, _ST, "missed_offer"),
    _row("miss", "Did not attend, on the waiting list", "confirmed", S.WAITLISTED, _ST, "missed_waiting"),
    _row(
        "complete",
        "Complete",
        "attended",
        S.COMPLETED,
        (*_A, *_ST),
        "completed",
        approvers_hear="approver_completed",
    ),
    _row(
        "not_complete",
        "Did not complete",
        "confirmed attended",
        S.DID_NOT_COMPLETE,
        _ST,
        "did_not_complete",
        reason_needed=True,
        approvers_hear="approver_ended",
    ),
    _row(
        "withdraw",
        "Withdraw",
        f"draft {_IN_HAND} offered confirmed",
        S.WITHDRAWN,
        (*_A, *_ST),
        "withdrawn",
        approvers_hear="approver_ended",
    ),
    # Another application of the same person, who hears nothing of it: the one that is kept goes on.
    _row("merge", "Merge into another", _IN_HAND, S.WITHDRAWN, _ST, "", reason_needed=True),
    _row(
        "reopen",
        "Reopen",
        "not_supported unsuccessful declined lapsed withdrawn",
        S.UNDER_REVIEW,
        _ST,
        "reopened",
        reason_needed=True,
    ),
    _row(
        "reopen",
        "Reopen",
        "not_supported unsuccessful declined lapsed withdrawn",
        S.RESERVE,
        _ST,
        "reopened_in_reserve",
        reason_needed=True,
    ),
)


class NotAllowedNow(Refused):
    """The table has no such step from the application's state, or not by this hand."""


class ReasonMissing(Refused):
    """The step needs a reason, and none was given."""


def find_transition(state: State | str, action: str, to: State | None = None) -> Transition | None:
    """The row for an action from a state (and, where an action has several ends, to ``to``), or None."""
    for row in TABLE:
        if row.action == action and State(state) in row.sources and (to is None or row.to == to):
            return row
    return None


def allowed_actions(application: Application, hand: Hand) -> list[Transition]:
    """What ``hand`` can do with an application now: one row an action, in the table's order."""
    rows = {
        row.action: row for row in reversed(TABLE) if application.state in row.sources and hand in row.hands
    }
    return [row for row in TABLE if rows.get(row.action) is row]


def require(application: Application, action: str, hand: Hand) -> None:
    """Raise `NotAllowedNow` unless ``hand`` may take ``action`` from the application's state."""
    row = find_transition(application.state, action)
    if row is None or hand not in row.hands:
        label = next(row.label for row in TABLE if row.action == action)
        raise NotAllowedNow(
            f"{application.reference} is “{application.get_state_display().lower()}”: "
            f"“{label.lower()}” is not possible from there."
        )


def row_for(application: Application, to: State, *, action: str, hand: Hand, reason: str) -> Transition:
    """The row by which ``hand`` may take an application to ``to``.

    Raises `NotAllowedNow` where the table has no such row, and `ReasonMissing` where it wants a ``reason``.
    """
    require(application, action, hand)
    row = find_transition(application.state, action, to)
    if row is None:
        raise NotAllowedNow(f"“{action}” from {application.state} does not lead to {to}.")
    if row.reason_needed and not reason:
        raise ReasonMissing(f"Give a reason: “{row.label.lower()}” needs one.")
    return row
