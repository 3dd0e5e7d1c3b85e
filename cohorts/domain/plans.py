"""What a choice about a cohort would do to its people: who comes along, who cannot and why, and the seats after it.

The verbs (`cohorts.domain.go_or_not`) do exactly what is planned here, with everybody locked; the staff's pages show
the same plan before anything is done.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from applications.domain.reviews import scores
from applications.models import Approval, Decision
from cohorts.domain.preferences import has_started
from cohorts.models import Cohort, CohortDecision, Place, Preference
from programmes.domain.wording import join_words, ordinal, plural
from programmes.models.parts import ApprovalMethod

Kind = CohortDecision.Kind
# The choices that take people into another cohort.
INTO_ANOTHER = (Kind.MERGE, Kind.ROLL_OVER)


@dataclass(frozen=True)
class Seated:
    """Someone with a seat in the cohort that is decided on, and why they cannot come along, or what to know if so."""

    application_id: int
    name: str
    reference: str
    confirmed: bool
    why_not: str = ""
    note: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.reference})"


@dataclass(frozen=True)
class Plan:
    """What a choice would do. ``there`` and ``there_confirmed`` count the seats of ``into`` taken before it."""

    kind: str
    cohort: Cohort
    into: Cohort | None
    come: tuple[Seated, ...]
    stay: tuple[Seated, ...]
    there: int = 0
    there_confirmed: int = 0
    approvers: int = 0
    impossible: str = ""

    @property
    def seats_after(self) -> int:
        """The seats taken in the receiving cohort afterwards."""
        return self.there + len(self.come)

    @property
    def confirmed_after(self) -> int:
        """The people confirmed in the receiving cohort afterwards; whoever is rolled over has to answer first."""
        moved = sum(one.confirmed for one in self.come) if self.kind == Kind.MERGE else 0
        return self.there_confirmed + moved

    @property
    def makes_certain(self) -> bool:
        """Whether the receiving cohort reaches its minimum by it."""
        return self.into is not None and not self.into.certain and self.confirmed_after >= self.into.minimum

    @property
    def sentence(self) -> str:
        """Who comes, and the seats after, in words."""
        if self.into is None:
            return f"{plural(len(self.stay), 'person goes', 'people go')} to the waiting list."
        seats = f"{self.seats_after} of {self.into.maximum} seats taken afterwards"
        everybody = len(self.come) + len(self.stay)
        return f"{len(self.come)} of {plural(everybody, 'person', 'people')} can come; {seats}."

    @property
    def hears(self) -> list[str]:
        """Who is told what, with numbers: a sentence for each mail."""
        confirmed = sum(one.confirmed for one in self.come)
        offered = len(self.come) - confirmed
        lines = []
        if self.into is not None and self.kind == Kind.MERGE:
            lines += _if_any(confirmed, "confirmed", f"a mail with the dates of {self.into.name}", _TWO_FILES)
            lines += _if_any(offered, "with an offer", f"the offer for {self.into.name}, with a fresh date")
        elif self.into is not None:
            answer = f"an offer of a place in {self.into.name}, with a fresh date to answer by"
            lines += _if_any(confirmed, "confirmed", answer, _OUT)
            lines += _if_any(offered, "with an offer", answer)
        if self.makes_certain and self.into is not None:
            what = f"a mail that {self.into.name} goes ahead"
            lines += _if_any(self.there_confirmed, f"confirmed in {self.into.name} already", what, _UPDATED)
        lines += _if_any(len(self.stay), "on the waiting list then", "a mail with the reason", _OUT)
        lines += _if_any(self.approvers, "who approved", "a mail that the dates they were told have changed")
        return lines


_TWO_FILES = "and calendar files that take the old dates out and put the new ones in"
_OUT = "and, where their place was confirmed, a calendar file that takes the old dates out"
_UPDATED = "with an updated calendar file"


def _if_any(count: int, who: str, what: str, file: str = "") -> list[str]:
    people = plural(count, "person", "people")
    gets = "gets" if count == 1 else "get"
    return [f"{people} {who} {gets} {what}{', ' if file else ''}{file}."] if count else []


def impossible(cohort: Cohort, kind: str, *, now: datetime.datetime) -> str:
    """Why a choice about a cohort cannot be made, in a sentence; empty where it can. Reads its sessions."""
    name = cohort.name
    if not cohort.runs:
        return f"{name} does not take place."
    if kind == Kind.CANCEL:
        over = cohort.ends_at is not None and cohort.ends_at <= now
        return f"{name} is over: it cannot be cancelled any more." if over else ""
    if has_started(cohort, now):
        return f"{name} has started: it can only be cancelled."
    if kind in INTO_ANOTHER:
        nobody = not cohort.places.taken().exists()
        return f"Nobody has a seat in {name}. Cancel it instead." if nobody else ""
    if cohort.minimum == 0:
        return f"{name} has no minimum: it runs whatever the number."
    return _certain_already(cohort, kind)


def _certain_already(cohort: Cohort, kind: str) -> str:
    if cohort.certain_at is None:
        dated = kind != Kind.EXTEND or cohort.starts_at is not None
        return "" if dated else f"{cohort.name} has no dates yet: there is nothing to put off."
    if kind == Kind.EXTEND:
        return f"People have been told that {cohort.name} runs: there is nothing left to decide by a date."
    if decided_to_run(cohort):
        return f"It was decided already that {cohort.name} runs anyway."
    confirmed = cohort.places.filter(status=Place.Status.CONFIRMED).count()
    # Certain, but people have left since: staff are asked again, and may answer.
    return f"{cohort.name} has reached its minimum: it runs." if confirmed >= cohort.minimum else ""


def decided_to_run(cohort: Cohort) -> bool:
    """Whether the last that staff decided about a cohort is that it runs anyway."""
    last = cohort.decisions.order_by("-pk").first()
    return last is not None and last.kind == Kind.RUN_ANYWAY


def impossible_into(cohort: Cohort, into: Cohort, kind: str, *, now: datetime.datetime) -> str:
    """Why a cohort cannot be merged, or rolled over, into another; empty where it can. Reads their sessions."""
    if into.pk == cohort.pk:
        return f"Choose another cohort than {cohort.name} itself."
    if not into.runs:
        return f"{into.name} does not take place."
    if into.starts_at is None:
        return f"{into.name} has no dates yet. Add its sessions first."
    if has_started(into, now):
        return f"{into.name} has started."
    if kind == Kind.ROLL_OVER and cohort.starts_at is not None and into.starts_at <= cohort.starts_at:
        return f"{into.name} is not later than {cohort.name}. Merge them instead."
    return ""


def targets(cohort: Cohort, kind: str, *, now: datetime.datetime) -> list[Plan]:
    """A plan for each other cohort of the programme that could receive the people, by date; seven queries."""
    others = Cohort.objects.filter(programme=cohort.programme_id, runs=True).exclude(pk=cohort.pk)
    possible = {
        (other.starts_at, other.pk): other
        for other in others.prefetch_related("sessions__venue")
        if not impossible_into(cohort, other, kind, now=now)
    }
    return plans(cohort, [other for _, other in sorted(possible.items())], kind)


def plan(cohort: Cohort, into: Cohort | None, kind: str) -> Plan:
    """What a choice would do to the people of a cohort; ``into`` is None where it is cancelled."""
    return plans(cohort, [into], kind)[0]


def plans(cohort: Cohort, into: Sequence[Cohort | None], kind: str) -> list[Plan]:
    """A plan for each receiving cohort; five queries, however many there are."""
    people = _people(cohort)
    named = [row.application_id for row in people]
    known = {
        (row.application_id, row.cohort_id): row
        for row in Preference.objects.filter(application__in=named, cohort__in=[one for one in into if one])
    }
    rows = Place.objects.taken().filter(programme=cohort.programme_id).values_list("cohort_id", "status")
    seats = Counter(cohort_id for cohort_id, _ in rows)
    confirmed = Counter(cohort_id for cohort_id, status in rows if status == Place.Status.CONFIRMED)
    approvers = _approvers(row.application_id for row in people if row.status == Place.Status.CONFIRMED)
    found = []
    for one in into:
        come, stay = _share(people, one, known, one.maximum - seats[one.pk] if one else 0)
        there, there_confirmed = (seats[one.pk], confirmed[one.pk]) if one else (0, 0)
        nobody = f"None of the people of {cohort.name} can come to {one.name}." if one and not come else ""
        found.append(Plan(kind, cohort, one, come, stay, there, there_confirmed, approvers, nobody))
    return found


def _people(cohort: Cohort) -> list[Place]:
    """Those with a seat, in the order in which they are given one elsewhere.

    Confirmed places first; then as on the waiting list: the higher score, then who was there earlier.
    """
    known = scores(cohort.programme)
    return sorted(
        Place.objects.taken().filter(cohort=cohort).select_related("application"),
        key=lambda place: (
            place.status != Place.Status.CONFIRMED,
            -known.get(place.application_id, 0),
            place.offered_at,
            place.pk,
        ),
    )


def _share(
    people: Iterable[Place],
    into: Cohort | None,
    known: dict[tuple[int, int], Preference],
    free: int,
) -> tuple[tuple[Seated, ...], tuple[Seated, ...]]:
    """Who comes along, and who does not and why: while there are seats, and not to dates they cannot attend."""
    come: list[Seated] = []
    stay: list[Seated] = []
    for place in people:
        said = known.get((place.application_id, into.pk)) if into else None
        why_not, note = "", ""
        if into is not None and said is not None and said.rank is None:
            why_not = f"cannot attend {into.name}: {said.cannot_attend_reason or 'no reason given'}"
        elif into is not None and len(come) >= free:
            why_not = f"no seat is left in {into.name}"
        elif into is not None:
            note = f"their {ordinal(said.rank)} preference" if said and said.rank else "said nothing about it"
        seated = Seated(
            application_id=place.application_id,
            name=place.application.name,
            reference=place.application.reference,
            confirmed=place.status == Place.Status.CONFIRMED,
            why_not=why_not,
            note=note,
        )
        (stay if into is None or why_not else come).append(seated)
    return tuple(come), tuple(stay)


def _approvers(confirmed: Iterable[int]) -> int:
    """How many approvers were told of the dates of some confirmed people, and hear that they have changed."""
    told = Approval.objects.filter(
        application__in=list(confirmed),
        method=ApprovalMethod.EMAILED,
        decision__in=[Decision.PENDING, Decision.SUPPORTED, Decision.OVERRIDDEN],
        address_failed=False,
    )
    return told.count()


def report(plan: Plan) -> str:
    """What was done, and who could not come, in words: kept with the decision."""
    parts = []
    if plan.into is not None:
        confirmed = sum(one.confirmed for one in plan.come)
        offered = len(plan.come) - confirmed
        counted = [f"{confirmed} confirmed", *([f"{offered} with an offer"] if offered else [])]
        parts.append(
            f"{plural(len(plan.come), 'person', 'people')} came to {plan.into.name} ({join_words(counted)}), "
            f"which then had {plan.seats_after} of {plan.into.maximum} seats taken."
        )
        if plan.makes_certain:
            parts.append(f"{plan.into.name} reached its minimum of {plan.into.minimum} by it.")
    if plan.stay:
        named = "; ".join(f"{one}{f', {one.why_not}' if one.why_not else ''}" for one in plan.stay)
        parts.append(f"On the waiting list now: {named}.")
    return " ".join(parts) or "Nobody had a seat in it."
