"""Moving a programme's dates: for a new round, and so that a past programme is alive in the demo."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from programmes.domain.programme_file.fields import LONDON, Entry
from programmes.domain.working_days import is_working_day

DEADLINE_AHEAD = datetime.timedelta(weeks=3)
FIRST_SESSION_AHEAD = datetime.timedelta(weeks=8)
# How far from that a programme may be moved to stay clear of holidays, in weeks.
_EARLIER, _LATER = 1, 4


def moved(value: Any, weeks: int = 0, *, days: int = 0) -> Any:
    """A copy of what a file says, with every date in it moved; times of day stay, summer or winter."""
    if isinstance(value, Entry):
        inner = {name: moved(said, weeks, days=days) for name, said in value.items()}
        return Entry(value.spot, value.spots, inner)
    if isinstance(value, list | tuple):
        return [moved(said, weeks, days=days) for said in value]
    if isinstance(value, datetime.date):
        return value + datetime.timedelta(weeks=weeks, days=days)
    return value


def weeks_to_future(entry: Entry, today: datetime.date) -> int:
    """The whole weeks by which a programme is moved so that applications are open on ``today``.

    Its deadline comes to lie about 3 weeks ahead; where none is stated, its first session about 8 weeks
    ahead; a programme with neither stays. Sessions keep clear of bank holidays and of the days around Christmas,
    where a few weeks to and fro allow it.
    """
    sessions = moments_of_sessions(entry)
    closes = entry["closes"]
    if closes:
        anchor, wanted = closes.date(), today + DEADLINE_AHEAD
    elif sessions:
        anchor, wanted = sessions[0].date(), today + FIRST_SESSION_AHEAD
    else:
        return 0
    nearest = round((wanted - anchor) / datetime.timedelta(weeks=1))

    def regrets(weeks: int) -> tuple[bool, bool, int, bool]:
        return (
            not _is_open(entry, weeks, today),
            any(_is_holiday(moved(moment, weeks).date()) for moment in sessions),
            abs(weeks - nearest),
            weeks < nearest,
        )

    return min(range(nearest - _EARLIER, nearest + _LATER + 1), key=regrets)


_NOT_SESSIONS = ("opens", "closes", "notify_by")


def moments_of_sessions(entry: Entry) -> list[datetime.datetime]:
    """When the sessions of a programme start and end, in order."""
    return sorted(_moments({name: value for name, value in entry.items() if name not in _NOT_SESSIONS}))


def _moments(value: Any) -> Iterator[datetime.datetime]:
    if isinstance(value, datetime.datetime):
        yield value
    elif isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _moments(inner)


def _is_open(entry: Entry, weeks: int, today: datetime.date) -> bool:
    noon = datetime.datetime.combine(today, datetime.time(12), LONDON)
    opens, closes = moved(entry["opens"], weeks), moved(entry["closes"], weeks)
    return (opens is None or opens <= noon) and (closes is None or closes > noon)


def _is_holiday(day: datetime.date) -> bool:
    """Whether nobody would train on ``day``: a weekday off, or between 21 December and 2 January."""
    around_christmas = (day.month, day.day) >= (12, 21) or (day.month, day.day) <= (1, 2)
    return around_christmas or (day.weekday() < 5 and not is_working_day(day))
