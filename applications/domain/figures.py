"""The figures of the home page: how far applications come, how long a decision takes, and nominations used.

Each is a fixed number of queries over indexed columns, whatever the number of applications and programmes.
"""

from __future__ import annotations

import datetime
import itertools
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from applications.domain.nominations import counted_by_key
from applications.models import Application
from applications.models.applications import Step
from programmes.models import NominationAllowance

# How far back the time to a decision is looked at.
A_YEAR = datetime.timedelta(days=365)


@dataclass(frozen=True)
class Reached:
    """How many applications have come to a step or further, and how many of a hundred started that is."""

    step: Step
    count: int
    of_hundred: int


def funnel(programmes: Collection[int]) -> dict[int, list[Reached]]:
    """How many applications to each programme ever came to each step, from started to completed; one query.

    Whoever came to a step counts at all before it, and goes on counting after an end or a step back: a withdrawal after
    the offer still was an offer. An application that needs no approval is approved when it is submitted.
    """
    counted: defaultdict[int, Counter[int]] = defaultdict(Counter)
    rows = Application.objects.filter(programme__in=programmes).order_by()
    # Of rows, not of keys: a key would be read from the table, the rest stands in an index. So below.
    for row in rows.values("programme", "furthest").annotate(how_many=Count("*")):
        counted[row["programme"]][row["furthest"]] = row["how_many"]
    return {programme: _cumulated(steps) for programme, steps in counted.items()}


def _cumulated(steps: Mapping[int, int]) -> list[Reached]:
    started = sum(steps.values())
    reached = {step: sum(many for furthest, many in steps.items() if furthest >= step) for step in Step}
    return [Reached(step, count, round(100 * count / started)) for step, count in reached.items()]


@dataclass(frozen=True)
class Days:
    """How many applications were decided, and after how many days: half of them, and nine of ten, within so many."""

    decided: int
    median: int
    nine_of_ten: int


def days_to_decision(programmes: Collection[int], *, now: datetime.datetime) -> dict[int | None, Days]:
    """The days from submission to the academy's first decision, over the last year; one query.

    A decision is that the applicant is shortlisted, put on the waiting list, given a place or turned down, whichever
    came first. By programme, and under None for all of them; nothing where nothing was decided.
    """
    counted: defaultdict[int | None, Counter[int]] = defaultdict(Counter)
    rows: QuerySet[Any] = Application.objects.filter(programme__in=programmes, decided_at__gt=now - A_YEAR)
    days_of = rows.order_by().values_list("programme", "decided_after_days")
    for programme, days, how_many in days_of.annotate(how_many=Count("*")):
        counted[programme][days] += how_many
        counted[None][days] += how_many
    return {
        programme: Days(sum(days.values()), _within(days, 50), _within(days, 90))
        for programme, days in counted.items()
    }


def _within(days: Mapping[int, int], of_hundred: int) -> int:
    """In how many days at least so many of a hundred were decided."""
    needed = -(-sum(days.values()) * of_hundred // 100)
    ordered = sorted(days)
    so_far = itertools.accumulate(days[day] for day in ordered)
    return next(day for day, many in zip(ordered, so_far, strict=True) if many >= needed)


@dataclass(frozen=True)
class AllowanceUse:
    """What is used of an allowance, and how many wait in reserve for it."""

    allowance: NominationAllowance
    limit: int
    used: int
    in_reserve: int


def nominations(programmes: Collection[int] | None = None) -> list[AllowanceUse]:
    """Each allowance that has a limit (of some programmes), with what is used of it; two queries."""
    counted = Application.objects.all()
    allowances = NominationAllowance.objects.select_related("programme", "ics", "organisation", "region")
    if programmes is not None:
        counted = counted.filter(programme__in=programmes)
        allowances = allowances.filter(programme__in=programmes)
    numbers = counted_by_key(counted)
    return [
        AllowanceUse(allowance, limit, *numbers.get((allowance.programme_id, allowance.key), (0, 0)))
        for allowance in allowances.order_by("pk")
        if (limit := allowance.limit) is not None
    ]
