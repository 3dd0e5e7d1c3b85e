"""What came of the evaluations of a programme: how many answered, and each question over time.

After the training answers are grouped by cohort, after circles by the month of the circle, and months later by the
month in which people were asked. There is one grouping of each, and no other filter: two that cut across each other
would give away what each hides. The number of queries is the same whatever the number of rows.
"""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField, Count, DateField, Exists, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, TruncMonth

from applications.models import Application, State, StateChange
from cohorts.domain.attended import IN_COHORT
from cohorts.models import Cohort, Place
from facilitators.domain.evaluation.hiding import FEWEST, hidden
from facilitators.models import EvaluationAnswer, EvaluationQuestion, EvaluationResponse, Moment
from programmes.models import Programme

Kind = EvaluationQuestion.Kind
# A group by how it is kept: the number of a cohort, the first day of a month, or "" for no cohort.
Key = str
NO_COHORT = ""


@dataclass(frozen=True)
class Rate:
    """How many were asked in one group, and answered; ``answered`` is None where it is not shown."""

    name: str
    asked: int
    answered: int | None

    @property
    def percent(self) -> int | None:
        """How many of a hundred answered."""
        return None if self.answered is None or not self.asked else round(100 * self.answered / self.asked)


@dataclass(frozen=True)
class Figures:
    """What one group answered to one question: how many, of a rating the mean, and how many of each answer."""

    answers: int
    mean: float | None
    shares: tuple[tuple[str, int], ...]

    @property
    def percents(self) -> list[tuple[str, int]]:
        """Each answer, with how many of a hundred gave it."""
        return [(value, round(100 * count / self.answers)) for value, count in self.shares]


@dataclass(frozen=True)
class Asked:
    """One question: everybody together, and by group; None stands for what is not shown."""

    text: str
    kind: str
    total: Figures | None
    groups: tuple[tuple[str, Figures | None], ...] = ()


@dataclass(frozen=True)
class Part:
    """One moment of a programme."""

    moment: Moment
    total: Rate
    rates: tuple[Rate, ...]
    questions: tuple[Asked, ...]


@dataclass
class _Read:
    """What the rows of one moment say, by group."""

    asked: Counter[Key] = field(default_factory=Counter)
    answered: Counter[Key] = field(default_factory=Counter)
    # By question in its words and its kind: by group: how many of each answer.
    said: defaultdict[tuple[str, str], defaultdict[Key, Counter[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Counter))
    )


def results_of(programme: Programme) -> list[Part]:
    """What came of each moment at which a programme asks, or has asked, in order."""
    read: defaultdict[str, _Read] = defaultdict(_Read)
    for row in _rates_after_training(programme):
        read[Moment.TRAINING].asked[row["group"]] += row["asked"]
        read[Moment.TRAINING].answered[row["group"]] += row["answered"]
    for row in _rates_by_month(programme):
        read[row["moment"]].asked[row["group"]] += row["asked"]
        read[row["moment"]].answered[row["group"]] += row["answered"]
    for row in _answers(programme):
        said = read[row["response__moment"]].said[row["asked"], row["kind"]]
        said[row["group"]][row["value"]] += row["times"]
    order = list(programme.evaluation_questions.order_by("position", "pk"))
    asks = {question.moment for question in order} | {moment for moment, one in read.items() if one.said}
    cohorts = _names_of_cohorts(programme)
    return [_part(moment, read[moment], order, cohorts) for moment in Moment if moment in asks]


# Reading: each a query.
def _cohort_of(application: str) -> Coalesce:
    """The cohort in which an application has attended, also where it ended after that, as the key of its group."""
    were_there = [*IN_COHORT, Place.Status.RELEASED]
    places = Place.objects.filter(application=OuterRef(application), status__in=were_there).order_by("-pk")
    return Coalesce(
        Cast(Subquery(places.values("cohort")[:1]), CharField()), Value(NO_COHORT), output_field=CharField()
    )


def _rates_after_training(programme: Programme) -> Iterable[Mapping[str, Any]]:
    """Of those who attended, whether or not they have completed since: how many answered."""
    attended = StateChange.objects.filter(application=OuterRef("pk"), from_state=State.ATTENDED)
    rows: QuerySet[Any] = Application.objects.filter(
        Q(state__in=[State.ATTENDED, State.COMPLETED])
        | Q(Exists(attended), state=State.DID_NOT_COMPLETE)
        | Q(evaluation__isnull=False),
        programme=programme,
    )
    grouped = rows.annotate(group=_cohort_of("pk")).order_by().values("group")
    counted: QuerySet[Any, dict[str, Any]] = grouped.annotate(
        asked=Count("pk"), answered=Count("evaluation__given_at")
    )
    return counted


def _month(before: str = "") -> Cast:
    """The month of a response, as the key of its group: of the circle, or of the asking."""
    moment = Coalesce(f"{before}booking__circle__starts_at", f"{before}asked_at")
    return Cast(TruncMonth(moment, output_field=DateField()), CharField())


def _rates_by_month(programme: Programme) -> Iterable[Mapping[str, Any]]:
    rows = EvaluationResponse.objects.filter(programme=programme).exclude(moment=Moment.TRAINING)
    grouped = rows.annotate(group=_month()).order_by().values("moment", "group")
    return grouped.annotate(asked=Count("pk"), answered=Count("given_at"))


def _answers(programme: Programme) -> Iterable[Mapping[str, Any]]:
    """How often each answer was given, by moment, question and group; texts are not counted."""
    rows = EvaluationAnswer.objects.filter(response__programme=programme).exclude(kind=Kind.LONG_TEXT)
    of_training = Q(response__moment=Moment.TRAINING)
    for found, group in (
        (rows.filter(of_training), _cohort_of("response__application")),
        (rows.filter(~of_training), _month("response__")),
    ):
        grouped = found.annotate(group=group).order_by()
        counted = grouped.values("response__moment", "asked", "kind", "value", "group")
        yield from counted.annotate(times=Count("pk"))


def _names_of_cohorts(programme: Programme) -> dict[Key, str]:
    rows = Cohort.objects.filter(programme=programme).annotate(first=Min("sessions__starts_at"))
    return {str(pk): name for pk, name in rows.order_by("first", "pk").values_list("pk", "name")}


# Telling.
def _part(moment: Moment, read: _Read, order: list[EvaluationQuestion], cohorts: Mapping[Key, str]) -> Part:
    names = _names(moment, {*read.asked, *(key for one in read.said.values() for key in one)}, cohorts)
    asked, answered = read.asked.total(), read.answered.total()
    hide = hidden({key: read.answered[key] for key in names})
    shown = answered if not 0 < answered < FEWEST else None
    rates = [
        Rate(name, read.asked[key], None if key in hide else read.answered[key])
        for key, name in names.items()
    ]
    # As they are asked today; what is no longer asked comes after.
    places = {(one.text, one.kind): number for number, one in enumerate(order) if one.moment == moment}
    said = sorted(read.said, key=lambda one: (places.get(one, len(order)), one))
    questions = tuple(_question(key, read.said[key], names) for key in said)
    return Part(moment, Rate("All", asked, shown), tuple(rates), questions)


def _names(moment: Moment, keys: Iterable[Key], cohorts: Mapping[Key, str]) -> dict[Key, str]:
    """What each group is called, in order of time."""
    if moment == Moment.TRAINING:
        known = {key: name for key, name in cohorts.items() if key in keys}
        return known | ({NO_COHORT: "No cohort"} if NO_COHORT in keys else {})
    return {key: f"{datetime.date.fromisoformat(key[:10]):%B %Y}" for key in sorted(keys)}


def _question(question: tuple[str, str], said: Mapping[Key, Counter[str]], names: Mapping[Key, str]) -> Asked:
    text, kind = question
    counts = {key: said[key].total() for key in names if key in said}
    everybody: Counter[str] = sum(said.values(), Counter())
    if everybody.total() < FEWEST:
        return Asked(text, kind, None)
    hide = hidden(counts)
    groups = tuple((names[key], None if key in hide else _figures(kind, said[key])) for key in counts)
    return Asked(text, kind, _figures(kind, everybody), groups)


def _figures(kind: str, said: Counter[str]) -> Figures:
    answers = said.total()
    mean = None
    if kind == Kind.RATING:
        mean = round(sum(int(value) * count for value, count in said.items()) / answers, 1)
    return Figures(answers, mean, tuple(sorted(said.items())))


def texts_of(programme: Programme) -> dict[tuple[str, str], list[str]]:
    """What people wrote, by moment and question, without names or days and in the order of the alphabet.

    Only of questions that five or more have answered. For reviewers of the programme: who calls this sees to that.
    """
    rows = EvaluationAnswer.objects.filter(response__programme=programme, kind=Kind.LONG_TEXT)
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for moment, asked, value in rows.order_by("pk").values_list("response__moment", "asked", "value"):
        found[moment, asked].append(value)
    return {key: sorted(texts, key=str.casefold) for key, texts in found.items() if len(texts) >= FEWEST}
