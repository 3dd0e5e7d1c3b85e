"""The noticeboard: facilitators of a programme write, staff publish, facilitators of the programme read."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Max, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from facilitators.domain.people import register
from facilitators.models import Facilitator, Notice, Training
from programmes.domain.access import Person, require_reviewer
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.models import Programme

State = Notice.State
TITLE_LIMIT = 150
TEXT_LIMIT = 3000
REASON_LIMIT = 300
# More would keep staff from reading what others write.
MOST_WAITING = 10


def write(
    training_id: int,
    *,
    text: str,
    title: str = "",
    reply_to: int | None = None,
    sent_as: uuid.UUID,
    now: datetime.datetime,
) -> Notice:
    """Keep what a facilitator writes, for staff to read first; the same sent twice is one notice.

    A post has a ``title``; ``reply_to`` is the post that a reply is to. Raises `Refused` for somebody who has left the
    programme, for a reply to what is no longer on the board, and while too much of theirs waits.
    """
    with transaction.atomic():
        list(Training.objects.select_for_update(no_key=True).filter(pk=training_id).only("pk"))
        author = Training.objects.select_related("programme", "facilitator").get(pk=training_id)
        if known := Notice.objects.filter(sent_as=sent_as, author=author).first():
            return known
        if author.ended_on is not None:
            raise Refused("You have left this programme, and can no longer write to its noticeboard.")
        post = None
        if reply_to is not None:
            post = (
                Notice.objects.shown()
                .filter(pk=reply_to, programme=author.programme_id, reply_to=None)
                .first()
            )
            if post is None:
                raise Refused("What you reply to is no longer on the noticeboard.")
        if author.notices.waiting().count() >= MOST_WAITING:
            raise Refused("The academy still has to read what you wrote before. Try again when it has.")
        return Notice.objects.create(
            programme=author.programme,
            author=author,
            reply_to=post,
            sent_as=sent_as,
            title="" if post is not None else title.strip()[:TITLE_LIMIT],
            text=text.strip()[:TEXT_LIMIT],
            written_at=now,
        )


def withdraw(notice_id: int, training_id: int, *, now: datetime.datetime) -> None:
    """Its author takes a notice off the board, with the replies to it. Raises `Refused` for what is off it already."""
    with transaction.atomic():
        notice = _lock(notice_id)
        if notice.author_id != training_id or notice.state not in (State.WAITING, State.PUBLISHED):
            raise Refused("This is not on the noticeboard any more.")
        notice.state, notice.decided_at = State.WITHDRAWN, now
        notice.save()


def publish(notice_id: int, *, user: Person, now: datetime.datetime) -> Notice:
    """Staff put a notice on the board, also one that they had taken down.

    Raises `Refused` for what is on it already, what its author has withdrawn, and a reply to what is not on it.
    """
    with transaction.atomic():
        notice = _lock(notice_id, user)
        if why_not := why_not_published(notice):
            raise Refused(why_not)
        notice.published_at = notice.published_at or now
        _decide(notice, State.PUBLISHED, reason="", user=user, now=now)
        return notice


def why_not_published(notice: Notice) -> str:
    """Why a notice cannot be put on the board, as a sentence; empty where it can."""
    if notice.state == State.PUBLISHED:
        return "This is on the noticeboard already."
    if notice.state == State.WITHDRAWN:
        return "Its author has withdrawn it."
    if notice.reply_to is not None and notice.reply_to.state != State.PUBLISHED:
        return "What it replies to is not on the noticeboard."
    return ""


def take_down(notice_id: int, *, reason: str, user: Person, now: datetime.datetime) -> Notice:
    """Staff take a notice off the board, or do not put it there; its author is told why.

    Raises `Refused` for what is off it already, and without a reason; `NotAllowed` without the role of reviewer.
    """
    with transaction.atomic():
        notice = _lock(notice_id, user)
        reason = reason.strip()[:REASON_LIMIT]
        if why_not := why_not_taken_down(notice):
            raise Refused(why_not)
        if not reason:
            raise Refused("Enter the reason. Whoever wrote it is told.")
        _decide(notice, State.TAKEN_DOWN, reason=reason, user=user, now=now)
        register.tell(
            notice.author.facilitator,
            "notice_taken_down",
            programme=notice.programme,
            occasion=f"notice:{notice.pk}:{now.isoformat()}",
            now=now,
            context={"notice": str(notice), "reason": reason, "path": "noticeboard/"},
        )
        return notice


def why_not_taken_down(notice: Notice) -> str:
    """Why a notice cannot be taken off the board, as a sentence; empty where it can."""
    if notice.state in (State.WAITING, State.PUBLISHED):
        return ""
    return "This is not on the noticeboard any more."


def _decide(notice: Notice, state: str, *, reason: str, user: Person, now: datetime.datetime) -> None:
    notice.state, notice.reason, notice.decided_at = state, reason, now
    notice.decided_by = user if isinstance(user, User) else None
    changed_by(notice, user)
    notice.save()


def _lock(notice_id: int, user: Person | None = None) -> Notice:
    list(Notice.objects.select_for_update(no_key=True).filter(pk=notice_id).only("pk"))
    rows = Notice.objects.select_related("programme__academy", "author__facilitator", "reply_to")
    notice = rows.get(pk=notice_id)
    if user is not None:
        require_reviewer(user, notice.programme)
    return notice


# What is read.
def to_be_read(now: datetime.datetime) -> QuerySet[Any]:
    """What waits for staff: a reply to what is no longer on the board waits for nobody."""
    return Notice.objects.waiting().filter(Q(reply_to=None) | Q(reply_to__state=State.PUBLISHED))


def posts(programmes: list[Programme]) -> QuerySet[Any]:
    """The posts of some programmes, those with the newest word first; each with how many ``answers`` it has."""
    answers = Q(replies__state=State.PUBLISHED)
    last = Notice.objects.shown().filter(reply_to=OuterRef("pk")).order_by().values("reply_to")
    newest = last.annotate(at=Max("published_at")).values("at")
    rows = Notice.objects.shown().filter(programme__in=programmes, reply_to=None)
    return (
        rows.annotate(
            answers=Count("replies", filter=answers), last_at=Coalesce(Subquery(newest), "published_at")
        )
        .select_related("programme", "author__facilitator")
        .order_by("-last_at", "-pk")
    )


def post(notice_id: int, facilitator: Facilitator) -> Notice | None:
    """A post with its ``shown`` replies, for somebody of its programme; None where they may not read it."""
    own = facilitator.trainings.going_on().values("programme")
    replies = Notice.objects.shown().select_related("author__facilitator").order_by("published_at", "pk")
    rows = Notice.objects.shown().filter(pk=notice_id, reply_to=None, programme__in=own)
    return (
        rows.select_related("programme__academy", "author__facilitator")
        .prefetch_related(Prefetch("replies", replies, "shown"))
        .first()
    )


def written_by(facilitator: Facilitator) -> QuerySet[Notice]:
    """What somebody wrote that others do not read: it waits, or was taken down."""
    rows = Notice.objects.filter(author__facilitator=facilitator, state__in=[State.WAITING, State.TAKEN_DOWN])
    return rows.select_related("programme", "reply_to")
