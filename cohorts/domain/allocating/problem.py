"""What is asked of an allocation, what it answers, and the errors that say why there is no answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

# What is being done in plain words, the step that is done, of how many. Returning False cancels.
Progress = Callable[[str, int, int], bool]


class BadProblem(ValueError):
    """What was handed in cannot be read as a problem; the sentence names the field."""


class ImpossiblePins(ValueError):
    """The people with a place already, or pinned by staff, break a rule by themselves; the sentence says which."""


class Cancelled(Exception):
    """Whoever watched the progress asked to stop; nothing is kept."""


class SolverFault(RuntimeError):
    """The solver contradicted itself: a fault of the portal, never an answer about people."""


class Run(StrEnum):
    """What staff wish of a cohort."""

    AUTO = "auto"
    MUST_RUN = "must_run"
    CLOSED = "closed"


class Order(StrEnum):
    """Which of the first two objectives comes first."""

    PLACED_FIRST = "placed_first"
    SCORE_FIRST = "score_first"


@dataclass(frozen=True)
class Applicant:
    """Someone who asks for a place; ``ranks`` are the ids of the cohorts they can attend, best first."""

    id: str
    ics: str
    score: int
    submitted: datetime
    ranks: tuple[str, ...]

    @property
    def turn(self) -> tuple[int, datetime, str]:
        """Where ties put them: by score, then earlier submission, then reference, compared as text."""
        return (-self.score, self.submitted, self.id)


@dataclass(frozen=True)
class Cohort:
    """A cohort has nobody, or between ``minimum`` and ``maximum`` people; ``name`` is how the reasons call it."""

    id: str
    minimum: int
    maximum: int
    run: Run = Run.AUTO
    name: str = ""

    @property
    def title(self) -> str:
        return self.name or self.id


@dataclass(frozen=True)
class Problem:
    """Who asks for what, and the rules.

    ``total``: places of the programme; ``ics_cap``: people placed of an ICS at most, None for no limit;
    ``pinned``: applicant to cohort, for people who are offered or confirmed already or set by staff, also to a
    cohort that they did not list; ``excluded``: applicants left out by staff; ``spread``: whether to spread over
    ICSs; ``time_limit``: seconds after which the best found is taken, None for no limit.
    """

    applicants: tuple[Applicant, ...]
    cohorts: tuple[Cohort, ...]
    total: int
    ics_cap: int | None = None
    pinned: Mapping[str, str] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()
    spread: bool = False
    order: Order = Order.PLACED_FIRST
    time_limit: float | None = None


@dataclass(frozen=True)
class Reason:
    """Why someone is not placed: a code for programs, a sentence for people, and what the sentence speaks of.

    ``cohorts`` are the ids of the cohorts that it speaks of; ``score`` is the lowest score that they could have
    displaced, where the code is ``lowest_score``.
    """

    code: str
    text: str
    cohorts: tuple[str, ...] = ()
    score: int | None = None


@dataclass(frozen=True)
class Objective:
    """What the allocation reached, in the terms of the published order.

    ``by_score``: people placed for each distinct score of all applicants, highest first; ``ics_sumsq``: the sum of
    the squares of the numbers placed of each ICS; ``by_rank``: people who got their first preference, their second
    and so on, as far as the longest list goes; ``cohorts_running``: cohorts with somebody in them.
    """

    placed: int
    by_score: tuple[int, ...]
    ics_sumsq: int
    by_rank: tuple[int, ...]
    cohorts_running: int


@dataclass(frozen=True)
class Allocation:
    """Who gets which cohort, and why others get none.

    ``assignment``: applicant to cohort, the pinned included; ``reasons``: for everybody without a place; ``proven``:
    nothing better exists under the published order; ``warnings``: sentences for staff; ``bound``: where it is not
    proven, a sentence that says what could be reached at most.
    """

    assignment: dict[str, str]
    objective: Objective
    reasons: dict[str, list[Reason]]
    proven: bool
    warnings: list[str]
    bound: str = ""
