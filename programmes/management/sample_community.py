"""What the demo's facilitators share: a handbook that one has fetched, posts, and a session to plan together."""

from __future__ import annotations

import datetime
import uuid

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.utils import timezone

from facilitators.domain.community import implementation, learning_sets, noticeboard
from facilitators.domain.community.meetings import When
from facilitators.domain.handbook import custody, publishing
from facilitators.models import Resource, Training
from programmes.domain.working_days import add_working_days
from programmes.models import Programme

# The smallest file that a reader of PDF opens: one empty page.
_PAGE = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
_COPYRIGHT = "I use this handbook for sessions of the programme alone, and do not pass it on. (sample)"


def tell(programme: Programme, reviewer: User, now: datetime.datetime) -> None:
    """A handbook in two versions, posts, facilitators who are invited to plan, and two who meet to learn."""
    people = list(Training.objects.going_on().filter(programme=programme).order_by("pk")[:2])
    _handbook(programme, people, reviewer, now)
    if len(people) == 2:
        _write(people, reviewer, now)
        _invite(programme, reviewer, now)
        _meet(people, reviewer, now)


def _handbook(programme: Programme, people: list[Training], reviewer: User, now: datetime.datetime) -> None:
    handbook = Resource.objects.create(
        programme=programme,
        key="handbook",
        title="Facilitator handbook (sample)",
        summary="One empty page, to try how it is handed out.",
        acknowledgement=_COPYRIGHT,
    )
    for number, days in ((1, 20), (2, 1)):
        at = now - datetime.timedelta(days=days)
        file = ContentFile(_PAGE, name=f"handbook-{number}.pdf")
        version = publishing.draft(handbook.pk, file, note=f"Sample number {number}.", user=reviewer)
        seen = publishing.fingerprint(publishing.to_tell(version, now=at))
        publishing.publish(version.pk, seen=seen, user=reviewer, now=at)
        if number == 1:
            for one in people[:1]:
                custody.acknowledge(version.pk, one.pk, typed_name=one.facilitator.name, now=at)
                custody.fetch(version.pk, one.pk, now=at)


def _write(people: list[Training], reviewer: User, now: datetime.datetime) -> None:
    first, second = people
    at = now - datetime.timedelta(days=3)
    post = noticeboard.write(
        first.pk,
        title="Opening a session with a quiet group",
        text="What do you do in the first five minutes?",
        sent_as=uuid.uuid4(),
        now=at,
    )
    noticeboard.publish(post.pk, user=reviewer, now=at)
    text = "I ask for one word each. It takes two minutes, and everybody has spoken."
    reply = noticeboard.write(second.pk, text=text, reply_to=post.pk, sent_as=uuid.uuid4(), now=at)
    noticeboard.publish(reply.pk, user=reviewer, now=at)
    noticeboard.write(
        second.pk, title="A room to share", text="We have one on Tuesdays.", sent_as=uuid.uuid4(), now=now
    )


def _invite(programme: Programme, reviewer: User, now: datetime.datetime) -> None:
    """The facilitators of the first ICS that has any."""
    rows = Training.objects.going_on().filter(programme=programme, facilitator__ics__isnull=False)
    one = rows.select_related("facilitator__ics").order_by("pk").first()
    if one is not None and one.facilitator.ics is not None:
        day = add_working_days(timezone.localdate(now), 10)
        starts = timezone.make_aware(datetime.datetime.combine(day, datetime.time(10)))
        when = When(
            starts, starts + datetime.timedelta(hours=2), joining_link="https://meet.example.org/plan"
        )
        implementation.arrange(programme, one.facilitator.ics, when, user=reviewer, now=now)


def _meet(people: list[Training], reviewer: User, now: datetime.datetime) -> None:
    """A set of two that met once, and has two dates ahead."""
    before = now - datetime.timedelta(days=40)
    made = learning_sets.set_up(
        people[0].programme,
        name="Spring set (sample)",
        about="What we try, and what came of it.",
        user=reviewer,
    )
    learning_sets.put_in(made.pk, [one.facilitator.email for one in people], user=reviewer, now=before)
    first, *_ = learning_sets.add_dates(
        made.pk, [_afternoon(now, days) for days in (-30, 30, 75)], user=reviewer, now=before
    )
    learning_sets.mark(first.pk, [people[0].pk], user=reviewer, now=now - datetime.timedelta(days=29))


def _afternoon(now: datetime.datetime, days: int) -> When:
    day = timezone.localdate(now) + datetime.timedelta(days=days)
    starts = timezone.make_aware(datetime.datetime.combine(day, datetime.time(14)))
    ends = starts + datetime.timedelta(minutes=90)
    return When(starts, ends, joining_link="https://meet.example.org/set")
