"""The published rules of allocation, read aloud: every assignment is tried, and the best of them kept.

For a handful of people only. It shares nothing with the engine but the words in which a problem is stated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cohorts.domain.allocation import Applicant, Order, Problem, Run

Assignment = dict[str, str]


def all_assignments(problem: Problem) -> Iterator[Assignment]:
    """Yield every way to give cohorts to people within maxima, caps and total; minima are looked at elsewhere."""
    maximum = {one.id: one.maximum for one in problem.cohorts}
    closed = {one.id for one in problem.cohorts if one.run is Run.CLOSED}
    ics_of = {one.id: one.ics for one in problem.applicants}
    to_ask = [one for one in problem.applicants if one.id not in problem.excluded | problem.pinned.keys()]
    of_ics = Counter(ics_of[person] for person in problem.pinned)
    number = Counter(problem.pinned.values())

    def give(position: int, so_far: Assignment) -> Iterator[Assignment]:
        if position == len(to_ask):
            yield dict(so_far)
            return
        one = to_ask[position]
        yield from give(position + 1, so_far)
        if problem.ics_cap is not None and of_ics[one.ics] >= problem.ics_cap:
            return
        if len(so_far) >= problem.total:
            return
        for cohort in one.ranks:
            if cohort not in closed and number[cohort] < maximum[cohort]:
                so_far[one.id] = cohort
                number[cohort] += 1
                of_ics[one.ics] += 1
                yield from give(position + 1, so_far)
                del so_far[one.id]
                number[cohort] -= 1
                of_ics[one.ics] -= 1

    return give(0, dict(problem.pinned))


def waived(problem: Problem, possible: list[Assignment]) -> set[str]:
    """Return the cohorts that run with any number: those staff set, and pinned ones that cannot reach their minimum.

    Of the pinned ones, in order of their ids, one keeps its minimum if it and those before it can together.
    """
    found = {one.id for one in problem.cohorts if one.run is Run.MUST_RUN}
    kept: list[tuple[str, int]] = []
    for cohort in sorted(problem.cohorts, key=lambda one: one.id):
        if cohort.id in found or cohort.id not in problem.pinned.values():
            continue
        together = [*kept, (cohort.id, cohort.minimum)]
        if any(all(Counter(one.values())[name] >= least for name, least in together) for one in possible):
            kept = together
        else:
            found.add(cohort.id)
    return found


def turn(one: Applicant) -> object:
    return (-one.score, one.submitted, one.id)


def goodness(problem: Problem, assignment: Assignment) -> tuple[object, ...]:
    """Return what is compared, first things first; more is better."""
    people = problem.applicants
    placed = [one for one in people if one.id in assignment]
    by_score = tuple(
        sum(one.score == score for one in placed)
        for score in sorted({one.score for one in people}, reverse=True)
    )
    ranks = [one.ranks.index(assignment[one.id]) for one in placed if assignment[one.id] in one.ranks]
    choices = []
    for one in sorted(people, key=turn):
        got = assignment.get(one.id)
        if one.id not in problem.pinned:
            choices.append(-len(one.ranks) if got is None else -one.ranks.index(got))
    squares = sum(number**2 for number in Counter(one.ics for one in placed).values())
    first = (len(placed), by_score) if problem.order is Order.PLACED_FIRST else (by_score, len(placed))
    by_rank = tuple(ranks.count(rank) for rank in range(len(problem.cohorts)))
    return (*first, -squares if problem.spread else 0, by_rank, tuple(choices))


def keeps_minima(problem: Problem, assignment: Assignment, free: set[str]) -> bool:
    number = Counter(assignment.values())
    return all(
        one.id in free or number[one.id] == 0 or number[one.id] >= one.minimum for one in problem.cohorts
    )


def best(problem: Problem) -> Assignment:
    """Return the assignment that no other betters."""
    possible = list(all_assignments(problem))
    free = waived(problem, possible)
    allowed = [one for one in possible if keeps_minima(problem, one, free)]
    return max(allowed, key=lambda one: goodness(problem, one))
