"""Seats and places against their limits, for showing. Each is one query, whatever the numbers."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from cohorts.models import Cohort, Place, Session
from programmes.domain import crowds, freshness


@dataclass(frozen=True)
class Seats:
    """The seats of a cohort: how many people have one, offered or confirmed, of how many, and how many it needs."""

    cohort: Cohort
    taken: int
    confirmed: int


def seats(programmes: Collection[int], *, now: datetime.datetime) -> dict[int, list[Seats]]:
    """The cohorts of some programmes that take place and are not over, by programme, in their order."""
    last = Session.objects.filter(cohort=OuterRef("pk")).order_by("-ends_at")
    rows: QuerySet[Any] = (
        Cohort.objects.with_seats_taken()
        .with_confirmed()
        .annotate(ends=Subquery(last.values("ends_at")[:1]))
        .filter(Q(ends=None) | Q(ends__gt=now), programme__in=programmes, runs=True)
        .order_by("ends", "pk")
    )
    found: defaultdict[int, list[Seats]] = defaultdict(list)
    for cohort in rows:
        found[cohort.programme_id].append(Seats(cohort, cohort.seats_taken, cohort.confirmed))
    return dict(found)


def places_given(programmes: Collection[int]) -> dict[int, int]:
    """How many places of each programme count against its total: offered, confirmed and attended."""
    rows = Place.objects.counted().filter(programme__in=programmes).order_by()
    return dict(rows.values_list("programme").annotate(how_many=Count("programme_number")))


@dataclass(frozen=True)
class Taken:
    """How many ``places`` of programmes and ``seats`` of cohorts are taken, by key; what has none is not named."""

    places: Mapping[int, int]
    seats: Mapping[int, int]


_taken: freshness.Kept[tuple[int, ...], Taken] = freshness.Kept(freshness.PROGRAMMES)


def taken(programmes: Collection[int]) -> Taken:
    """What is taken of some programmes, and of their cohorts. Of very many it may be a minute old."""
    keys = tuple(sorted(programmes))

    def counted() -> Taken:
        places, seats = Counter[int](), Counter[int]()
        rows: QuerySet[Any] = Place.objects.filter(programme__in=keys).order_by()
        numbers = {"of_programme": Count("programme_number"), "of_cohort": Count("seat_number")}
        for programme, cohort, given, seated in rows.values_list("programme", "cohort").annotate(**numbers):
            places[programme] += given
            seats[cohort] += seated
        return Taken(places, seats)

    return _taken.get(keys, counted, if_=lambda found: sum(found.places.values()) > crowds.EXACT)
