"""How a mail is written: the row in the outbox, one for each occasion and reader, and which later one takes its place.

It is rendered when it is sent: as text, and as HTML in the NHS frame (`rendering`).
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from programmes.domain import announcements
from programmes.domain.mails import MAILS
from programmes.domain.prepared import A_MOMENT, Prepared
from programmes.models import Link, Message, Programme
from programmes.models.messages import MessageQuerySet

Status = Message.Status
_OF_DECISIONS = [mail.event for mail in MAILS.values() if mail.held]
_UNSENT = [Status.QUEUED, Status.SENDING, Status.FAILED]
# What stays true whatever is decided next, such as that somebody's dates are off: once due, it is sent.
_STILL_TRUE = ["cohort_cancelled"]


class _Nudge:
    """Told once for each transaction that mails wait: a hint to the workers, never the promise."""

    def __init__(self, pk: int) -> None:
        self.pks = [pk]
        self.__qualname__ = "nudge"  # Django names a failing on_commit function by it

    def __call__(self) -> None:
        announcements.messages_queued(self.pks)


def _nudge_on_commit(pk: int) -> None:
    """Hint once a transaction; a hint that would be lost with an inner transaction of its own is not joined."""
    for inside, waiting, *_ in connection.run_on_commit:
        if isinstance(waiting, _Nudge) and inside <= set(connection.savepoint_ids):
            waiting.pks.append(pk)
            return
    transaction.on_commit(_Nudge(pk), robust=True)


def dedupe_key(event: str, occasion: str, to_address: str) -> str:
    """One mail for one occasion and reader; what would not fit the column is told apart by its hash."""
    key = f"{event}:{occasion}:{to_address.casefold()}"
    return key if len(key) <= 200 else f"{key[:135]}:{hashlib.sha256(key.encode()).hexdigest()}"


def queue(
    event: str,
    *,
    occasion: str,
    to_address: str,
    to_name: str,
    programme: Programme | None,
    about: str,
    now: datetime.datetime,
    context: Mapping[str, Any],
    link: Link | None = None,
    attachments: Sequence[Mapping[str, str]] = (),
    by_staff: bool = True,
    supersedes: bool = True,
) -> Message:
    """Insert a mail in the running transaction; a second call for the same occasion and reader changes nothing.

    ``occasion`` names what caused it, such as ``change:12``; ``about`` the record it belongs to. ``context`` holds
    the mail's own placeholders as texts; those that come from the programme, and the link, are filled in when it is
    sent. Only what ``by_staff`` decided is held: an applicant's own yes, no or withdrawal is told at once. A caller who
    knows that `supersede` stopped nothing says so by ``supersedes``, and spares the search for it.
    Raises KeyError for a mail or a placeholder that is not in `MAILS`: a fault of the caller.
    """
    mail = MAILS[event]
    unknown = set(context) - set(mail.placeholders)
    if unknown:
        raise KeyError(f"{event} has no placeholders {sorted(unknown)}")
    hold = datetime.timedelta(minutes=settings.DECISION_HOLD_MINUTES if mail.held and by_staff else 0)
    message = Message(
        dedupe_key=dedupe_key(event, occasion, to_address),
        event=event,
        programme=programme,
        about=about,
        to_name=to_name,
        to_address=to_address,
        context=dict(context),
        link=link,
        attachments=[dict(attachment) for attachment in attachments],
        created_at=now,
        not_before=now + hold,
    )
    try:
        with transaction.atomic():
            message.save(force_insert=True)
    except IntegrityError:
        # A second call is rare: it is not looked for before.
        return Message.objects.get(dedupe_key=message.dedupe_key)
    if about and supersedes:
        _name_successor(message)
    if not hold:
        _nudge_on_commit(message.pk)
    return message


def _locked(about: str) -> MessageQuerySet:
    return Message.objects.select_for_update(of=("self",)).filter(about=about).order_by("pk")


# What a decision undoes: asked with each.
_undone = Prepared(
    lambda about, now: (
        _locked(about)
        .filter(event__in=_OF_DECISIONS, status__in=_UNSENT)
        .exclude(event__in=_STILL_TRUE, not_before__lte=now)
    ),
    about="about no record",
    now=A_MOMENT,
)


def supersede(
    *, about: str, now: datetime.datetime, by: str = "", events: Sequence[str] | None = None
) -> list[Message]:
    """Stop the mails of decisions about a record that have not been sent, because a later one is made ``by``.

    Held, waiting to be tried again or failed: they would contradict what is queued next (`queue` names it on their
    rows). One that is being sent at this moment is not tried again. The rows stay, with who and when. With ``events``
    only those mails are stopped, and only while they are held. Returns what nobody can have read: the held ones.
    """
    if events is None:
        found = _undone(about=about, now=now)
    else:
        found = list(_locked(about).held(now).filter(event__in=events))
    if not found:
        return []
    stopped = {"stopped_at": now, "stopped_by": by[:150], "stopped_because": "A later decision was made."}
    ours = Message.objects.filter(pk__in=[message.pk for message in found])
    ours.exclude(status=Status.SENDING).update(status=Status.SUPERSEDED, **stopped)
    ours.filter(status=Status.SENDING).update(**stopped)
    return found


def _name_successor(message: Message) -> None:
    """Write on what this mail supersedes, in the same moment and for the same reader, that it does."""
    rows = Message.objects.about(message.about).filter(superseded_by=None, stopped_at=message.created_at)
    rows.filter(
        status__in=[Status.SUPERSEDED, Status.SENDING], to_address__iexact=message.to_address
    ).exclude(pk=message.pk).update(superseded_by=message)


def release_held(*, now: datetime.datetime) -> int:
    """Make every held mail due at ``now``; return how many there were. For trying the portal out."""
    return Message.objects.held(now).update(not_before=now)
