"""How a programme stands now: who asks for a place, who has one, and the cohorts that can take people."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from applications.domain.reviews import scores
from applications.models import Application, State
from cohorts.domain.preferences import has_started
from cohorts.models import Cohort, Place, Preference
from programmes.models import IntegratedCareSystem, Programme
from programmes.models.programmes import NominationScope

CANDIDATES = (State.SHORTLISTED, State.WAITLISTED)
SEATED = (State.OFFERED, State.CONFIRMED)


@dataclass(frozen=True)
class Situation:
    """What a proposal starts from. Cohorts go by their keys, people by their references.

    ``cohorts`` take place and have not started. ``seated``: who sits in one of them, and in which. ``ranks``: the
    cohorts that each can attend, best first. ``cannot``: what each said of a cohort that they cannot attend.
    ``systems``: the ICS that each counts for, as "Name (code)". ``total``: the places of the programme, less those
    used in other cohorts. ``ics_cap``: people of one ICS at most.
    """

    programme: Programme
    cohorts: Mapping[str, Cohort]
    candidates: Mapping[str, Application]
    seated: Mapping[str, str]
    sitting: Mapping[str, Application]
    ranks: Mapping[str, tuple[str, ...]]
    cannot: Mapping[tuple[str, str], str]
    scores: Mapping[str, int]
    systems: Mapping[str, str]
    total: int
    ics_cap: int | None

    @property
    def everybody(self) -> list[Application]:
        """The candidates, and those who have a place already."""
        return [*self.candidates.values(), *self.sitting.values()]


def look(programme: Programme, *, now: datetime.datetime) -> Situation:
    """Read how a programme stands; eight queries, however many people there are."""
    cohorts = open_cohorts(programme, now=now)
    keys = {cohort.pk: cohort.key for cohort in cohorts}
    people = programme.applications.filter(state__in=[*CANDIDATES, *SEATED]).select_related("ics")
    by_pk = {person.pk: person for person in people.order_by("reference")}
    places = Place.objects.counted().filter(programme=programme)
    taken = list(places.values_list("application_id", "cohort_id", "seat_number"))
    sits = {person: keys[cohort] for person, cohort, seat in taken if seat is not None and cohort in keys}
    elsewhere = len(taken) - len(sits)
    ranks: dict[str, list[str]] = {person.reference: [] for person in by_pk.values()}
    cannot: dict[tuple[str, str], str] = {}
    for pk, cohort_id, rank, reason in _preferences(programme):
        if pk in by_pk and cohort_id in keys and rank is not None:
            ranks[by_pk[pk].reference].append(keys[cohort_id])
        elif pk in by_pk and cohort_id in keys:
            cannot[by_pk[pk].reference, keys[cohort_id]] = reason
    known = scores(programme)
    total = programme.total_places
    return Situation(
        programme=programme,
        cohorts={cohort.key: cohort for cohort in cohorts},
        candidates={one.reference: one for one in by_pk.values() if one.state in CANDIDATES},
        seated={by_pk[pk].reference: key for pk, key in sits.items()},
        sitting={by_pk[pk].reference: by_pk[pk] for pk in sits},
        ranks={reference: tuple(ranked) for reference, ranked in ranks.items()},
        cannot=cannot,
        scores={person.reference: known.get(person.pk, 0) for person in by_pk.values()},
        systems=_systems(by_pk.values()),
        total=sum(cohort.maximum for cohort in cohorts) if total is None else total - elsewhere,
        ics_cap=_ics_cap(programme),
    )


def open_cohorts(programme: Programme, *, now: datetime.datetime) -> list[Cohort]:
    """The cohorts of a programme that take place and have not started, by date."""
    rows = programme.cohorts.filter(runs=True).prefetch_related("sessions")
    cohorts = [cohort for cohort in rows if not has_started(cohort, now)]
    return sorted(cohorts, key=lambda cohort: (cohort.starts_at is None, cohort.starts_at, cohort.pk))


def _preferences(programme: Programme) -> list[tuple[int, int, int | None, str]]:
    rows = Preference.objects.filter(
        application__programme=programme, application__state__in=[*CANDIDATES, *SEATED]
    )
    return list(
        rows.order_by("rank").values_list("application_id", "cohort_id", "rank", "cannot_attend_reason")
    )


def _ics_cap(programme: Programme) -> int | None:
    """How many people of one ICS there can be; None where ICSs have no limit.

    Staff may have allowed an ICS more: then the highest number, since the nominations hold each ICS at its own.
    """
    if programme.nomination_scope != NominationScope.ICS:
        return None
    more = programme.allowances.exclude(allowed=None).values_list("allowed", flat=True)
    return max([programme.nominations_allowed or 0, *(allowed or 0 for allowed in more)])


# What the people without an ICS are known by; each counts for themselves.
NO_ICS = "No ICS: "


def _systems(people: Iterable[Application]) -> dict[str, str]:
    """The ICS that each person counts for: that of their nomination, as at submission."""
    names = {ics.code: f"{ics.short_name} ({ics.code})" for ics in IntegratedCareSystem.objects.all()}
    found = {}
    for person in people:
        scope, _, code = person.nomination_key.partition(":")
        if scope != NominationScope.ICS:
            code = person.ics.code if person.ics else ""
        found[person.reference] = names.get(code, code) if code else f"{NO_ICS}{person.reference}"
    return found
