"""Why somebody is not placed, read off the answer in words that a clerk and an applicant can check.

The reasons of a person are complete together: with one more wherever something is named as full, and the cohorts named
as not running made to run, the person could be placed beside everybody else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cohorts.domain.allocating.problem import Applicant, Cohort, Problem, Reason, Run


@dataclass
class Answer:
    """An assignment, with what is counted of it. Sets of cohorts are numbers with a bit for each.

    ``moves``: whether a seat counts as free where somebody could move to another cohort to free it.
    """

    problem: Problem
    assignment: Mapping[str, str]
    moves: bool = True
    _lowest: dict[tuple[int, str, bool], int | None] = field(default_factory=dict)

    @cached_property
    def cohorts(self) -> dict[str, Cohort]:
        return {one.id: one for one in self.problem.cohorts}

    @cached_property
    def bit(self) -> dict[str, int]:
        return {one.id: 1 << number for number, one in enumerate(self.problem.cohorts)}

    @cached_property
    def placed(self) -> list[Applicant]:
        return [one for one in self.problem.applicants if one.id in self.assignment]

    @cached_property
    def number(self) -> Counter[str]:
        return Counter(self.assignment.values())

    @cached_property
    def of_ics(self) -> Counter[str]:
        return Counter(one.ics for one in self.placed)

    @cached_property
    def wanting(self) -> dict[str, Counter[str]]:
        """How many of each ICS could attend a cohort or are pinned to it, by cohort, without the excluded."""
        found: dict[str, Counter[str]] = {one: Counter() for one in self.cohorts}
        for one in self.problem.applicants:
            pin = self.problem.pinned.get(one.id)
            if one.id not in self.problem.excluded:
                for cohort in one.ranks if pin is None else (pin,):
                    found[cohort][one.ics] += 1
        return found

    def runs(self, cohort: str) -> bool:
        """Whether somebody could be there by themselves: it has people, or needs none."""
        one = self.cohorts[cohort]
        return one.run is not Run.CLOSED and (
            self.number[cohort] > 0 or one.minimum <= 1 or one.run is Run.MUST_RUN
        )

    @cached_property
    def free(self) -> int:
        """The cohorts that have a free seat."""
        return sum(
            self.bit[one.id]
            for one in self.problem.cohorts
            if self.runs(one.id) and self.number[one.id] < one.maximum
        )

    @cached_property
    def reach(self) -> dict[str, int]:
        """For each cohort those where a seat can be freed for one more in it, by people moving on, and itself."""
        reach = dict(self.bit)
        if not self.moves:
            return reach
        for one in self.placed:
            if one.id not in self.problem.pinned:
                for cohort in one.ranks:
                    if self.runs(cohort):
                        reach[self.assignment[one.id]] |= self.bit[cohort]
        # Each cohort in between, once (Warshall's way).
        for middle, bit in self.bit.items():
            for cohort, reached in reach.items():
                if reached & bit:
                    reach[cohort] = reached | reach[middle]
        return reach

    @cached_property
    def lowest(self) -> dict[tuple[str, str], int]:
        """The lowest score of those not pinned, by cohort and ICS, and by cohort with "" for all ICSs."""
        found: dict[tuple[str, str], int] = {}
        for one in self.placed:
            if one.id not in self.problem.pinned:
                for key in ((self.assignment[one.id], one.ics), (self.assignment[one.id], "")):
                    found[key] = min(one.score, found.get(key, one.score))
        return found

    def lowest_displaced(self, reached: int, ics: str, anywhere: bool) -> int | None:
        """Return the lowest score that somebody could displace, if ``ics`` is given, of that ICS; None if nobody's.

        With a free seat it may be ``anywhere`` that keeps its minimum without that person.
        """
        key = (reached, ics, anywhere)
        if key not in self._lowest:
            scores = [
                self.lowest[cohort, ics]
                for cohort, bit in self.bit.items()
                if (cohort, ics) in self.lowest
                and (bit & reached or (anywhere and self.number[cohort] > self.least(cohort)))
            ]
            self._lowest[key] = min(scores, default=None)
        return self._lowest[key]

    def least(self, cohort: str) -> int:
        """Return how many people a cohort must keep."""
        return 0 if self.cohorts[cohort].run is Run.MUST_RUN else self.cohorts[cohort].minimum

    def titles(self, cohorts: list[str]) -> str:
        """Return the names of cohorts in a sentence."""
        names = [self.cohorts[one].title for one in cohorts]
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def of_everybody(
    problem: Problem, assignment: Mapping[str, str], *, moves: bool = True
) -> dict[str, list[Reason]]:
    """Return the reasons for everybody without a place, by reference."""
    answer = Answer(problem, assignment, moves)
    unplaced = sorted(one.id for one in problem.applicants if one.id not in assignment)
    by_id = {one.id: one for one in problem.applicants}
    return {one: of(answer, by_id[one]) for one in unplaced}


def of(answer: Answer, one: Applicant) -> list[Reason]:
    """Return why somebody has no place."""
    problem = answer.problem
    if one.id in problem.excluded:
        return [Reason("excluded", "Left out of this allocation by staff.")]
    if not one.ranks:
        return [Reason("no_cohorts", "They gave no cohort that they can attend.")]
    running = [cohort for cohort in one.ranks if answer.runs(cohort)]
    reached = 0
    for cohort in running:
        reached |= answer.reach[cohort]
    has_free = bool(reached & answer.free)
    ics_full = problem.ics_cap is not None and answer.of_ics[one.ics] >= problem.ics_cap
    found = []
    if ics_full:
        found.append(ics_reason(answer, one.ics))
    if len(answer.assignment) >= problem.total:
        found.append(Reason("programme_full", f"All {problem.total} places of the programme are given."))
    if running and not has_free:
        found.append(full_reason(answer, running))
    found += [not_running_reason(answer, cohort) for cohort in one.ranks if cohort not in running]
    if answer.moves and running:
        found += lowest_score(
            answer, one, answer.lowest_displaced(reached, one.ics if ics_full else "", has_free)
        )
    return found


def ics_reason(answer: Answer, ics: str) -> Reason:
    """Return that an ICS has all it may have."""
    cap, number = answer.problem.ics_cap, answer.of_ics[ics]
    if number == cap:
        return Reason("ics_full", f"{ics} has all {cap} places that one ICS may have.")
    return Reason("ics_full", f"{ics} has {number} places, more than the {cap} that one ICS may have.")


def full_reason(answer: Answer, running: list[str]) -> Reason:
    """Return that the cohorts somebody can attend are full."""
    verb = "is" if len(running) == 1 else "are"
    moves = ", and nobody there could move elsewhere to free a seat" if answer.moves else ""
    return Reason("cohorts_full", f"{answer.titles(running)} {verb} full{moves}.", tuple(running))


def not_running_reason(answer: Answer, cohort: str) -> Reason:
    """Return why a cohort has nobody."""
    one = answer.cohorts[cohort]
    if one.run is Run.CLOSED:
        return Reason("cohort_closed", f"{one.title} was closed by staff.", (cohort,))
    cap = answer.problem.ics_cap
    at_most = sum(number if cap is None else min(number, cap) for number in answer.wanting[cohort].values())
    at_most = min(at_most, answer.problem.total, one.maximum)
    if at_most < one.minimum:
        why = f"it needs {one.minimum} people and could have had {at_most} at most"
    else:
        why = f"it needs {one.minimum} people, and the published order places people better without it"
    return Reason("cohort_does_not_run", f"{one.title} does not run: {why}.", (cohort,))


def lowest_score(answer: Answer, one: Applicant, lowest: int | None) -> list[Reason]:
    """Return the lowest score that somebody could have displaced, where there is one."""
    if lowest is None:
        return []
    if lowest != one.score:
        text = (
            f"The lowest score with a place that could have been theirs is {lowest}; theirs is {one.score}."
        )
    else:
        spread = "the spread over ICSs, " if answer.problem.spread else ""
        text = (
            f"The lowest score with a place that could have been theirs is {lowest}, the same as theirs. "
            f"Between equal scores {spread}preferences met and then the earlier submission decide."
        )
    return [Reason("lowest_score", text, score=lowest)]
