"""Whether a programme takes applications, will, or has done; and how long is left, in words."""

from __future__ import annotations

import datetime
import enum

from programmes.domain.wording import local_date, nhs_datetime, plural
from programmes.models import Programme

# A programme that closed longer ago is no longer in the list of programmes; its page stays.
RECENTLY = datetime.timedelta(days=90)


class Phase(enum.StrEnum):
    """Where a programme stands at a moment."""

    OPENS_LATER = "opens_later"
    OPEN = "open"
    CLOSED = "closed"


def phase(programme: Programme, now: datetime.datetime) -> Phase:
    """Where a programme stands at ``now``."""
    if programme.opens_later(now):
        return Phase.OPENS_LATER
    return Phase.CLOSED if programme.has_closed(now) else Phase.OPEN


def closed_recently(programme: Programme, now: datetime.datetime) -> bool:
    """Whether the deadline has passed, but not long ago."""
    return programme.closes_at is not None and now - RECENTLY <= programme.closes_at <= now


def why_not_open(programme: Programme, now: datetime.datetime) -> str:
    """One sentence on why nobody can apply at ``now``; empty while the programme is open."""
    if programme.opens_later(now):
        return f"Applications open at {nhs_datetime(programme.opens_at, weekday=True)}."
    if programme.has_closed(now):
        return f"Applications closed at {nhs_datetime(programme.closes_at, weekday=True)}."
    return ""


def time_left(until: datetime.datetime, now: datetime.datetime) -> str:
    """The time from ``now``, counted in days of the calendar: "today", "tomorrow", "12 days left"."""
    days = (local_date(until) - local_date(now)).days
    if days <= 0:
        return "today"
    return "tomorrow" if days == 1 else f"{plural(days, 'day')} left"
