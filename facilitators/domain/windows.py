"""Days of a commitment: when its window ends, how pauses move it, and what counts in it. Plain dates; no database."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Thing:
    """One thing that somebody did: its day, how much of the unit it is, and a number that orders those of a day."""

    held_on: datetime.date
    amount: int = 1
    order: int = 0


@dataclass(frozen=True)
class Asked:
    """What one window asks for: its days (``due_on`` None: no end), how many, and whether it can ever be met."""

    starts_on: datetime.date
    due_on: datetime.date | None
    at_least: int
    ends: bool = True


@dataclass
class Counted:
    """What was done in one window, and the day on which it was enough; None while it is not."""

    done: int = 0
    met_on: datetime.date | None = None


def months_later(day: datetime.date, months: int) -> datetime.date:
    """The same day so many months later (earlier below 0); the last of the month where that has no such day.

    29 February and 12 months is 28 February, 31 January and 1 month is the last of February.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not datetime.MINYEAR <= year <= datetime.MAXYEAR:
        return datetime.date.max if months > 0 else datetime.date.min
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(day.day, last))


def year_of(begins_on: datetime.date, number: int) -> tuple[datetime.date, datetime.date]:
    """First and last day of the year ``number`` (from 0) that is counted from a day: the next begins the day after."""
    return months_later(begins_on, 12 * number), months_later(begins_on, 12 * (number + 1)) - ONE_DAY


def year_on(begins_on: datetime.date, day: datetime.date) -> int:
    """The number of the year in which a day lies; 0 for one before it all."""
    number = max(day.year - begins_on.year, 0)
    return number if year_of(begins_on, number)[0] <= day else max(number - 1, 0)


def moved(
    starts_on: datetime.date, last_day: datetime.date, pauses: Iterable[tuple[datetime.date, datetime.date]]
) -> datetime.date:
    """A last day moved by pauses (first and last day of each): later by each paused day since ``starts_on``.

    A day in several pauses counts once. A pause that begins in the time that was won by another counts as well; one
    that begins after the moved last day does not.
    """
    seen = starts_on - ONE_DAY
    for first, last in sorted(pauses):
        begins = max(first, seen + ONE_DAY)
        if begins > last_day:
            break
        if last >= begins:
            days = (last - begins).days + 1
            last_day = datetime.date.fromordinal(
                min(last_day.toordinal() + days, datetime.date.max.toordinal())
            )
            seen = last
            if seen == datetime.date.max:
                break
    return last_day


def count(windows: Sequence[Asked], things: Iterable[Thing]) -> list[Counted]:
    """What of ``things`` counts in each of the windows of one obligation, which come in order of time.

    A thing counts once, and never before a window begins. Where a moved window overlaps the next, it counts for the
    earlier one until that is met. After a window's last day only what is still owed counts, and only until the next
    window begins: it is then met late.
    """
    counted = [Counted() for _ in windows]
    for thing in sorted(things, key=lambda one: (one.held_on, one.order)):
        open_now = [
            (asked, found)
            for asked, found in zip(windows, counted, strict=True)
            if asked.starts_on <= thing.held_on
        ]
        within = [
            (asked, found)
            for asked, found in open_now
            if asked.due_on is None or thing.held_on <= asked.due_on
        ]
        # Inside: the earliest that is not met yet, else the latest. Outside of all: the latest, while it is owed.
        owed = [(asked, found) for asked, found in within if found.met_on is None]
        late = [] if within else [pair for pair in open_now[-1:] if pair[1].met_on is None]
        for asked, found in (owed[:1] or within[-1:]) or late:
            found.done += thing.amount
            if asked.ends and found.met_on is None and found.done >= asked.at_least:
                found.met_on = thing.held_on
    return counted
