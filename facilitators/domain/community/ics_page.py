"""An ICS and a programme at a glance: its facilitators, circles run and planned, people reached, and empty months."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum

from facilitators.domain.community import implementation
from facilitators.models import Circle, Delivery, DeliveryCredit, ImplementationSession, Reach, Training
from programmes.domain.wording import MONTHS, local_date
from programmes.models import IntegratedCareSystem, Programme

MONTHS_AHEAD = 12


@dataclass(frozen=True)
class Glance:
    """What the page of an ICS says of a programme. ``empty`` are the names of months without a circle."""

    programme: Programme
    ics: IntegratedCareSystem
    facilitators: list[Training]
    held: int
    planned: list[Circle]
    deliveries: int
    reached: int
    empty: list[str]
    session: ImplementationSession | None


@dataclass(frozen=True)
class Has:
    """That an ICS has so many facilitators in a programme."""

    programme: Programme
    ics: IntegratedCareSystem
    facilitators: int


def with_facilitators(programmes: QuerySet[Programme], ics: IntegratedCareSystem | None = None) -> list[Has]:
    """The ICSs (or only one) that have facilitators in some programmes, by name; three queries."""
    rows = Training.objects.going_on().filter(programme__in=programmes, facilitator__ics__isnull=False)
    if ics is not None:
        rows = rows.filter(facilitator__ics=ics)
    counted = rows.order_by().values("programme", "facilitator__ics").annotate(people=Count("pk"))
    found = [(row["programme"], row["facilitator__ics"], row["people"]) for row in counted]
    named = Programme.objects.in_bulk({programme for programme, _, _ in found})
    systems = IntegratedCareSystem.objects.in_bulk({system for _, system, _ in found})
    has = [Has(named[programme], systems[system], people) for programme, system, people in found]
    return sorted(has, key=lambda one: (one.ics.short_name, one.programme.title, one.programme.pk))


def months_ahead(today: datetime.date) -> list[datetime.date]:
    """The first days of this month and of the eleven after it."""
    months = [today.month - 1 + step for step in range(MONTHS_AHEAD)]
    return [datetime.date(today.year + month // 12, month % 12 + 1, 1) for month in months]


def glance(programme: Programme, ics: IntegratedCareSystem, *, now: datetime.datetime) -> Glance:
    """An ICS and a programme at a glance; a constant number of queries.

    Circles are the ICS's own: those that were put on the calendar for it. Deliveries are those of the ICS, or, where
    they name none, those that one of its facilitators led.
    """
    own = Circle.objects.filter(programme=programme, ics=ics)
    planned = list(own.ahead(now).select_related("topic").order_by("starts_at", "pk"))
    credited = DeliveryCredit.objects.filter(delivery=OuterRef("pk"), training__facilitator__ics=ics).exclude(
        role=DeliveryCredit.Role.OBSERVED
    )
    counted = Delivery.objects.counted().filter(programme=programme)
    delivered = counted.filter(ics=ics) | counted.filter(Exists(credited), ics=None)
    held = own.filter(state=Circle.State.HELD)
    covered = {(day.year, day.month) for one in planned for day in [local_date(one.starts_at)]}
    today = local_date(now)
    first = today.replace(day=1)
    # A circle of this month that was held already fills the month as well.
    for starts_at in held.filter(starts_at__date__gte=first).values_list("starts_at", flat=True):
        day = local_date(starts_at)
        covered.add((day.year, day.month))
    sessions = ImplementationSession.objects.filter(programme=programme, ics=ics, cancelled_at=None)
    reached = Reach.objects.filter(delivery__in=delivered.values("pk")).aggregate(people=Sum("people"))
    return Glance(
        programme=programme,
        ics=ics,
        facilitators=list(implementation.of_the_ics(programme, ics)),
        held=held.count(),
        planned=planned,
        deliveries=delivered.count(),
        reached=reached["people"] or 0,
        empty=[
            f"{MONTHS[month.month - 1]} {month.year}"
            for month in months_ahead(today)
            if (month.year, month.month) not in covered
        ],
        session=sessions.order_by("-starts_at").first(),
    )
