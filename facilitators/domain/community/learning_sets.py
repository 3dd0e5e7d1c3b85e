"""Action learning sets: a few facilitators who meet over three to six months, and learn from what they deliver.

The source says “subsequent action learning sets over a period of between 3-6 months (or longer)”: dates that span
less are pointed out, and not forbidden.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Sequence

from django.db import transaction

from facilitators.domain.community import meetings
from facilitators.domain.community.meetings import When
from facilitators.domain.people import register
from facilitators.models import LearningSet, SetAttendance, SetMeeting, SetMember, Training
from programmes.domain import messages
from programmes.domain.access import Person, require_reviewer
from programmes.domain.addresses import canonical
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.wording import local_date
from programmes.models import Programme

SHORTEST = datetime.timedelta(days=89)
REASON_LIMIT = 300


def set_up(programme: Programme, *, name: str, about: str = "", user: Person) -> LearningSet:
    """Set up a set, without members or dates yet. Raises `Refused` for a name that the programme has already."""
    with transaction.atomic():
        require_reviewer(user, programme)
        name = name.strip()[:150]
        if LearningSet.objects.filter(programme=programme, name=name).exists():
            raise Refused(f"There is a set called “{name}” in {programme} already. Choose another name.")
        made = LearningSet(programme=programme, name=name, about=about.strip())
        changed_by(made, user)
        made.save()
        return made


def put_in(set_id: int, emails: Iterable[str], *, user: Person, now: datetime.datetime) -> list[SetMember]:
    """Put facilitators in a set by their addresses in the register; they are told of the dates ahead.

    Raises `Refused`, and puts nobody in, where an address is nobody's who is a facilitator of the programme.
    """
    with transaction.atomic():
        learning_set = _lock(set_id, user)
        new = []
        for email in emails:
            rows = Training.objects.going_on().filter(
                programme=learning_set.programme, facilitator__address_key=canonical(email)
            )
            training = rows.select_related("facilitator").first()
            if training is None:
                raise Refused(
                    f"Nobody with the address {email} is a facilitator of {learning_set.programme}. "
                    "Check the address. Nobody was put in."
                )
            member, made = SetMember.objects.get_or_create(
                learning_set=learning_set, training=training, defaults={"added_at": now}
            )
            if made or member.left_at is not None:
                member.left_at, member.training = None, training
                changed_by(member, user)
                member.save()
                new.append(member)
        ahead = list(learning_set.meetings.filter(starts_at__gt=now, cancelled_at=None))
        if ahead:
            _tell(
                learning_set, ahead, new, said="You are in this action learning set.", occasion="in", now=now
            )
        return new


def let_go(set_id: int, training_id: int, *, user: Person, now: datetime.datetime) -> None:
    """Somebody leaves a set; what they attended stays. Raises `Refused` for who is not in it."""
    with transaction.atomic():
        learning_set = _lock(set_id, user)
        member = learning_set.members.filter(training=training_id, left_at=None).first()
        if member is None:
            raise Refused("This facilitator is not in the set any more.")
        member.left_at = now
        changed_by(member, user)
        member.save()


def add_dates(
    set_id: int, dates: Sequence[When], *, user: Person, now: datetime.datetime
) -> list[SetMeeting]:
    """Put dates on; every member is told in one mail, with a calendar file.

    Raises `Refused` for a time that is not ahead, and for one at which the set meets already.
    """
    with transaction.atomic():
        learning_set = _lock(set_id, user)
        made = []
        for when in dates:
            meetings.require_possible(when, now)
            if learning_set.meetings.filter(starts_at=when.starts_at).exists():
                raise Refused("The set has a date at this time already. Choose another time.")
            meeting = SetMeeting(learning_set=learning_set)
            meetings.hold(meeting, when)
            changed_by(meeting, user)
            meeting.save()
            made.append(meeting)
        _tell(
            learning_set, made, _members(learning_set), said="There are new dates.", occasion="new", now=now
        )
        return made


def warning(learning_set: LearningSet) -> str:
    """What is worth knowing about the dates of a set, as a sentence; empty for nothing."""
    days = sorted(
        local_date(one)
        for one in learning_set.meetings.filter(cancelled_at=None).values_list("starts_at", flat=True)
    )
    if days and days[-1] - days[0] < SHORTEST:
        return "The dates span less than 3 months. Sets are meant to run for 3 to 6 months, or longer."
    return ""


def move_date(meeting_id: int, when: When, *, user: Person, now: datetime.datetime) -> SetMeeting:
    """Hold a date at another time or place; the members are told, and their calendars replace it.

    The same as before changes nothing. Raises `Refused` for a date that is cancelled or has begun, whose attendance is
    taken, for a time that is not ahead, and for one at which the set meets already.
    """
    with transaction.atomic():
        meeting = _lock_meeting(meeting_id, user)
        if why_not := why_not_moved(meeting, now):
            raise Refused(why_not)
        meetings.require_possible(when, now)
        others = meeting.learning_set.meetings.exclude(pk=meeting.pk)
        if others.filter(starts_at=when.starts_at).exists():
            raise Refused("The set has a date at this time already. Choose another time.")
        before = meetings.when_of(meeting)
        if meetings.hold(meeting, when):
            meeting.sequence += 1
            changed_by(meeting, user)
            meeting.save()
            people = _members(meeting.learning_set)
            said = f"The date of {before} has another time or place."
            _tell(meeting.learning_set, [meeting], people, said=said, occasion="moved", now=now)
        return meeting


def why_not_moved(meeting: SetMeeting, now: datetime.datetime) -> str:
    """Why a date cannot be moved, as a sentence; empty where it can."""
    if why_not := meetings.why_not_ahead(meeting, now):
        return why_not
    return meetings.MARKED if meeting.attendance.exists() else ""


def cancel_date(meeting_id: int, *, reason: str, user: Person, now: datetime.datetime) -> SetMeeting:
    """Cancel a date that lies ahead, with a reason that the members read."""
    with transaction.atomic():
        meeting = _lock_meeting(meeting_id, user)
        meetings.require_ahead(meeting, now)
        reason = reason.strip()[:REASON_LIMIT]
        if not reason:
            raise Refused("Enter the reason. The members of the set read it.")
        meeting.cancelled_at, meeting.cancelled_reason = now, reason
        meeting.sequence += 1
        changed_by(meeting, user)
        meeting.save()
        people = _members(meeting.learning_set)
        said = f"This date is cancelled: {reason}"
        _tell(meeting.learning_set, [meeting], people, said=said, occasion="off", now=now)
        return meeting


def mark(meeting_id: int, came: Collection[int], *, user: Person, now: datetime.datetime) -> int:
    """Note which members came to a date, by their trainings; return how many. It counts for what they owe to attend.

    Marked are the members of today, and who was marked before. Raises `Refused` before the day, or where cancelled.
    """
    with transaction.atomic():
        meeting = _lock_meeting(meeting_id, user)
        if why_not := meetings.why_not_marked(meeting, now):
            raise Refused(why_not)
        marked = {one.training_id: one for one in meeting.attendance.all()}
        people = {*marked, *(one.training_id for one in _members(meeting.learning_set))}
        meetings.note_who_came(
            {pk: pk in came for pk in sorted(people)},
            source=f"action_learning:{meeting.pk}",
            held_on=local_date(meeting.starts_at),
            what=f"Action learning set: {meeting.learning_set}",
            user=user,
            now=now,
        )
        for pk in sorted(people):
            row = marked.get(pk) or SetAttendance(meeting=meeting, training_id=pk)
            row.came = pk in came
            changed_by(row, user)
            row.save()
        return sum(pk in came for pk in people)


def _lock(set_id: int, user: Person) -> LearningSet:
    list(LearningSet.objects.select_for_update(no_key=True).filter(pk=set_id).only("pk"))
    learning_set = LearningSet.objects.select_related("programme__academy").get(pk=set_id)
    require_reviewer(user, learning_set.programme)
    return learning_set


def _lock_meeting(meeting_id: int, user: Person) -> SetMeeting:
    set_id = SetMeeting.objects.values_list("learning_set", flat=True).get(pk=meeting_id)
    learning_set = _lock(set_id, user)
    meeting = SetMeeting.objects.get(pk=meeting_id)
    meeting.learning_set = learning_set
    return meeting


def _members(learning_set: LearningSet) -> list[SetMember]:
    return list(learning_set.members.filter(left_at=None).select_related("training__facilitator"))


def _tell(
    learning_set: LearningSet,
    dates: Sequence[SetMeeting],
    people: Iterable[SetMember],
    *,
    said: str,
    occasion: str,
    now: datetime.datetime,
) -> None:
    file = meetings.calendar_file("action-learning", str(learning_set), dates, now=now)
    for member in people:
        facilitator = member.training.facilitator
        messages.queue(
            "learning_set_dates",
            occasion=f"set:{learning_set.pk}:{occasion}:{dates[0].pk}:{now.isoformat()}",
            to_address=facilitator.email,
            to_name=facilitator.name,
            programme=learning_set.programme,
            about=facilitator.about_key,
            now=now,
            context={
                "learning_set": learning_set.name,
                "said": said,
                "dates": "\n".join(f"{meetings.when_of(one)}, {meetings.where_of(one)}" for one in dates),
            },
            link=register.link_for(facilitator, now=now),
            attachments=[file],
        )
