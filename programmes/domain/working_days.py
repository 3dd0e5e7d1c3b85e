"""Working days in England: not weekends, not bank holidays."""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path

# Written by scripts/bank_holidays.py, from a package that is too large for a process that serves pages.
_SHIPPED = Path(__file__).resolve().parent.parent / "catalogue" / "bank-holidays.txt"


@cache
def bank_holidays() -> frozenset[datetime.date]:
    """The bank holidays of England from 2000 to 2060, and the days that stand for those at a weekend."""
    return frozenset(map(datetime.date.fromisoformat, _SHIPPED.read_text(encoding="ascii").split()))


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
