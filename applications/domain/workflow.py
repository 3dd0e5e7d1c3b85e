"""Every change of an application's state, by the rows of the table in `transitions`.

All of them go through `change_state`; nothing else writes ``state`` or a `StateChange`.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

from applications.domain import announcements, telling
from applications.domain.actors import Actor, Hand
from applications.domain.transitions import Transition, row_for
from applications.models import Application, Decision, State, StateChange
from applications.models.applications import ENDED, NOMINATED
from programmes.domain import messages
from programmes.models import Message

# Mails that only undo another: not sent where the first was taken back before anyone read it.
_UNDOES = {
    "reopened": {"unsuccessful"},
    "offer_taken_back": {"offer", "confirmed"},
    "undone": {"offer", "confirmed", "waitlisted"},
    "approver_place_taken_back": {"approver_confirmed"},
    "approver_dates_off": {"approver_confirmed"},
}


def change_state(
    application: Application,
    to: State,
    *,
    action: str,
    actor: Actor,
    now: datetime.datetime,
    reason: str = "",
    context: Mapping[str, object] | None = None,
) -> StateChange:
    """Move an application, locked by the caller's transaction, to ``to``; record it, queue its mails, tell the rest.

    ``context`` holds the placeholders of the mails; the files that the applicant's mail carries come from whoever
    subscribes to `announcements.files_for_applicant`. An end frees the nomination and calls off the approvers still
    asked. Raises `NotAllowedNow` where the table has no such row, `ReasonMissing` where it wants a reason.
    """
    reason = reason.strip()
    row = row_for(application, to, action=action, hand=actor.hand, reason=reason)
    before = State(application.state)
    application.come_to(to, now)
    # The place in the queue that `nominations.join_reserve` gave.
    application.reserve_since = application.reserve_since if to == State.RESERVE else None
    if to not in NOMINATED:
        application.nomination_number = None
    # A rank holds among the nominated, or in the reserve: whoever changes sides stands at the end until ranked again.
    # Only a submission can bring a rank along: the one that the ICS gave a nominee.
    if to in ENDED or (State.RESERVE in (before, to) and before != State.DRAFT):
        application.nomination_rank = None
    application.save()
    # Nothing has been decided on a draft that a mail could tell.
    superseded = (
        messages.supersede(about=application.about, now=now, by=actor.name) if before != State.DRAFT else []
    )
    change = StateChange.objects.create(
        application=application,
        action=action,
        from_state=before,
        to_state=to,
        actor=actor.name,
        actor_user_id=actor.user.pk if actor.user else None,
        reason=reason,
        note=_superseded_note(superseded),
        at=now,
    )
    _tell(
        application,
        row,
        change,
        context={"reason": reason, **(context or {})},
        attachments=[
            file
            for files in announcements.files_for_applicant(application, change, now, superseded)
            for file in files
        ],
        by_staff=actor.hand == Hand.STAFF,
        # What was due may have been read: on the page, if not in a mail.
        unread={message.event for message in superseded if message.is_held(now)},
        supersedes=bool(superseded),
    )
    if to in ENDED:
        application.approvals.filter(decision__in=[Decision.PENDING, Decision.NOT_ASKED]).update(
            decision=Decision.CANCELLED, decided_at=now
        )
    announcements.state_changed(application, change, now)
    return change


def _tell(
    application: Application,
    row: Transition,
    change: StateChange,
    *,
    context: Mapping[str, object],
    attachments: Sequence[Mapping[str, str]],
    by_staff: bool,
    unread: set[str],
    supersedes: bool,
) -> None:
    """Queue the mails of a row, but for one that only undoes what nobody has read."""
    occasion = f"change:{change.pk}"
    if row.mail and _UNDOES.get(row.mail, set()).isdisjoint(unread):
        telling.tell_applicant(
            application,
            row.mail,
            occasion=occasion,
            now=change.at,
            context=context,
            attachments=attachments,
            by_staff=by_staff,
            supersedes=supersedes,
        )
    if row.approvers_hear and _UNDOES.get(row.approvers_hear, set()).isdisjoint(unread):
        telling.tell_approvers(
            application,
            row.approvers_hear,
            occasion=occasion,
            now=change.at,
            context=context,
            by_staff=by_staff,
            supersedes=supersedes,
        )


def _superseded_note(superseded: Sequence[Message]) -> str:
    if not superseded:
        return ""
    events = ", ".join(f"“{message.event}” to {message.to_address}" for message in superseded)
    return f"Mails taken back before they were sent: {events}."
