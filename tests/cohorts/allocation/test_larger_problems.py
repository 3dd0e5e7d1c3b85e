"""The engine against networkx: where no minimum binds, and where every choice of cohorts is enumerated."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import networkx
import pytest

from cohorts.domain.allocation import Applicant, Problem, Run, allocate
from tests.cohorts.allocation import problems

# ALLOCATION_PROBLEMS=10 tries ten times as many of these.
PROBLEMS = int(os.environ.get("ALLOCATION_PROBLEMS", "1"))
Value = tuple[int, ...]


def worth(problem: Problem, one: Applicant, rank: int) -> int:
    """Return what giving somebody a preference counts: a digit for each objective, with room for everybody."""
    digit = len(problem.applicants) + 1
    scores = sorted({one.score for one in problem.applicants}, reverse=True)
    most_choices = max(len(one.ranks) for one in problem.applicants)
    levels = [1, *(one.score == score for score in scores), *(rank == place for place in range(most_choices))]
    number = 0
    for level in levels:
        number = number * digit + level
    return number


def by_flow(problem: Problem, running: Iterable[str]) -> int | None:
    """Return what the best allocation is worth where exactly these cohorts run, pins apart; None where they cannot."""
    ics_of = {one.id: one.ics for one in problem.applicants}
    pinned_in, pinned_of = Counter(problem.pinned.values()), Counter(ics_of[one] for one in problem.pinned)
    graph = networkx.DiGraph()
    limits = {one.id: one for one in problem.cohorts if one.id in set(running)}
    # Lower limits as demands: what a cohort must have flows out of it beside the arc to the sink.
    graph.add_edge("sink", "source", capacity=problem.total - len(problem.pinned), weight=0)
    graph.add_node("sink", demand=0)
    least = {one: max(0, cohort.minimum - pinned_in[one]) for one, cohort in limits.items()}
    graph.nodes["sink"]["demand"] = -sum(least.values())
    for one, cohort in limits.items():
        graph.add_node(("cohort", one), demand=least[one])
        room = cohort.maximum - pinned_in[one] - least[one]
        if room < 0:
            return None
        graph.add_edge(("cohort", one), "sink", capacity=room, weight=0)
    for one in problem.applicants:
        if one.id in problem.pinned or one.id in problem.excluded:
            continue
        room = len(problem.applicants) if problem.ics_cap is None else problem.ics_cap - pinned_of[one.ics]
        graph.add_edge("source", ("ics", one.ics), capacity=max(0, room), weight=0)
        graph.add_edge(("ics", one.ics), one.id, capacity=1, weight=0)
        for rank, cohort in enumerate(one.ranks):
            if cohort in limits:
                graph.add_edge(one.id, ("cohort", cohort), capacity=1, weight=-worth(problem, one, rank))
    try:
        cost, _ = networkx.network_simplex(graph)
    except networkx.NetworkXUnfeasible:
        return None
    return -cost


def reached(problem: Problem, assignment: dict[str, str]) -> int:
    people = {one.id: one for one in problem.applicants}
    return sum(
        worth(problem, people[person], people[person].ranks.index(cohort))
        for person, cohort in assignment.items()
        if person not in problem.pinned
    )


@pytest.mark.parametrize("number", range(12 * PROBLEMS))
def test_allocate_agrees_with_a_flow_where_no_minimum_binds(number: int) -> None:
    problem = problems.drawn(
        number,
        people=240,
        cohorts=8,
        minimum=0,
        maximum=15,
        choices=4,
        systems=9,
        scores=8,
        total=110,
        cap=14,
    )

    allocation = allocate(problem)

    assert reached(problem, allocation.assignment) == by_flow(problem, {one.id for one in problem.cohorts})


def test_allocate_looks_further_down_the_line_where_the_first_in_it_do_not_fill_the_seats() -> None:
    """The highest scores can attend every cohort, and are the first in each line: but they are fewer than the seats."""
    drawn = problems.drawn(
        1, people=300, cohorts=6, minimum=0, maximum=10, choices=1, systems=9, scores=9, total=60
    )
    everywhere = tuple(one.id for one in drawn.cohorts)
    top = tuple(replace(one, score=one.score + 9, ranks=everywhere) for one in drawn.applicants[:45])
    problem = replace(drawn, applicants=top + drawn.applicants[45:])

    allocation = allocate(problem)

    assert allocation.objective.placed == 60
    assert reached(problem, allocation.assignment) == by_flow(problem, everywhere)


@pytest.mark.parametrize("number", range(6 * PROBLEMS))
def test_allocate_agrees_with_every_choice_of_cohorts_enumerated(number: int) -> None:
    drawn = problems.drawn(
        number, people=150, cohorts=10, minimum=14, maximum=20, choices=2, systems=8, scores=5, cap=22
    )
    pinned = {one.id: one.ranks[0] for one in drawn.applicants[:3]}
    problem = replace(drawn, pinned=pinned)

    allocation = allocate(problem)

    optional = sorted({one.id for one in problem.cohorts} - set(pinned.values()))
    best = reached(problem, allocation.assignment)
    placed = allocation.objective.placed
    looked_at = 0
    for size in range(len(optional) + 1):
        for some in itertools.combinations(optional, size):
            running = {*some, *pinned.values()}
            if sum(one.maximum for one in problem.cohorts if one.id in running) < placed:
                continue
            looked_at += 1
            value = by_flow(problem, running)
            assert value is None or value <= best
    assert by_flow(problem, set(allocation.assignment.values())) == best
    assert looked_at > 10
    assert all(one.run is Run.AUTO for one in problem.cohorts)
