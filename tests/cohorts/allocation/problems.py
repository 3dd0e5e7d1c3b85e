"""Problems drawn by lot, the same for the same number."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cohorts.domain.allocation import Applicant, Cohort, Order, Problem, Run

OPENED = datetime(2026, 3, 2, 9, tzinfo=UTC)


def small(number: int) -> Problem:
    """Return a problem of six people and three cohorts at most, with everything that a problem can have."""
    lot = random.Random(number)
    cohorts = []
    for name in "CDE"[: lot.randint(1, 3)]:
        minimum = lot.choice([0, 0, 1, 2, 2, 3, 4])
        maximum = minimum + lot.randint(0, 2) if minimum else lot.randint(0, 3)
        run = lot.choice([Run.AUTO] * 6 + [Run.MUST_RUN, Run.CLOSED])
        cohorts.append(Cohort(name, minimum, maximum, run))
    ids = [one.id for one in cohorts]
    people = [
        Applicant(
            id=lot.choice("abcdefgh") + str(place),
            ics=lot.choice("XYZ"),
            score=lot.choice([1, 2, 2, 3]),
            submitted=OPENED + timedelta(hours=lot.randint(0, 2)),
            ranks=tuple(lot.sample(ids, lot.randint(0 if lot.random() < 0.2 else 1, len(ids)))),
        )
        for place in range(lot.randint(1, 6))
    ]
    cap = lot.choice([None, 0, 1, 1, 2, 2, 3])
    pinned, excluded = {}, set()
    room = {one.id: 0 if one.run is Run.CLOSED else one.maximum for one in cohorts}
    for one in people:
        fate = lot.random()
        # A pin may be to a cohort that the person did not list, and beyond the cap of the ICS.
        cohort = lot.choice(ids)
        if fate < 0.15 and room[cohort]:
            pinned[one.id] = cohort
            room[cohort] -= 1
        elif fate > 0.93:
            excluded.add(one.id)
    return Problem(
        applicants=tuple(people),
        cohorts=tuple(cohorts),
        total=max(len(pinned), lot.randint(1, 7)),
        ics_cap=cap,
        pinned=pinned,
        excluded=frozenset(excluded),
        spread=lot.random() < 0.4,
        order=lot.choice([Order.PLACED_FIRST, Order.PLACED_FIRST, Order.SCORE_FIRST]),
    )


def drawn(
    number: int,
    *,
    people: int,
    cohorts: int,
    minimum: int,
    maximum: int,
    choices: int,
    systems: int,
    scores: int,
    total: int | None = None,
    cap: int | None = None,
) -> Problem:
    """Return a problem of any size: each applicant can attend one to ``choices`` cohorts, drawn by lot."""
    lot = random.Random(number)
    offered = tuple(Cohort(f"C{place:03}", minimum, maximum) for place in range(cohorts))
    applicants = tuple(
        Applicant(
            id=f"P{place:06}",
            ics=f"I{lot.randrange(systems):02}",
            score=lot.randrange(scores),
            submitted=OPENED + timedelta(seconds=lot.randrange(2_000_000)),
            ranks=tuple(
                f"C{one:03}" for one in lot.sample(range(cohorts), lot.randint(1, min(choices, cohorts)))
            ),
        )
        for place in range(people)
    )
    return Problem(applicants, offered, cohorts * maximum if total is None else total, cap)


def shuffled(problem: Problem, number: int) -> Problem:
    """Return the same problem in another order of everything."""
    lot = random.Random(number)
    applicants, cohorts, pins = list(problem.applicants), list(problem.cohorts), list(problem.pinned.items())
    for one in (applicants, cohorts, pins):
        lot.shuffle(one)
    return replace(problem, applicants=tuple(applicants), cohorts=tuple(cohorts), pinned=dict(pins))
