"""Calendar files: one event for each session, right over clock changes, recognised when sent again."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import icalendar
from django.conf import settings
from django.utils import timezone

from cohorts.models import Cohort, Session

PRODUCT = "-//Cascade//Train the trainer//EN"


def calendar_file(
    cohorts: Sequence[Cohort], *, now: datetime.datetime, placed: bool = False, cancelled: bool = False
) -> str:
    """The sessions of some cohorts as the text of an iCalendar file, in Europe/London with its VTIMEZONE.

    ``placed`` puts the joining links in: only for people with a place. ``cancelled`` takes the sessions back.
    """
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
    for cohort in cohorts:
        for session in cohort.sessions.all():
            calendar.add_component(_event(cohort, session, now=now, placed=placed, cancelled=cancelled))
    if cohorts:
        calendar.add_missing_timezones()
    return str(calendar.to_ical().decode())


def _event(
    cohort: Cohort, session: Session, *, now: datetime.datetime, placed: bool, cancelled: bool
) -> icalendar.Event:
    london = timezone.get_default_timezone()
    site = settings.SITE_URL.partition("//")[2].partition(":")[0]
    event = icalendar.Event()
    # Stable for the life of the session, so that a calendar replaces what it has.
    event.add("uid", f"session-{session.pk}@{site}")
    event.add("sequence", session.sequence + (1 if cancelled else 0))
    event.add("dtstamp", now.astimezone(datetime.UTC))
    event.add("dtstart", session.starts_at.astimezone(london))
    event.add("dtend", session.ends_at.astimezone(london))
    event.add("summary", f"{cohort.programme.title}: {session.title} ({cohort.name})")
    link = session.joining_link if placed else ""
    event.add("location", link or session.where)
    if link:
        event.add("url", link)
    event.add("status", "CANCELLED" if cancelled else "TENTATIVE" if session.to_be_confirmed else "CONFIRMED")
    return event


def attachment(cohort: Cohort, *, now: datetime.datetime) -> dict[str, str]:
    """The calendar file of a cohort as an attachment of a mail to someone placed in it."""
    return {
        "name": f"{cohort.programme.slug}-{cohort.key}.ics",
        "type": "text/calendar",
        "text": calendar_file([cohort], now=now, placed=True),
    }
