"""The engine against the rules read aloud, assignment for assignment, on small problems drawn by lot."""

import os
from dataclasses import replace

import pytest

from cohorts.domain.allocation import Order, Problem, Run, allocate
from tests.cohorts.allocation import by_hand, problems

# ALLOCATION_BLOCKS=100 tries 25,000 problems instead of 2,500.
BLOCK = 250
BLOCKS = int(os.environ.get("ALLOCATION_BLOCKS", "10"))


@pytest.mark.parametrize("block", range(BLOCKS))
def test_allocate_agrees_with_the_rules_whatever_the_order_of_the_input(block: int) -> None:
    for number in range(block * BLOCK, (block + 1) * BLOCK):
        problem = problems.small(number)

        allocation = allocate(problem)

        assert allocation.assignment == by_hand.best(problem), number
        assert allocation.proven, number
        assert allocate(problems.shuffled(problem, number)) == allocation, number


def lifted(problem: Problem, person: str) -> Problem:
    """Return the problem without the limits that someone's reasons name."""
    allocation = allocate(problem)
    ics_of = {one.id: one.ics for one in problem.applicants}
    reasons = {reason.code: reason for reason in allocation.reasons[person]}
    same_ics = sum(ics_of[one] == ics_of[person] for one in allocation.assignment)
    full = reasons["cohorts_full"].cohorts if "cohorts_full" in reasons else ()
    named = [
        cohort
        for reason in allocation.reasons[person]
        if reason.code in ("cohort_closed", "cohort_does_not_run")
        for cohort in reason.cohorts
    ]
    return replace(
        problem,
        ics_cap=same_ics + 1 if "ics_full" in reasons else problem.ics_cap,
        total=problem.total + ("programme_full" in reasons),
        cohorts=tuple(
            replace(
                one,
                maximum=max(1, one.maximum) if one.id in named else one.maximum + (one.id in full),
                run=Run.MUST_RUN if one.id in named else one.run,
            )
            for one in problem.cohorts
        ),
    )


@pytest.mark.parametrize("block", range(4))
def test_reasons_lifted_let_the_person_in(block: int) -> None:
    for number in range(block * BLOCK, (block + 1) * BLOCK):
        problem = problems.small(number)
        allocation = allocate(problem)
        unplaced = {one.id for one in problem.applicants} - allocation.assignment.keys()

        assert allocation.reasons.keys() == unplaced, number
        for person, reasons in allocation.reasons.items():
            codes = [reason.code for reason in reasons]
            if codes in (["excluded"], ["no_cohorts"]):
                continue
            better = allocate(lifted(problem, person)).objective
            if problem.order is Order.PLACED_FIRST:
                assert better.placed > allocation.objective.placed, (number, person, codes)
            else:
                assert better.by_score > allocation.objective.by_score, (number, person, codes)


def test_reasons_name_no_displaced_score_below_the_persons_own() -> None:
    found = 0
    for number in range(2 * BLOCK):
        problem = problems.small(number)
        score = {one.id: one.score for one in problem.applicants}

        for person, reasons in allocate(problem).reasons.items():
            for reason in reasons:
                if reason.score is not None:
                    found += 1
                    assert reason.score >= score[person], (number, person)

    assert found > 100
