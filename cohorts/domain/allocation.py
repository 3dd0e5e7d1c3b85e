"""Which applicant gets which cohort, and in words that anyone can check, why. Plain data in, plain data out.

    allocate(problem)                                       the best allocation under the published order
    python -m cohorts.domain.allocation problem.json        the same on JSON (docs/allocation.md)

A cohort has nobody, or between its minimum and its maximum. Then, in this order, each only among the best of the one
before: as many placed as possible; as many as possible with the highest score, then the next; if asked for, spread
over ICSs; as many first preferences as possible, then second; and ties by turn: people are asked one after another, by
score, earlier submission and reference (compared as text), and each gets the best that is still possible: a place
rather than none, and of the places the one they prefer. So there is one answer, whatever the order of the input.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from cohorts.domain.allocating import choices, linear, network, opening, reasons, stages
from cohorts.domain.allocating.checking import check
from cohorts.domain.allocating.comparing import first_come_first_served, objective
from cohorts.domain.allocating.network import Flags, Network
from cohorts.domain.allocating.opening import Search
from cohorts.domain.allocating.problem import (
    Allocation,
    Applicant,
    BadProblem,
    Cancelled,
    Cohort,
    ImpossiblePins,
    Objective,
    Order,
    Problem,
    Progress,
    Reason,
    Run,
    SolverFault,
)
from cohorts.domain.allocating.reading import as_json, input_hash, read
from cohorts.domain.allocating.solver import Solver
from cohorts.domain.allocating.solver import version as solver_version

__all__ = [
    "Allocation",
    "Applicant",
    "BadProblem",
    "Cancelled",
    "Cohort",
    "ImpossiblePins",
    "Objective",
    "Order",
    "Problem",
    "Progress",
    "Reason",
    "Run",
    "SolverFault",
    "allocate",
    "first_come_first_served",
    "input_hash",
    "score_first",
    "solver_version",
]


def allocate(
    problem: Problem, *, progress: Progress | None = None, solver: Solver | None = None
) -> Allocation:
    """Return the best allocation under the published order.

    ``progress`` is called between steps with what is being done, the step done, and of how many; `Cancelled` is raised
    when it returns False. Raises `BadProblem` and `ImpossiblePins` with a sentence for staff, and `SolverFault` for a
    fault of ours. Past the problem's time limit the best found is returned, with ``proven`` false and its ``bound``.
    """
    check(problem)
    steps = Steps(progress)
    solver = solver or Solver()
    built = network.build(problem)
    waived = choices.waived(built, solver)
    taken, search = settle(problem, waived, steps, solver)
    assignment = dict(problem.pinned)
    for arc in np.flatnonzero(taken):
        assignment[waived.people[waived.person[arc]].id] = waived.cohorts[waived.cohort[arc]]
    assignment = dict(sorted(assignment.items()))
    bound = said_of(search, problem) if search and search.stuck else ""
    return Allocation(
        assignment=assignment,
        objective=objective(problem, assignment),
        reasons=reasons.of_everybody(problem, assignment),
        proven=not bound,
        warnings=warnings(problem, assignment) + ([bound] if bound else []),
        bound=bound,
    )


def score_first(problem: Problem) -> Allocation:
    """Return what the same engine gives where the highest scores come before the number placed."""
    return allocate(replace(problem, order=Order.SCORE_FIRST))


class Steps:
    """Counts the steps of the linear programmes and those of the choice of cohorts as one, for who watches."""

    def __init__(self, progress: Progress | None) -> None:
        self.progress = progress
        self.before = 0
        self.after = 0

    def say(self, what: str, done: int, steps: int) -> None:
        """Tell what is being done; raise `Cancelled` when told to stop."""
        if self.progress and not self.progress(what, self.before + done, self.before + steps + self.after):
            raise Cancelled("The allocation was stopped; nothing is kept of it.")


def settle(problem: Problem, possible: Network, steps: Steps, solver: Solver) -> tuple[Flags, Search | None]:
    """Return which arcs are taken, and the search for the cohorts that run, where one was needed.

    Without the minima it is a row of linear programmes. If what they give keeps the minima, it is the best.
    """
    deadline = math.inf if problem.time_limit is None else time.monotonic() + problem.time_limit
    objectives = stages.of(possible, order=problem.order, spread=problem.spread)
    steps.after = len(objectives) if choices.may_run(possible).any() else 0
    limits = choices.without_minima(possible)
    face = linear.start(possible, limits.low, limits.high, solver)
    assert face is not None
    taken = opening.settled(possible, face, objectives, solver, steps.say)
    if choices.minima_hold(possible, taken):
        return taken, None
    steps.before, steps.after = len(objectives), 0
    known = Search(possible, objectives + stages.turns(possible), solver, steps.say, deadline)
    opening.search(known, stages.values(possible, known.stages, taken))
    return known.best.taken, known


def said_of(search: Search, problem: Problem) -> str:
    """Return a sentence on what could be better where time ran out."""
    assert search.stuck is not None
    limit = f"{problem.time_limit:g} seconds"
    placed = len(problem.pinned) + int(search.best.taken.sum())
    if search.stuck is search.stages[0] and problem.order is Order.PLACED_FIRST:
        at_most = min(len(problem.pinned) + search.bound, problem.total, len(problem.applicants))
        return f"Best found in {limit}: {placed} people placed. No allocation places more than {at_most}."
    return (
        f"Best found in {limit}: {placed} people placed. It is certain up to the objective before "
        f"“{search.stuck.name}”; in that one and after it there may be a better."
    )


def warnings(problem: Problem, assignment: dict[str, str]) -> list[str]:
    """Return what staff must know of an assignment: minima that are not reached, caps that are overruled."""
    number = Counter(assignment.values())
    found = []
    for cohort in sorted(problem.cohorts, key=lambda one: one.id):
        people = number[cohort.id]
        if people >= cohort.minimum or (not people and cohort.run is not Run.MUST_RUN):
            continue
        why = "staff set it to run" if cohort.run is Run.MUST_RUN else "people have a place in it already"
        found.append(
            f"{cohort.title} has {people} of the {cohort.minimum} people it needs; it runs because {why}."
        )
    pinned = Counter(one.ics for one in problem.applicants if one.id in problem.pinned)
    for ics, people in sorted(pinned.items()):
        if problem.ics_cap is not None and people > problem.ics_cap:
            found.append(
                f"{ics} has {people} places already, more than the {problem.ics_cap} it may have. They keep them; "
                f"nobody else of {ics} is placed."
            )
    return found


def main(arguments: list[str]) -> int:
    """Print the allocation of the problem in a file (or "-" for standard input) as JSON; return the exit code.

    A problem that cannot be answered is printed as ``{"refused": sentence}``, with exit code 1.
    """
    if len(arguments) != 1:
        sys.stderr.write("Usage: python -m cohorts.domain.allocation problem.json\n")
        return 2
    try:
        text = sys.stdin.read() if arguments[0] == "-" else Path(arguments[0]).read_text(encoding="utf-8")
        answer, code = as_json(allocate(read(text))), 0
    except (BadProblem, ImpossiblePins) as refusal:
        answer, code = {"refused": str(refusal)}, 1
    sys.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
