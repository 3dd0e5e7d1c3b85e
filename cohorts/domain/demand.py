"""How many people would like to come, to each cohort and to each place; and whether another cohort would be filled.

Counted are the applications in hand from their submission on, drafts and ended ones not. The number of queries does
not depend on how many there are. Source: "We will review and assess the need for further sessions (and location)
subject to demand".
"""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from applications.models import State
from applications.models.applications import SUBMITTED
from cohorts.domain import capacity
from cohorts.domain.preferences import has_started
from cohorts.models import Cohort, Preference
from programmes.domain import crowds, freshness
from programmes.models import Programme

# Suitable, and without a seat.
WAITING = frozenset({State.WAITLISTED, State.SHORTLISTED})

_wanted: freshness.Kept[tuple[int, ...], dict[int, int]] = freshness.Kept(freshness.PROGRAMMES)


def first_preferences(cohorts: Collection[int]) -> dict[int, int]:
    """How many want each of some cohorts first, by its key, for a list of them; one query.

    Of very many wishes the numbers may be a minute old.
    """
    keys = tuple(sorted(cohorts))

    def counted() -> dict[int, int]:
        first: QuerySet[Any] = Preference.objects.filter(cohort__in=keys, rank=1).order_by()
        # Of rows, not of keys, so that an index holds all that is read.
        return dict(first.values_list("cohort").annotate(how_many=Count("*")))

    return _wanted.get(keys, counted, if_=lambda found: sum(found.values()) > crowds.EXACT)


@dataclass(frozen=True)
class Said:
    """What one applicant said of one cohort; ``rank`` is None where they cannot attend it."""

    application_id: int
    cohort_id: int
    rank: int | None
    reason: str
    waits: bool


@dataclass(frozen=True)
class CohortDemand:
    """How many can attend a cohort, have it as their first choice, wait for a seat, or cannot attend it, and why."""

    cohort: Cohort
    wanted: int
    first: int
    waiting: int
    cannot: int
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class LocationDemand:
    """The same for everybody who can attend some cohort in one place, each counted once.

    ``waiting`` have no seat, and every cohort there that they can attend is full, cancelled or has started;
    ``elsewhere`` of them could take a free seat somewhere else. ``needed`` is the smallest minimum of the cohorts
    there; None where none has one.
    """

    location: str
    cohorts: tuple[Cohort, ...]
    wanted: int
    first: int
    waiting: int
    elsewhere: int
    needed: int | None

    @property
    def fills_another(self) -> bool:
        """Whether those waiting would fill another cohort."""
        return self.needed is not None and self.waiting >= self.needed

    @property
    def sentence(self) -> str:
        """Those waiting against those needed, where another cohort would be filled; empty otherwise."""
        if not self.fills_another:
            return ""
        waits = "person waits" if self.waiting == 1 else "people wait"
        where = {"": "", "Online": " online"}.get(self.location, f" in {self.location}")
        needed = f"{self.needed} {'is' if self.needed == 1 else 'are'} needed"
        also = f" {self.elsewhere} of them could take a free seat elsewhere." if self.elsewhere else ""
        return f"{self.waiting} {waits} for a date{where}; {needed}.{also}"


@dataclass(frozen=True)
class Demand:
    """The demand of a programme; ``no_date`` people wait and can attend none of its cohorts."""

    cohorts: tuple[CohortDemand, ...]
    locations: tuple[LocationDemand, ...]
    no_date: int
    places_used_up: bool

    @property
    def sentences(self) -> list[str]:
        """What staff should know, the largest demand first."""
        found = sorted(
            (one for one in self.locations if one.fills_another), key=lambda one: (-one.waiting, one.location)
        )
        lines = [one.sentence for one in found]
        if lines and self.places_used_up:
            lines.append("Every place of the programme is used: another cohort needs a larger total as well.")
        if self.no_date:
            waits = "person waits" if self.no_date == 1 else "people wait"
            lines.append(f"{self.no_date} {waits} and can attend none of the dates there are.")
        return lines


def of_programme(programme: Programme, *, now: datetime.datetime) -> Demand:
    """The demand for each cohort of a programme, by date, and for each place; seven queries at most."""
    cohorts = sorted(
        Cohort.objects.filter(programme=programme).prefetch_related("sessions__venue"),
        key=lambda cohort: (cohort.starts_at is None, cohort.starts_at, cohort.pk),
    )
    said = _said(programme)
    by_cohort = defaultdict(list)
    for one in said:
        by_cohort[one.cohort_id].append(one)
    free = capacity.free_seats(programme)
    open_ids = {
        cohort.pk for cohort in cohorts if cohort.runs and not has_started(cohort, now) and free[cohort.pk]
    }
    by_location: defaultdict[str, list[Cohort]] = defaultdict(list)
    for cohort in cohorts:
        by_location[cohort.location.casefold()].append(cohort)
    could = {one.application_id for one in said if one.rank is not None}
    taken = programme.places.counted().count() if programme.total_places is not None else 0
    return Demand(
        cohorts=tuple(_of_cohort(cohort, by_cohort[cohort.pk]) for cohort in cohorts),
        # A place that is not known yet comes last.
        locations=tuple(
            _of_location(by_location[name], said, open_ids)
            for name in sorted(by_location, key=lambda name: (name == "", name))
        ),
        no_date=len({one.application_id for one in said if one.waits} - could),
        places_used_up=programme.total_places is not None and taken >= programme.total_places,
    )


def of_cohort(cohort: Cohort) -> CohortDemand:
    """The demand for one cohort; one query."""
    return _of_cohort(cohort, _said(cohort.programme, cohort))


def _said(programme: Programme, cohort: Cohort | None = None) -> list[Said]:
    """What everybody in hand said of the cohorts, or of one."""
    rows = Preference.objects.filter(
        application__programme=programme, application__state__in=sorted(SUBMITTED)
    )
    if cohort is not None:
        rows = rows.filter(cohort=cohort)
    return [
        Said(application_id, cohort_id, rank, reason, State(state) in WAITING)
        for application_id, cohort_id, rank, reason, state in rows.order_by("pk").values_list(
            "application_id", "cohort_id", "rank", "cannot_attend_reason", "application__state"
        )
    ]


def _of_cohort(cohort: Cohort, said: Sequence[Said]) -> CohortDemand:
    can = [one for one in said if one.rank is not None]
    cannot = [one for one in said if one.rank is None]
    return CohortDemand(
        cohort=cohort,
        wanted=len(can),
        first=sum(one.rank == 1 for one in can),
        waiting=sum(one.waits for one in can),
        cannot=len(cannot),
        reasons=_reasons(one.reason for one in cannot),
    )


def _reasons(given: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Each reason with how many gave it, the most frequent first; compared without case and a full stop."""
    words: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for reason in given:
        text = reason.strip().rstrip(".") or "No reason given"
        counts[words.setdefault(text.casefold(), text)] += 1
    return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def _of_location(there: Sequence[Cohort], said: Iterable[Said], open_ids: set[int]) -> LocationDemand:
    here = {cohort.pk for cohort in there}
    can: defaultdict[int, set[int]] = defaultdict(set)
    first: set[int] = set()
    waits: set[int] = set()
    for one in said:
        if one.rank is not None:
            can[one.application_id].add(one.cohort_id)
            if one.waits:
                waits.add(one.application_id)
            if one.rank == 1 and one.cohort_id in here:
                first.add(one.application_id)
    wanted = {pk for pk, cohorts in can.items() if cohorts & here}
    waiting = {pk for pk in wanted & waits if not can[pk] & here & open_ids}
    minima = [cohort.minimum for cohort in there if cohort.minimum]
    return LocationDemand(
        location=there[0].location,
        cohorts=tuple(there),
        wanted=len(wanted),
        first=len(first),
        waiting=len(waiting),
        elsewhere=sum(bool(can[pk] & open_ids) for pk in waiting),
        needed=min(minima, default=None),
    )
