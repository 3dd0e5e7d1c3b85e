"""The people who can still be given a place, the cohorts they can attend, and what is free of each limit, as arrays.

Whoever is pinned or excluded is counted or left out here, once; every later step sees only what is still open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cohorts.domain.allocating.problem import Applicant, Problem, Run

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Network:
    """Arcs from people to cohorts. People stand in their turn at ties, cohorts and ICSs in order of their ids.

    ``person``, ``cohort``, ``rank``: of each arc, ordered by person and then by preference (rank 0 is the first).
    ``seats``: free seats of each cohort; ``pinned``: seats taken by the pinned; ``minimum``: what a cohort must reach
    if anybody is in it, 0 where it is waived. ``ics_room``, ``ics_pinned``: what each ICS may have and has;
    ``total_room``: places left.
    """

    people: tuple[Applicant, ...]
    cohorts: tuple[str, ...]
    person: Numbers
    cohort: Numbers
    rank: Numbers
    score: Numbers
    ics: Numbers
    seats: Numbers
    pinned: Numbers
    minimum: Numbers
    ics_room: Numbers
    ics_pinned: Numbers
    total_room: int

    @property
    def arc_score(self) -> Numbers:
        return self.score[self.person]

    @property
    def arc_ics(self) -> Numbers:
        return self.ics[self.person]


def build(problem: Problem) -> Network:
    """Return the network of a problem that has been checked."""
    pinned = Counter(problem.pinned.values())
    ics_of = {applicant.id: applicant.ics for applicant in problem.applicants}
    ics_pinned = Counter(ics_of[person] for person in problem.pinned)
    left_out = problem.excluded | problem.pinned.keys()
    people = sorted((one for one in problem.applicants if one.id not in left_out), key=lambda one: one.turn)
    cohorts = sorted(problem.cohorts, key=lambda one: one.id)
    systems = sorted({one.ics for one in people})
    number_of = {one.id: number for number, one in enumerate(cohorts)}
    number_of_ics = {ics: number for number, ics in enumerate(systems)}
    is_open = [one.run is not Run.CLOSED for one in cohorts]
    arcs = [
        (number, number_of[cohort], rank)
        for number, one in enumerate(people)
        for rank, cohort in enumerate(one.ranks)
        if is_open[number_of[cohort]]
    ]
    table = np.array(arcs, dtype=np.int64).reshape(-1, 3)
    cap = len(people) + len(ics_of) if problem.ics_cap is None else problem.ics_cap
    waived = [one.run is not Run.AUTO for one in cohorts]
    network = Network(
        people=tuple(people),
        cohorts=tuple(one.id for one in cohorts),
        person=table[:, 0],
        cohort=table[:, 1],
        rank=table[:, 2],
        score=numbers(one.score for one in people),
        ics=numbers(number_of_ics[one.ics] for one in people),
        seats=numbers(max(0, one.maximum - pinned[one.id]) for one in cohorts),
        pinned=numbers(pinned[one.id] for one in cohorts),
        minimum=numbers(
            0 if free or one.minimum <= 1 else one.minimum for one, free in zip(cohorts, waived, strict=True)
        ),
        ics_room=numbers(max(0, cap - ics_pinned[ics]) for ics in systems),
        ics_pinned=numbers(ics_pinned[ics] for ics in systems),
        total_room=problem.total - len(problem.pinned),
    )
    return keep(network, best_of_their_ics(network))


def numbers(values: Iterable[int]) -> Numbers:
    """Return whole numbers as an array."""
    return np.fromiter(values, dtype=np.int64)


def keep(network: Network, arcs: Flags) -> Network:
    """Return the network with some of its arcs."""
    return replace(network, person=network.person[arcs], cohort=network.cohort[arcs], rank=network.rank[arcs])


def best_of_their_ics(network: Network) -> Flags:
    """Return which arcs can be used at all: for each ICS and cohort, those of the best, as many as the ICS has room.

    Exact: were somebody further down in that cohort, then everybody better of the same ICS who can attend it would
    have to be placed as well, or could take that very seat and make a better allocation; and so many the ICS cannot
    have. "Better" is a higher score, else a better preference for the cohort, else an earlier turn.
    """
    order = np.lexsort((network.person, network.rank, -network.arc_score, network.cohort, network.arc_ics))
    ics, cohort = network.arc_ics[order], network.cohort[order]
    starts = np.ones(len(order), dtype=bool)
    starts[1:] = (ics[1:] != ics[:-1]) | (cohort[1:] != cohort[:-1])
    position = np.arange(len(order))
    behind = position - np.maximum.accumulate(np.where(starts, position, 0))
    kept = np.zeros(len(order), dtype=bool)
    kept[order] = behind < np.minimum(network.ics_room[ics], network.total_room)
    return kept & (network.seats[network.cohort] > 0)
