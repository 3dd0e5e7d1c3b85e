"""Circles that come round: on which days, at the same time of day whatever the clocks do."""

from __future__ import annotations

import datetime
from dataclasses import replace
from enum import StrEnum

from django.utils import timezone

from facilitators.domain.calendar.circle_plans import Plan
from programmes.domain.refused import Refused

MOST = 26


class Every(StrEnum):
    """How often a circle comes round."""

    WEEK = "week"
    FORTNIGHT = "fortnight"
    MONTH = "month"


def days(first: datetime.date, every: Every, times: int) -> list[datetime.date]:
    """The days of a series of up to 26.

    A month later is the same weekday of the month ("the 2nd Tuesday"), and where a month has no 5th one, its last.
    Raises `Refused` for another number.
    """
    if not 1 <= times <= MOST:
        raise Refused(f"A series has 1 to {MOST} circles.")
    if every != Every.MONTH:
        step = datetime.timedelta(weeks=1 if every == Every.WEEK else 2)
        return [first + step * number for number in range(times)]
    week = (first.day - 1) // 7
    found = []
    for number in range(times):
        years, months = divmod(first.month - 1 + number, 12)
        month = datetime.date(first.year + years, months + 1, 1)
        day = month + datetime.timedelta(days=(first.weekday() - month.weekday()) % 7, weeks=week)
        found.append(day if day.month == month.month else day - datetime.timedelta(weeks=1))
    return found


def planned(plan: Plan, every: Every, times: int) -> list[Plan]:
    """A circle and those that follow it, each at the same time of day in England. Raises `Refused` as `days` does."""
    starts = timezone.localtime(plan.starts_at)
    return [
        replace(
            plan,
            starts_at=(begins := timezone.make_aware(datetime.datetime.combine(day, starts.time()))),
            ends_at=begins + (plan.ends_at - plan.starts_at),
        )
        for day in days(starts.date(), every, times)
    ]
