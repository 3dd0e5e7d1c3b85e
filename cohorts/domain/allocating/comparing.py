"""What staff see beside a proposal: what first come, first served would have given, and what an allocation reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from cohorts.domain.allocating import reasons
from cohorts.domain.allocating.checking import check
from cohorts.domain.allocating.problem import Allocation, Objective, Problem, Run


def objective(problem: Problem, assignment: Mapping[str, str]) -> Objective:
    """Return what an assignment reaches."""
    placed = [one for one in problem.applicants if one.id in assignment]
    by_score = Counter(one.score for one in placed)
    by_rank = Counter(
        one.ranks.index(assignment[one.id]) for one in placed if assignment[one.id] in one.ranks
    )
    longest = max((len(one.ranks) for one in problem.applicants), default=0)
    return Objective(
        placed=len(placed),
        by_score=tuple(
            by_score[score] for score in sorted({one.score for one in problem.applicants}, reverse=True)
        ),
        ics_sumsq=sum(number**2 for number in Counter(one.ics for one in placed).values()),
        by_rank=tuple(by_rank[rank] for rank in range(longest)),
        cohorts_running=len(set(assignment.values())),
    )


def first_come_first_served(problem: Problem) -> Allocation:
    """Return what a list in order of submission gives, as kept by hand.

    Each in turn gets the cohort they prefer of those with a free seat, within the limits of the ICS and the programme.
    In the end the cohorts below their minimum are closed, and their people have no place; the pinned stay, and so does
    a cohort that has one. Raises `BadProblem` and `ImpossiblePins`.
    """
    check(problem)
    assignment = dict(problem.pinned)
    number = Counter(assignment.values())
    of_ics = Counter(one.ics for one in problem.applicants if one.id in assignment)
    maximum = {one.id: one.maximum for one in problem.cohorts if one.run is not Run.CLOSED}
    cap = len(problem.applicants) if problem.ics_cap is None else problem.ics_cap
    for one in sorted(problem.applicants, key=lambda one: (one.submitted, one.id)):
        if one.id in assignment or one.id in problem.excluded or of_ics[one.ics] >= cap:
            continue
        free = [cohort for cohort in one.ranks if number[cohort] < maximum.get(cohort, 0)]
        if free and len(assignment) < problem.total:
            assignment[one.id] = free[0]
            number[free[0]] += 1
            of_ics[one.ics] += 1
    stays = set(problem.pinned.values()) | {
        one.id for one in problem.cohorts if one.run is Run.MUST_RUN or number[one.id] >= one.minimum
    }
    kept = {person: cohort for person, cohort in sorted(assignment.items()) if cohort in stays}
    return Allocation(
        kept, objective(problem, kept), reasons.of_everybody(problem, kept, moves=False), False, []
    )
