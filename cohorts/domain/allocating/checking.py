"""What a problem must be before it can be answered, said in sentences that name the field and the person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from cohorts.domain.allocating.problem import BadProblem, Cohort, ImpossiblePins, Problem, Run


def check(problem: Problem) -> None:
    """Raise `BadProblem` for what contradicts itself, and `ImpossiblePins` where the pins alone break a rule."""
    require_once("applicants", (one.id for one in problem.applicants))
    require_once("cohorts", (one.id for one in problem.cohorts))
    cohorts = {one.id: one for one in problem.cohorts}
    for cohort in problem.cohorts:
        if not 0 <= cohort.minimum <= cohort.maximum:
            raise BadProblem(
                f"cohorts: {cohort.title} has a minimum of {cohort.minimum} and a maximum of {cohort.maximum}; "
                "0 ≤ minimum ≤ maximum must hold."
            )
    for one in problem.applicants:
        require_once(f"ranks of applicant {one.id}", one.ranks)
        if unknown := [rank for rank in one.ranks if rank not in cohorts]:
            raise BadProblem(f"ranks of applicant {one.id}: there is no cohort {unknown[0]}.")
    if problem.total < 0:
        raise BadProblem(f"total: {problem.total} is below nothing.")
    if problem.ics_cap is not None and problem.ics_cap < 0:
        raise BadProblem(f"ics_cap: {problem.ics_cap} is below nothing.")
    people = {one.id for one in problem.applicants}
    if strangers := sorted(problem.excluded - people):
        raise BadProblem(f"excluded: there is no applicant {strangers[0]}.")
    check_pins(problem, people, cohorts)


def require_once(field: str, ids: Iterable[str]) -> None:
    """Raise `BadProblem` where something is listed twice."""
    if twice := [one for one, number in Counter(ids).items() if number > 1]:
        raise BadProblem(f"{field}: {twice[0]} is listed more than once.")


def check_pins(problem: Problem, people: set[str], cohorts: dict[str, Cohort]) -> None:
    """Raise `ImpossiblePins` where those who have a place already cannot all have it."""
    for person, cohort in sorted(problem.pinned.items()):
        if person not in people:
            raise ImpossiblePins(f"{person} is pinned to {cohort}, but there is no applicant {person}.")
        if cohort not in cohorts:
            raise ImpossiblePins(f"{person} is pinned to {cohort}, but there is no cohort {cohort}.")
        if cohorts[cohort].run is Run.CLOSED:
            raise ImpossiblePins(f"{person} is pinned to {cohorts[cohort].title}, which is closed.")
        if person in problem.excluded:
            raise ImpossiblePins(f"{person} is pinned to {cohorts[cohort].title}, and excluded as well.")
    for cohort, number in sorted(Counter(problem.pinned.values()).items()):
        if number > cohorts[cohort].maximum:
            raise ImpossiblePins(
                f"{number} people are pinned to {cohorts[cohort].title}, which has {cohorts[cohort].maximum} seats."
            )
    if len(problem.pinned) > problem.total:
        raise ImpossiblePins(
            f"{len(problem.pinned)} people are pinned, and the programme has {problem.total} places."
        )
