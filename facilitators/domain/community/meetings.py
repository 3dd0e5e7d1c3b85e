"""What every meeting of facilitators has: a time and a place in words, a calendar file, and who came."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from cohorts.domain.calendar import framed
from facilitators.domain import commitments
from facilitators.models import Participation
from facilitators.models.meetings import Meeting
from programmes.domain.access import Person
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.wording import local_date, nhs_date, time_range
from programmes.models import Obligation


@dataclass(frozen=True)
class When:
    """When and where a meeting is held; ``joining_link`` of one online, ``place`` of one that is not."""

    starts_at: datetime.datetime
    ends_at: datetime.datetime
    online: bool = True
    joining_link: str = ""
    place: str = ""


def hold(meeting: Meeting, when: When) -> bool:
    """Let a meeting be held then and there; return whether that is another time or place than before."""
    link = when.joining_link if when.online else ""
    place = "" if when.online else when.place.strip()[:200]
    new = (when.starts_at, when.ends_at, when.online, link, place)
    before = (meeting.starts_at, meeting.ends_at, meeting.online, meeting.joining_link, meeting.place)
    meeting.starts_at, meeting.ends_at, meeting.online, meeting.joining_link, meeting.place = new
    return new != before


def require_possible(when: When, now: datetime.datetime) -> None:
    """Raise `Refused` for a time that is not ahead, that ends before it begins, and without a place."""
    if when.starts_at <= now:
        raise Refused("Choose a day and a time that lie ahead.")
    if when.ends_at <= when.starts_at:
        raise Refused("Enter an end that is later than the start.")
    if not when.online and not when.place.strip():
        raise Refused("Enter the place, or say that it is held online.")


def require_ahead(meeting: Meeting, now: datetime.datetime) -> None:
    """Raise `Refused` for a meeting that is cancelled or has begun."""
    if why_not := why_not_ahead(meeting, now):
        raise Refused(why_not)


def why_not_ahead(meeting: Meeting, now: datetime.datetime) -> str:
    """Why a meeting can no longer be changed, as a sentence; empty where it can."""
    if meeting.cancelled_at is not None:
        return "This date is cancelled."
    return "This date has begun, or is over." if meeting.starts_at <= now else ""


MARKED = "Who came to this date is noted already: it cannot be moved any more."


def why_not_marked(meeting: Meeting, now: datetime.datetime) -> str:
    """Why it cannot be noted who came, as a sentence; empty where it can: from the day of the meeting on."""
    if meeting.cancelled_at is not None:
        return "This date is cancelled."
    if local_date(meeting.starts_at) > local_date(now):
        return "This date lies ahead. Note who came from that day on."
    return ""


def when_of(meeting: Meeting) -> str:
    """ "Tuesday 1 December 2026, 9:30am to 11am"."""
    return f"{nhs_date(meeting.starts_at, weekday=True)}, {time_range(meeting.starts_at, meeting.ends_at)}"


def where_of(meeting: Meeting) -> str:
    """ "Online", with the link to join where there is one; or the place."""
    if not meeting.online:
        return meeting.place
    return f"Online: {meeting.joining_link}" if meeting.joining_link else "Online"


def calendar_file(
    kind: str, summary: str, held: Iterable[Meeting], *, now: datetime.datetime
) -> dict[str, str]:
    """Some meetings as a calendar file to go with a mail; one that is cancelled is taken out by it.

    ``kind`` tells the numbers of one table from those of another. All are cancelled, or none.
    """
    import icalendar

    meetings = list(held)
    cancelled = any(meeting.cancelled_at is not None for meeting in meetings)
    site = settings.SITE_URL.partition("//")[2].partition(":")[0]
    london = timezone.get_default_timezone()
    events = []
    for meeting in meetings:
        event = icalendar.Event()
        event.add("uid", f"{kind}-{meeting.pk}@{site}")
        event.add("dtstamp", now.astimezone(datetime.UTC))
        event.add("dtstart", meeting.starts_at.astimezone(london))
        event.add("dtend", meeting.ends_at.astimezone(london))
        event.add("summary", summary)
        event.add("location", meeting.joining_link or where_of(meeting))
        event.add("sequence", meeting.sequence)
        event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
        events.append(event)
    text = framed(events, method="CANCEL" if cancelled else "PUBLISH")
    return {"name": f"{kind}.ics", "type": "text/calendar", "text": text}


def note_who_came(
    came: Mapping[int, bool],
    *,
    source: str,
    held_on: datetime.date,
    what: str,
    user: Person,
    now: datetime.datetime,
) -> None:
    """Let it count for a commitment to attend that facilitators came, by their trainings; and no more for the others.

    Each once for a ``source``, such as ``implementation:3``. Under the lock of the trainings.
    """
    with transaction.atomic():
        list(commitments.lock_trainings(came))
        there = {
            one.training_id: one for one in Participation.objects.filter(source=source, training__in=came)
        }
        for pk, was_there in came.items():
            noted = there.get(pk)
            if was_there and noted is None:
                noted = Participation(training_id=pk, source=source, kind=Obligation.Kind.ATTEND)
                noted.attends = Obligation.Attends(source.partition(":")[0])
            if noted is None:
                continue
            changed_by(noted, user)
            if not was_there:
                noted.delete()
            elif (noted.held_on, noted.what) != (held_on, what[:200]):
                noted.held_on, noted.what = held_on, what[:200]
                noted.noted_by = user if isinstance(user, User) else None
                noted.save()
        commitments.recount(list(came), now=now)
