"""Working days in England: not weekends, not bank holidays."""

from __future__ import annotations

import datetime
import gc
import sys
from functools import cache

# Of what the package knows, kept are the days of England: with it go twenty megabytes for two hundred other countries.
_PACKAGE = "holidays"
YEARS = range(2000, 2061)


def _read() -> frozenset[datetime.date]:
    import holidays

    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=YEARS))


@cache
def bank_holidays() -> frozenset[datetime.date]:
    """The bank holidays of England in `YEARS`; the package that knows them is let go of when they are read."""
    already = _PACKAGE in sys.modules
    days = _read()
    if not already:
        for name in [name for name in sys.modules if name.partition(".")[0] == _PACKAGE]:
            del sys.modules[name]
        gc.collect()
    return days


def is_working_day(day: datetime.date) -> bool:
    """Whether offices in England are open on ``day``."""
    return day.weekday() < 5 and day not in bank_holidays()


def add_working_days(day: datetime.date, count: int) -> datetime.date:
    """The day that is ``count`` working days after ``day``; ``day`` itself where ``count`` is 0 or less."""
    for _ in range(count):
        day += datetime.timedelta(days=1)
        while not is_working_day(day):
            day += datetime.timedelta(days=1)
    return day


def working_days_between(start: datetime.date, end: datetime.date) -> int:
    """How many working days lie after ``start``, up to and including ``end``; 0 where end is not later."""
    days = (end - start).days
    return sum(is_working_day(start + datetime.timedelta(days=step)) for step in range(1, days + 1))
