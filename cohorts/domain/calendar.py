"""Calendar files: one event for each session, right over clock changes, recognised when sent again."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Max, Q
from django.utils import timezone

from applications.models import Application, State, StateChange
from cohorts.models import Cohort, Place, Session
from programmes.domain.prepared import Prepared
from programmes.models import Message

if TYPE_CHECKING:
    import icalendar

PRODUCT = "-//Cascade//Train the trainer//EN"


# How often calendars that subscribe are asked to look again.
_LOOK_AGAIN = datetime.timedelta(hours=1)


@dataclass(frozen=True)
class Entry:
    """One session as it stands in one calendar.

    ``placed`` puts joining link and details in: only for people with a place. ``sequence`` is added to the session's
    own count of changes: a calendar takes only what has a higher number than it knows. ``said`` is a line for the
    reader of this calendar alone.
    """

    cohort: Cohort
    session: Session
    placed: bool = False
    cancelled: bool = False
    sequence: int = 0
    said: str = ""


def calendar_file(
    cohorts: Sequence[Cohort],
    *,
    now: datetime.datetime,
    placed: bool = False,
    cancelled: bool = False,
    sequence: int = 0,
) -> str:
    """The sessions of some cohorts as the text of an iCalendar file, in Europe/London with its VTIMEZONE.

    ``cancelled`` takes the sessions that are not over back; for the rest see `Entry`.
    """
    entries = [
        Entry(cohort, session, placed=placed, cancelled=cancelled, sequence=sequence)
        for cohort in cohorts
        for session in cohort.sessions.all()
        if not (cancelled and session.ends_at <= now)
    ]
    return file_of(entries, now=now, method="CANCEL" if cancelled else "PUBLISH")


def file_of(
    entries: Iterable[Entry], *, now: datetime.datetime, method: str = "PUBLISH", name: str = ""
) -> str:
    """The text of an iCalendar file of sessions; see `framed`."""
    return framed((_event(entry, now=now) for entry in entries), method=method, name=name)


def framed(events: Iterable[icalendar.Event], *, method: str = "PUBLISH", name: str = "") -> str:
    """The text of an iCalendar file; ``name`` is given to the calendar that somebody subscribes to."""
    import icalendar

    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    if name:
        calendar.add("name", name)
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval", _LOOK_AGAIN, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT1H")
    for event in events:
        calendar.add_component(event)
    # Before the events that name them.
    calendar.subcomponents[:0] = map(_timezone, sorted(calendar.get_missing_tzids()))
    return str(calendar.to_ical().decode())


@functools.cache
def _timezone(tzid: str) -> icalendar.Timezone:
    """The rules of a timezone, worked out once: that takes longer than all the rest of a file."""
    import icalendar

    return icalendar.Timezone.from_tzid(tzid)


def _status(entry: Entry) -> str:
    if entry.cancelled or not entry.cohort.runs:
        return "CANCELLED"
    settled = entry.cohort.certain and not entry.session.to_be_confirmed
    return "CONFIRMED" if settled else "TENTATIVE"


def _event(entry: Entry, *, now: datetime.datetime) -> icalendar.Event:
    import icalendar

    london = timezone.get_default_timezone()
    site = settings.SITE_URL.partition("//")[2].partition(":")[0]
    cohort, session = entry.cohort, entry.session
    event = icalendar.Event()
    # Stable for the life of the session, so that a calendar replaces what it has.
    event.add("uid", f"session-{session.pk}@{site}")
    event.add("dtstamp", now.astimezone(datetime.UTC))
    event.add("dtstart", session.starts_at.astimezone(london))
    event.add("dtend", session.ends_at.astimezone(london))
    event.add("summary", f"{cohort.programme.title}: {session.title} ({cohort.name})")
    link = session.joining_link if entry.placed else ""
    event.add("location", link or session.where)
    if link:
        event.add("url", link)
    if description := _description(entry):
        event.add("description", description)
    event.add("sequence", session.sequence + entry.sequence)
    event.add("status", _status(entry))
    return event


def _description(entry: Entry) -> str:
    """How to get there, and what the people placed need to know."""
    session = entry.session
    lines = [entry.said] if entry.said else []
    if session.optional:
        lines.append("Optional.")
    if entry.placed and session.joining_link:
        lines.append(f"Join: {session.joining_link}")
    if session.venue:
        lines.append(f"Map: {session.venue.map_address}")
    if entry.placed and entry.cohort.joining_details:
        lines.append(entry.cohort.joining_details)
    return "\n".join(lines)


_CANCELLED = "-cancelled.ics"
_TRAINED = (State.ATTENDED, State.COMPLETED, State.DID_NOT_COMPLETE)


def _name(place: Place, ending: str) -> str:
    return f"{place.cohort.programme.slug}-{place.cohort.key}{ending}"


def _attachment(name: str, text: str) -> dict[str, str]:
    return {"name": name, "type": "text/calendar", "text": text}


def publish(place: Place, *, now: datetime.datetime) -> dict[str, str]:
    """The sessions of a confirmed place as an attachment, numbered above every file that its person was sent."""
    sequence = _count_up(place, in_calendar=True)
    text = calendar_file([place.cohort], now=now, placed=True, sequence=sequence)
    return _attachment(_name(place, ".ics"), text)


def _take_out(place: Place, *, now: datetime.datetime) -> dict[str, str] | None:
    """What takes the sessions of a place out of its person's calendar; None where all of them are over."""
    sequence = _count_up(place, in_calendar=False)
    if all(session.ends_at <= now for session in place.cohort.sessions.all()):
        return None
    text = calendar_file([place.cohort], now=now, placed=True, cancelled=True, sequence=sequence)
    return _attachment(_name(place, _CANCELLED), text)


def take_out_sessions(place: Place, sessions: Sequence[Session], *, now: datetime.datetime) -> dict[str, str]:
    """What takes sessions that no longer take place out of a person's calendar, with the number of their last file."""
    entries = [
        Entry(place.cohort, session, cancelled=True, sequence=place.calendar_sequence) for session in sessions
    ]
    return _attachment(_name(place, _CANCELLED), file_of(entries, now=now, method="CANCEL"))


def _count_up(place: Place, *, in_calendar: bool) -> int:
    """One more than the number of any file sent about the person's places before, kept with this place."""
    highest = Place.objects.filter(application=place.application_id).aggregate(Max("calendar_sequence"))
    place.calendar_sequence = highest["calendar_sequence__max"] + 1
    place.in_calendar = in_calendar
    place.save(update_fields=["calendar_sequence", "in_calendar"])
    return place.calendar_sequence


_CONFIRMED = Place.Status.CONFIRMED
# The places whose sessions somebody's calendar holds, or is about to.
_shown = Prepared(
    lambda application: (
        Place.objects.filter(Q(in_calendar=True) | Q(status=_CONFIRMED), application=application)
        .select_related("cohort__programme")
        .order_by("pk")
    ),
    application=-1,
)


def files_for_applicant(
    application: Application, change: StateChange, now: datetime.datetime, unsent: Sequence[Message]
) -> list[dict[str, str]]:
    """The calendar files that go with a change of state: what takes old dates out, and what puts new ones in.

    Subscribed to `applications.domain.announcements.files_for_applicant`, so that every way out of a cohort, and
    every way into one, carries them. What a mail that was taken back ``unsent`` would have taken out is taken out by
    this one.
    """
    if change.from_state == State.DRAFT:
        return []
    rows = _shown(application=application.pk)
    if change.to_state in _TRAINED:
        # The sessions that were attended stay in the diary; those of a later cohort go.
        rows = [place for place in rows if place.status not in (_CONFIRMED, Place.Status.ATTENDED)]
    joins = None
    if change.to_state == State.CONFIRMED:
        joins = next((place for place in rows if place.status == _CONFIRMED), None)
    leaves = [place for place in rows if place.in_calendar and place != joins]
    out = {
        file["name"]: file
        for message in unsent
        for file in message.attachments
        if file["name"].endswith(_CANCELLED)
    }
    out |= {file["name"]: file for file in (_take_out(place, now=now) for place in leaves) if file}
    if joins is None:
        return list(out.values())
    # What is taken out and put in again by one mail is only put in: with the higher number.
    out.pop(_name(joins, _CANCELLED), None)
    return [*out.values(), publish(joins, now=now)]
