"""Calendar files: one event for each session, right over clock changes, recognised when sent again."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

import icalendar
from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from applications.models import Application, State, StateChange
from cohorts.models import Cohort, Place, Session

PRODUCT = "-//Cascade//Train the trainer//EN"


def calendar_file(
    cohorts: Sequence[Cohort],
    *,
    now: datetime.datetime,
    placed: bool = False,
    cancelled: bool = False,
    sequence: int = 0,
) -> str:
    """The sessions of some cohorts as the text of an iCalendar file, in Europe/London with its VTIMEZONE.

    ``placed`` puts joining links and details in: only for people with a place. ``cancelled`` takes the sessions
    that are not over back. ``sequence`` is added to each session's own count of changes: a calendar takes only
    what has a higher number than it knows.
    """
    sessions = [
        (cohort, session)
        for cohort in cohorts
        for session in cohort.sessions.all()
        if not (cancelled and session.ends_at <= now)
    ]
    return _file(sessions, now=now, placed=placed, cancelled=cancelled, sequence=sequence)


def _file(
    sessions: Iterable[tuple[Cohort, Session]],
    *,
    now: datetime.datetime,
    placed: bool,
    cancelled: bool,
    sequence: int,
) -> str:
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
    for cohort, session in sessions:
        event = _event(cohort, session, now=now, placed=placed)
        event.add("sequence", session.sequence + sequence)
        event.add("status", "CANCELLED" if cancelled else _status(cohort, session))
        calendar.add_component(event)
    if calendar.subcomponents:
        calendar.add_missing_timezones()
    return str(calendar.to_ical().decode())


def _status(cohort: Cohort, session: Session) -> str:
    if not cohort.runs:
        return "CANCELLED"
    return "CONFIRMED" if cohort.certain and not session.to_be_confirmed else "TENTATIVE"


def _event(cohort: Cohort, session: Session, *, now: datetime.datetime, placed: bool) -> icalendar.Event:
    london = timezone.get_default_timezone()
    site = settings.SITE_URL.partition("//")[2].partition(":")[0]
    event = icalendar.Event()
    # Stable for the life of the session, so that a calendar replaces what it has.
    event.add("uid", f"session-{session.pk}@{site}")
    event.add("dtstamp", now.astimezone(datetime.UTC))
    event.add("dtstart", session.starts_at.astimezone(london))
    event.add("dtend", session.ends_at.astimezone(london))
    event.add("summary", f"{cohort.programme.title}: {session.title} ({cohort.name})")
    link = session.joining_link if placed else ""
    event.add("location", link or session.where)
    if link:
        event.add("url", link)
    if description := _description(cohort, session, placed=placed):
        event.add("description", description)
    return event


def _description(cohort: Cohort, session: Session, *, placed: bool) -> str:
    """How to get there, and what the people placed need to know."""
    lines = []
    if placed and session.joining_link:
        lines.append(f"Join: {session.joining_link}")
    if session.venue:
        lines.append(f"Map: {session.venue.map_address}")
    if placed and cohort.joining_details:
        lines.append(cohort.joining_details)
    return "\n".join(lines)


def _attachment(name: str, text: str) -> dict[str, str]:
    return {"name": name, "type": "text/calendar", "text": text}


def publish(place: Place, *, now: datetime.datetime) -> dict[str, str]:
    """The sessions of a confirmed place as an attachment, numbered above every file that its person was sent."""
    sequence = _count_up(place, in_calendar=True)
    text = calendar_file([place.cohort], now=now, placed=True, sequence=sequence)
    return _attachment(f"{place.cohort.programme.slug}-{place.cohort.key}.ics", text)


def _take_out(place: Place, *, now: datetime.datetime) -> dict[str, str] | None:
    """What takes the sessions of a place out of its person's calendar; None where all of them are over."""
    sequence = _count_up(place, in_calendar=False)
    if all(session.ends_at <= now for session in place.cohort.sessions.all()):
        return None
    text = calendar_file([place.cohort], now=now, placed=True, cancelled=True, sequence=sequence)
    return _attachment(f"{place.cohort.programme.slug}-{place.cohort.key}-cancelled.ics", text)


def _count_up(place: Place, *, in_calendar: bool) -> int:
    """One more than the number of any file sent about the person's places before, kept with this place."""
    highest = Place.objects.filter(application=place.application_id).aggregate(Max("calendar_sequence"))
    place.calendar_sequence = highest["calendar_sequence__max"] + 1
    place.in_calendar = in_calendar
    place.save(update_fields=["calendar_sequence", "in_calendar"])
    return place.calendar_sequence


def files_for_applicant(
    application: Application, change: StateChange, now: datetime.datetime
) -> list[dict[str, str]]:
    """The calendar files that go with a change of state: what takes old dates out, and what puts new ones in.

    Subscribed to `applications.domain.announcements.files_for_applicant`, so that every way out of a cohort, and
    every way into one, carries them.
    """
    if change.to_state in (State.ATTENDED, State.COMPLETED, State.DID_NOT_COMPLETE):
        return []
    rows = application.places.select_related("cohort__programme").order_by("pk")
    joins = rows.filter(status=Place.Status.CONFIRMED).first() if change.to_state == State.CONFIRMED else None
    leaves = [place for place in rows.filter(in_calendar=True) if place != joins]
    files = [file for file in (_take_out(place, now=now) for place in leaves) if file]
    return [*files, publish(joins, now=now)] if joins else files
