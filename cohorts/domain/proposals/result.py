"""A proposal as people read it: cohorts, ICSs and persons by their names, and two proposals side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from applications.models import Application
from cohorts.domain.allocating.problem import Order, Run
from cohorts.domain.proposals.situation import NO_ICS
from cohorts.models import Proposal
from programmes.domain.wording import join_words, ordinal, plural

RUNS_IN_WORDS = {
    Run.AUTO.value: "Runs if it reaches its minimum",
    Run.MUST_RUN.value: "Runs in any case",
    Run.CLOSED.value: "Takes nobody",
}
ORDER_IN_WORDS = {
    Order.PLACED_FIRST.value: "As many people as possible first",
    Order.SCORE_FIRST.value: "The highest scores first",
}


@dataclass(frozen=True)
class Person:
    """One person in a proposal. ``cohort`` is empty for who has none; ``rank`` is that of their own preferences."""

    reference: str
    application: Application | None
    ics: str
    score: int
    cohort: str
    cohort_name: str
    rank: int | None
    seated: bool
    pinned: bool
    left_out: str
    reasons: Sequence[str]

    @property
    def name(self) -> str:
        """The name, or the reference of somebody whose application is gone."""
        return self.application.name if self.application else self.reference

    @property
    def preference(self) -> str:
        """What the cohort they have is to them, in words."""
        return f"{ordinal(self.rank)} preference" if self.rank else "not one of their preferences"

    @property
    def standing(self) -> str:
        """How they come to be where they are, where that is not by the rules alone."""
        if self.seated:
            return "has the place already"
        return "pinned by you" if self.pinned else ""


def room_in_words(minimum: int, maximum: int) -> str:
    """Such as "12 to 20", "up to 20", or "20" where it takes no fewer."""
    if minimum == maximum:
        return str(maximum)
    return f"{minimum} to {maximum}" if minimum else f"up to {maximum}"


@dataclass(frozen=True)
class Column:
    """A cohort of a proposal, with the people in it."""

    key: str
    name: str
    minimum: int
    maximum: int
    run: str
    people: Sequence[Person]

    @property
    def filled(self) -> str:
        """Such as "9 of 12 to 20"."""
        return f"{len(self.people)} of {room_in_words(self.minimum, self.maximum)}"

    @property
    def says(self) -> str:
        """Whether it runs, in words."""
        count = len(self.people)
        if self.run == Run.CLOSED:
            return "Takes nobody, as you chose."
        if not count:
            return "Would not run: nobody is in it."
        if count < self.minimum:
            return f"Under its minimum by {self.minimum - count}."
        if count >= self.maximum:
            return "Full."
        return f"{plural(self.maximum - count, 'seat')} left."


@dataclass(frozen=True)
class IcsRow:
    """How many people of an ICS would have a place; ``cap`` is None without a limit."""

    name: str
    placed: int
    asked: int
    cap: int | None


@dataclass(frozen=True)
class Figures:
    """What an allocation reaches, in numbers."""

    placed: int
    preferences: Sequence[int]
    running: int
    scores: Sequence[int]

    @classmethod
    def of(cls, allocation: Mapping[str, Any]) -> Figures:
        """Of an allocation as it is stored."""
        objective = allocation["objective"]
        return cls(
            placed=objective["placed"],
            preferences=objective["by_rank"],
            running=objective["cohorts_running"],
            scores=objective["by_score"],
        )


@dataclass(frozen=True)
class Result:
    """A proposal that is worked out, to be read."""

    figures: Figures
    first_come: Figures
    other_order: Figures | None
    columns: Sequence[Column]
    systems: Sequence[IcsRow]
    people: Sequence[Person]
    total: int
    proven: bool
    bound: str
    warnings: Sequence[str]

    @property
    def unplaced(self) -> list[Person]:
        """Who would have no place, and was not left out; highest score first."""
        return [person for person in self.people if not person.cohort and not person.left_out]

    @property
    def left_out(self) -> list[Person]:
        """Whom staff left out."""
        return [person for person in self.people if person.left_out]


def read(proposal: Proposal) -> Result:
    """Read a proposal that is worked out; one query, however many people."""
    people = list(_people(proposal, proposal.allocation))
    return Result(
        figures=Figures.of(proposal.allocation),
        first_come=Figures.of(proposal.first_come),
        other_order=Figures.of(proposal.other_order) if proposal.other_order else None,
        columns=_columns(proposal, people),
        systems=_systems(proposal, people),
        people=people,
        total=proposal.problem["total"],
        proven=proposal.allocation["proven"],
        bound=proposal.allocation.get("bound", ""),
        warnings=proposal.allocation["warnings"],
    )


def _people(proposal: Proposal, allocation: Mapping[str, Any]) -> Iterator[Person]:
    """Everybody of a proposal, as an allocation has them: highest score first, then earlier submission."""
    rows = Application.objects.filter(programme=proposal.programme_id)
    known = {one.reference: one for one in rows.select_related("organisation", "ics")}
    names = {one["id"]: one.get("name") or one["id"] for one in proposal.problem["cohorts"]}
    pinned = proposal.chosen.get("pinned", {})
    left_out = proposal.chosen.get("excluded", {})
    for one in sorted(
        proposal.problem["applicants"], key=lambda one: (-one["score"], one["submitted"], one["id"])
    ):
        who = one["id"]
        cohort = allocation["assignment"].get(who, "")
        yield Person(
            reference=who,
            application=known.get(who),
            ics=one["ics"],
            score=one["score"],
            cohort=cohort,
            cohort_name=names.get(cohort, ""),
            rank=one["ranks"].index(cohort) + 1 if cohort in one["ranks"] else None,
            seated=who in proposal.problem["pinned"] and who not in pinned,
            pinned=who in pinned,
            left_out=left_out.get(who, ""),
            reasons=[reason["text"] for reason in allocation["reasons"].get(who, [])],
        )


def _columns(proposal: Proposal, people: Sequence[Person]) -> list[Column]:
    inside: dict[str, list[Person]] = {}
    for person in people:
        inside.setdefault(person.cohort, []).append(person)
    return [
        Column(
            key=one["id"],
            name=one.get("name") or one["id"],
            minimum=one["min"],
            maximum=one["max"],
            run=one.get("run", Run.AUTO.value),
            people=inside.get(one["id"], []),
        )
        for one in proposal.problem["cohorts"]
    ]


def _systems(proposal: Proposal, people: Sequence[Person]) -> list[IcsRow]:
    """Each ICS by its name; people without one stand together in the last row."""
    cap = proposal.problem["ics_cap"]
    placed = Counter(person.ics for person in people if person.cohort)
    asked = Counter(person.ics for person in people)
    rows = [IcsRow(ics, placed[ics], asked[ics], cap) for ics in sorted(asked) if not ics.startswith(NO_ICS)]
    without = [ics for ics in asked if ics.startswith(NO_ICS)]
    if without:
        rows.append(IcsRow("No ICS", sum(placed[ics] for ics in without), len(without), None))
    return rows


@dataclass(frozen=True)
class Difference:
    """What becomes of one person in one proposal and in another, in words."""

    name: str
    reference: str
    application: Application | None
    score: int
    before: str
    after: str
    gains: bool
    loses: bool


def order_differences(proposal: Proposal) -> list[Difference]:
    """Who would be placed otherwise in the other order of the first two aims: ``before`` is the proposal's own."""
    if not proposal.other_order:
        return []
    return _differences(_people(proposal, proposal.allocation), _people(proposal, proposal.other_order))


def differences(one: Proposal, other: Proposal) -> list[Difference]:
    """What differs between two proposals of a programme, person by person."""
    return _differences(_people(one, one.allocation), _people(other, other.allocation))


def _differences(one: Iterator[Person], other: Iterator[Person]) -> list[Difference]:
    before = {person.reference: person for person in one}
    after = {person.reference: person for person in other}
    found = []
    for reference in [*before, *(reference for reference in after if reference not in before)]:
        first, second = before.get(reference), after.get(reference)
        person = first or second
        assert person is not None
        if _in_words(first) != _in_words(second):
            found.append(
                Difference(
                    name=person.name,
                    reference=reference,
                    application=person.application,
                    score=person.score,
                    before=_in_words(first),
                    after=_in_words(second),
                    gains=_has_place(second) and not _has_place(first),
                    loses=_has_place(first) and not _has_place(second),
                )
            )
    return found


def _has_place(person: Person | None) -> bool:
    return person is not None and bool(person.cohort)


def _in_words(person: Person | None) -> str:
    if person is None:
        return "Not a candidate"
    if person.left_out:
        return "Left out"
    return f"{person.cohort_name} ({person.preference})" if person.cohort else "No place"


def preferences_in_words(figures: Figures) -> str:
    """Such as "12 first, 3 second preferences"; what the pinned got besides is none of them."""
    parts = [f"{count} {ordinal(rank)}" for rank, count in enumerate(figures.preferences, start=1) if count]
    return join_words(parts) or "none"
