"""The yield: people trained, of these active, and the deliveries, sessions and people reached that came of it.

- *Trained* is who is in the register, each person once; *active* who of them is active on the day, by the rule of their
  programme.
- *Deliveries* are those that count: led by somebody from their training on, logged or confirmed. Each counts once
  in a row, and once in the total, however many it is credited to; where two who led it belong to two rows, it stands in
  both, so that rows can come to more than the total. *Sessions* are the deliveries that are one session, and *people
  reached* those of all deliveries.
- By programme, ICS (of the facilitator) and cohort (of the training here) a row says what came of those trained in
  it. By year it says who was trained in that year, and what was delivered in it.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Count,
    Exists,
    F,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextChoices,
    Value,
)
from django.db.models.functions import Coalesce, ExtractYear

from cohorts.domain.attended import IN_COHORT
from cohorts.models import Cohort, Place
from facilitators.domain.people import standing
from facilitators.models import Delivery, DeliveryCredit, Reach, Training
from programmes.models import IntegratedCareSystem, Obligation, Programme

LED = (DeliveryCredit.Role.LED, DeliveryCredit.Role.LED_JOINTLY)
COUNTS = (Delivery.State.LOGGED, Delivery.State.CONFIRMED)
# The key of what belongs to no ICS, or to no cohort here.
NONE = 0


class By(TextChoices):
    """What the rows are."""

    PROGRAMME = "programme", "Programme"
    ICS = "ics", "ICS"
    COHORT = "cohort", "Cohort"
    YEAR = "year", "Year"


@dataclass(frozen=True)
class Narrowed:
    """What is looked at alone; None is everything. An ICS or a cohort can be `NONE`."""

    programme: int | None = None
    ics: int | None = None
    cohort: int | None = None
    year: int | None = None


@dataclass(frozen=True)
class Line:
    """One row of the yield, or its total."""

    key: int
    name: str
    trained: int = 0
    active: int = 0
    deliveries: int = 0
    sessions: int = 0
    people: int = 0


@dataclass(frozen=True)
class Yield:
    """The rows in order, and everything together."""

    lines: tuple[Line, ...]
    total: Line


def yields(programmes: Collection[int], *, by: By, narrowed: Narrowed, today: datetime.date) -> Yield:
    """What came of the training in some programmes, by one thing; at most five queries, however many rows there are."""
    trained = _trained(programmes, narrowed)
    credits_ = _credits(programmes, narrowed)
    delivered = _delivered(credits_, by)
    rows: dict[int, dict[str, int]] = {}
    for row in (*_people(trained, by, today), *delivered):
        rows.setdefault(row["key"], {}).update(row)
    total: dict[str, int] = {}
    for row in (*_people(trained, None, today), _together(credits_, by, delivered)):
        total.update(row)
    for row in (total, *rows.values()):
        del row["key"]
    names = _names(by, rows)
    # Whatever has no name any more stands where nothing is known.
    lines = [Line(key, names[key], **rows[key]) for key in names if key in rows]
    return Yield(tuple(lines), Line(NONE, "Total", **total))


def _trained(programmes: Collection[int], narrowed: Narrowed) -> QuerySet[Any]:
    rows: QuerySet[Any] = Training.objects.filter(programme__in=programmes).annotate(
        of_ics=Coalesce(F("facilitator__ics"), Value(NONE)),
        of_cohort=_cohort("application"),
        of_year=ExtractYear("trained_on"),
        of_programme=F("programme"),
    )
    return _narrow(rows, narrowed)


def _credits(programmes: Collection[int], narrowed: Narrowed) -> QuerySet[Any]:
    """Each time that a delivery counts for somebody."""
    rows: QuerySet[Any] = DeliveryCredit.objects.filter(
        training__programme__in=programmes,
        role__in=LED,
        delivery__state__in=COUNTS,
        delivery__held_on__gte=F("training__trained_on"),
        delivery__programme=F("training__programme"),
    ).annotate(
        of_ics=Coalesce(F("training__facilitator__ics"), Value(NONE)),
        of_cohort=_cohort("training__application"),
        of_year=ExtractYear("delivery__held_on"),
        of_programme=F("training__programme"),
    )
    return _narrow(rows, narrowed)


def _cohort(application: str) -> Coalesce:
    """The cohort in which an application has attended."""
    places = Place.objects.filter(application=OuterRef(application), status__in=IN_COHORT).order_by("-pk")
    return Coalesce(Subquery(places.values("cohort")[:1]), Value(NONE), output_field=IntegerField())


def _narrow(rows: QuerySet[Any], narrowed: Narrowed) -> QuerySet[Any]:
    wanted = {
        "of_programme": narrowed.programme,
        "of_ics": narrowed.ics,
        "of_cohort": narrowed.cohort,
        "of_year": narrowed.year,
    }
    return rows.filter(**{name: value for name, value in wanted.items() if value is not None})


def _keyed(rows: QuerySet[Any], by: By | None) -> QuerySet[Any]:
    """Rows with the key of the row of the table that they belong to; all to one without ``by``."""
    keys = {By.PROGRAMME: "of_programme", By.ICS: "of_ics", By.COHORT: "of_cohort", By.YEAR: "of_year"}
    key = F(keys[by]) if by is not None else Value(NONE, output_field=IntegerField())
    keyed: QuerySet[Any] = rows.annotate(key=key).order_by()
    return keyed


def _people(rows: QuerySet[Any], by: By | None, today: datetime.date) -> list[dict[str, int]]:
    active = standing.standing_is(standing.Standing.ACTIVE, today)
    grouped = _keyed(rows, by).values("key")
    return list(
        grouped.annotate(
            trained=Count("facilitator", distinct=True),
            active=Count("facilitator", distinct=True, filter=active),
        ).values("key", "trained", "active")
    )


def _delivered(rows: QuerySet[Any], by: By | None) -> list[dict[str, int]]:
    """How often was delivered, and who was reached."""
    return _of_credits(rows, by) if by in (By.ICS, By.COHORT) else _of_deliveries(rows, by)


def _together(rows: QuerySet[Any], by: By, delivered: list[dict[str, int]]) -> dict[str, int]:
    """Everything that was delivered: a delivery is of one programme and of one year, but can be in several ICSs."""
    if by in (By.ICS, By.COHORT):
        delivered = _of_deliveries(rows, None)
    names = ("key", "deliveries", "sessions", "people")
    return {name: sum(row[name] for row in delivered) if name != "key" else NONE for name in names}


def _of_deliveries(rows: QuerySet[Any], by: By | None) -> list[dict[str, int]]:
    """Where the key is the delivery's own, each delivery is counted that was credited at all."""
    deliveries: QuerySet[Any] = Delivery.objects.filter(Exists(rows.filter(delivery=OuterRef("pk"))))
    keyed = _keyed(deliveries.annotate(of_programme=F("programme"), of_year=ExtractYear("held_on")), by)
    return _sums(keyed.annotate(came=_reached("pk"), what=F("unit")))


def _of_credits(rows: QuerySet[Any], by: By) -> list[dict[str, int]]:
    """Where the key is that of who led it: of the credits of a delivery in one row only the first is taken."""
    keyed = _keyed(rows, by)
    # Not by equality: the database would work out the key of every credit, and not only where there are two.
    same = {"key__gte": OuterRef("key"), "key__lte": OuterRef("key")}
    before = keyed.filter(delivery=OuterRef("delivery"), pk__lt=OuterRef("pk"), **same)
    once = keyed.filter(~Exists(before))
    return _sums(once.annotate(came=_reached("delivery"), what=F("delivery__unit")))


def _reached(delivery: str) -> Coalesce:
    """The people whom a delivery reached, of every sector."""
    reach = Reach.objects.filter(delivery=OuterRef(delivery)).order_by().values("delivery")
    return Coalesce(Subquery(reach.annotate(all=Sum("people")).values("all")), Value(0))


def _sums(rows: QuerySet[Any]) -> list[dict[str, int]]:
    """The numbers of each key, of rows that know how many ``came`` and ``what`` they are."""
    grouped = rows.values("key").annotate(
        deliveries=Count("pk"),
        sessions=Count("pk", filter=Q(what=Obligation.Unit.SESSION)),
        people=Coalesce(Sum("came"), Value(0)),
    )
    return list(grouped.values("key", "deliveries", "sessions", "people"))


def _names(by: By, keys: Mapping[int, Any]) -> dict[int, str]:
    """What the rows are called, in the order in which they are shown: what has no name last."""
    if by == By.YEAR:
        return {year: str(year) for year in sorted(keys)}
    if by == By.PROGRAMME:
        found = Programme.objects.filter(pk__in=keys).order_by("title", "code")
        return {pk: f"{title} ({code})" for pk, title, code in found.values_list("pk", "title", "code")}
    if by == By.ICS:
        systems = IntegratedCareSystem.objects.filter(pk__in=keys).order_by("name")
        return {**dict(systems.values_list("pk", "name")), NONE: "ICS not known"}
    cohorts = Cohort.objects.filter(pk__in=keys).annotate(first=Min("sessions__starts_at"))
    cohorts = cohorts.order_by("programme__title", "first", "pk")
    named = {
        pk: f"{title}, {name}" for pk, title, name in cohorts.values_list("pk", "programme__title", "name")
    }
    return {**named, NONE: "Trained in no cohort here"}
