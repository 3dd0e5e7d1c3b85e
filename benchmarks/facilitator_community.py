"""The community of a crowd of facilitators: handbooks, notices, action learning sets and planning sessions."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator

from django.core.files.base import ContentFile

from benchmarks.crowd import insert
from benchmarks.facilitator_crowd import ONE_DAY, WHOLE, World
from facilitators.models import (
    Download,
    Guest,
    ImplementationSession,
    LearningSet,
    Notice,
    NoticeMail,
    Participation,
    Resource,
    ResourceVersion,
    SetAttendance,
    SetMeeting,
    SetMember,
    Training,
)
from programmes.models import Programme

MEMBERS = 8
# Planning sessions are held in so many of the ICSs.
PLANNED = 10


def make(world: World, numbers: range, trainings: list[Training]) -> None:
    """What some facilitators have written, fetched and attended."""
    versions = {its.programme.pk: _handbook(world, its.programme) for its in world.taught}
    insert(_download(world, versions[one.programme_id], one) for one in trainings)
    posts = insert(
        _notice(world, one, number)
        for number, one in zip(numbers, trainings, strict=True)
        if number % 10 == 1
    )
    insert(_reply(world, one) for one in posts if one.state == Notice.State.PUBLISHED)
    # Every tenth had the weekly mail more than a week ago.
    insert(
        NoticeMail(facilitator=one.facilitator, sent_at=world.now - (3 if one.pk % 10 else 9) * ONE_DAY)
        for one in trainings
    )
    for its in world.taught:
        own = [one for one in trainings if one.programme_id == its.programme.pk]
        for first in range(0, len(own), 10 * MEMBERS):
            _learning_set(world, its.programme, own[first : first + MEMBERS])


def _handbook(world: World, programme: Programme) -> ResourceVersion:
    """The published version of a programme's handbook; made when first asked for."""
    resource, made = Resource.objects.get_or_create(
        programme=programme, key="handbook", defaults={"title": "Facilitator handbook"}
    )
    if made:
        ResourceVersion.objects.create(
            resource=resource,
            number=1,
            file=ContentFile(b"%PDF-1.4", name="handbook.pdf"),
            file_name="handbook.pdf",
            published_at=world.now - 900 * ONE_DAY,
            published_by=world.user,
        )
    return resource.versions.get(number=1)


def _download(world: World, version: ResourceVersion, one: Training) -> Download:
    moment = world.now - 10 * ONE_DAY
    return Download(version=version, training=one, first_at=moment, last_at=moment)


def _notice(world: World, one: Training, number: int) -> Notice:
    waits = number % 50 == 1
    written_at = world.now - 5 * ONE_DAY
    return Notice(
        programme_id=one.programme_id,
        author=one,
        sent_as=uuid.uuid4(),
        title=f"What worked in circle {number}",
        text="What went well with yours?",
        state=Notice.State.WAITING if waits else Notice.State.PUBLISHED,
        written_at=written_at,
        published_at=None if waits else written_at + WHOLE,
    )


def _reply(world: World, post: Notice) -> Notice:
    return Notice(
        programme_id=post.programme_id,
        author_id=post.author_id,
        reply_to=post,
        sent_as=uuid.uuid4(),
        text="The second time went better.",
        state=Notice.State.PUBLISHED,
        written_at=post.written_at + ONE_DAY,
        published_at=post.written_at + ONE_DAY,
    )


def _learning_set(world: World, programme: Programme, people: list[Training]) -> None:
    """A set that has met once, with everybody there."""
    learning_set = LearningSet.objects.create(programme=programme, name=f"Set {people[0].pk}")
    insert(SetMember(learning_set=learning_set, training=one, added_at=world.now) for one in people)
    starts_at = world.now - 10 * ONE_DAY
    meeting = SetMeeting.objects.create(
        learning_set=learning_set, starts_at=starts_at, ends_at=starts_at + WHOLE
    )
    insert(SetAttendance(meeting=meeting, training=one, came=True) for one in people)
    insert(_attended(one, f"action_learning:{meeting.pk}", starts_at.date()) for one in people)


def _attended(one: Training, source: str, held_on: datetime.date) -> Participation:
    return Participation(
        training=one,
        kind="attend",
        attends=source.partition(":")[0],
        held_on=held_on,
        what="A meeting",
        source=source,
    )


def plan(world: World) -> None:
    """Sessions still to come in which some ICSs plan, with everybody invited."""
    starts_at = world.now + 20 * ONE_DAY
    sessions = insert(
        ImplementationSession(
            programme=its.programme, ics=ics, starts_at=starts_at, ends_at=starts_at + WHOLE
        )
        for its in world.taught
        for ics in world.systems[:PLANNED]
    )
    insert(guest for session in sessions for guest in _guests(world, session))


def _guests(world: World, session: ImplementationSession) -> Iterator[Guest]:
    people = Training.objects.filter(programme=session.programme_id, facilitator__ics=session.ics_id)
    for one in people.order_by("pk"):
        yield Guest(session=session, training=one, invited_at=world.now)
