"""What an allocation says: the objectives by example, pins, wishes of staff, warnings, refusals, time."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from cohorts.domain.allocating.solver import Model, Reals, Solved, Solver, whole
from cohorts.domain.allocation import (
    Applicant,
    BadProblem,
    Cancelled,
    Cohort,
    ImpossiblePins,
    Objective,
    Order,
    Problem,
    Reason,
    Run,
    SolverFault,
    allocate,
    first_come_first_served,
    score_first,
    solver_version,
)
from tests.cohorts.allocation import problems
from tests.cohorts.allocation.problems import OPENED


def person(name: str, ranks: str, *, ics: str = "Kent", score: int = 5, hours: int = 0) -> Applicant:
    return Applicant(name, ics, score, OPENED + timedelta(hours=hours), tuple(ranks))


def three_and_two() -> Problem:
    """Five people; A needs three and could have them only at the cost of B."""
    return Problem(
        applicants=(
            person("p1", "AB", score=9),
            person("p2", "A", score=8),
            person("p3", "BA", score=7),
            person("p4", "B", score=6),
            person("p5", "B", score=5),
        ),
        cohorts=(Cohort("A", 3, 4, name="November"), Cohort("B", 3, 4, name="December")),
        total=10,
    )


def test_allocate_closes_the_cohort_that_costs_the_fewest_places() -> None:
    allocation = allocate(three_and_two())

    assert allocation.assignment == {"p1": "B", "p3": "B", "p4": "B", "p5": "B"}
    assert allocation.objective == Objective(4, (1, 0, 1, 1, 1), 16, (3, 1), 1)
    assert allocation.proven
    assert allocation.warnings == []
    assert allocation.reasons == {
        "p2": [
            Reason(
                "cohort_does_not_run",
                "November does not run: it needs 3 people, and the published order places people better without it.",
                ("A",),
            )
        ]
    }


def test_allocate_says_how_many_a_cohort_could_have_had() -> None:
    problem = Problem((person("p1", "A"), person("p2", "A")), (Cohort("A", 3, 4),), total=10)

    reasons = allocate(problem).reasons

    text = "A does not run: it needs 3 people and could have had 2 at most."
    assert reasons == {
        "p1": [Reason("cohort_does_not_run", text, ("A",))],
        "p2": [Reason("cohort_does_not_run", text, ("A",))],
    }


def test_allocate_runs_what_staff_wish_with_a_warning() -> None:
    problem = three_and_two()
    cohorts = (replace(problem.cohorts[0], run=Run.MUST_RUN), problem.cohorts[1])

    allocation = allocate(replace(problem, cohorts=cohorts))

    assert allocation.assignment == {"p1": "A", "p2": "A", "p3": "B", "p4": "B", "p5": "B"}
    assert allocation.warnings == [
        "November has 2 of the 3 people it needs; it runs because staff set it to run."
    ]


def test_allocate_warns_of_a_cohort_that_is_to_run_and_has_nobody() -> None:
    problem = Problem((), (Cohort("A", 3, 4, Run.MUST_RUN), Cohort("B", 3, 4)), total=10)

    allocation = allocate(problem)

    assert allocation.warnings == ["A has 0 of the 3 people it needs; it runs because staff set it to run."]
    assert allocation.objective == Objective(0, (), 0, (), 0)


def test_allocate_keeps_a_pinned_person_in_a_cohort_that_cannot_reach_its_minimum() -> None:
    problem = replace(three_and_two(), pinned={"p2": "A", "p1": "B"})

    allocation = allocate(replace(problem, excluded=frozenset(["p3"])))

    assert allocation.assignment == {"p1": "B", "p2": "A", "p4": "B", "p5": "B"}
    assert allocation.warnings == [
        "November has 1 of the 3 people it needs; it runs because people have a place in it already."
    ]
    assert allocation.reasons == {"p3": [Reason("excluded", "Left out of this allocation by staff.")]}


def test_allocate_reaches_the_minimum_of_a_pinned_cohort_first() -> None:
    problem = replace(three_and_two(), pinned={"p2": "A"})

    allocation = allocate(problem)

    assert allocation.assignment == {"p1": "A", "p2": "A", "p3": "A"}


def test_allocate_lets_pins_beyond_the_cap_stand_with_a_warning() -> None:
    people = tuple(person(f"p{number}", "A") for number in range(3))
    problem = Problem(people, (Cohort("A", 0, 9),), 9, ics_cap=1, pinned={"p0": "A", "p1": "A"})

    allocation = allocate(problem)

    assert allocation.assignment == {"p0": "A", "p1": "A"}
    assert allocation.warnings == [
        "Kent has 2 places already, more than the 1 it may have. They keep them; nobody else of Kent is placed."
    ]
    assert allocation.reasons == {
        "p2": [Reason("ics_full", "Kent has 2 places, more than the 1 that one ICS may have.")]
    }


def test_allocate_names_everything_that_is_full_and_who_could_have_been_displaced() -> None:
    people = (
        person("p1", "A", score=9),
        person("p2", "AB", score=8),
        person("p3", "BA", score=3),
        person("p4", "C", score=3),
        person("p5", "", score=3),
    )
    cohorts = (Cohort("A", 0, 1), Cohort("B", 0, 1), Cohort("C", 0, 5, Run.CLOSED))

    allocation = allocate(Problem(people, cohorts, total=2, ics_cap=2))

    assert allocation.assignment == {"p1": "A", "p2": "B"}
    assert allocation.reasons == {
        "p3": [
            Reason("ics_full", "Kent has all 2 places that one ICS may have."),
            Reason("programme_full", "All 2 places of the programme are given."),
            Reason(
                "cohorts_full",
                "B and A are full, and nobody there could move elsewhere to free a seat.",
                ("B", "A"),
            ),
            Reason(
                "lowest_score",
                "The lowest score with a place that could have been theirs is 8; theirs is 3.",
                score=8,
            ),
        ],
        "p4": [
            Reason("ics_full", "Kent has all 2 places that one ICS may have."),
            Reason("programme_full", "All 2 places of the programme are given."),
            Reason("cohort_closed", "C was closed by staff.", ("C",)),
        ],
        "p5": [Reason("no_cohorts", "They gave no cohort that they can attend.")],
    }


@pytest.mark.parametrize(
    ("spread", "words"), [(False, "preferences"), (True, "the spread over ICSs, preferences")]
)
def test_allocate_says_what_decided_between_equal_scores(spread: bool, words: str) -> None:
    people = (person("p1", "A", hours=2), person("p2", "A", hours=1))

    allocation = allocate(Problem(people, (Cohort("A", 0, 1),), total=5, spread=spread))

    assert allocation.assignment == {"p2": "A"}
    assert [reason.text for reason in allocation.reasons["p1"]] == [
        "A is full, and nobody there could move elsewhere to free a seat.",
        "The lowest score with a place that could have been theirs is 5, the same as theirs. "
        f"Between equal scores {words} met and then the earlier submission decide.",
    ]


def test_allocate_spreads_places_over_ics_only_where_asked() -> None:
    people = (
        person("p1", "A", hours=1),
        person("p2", "A", hours=2),
        person("p3", "A", ics="Surrey", hours=3),
    )
    problem = Problem(people, (Cohort("A", 0, 2),), total=9)

    as_they_came = allocate(problem)
    spread = allocate(replace(problem, spread=True))

    assert as_they_came.assignment == {"p1": "A", "p2": "A"}
    assert spread.assignment == {"p1": "A", "p3": "A"}


def test_allocate_spreads_places_where_cohorts_compete_for_people() -> None:
    people = tuple(
        person(f"p{number}", "AB" if number % 2 else "BC", ics="KLM"[number % 3], hours=number)
        for number in range(9)
    )
    problem = Problem(
        people, tuple(Cohort(one, 4, 4) for one in "ABC"), total=9, spread=True, pinned={"p0": "C", "p3": "C"}
    )

    allocation = allocate(problem)

    assert allocation.objective.ics_sumsq == 22
    assert allocation.proven


def test_score_first_takes_a_higher_score_at_the_cost_of_places() -> None:
    # The high score fits only where two others would have to give way, because one ICS is at its cap.
    people = (
        person("p1", "A", ics="Kent", score=9),
        person("p2", "B", ics="Kent", score=1),
        person("p3", "A", ics="Surrey", score=1),
    )
    problem = Problem(people, (Cohort("A", 0, 1), Cohort("B", 0, 1)), total=9, ics_cap=1)

    assert allocate(problem).assignment == {"p2": "B", "p3": "A"}
    assert score_first(problem) == allocate(replace(problem, order=Order.SCORE_FIRST))
    assert score_first(problem).assignment == {"p1": "A"}


def test_first_come_first_served_fills_seats_by_time_and_then_closes() -> None:
    people = (
        person("p1", "A", hours=1),
        person("p2", "AB", hours=2),
        person("p3", "BC", hours=3),
        person("p4", "C", hours=4),
        person("p5", "D", hours=5),
        person("p6", "E", hours=6),
        person("p7", "A", hours=7, ics="Surrey"),
        person("p8", "A", hours=8),
    )
    cohorts = (
        *(Cohort("A", 1, 1), Cohort("B", 3, 3), Cohort("C", 1, 1)),
        *(Cohort("D", 2, 2, Run.MUST_RUN), Cohort("E", 0, 3, Run.CLOSED)),
    )
    problem = Problem(people, cohorts, total=6, ics_cap=5, pinned={"p4": "C"}, excluded=frozenset(["p8"]))

    allocation = first_come_first_served(problem)

    assert allocation.assignment == {"p1": "A", "p4": "C", "p5": "D"}
    assert not allocation.proven
    assert {one: [reason.code for reason in found] for one, found in allocation.reasons.items()} == {
        "p2": ["cohorts_full", "cohort_does_not_run"],
        "p3": ["cohorts_full", "cohort_does_not_run"],
        "p6": ["cohort_closed"],
        "p7": ["cohorts_full"],
        "p8": ["excluded"],
    }
    assert allocation.reasons["p7"][0].text == "A is full."


def test_first_come_first_served_stops_at_the_cap_and_the_total() -> None:
    people = (
        person("p1", "A", hours=1),
        person("p2", "A", hours=2),
        person("p3", "A", hours=3, ics="Surrey"),
        person("p4", "A", hours=4, ics="Essex"),
    )
    problem = Problem(people, (Cohort("A", 0, 9),), total=2, ics_cap=1)

    allocation = first_come_first_served(problem)

    assert allocation.assignment == {"p1": "A", "p3": "A"}


def refused(**changes: object) -> str:
    problem = replace(three_and_two(), **changes)  # type: ignore[arg-type]
    with pytest.raises((BadProblem, ImpossiblePins)) as caught:
        allocate(problem)
    return str(caught.value)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"pinned": {"p9": "A"}}, "p9 is pinned to A, but there is no applicant p9."),
        ({"pinned": {"p1": "Z"}}, "p1 is pinned to Z, but there is no cohort Z."),
        (
            {"pinned": {"p1": "A"}, "excluded": frozenset(["p1"])},
            "p1 is pinned to November, and excluded as well.",
        ),
        (
            {"pinned": {"p1": "A"}, "cohorts": (Cohort("A", 0, 9, Run.CLOSED), Cohort("B", 0, 9))},
            "p1 is pinned to A, which is closed.",
        ),
        (
            {"pinned": {"p1": "A", "p2": "A"}, "cohorts": (Cohort("A", 0, 1), Cohort("B", 0, 9))},
            "2 people are pinned to A, which has 1 seats.",
        ),
        (
            {"pinned": {"p1": "A", "p2": "A"}, "total": 1},
            "2 people are pinned, and the programme has 1 places.",
        ),
        ({"applicants": (person("p1", "A"),) * 2}, "applicants: p1 is listed more than once."),
        ({"applicants": (person("p1", "AA"),)}, "ranks of applicant p1: A is listed more than once."),
        ({"applicants": (person("p1", "Z"),)}, "ranks of applicant p1: there is no cohort Z."),
        ({"cohorts": (Cohort("A", 0, 1),) * 2}, "cohorts: A is listed more than once."),
        (
            {"cohorts": (Cohort("A", 3, 2), Cohort("B", 0, 1))},
            "cohorts: A has a minimum of 3 and a maximum of 2; 0 ≤ minimum ≤ maximum must hold.",
        ),
        ({"total": -1}, "total: -1 is below nothing."),
        ({"ics_cap": -1}, "ics_cap: -1 is below nothing."),
        ({"excluded": frozenset(["p9"])}, "excluded: there is no applicant p9."),
    ],
)
def test_allocate_refuses_in_a_sentence(changes: dict[str, object], sentence: str) -> None:
    assert refused(**changes) == sentence


def test_allocate_tells_its_progress_and_stops_when_told_to() -> None:
    told: list[tuple[str, int, int]] = []

    def watch(what: str, done: int, steps: int) -> bool:
        told.append((what, done, steps))
        return True

    allocate(three_and_two(), progress=watch)
    with pytest.raises(Cancelled):
        allocate(three_and_two(), progress=lambda *_: False)

    assert told[0] == ("placing as many people as possible", 0, 16)
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert {steps for _, _, steps in told} == {16}
    assert told[-1][0].startswith("choosing which cohorts run: ")


def scarce() -> Problem:
    return problems.drawn(
        3, people=60, cohorts=9, minimum=8, maximum=12, choices=3, systems=5, scores=4, total=80
    )


def test_allocate_gives_the_best_found_when_time_runs_out() -> None:
    proven = allocate(scarce())

    allocation = allocate(replace(scarce(), time_limit=0.0))

    assert proven.proven and proven.bound == ""
    assert not allocation.proven
    placed = allocation.objective.placed
    assert placed <= proven.objective.placed
    assert allocation.bound.startswith(
        f"Best found in 0 seconds: {placed} people placed. No allocation places more than "
    )
    assert allocation.warnings == [allocation.bound]


class OutOfTime(Solver):
    """A solver that is late with every question about cohorts: with nothing in hand."""

    def solve(self, model: Model, *, seconds: float = math.inf, start: Reals | None = None) -> Solved:
        if model.whole is not None:
            return Solved(None, np.zeros(0, dtype=np.int64), False, -8.0)
        return super().solve(model, seconds=seconds, start=start)


def test_allocate_without_anything_from_the_solver_in_time_keeps_what_it_had() -> None:
    allocation = allocate(replace(three_and_two(), time_limit=60), solver=OutOfTime())

    assert allocation.assignment == {"p1": "B", "p3": "B", "p4": "B", "p5": "B"}
    assert allocation.bound == (
        "Best found in 60 seconds: 4 people placed. No allocation places more than 4."
    )


def equal_cohorts() -> Problem:
    """Three of each of four cohorts, seats for six: which cohorts run is decided by the turns alone."""
    people = tuple(person(f"p{number:02}", "ABCD"[number % 4], hours=number) for number in range(12))
    return Problem(people, tuple(Cohort(one, 3, 3) for one in "ABCD"), total=6)


def test_allocate_breaks_ties_between_choices_of_cohorts() -> None:
    assignment = allocate(equal_cohorts()).assignment

    assert set(assignment.values()) == {"A", "B"}


def test_allocate_says_up_to_where_it_is_certain_when_time_runs_out_later() -> None:
    allocation = allocate(replace(equal_cohorts(), time_limit=60), solver=OutOfTime())

    assert allocation.bound == (
        "Best found in 60 seconds: 6 people placed. It is certain up to the objective before "
        "“breaking ties by turn”; in that one and after it there may be a better."
    )


class Wrong(Solver):
    """A solver that says of the first column the opposite of what is true."""

    def solve(self, model: Model, *, seconds: float = math.inf, start: Reals | None = None) -> Solved:
        solved = super().solve(model, seconds=seconds, start=start)
        assert solved.values is not None
        solved.values[0] = 1 - solved.values[0]
        return solved


def test_allocate_never_shows_an_answer_that_its_prices_contradict() -> None:
    with pytest.raises(SolverFault):
        allocate(equal_cohorts(), solver=Wrong())


def test_solver_faults_are_named() -> None:
    none = np.zeros(0)
    impossible = Model(
        cost=np.ones(1),
        low=np.zeros(1),
        high=np.ones(1),
        row_low=np.full(1, 2.0),
        row_high=np.full(1, 3.0),
        row=np.zeros(1, dtype=np.int64),
        column=np.zeros(1, dtype=np.int64),
        value=np.ones(1),
    )

    with pytest.raises(SolverFault, match="Infeasible"):
        Solver().solve(impossible)
    with pytest.raises(SolverFault, match="parts of people"):
        whole(np.array([0.5]))
    assert whole(none).tolist() == []


def test_solver_without_time_has_no_answer() -> None:
    lot = np.random.default_rng(1)
    columns, rows = 60, 30
    knapsacks = Model(
        cost=-lot.uniform(1, 9, columns),
        low=np.zeros(columns),
        high=np.ones(columns),
        row_low=np.full(rows, 90.5),
        row_high=np.full(rows, 91.5),
        row=np.repeat(np.arange(rows), columns),
        column=np.tile(np.arange(columns), rows),
        value=lot.integers(1, 9, rows * columns).astype(np.float64),
        whole=np.ones(columns, dtype=bool),
    )

    solved = Solver().solve(knapsacks, seconds=0.0)

    assert solved.values is None
    assert not solved.proven


def test_solver_version_names_the_solver() -> None:
    assert solver_version().startswith("HiGHS 1.")
