"""Who can be asked to lead a circle in somebody's place, nearest first.

How far apart people live is not known. What is near is told by ICS and region: the ICS that the circle is for, else
that of whoever asks; then the other ICSs of the same NHS region; then everybody else.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection
from typing import Any

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from facilitators.models import CircleFacilitator, CoverRequest, Facilitator, Pause, Training
from facilitators.models.circles import Circle
from programmes.domain.wording import local_date

# Between two circles that are not both online somebody has to travel.
TRAVEL = datetime.timedelta(minutes=30)
SAME_ICS, SAME_REGION, ELSEWHERE = range(3)
Delivers = Facilitator.Delivers


def busy(circle: Circle, *, travel: datetime.timedelta = TRAVEL) -> QuerySet[CircleFacilitator]:
    """The rows of those who lead another planned circle at the time of this one, or too near to it to travel."""
    overlaps = Q(circle__starts_at__lt=circle.ends_at, circle__ends_at__gt=circle.starts_at)
    near = Q(
        circle__starts_at__lt=circle.ends_at + travel,
        circle__ends_at__gt=circle.starts_at - travel,
    )
    if circle.online:
        near &= Q(circle__online=False)
    others = CircleFacilitator.objects.filter(
        overlaps | near, circle__state=Circle.State.PLANNED, stood_down_at=None
    )
    return others.exclude(circle=circle.pk)


def candidates(cover: CoverRequest, *, now: datetime.datetime) -> QuerySet[Any]:
    """Those who can be asked and have not been, nearest first, each with its ``ring``; of one ring who was asked least.

    Trained in the circle's programme, going on, not in a pause today or on the day, free then, and leading circles of
    its kind. Who leads it, or has handed it over, is not asked. The request comes with its circle and who asks.
    """
    circle, asker = cover.lead.circle, cover.lead.training.facilitator
    concerned = CircleFacilitator.objects.filter(circle=circle, training=OuterRef("pk"))
    left_out = concerned.filter(Q(stood_down_at=None) | Q(cover_requests__state=CoverRequest.State.FOUND))
    rows = Training.objects.going_on().filter(
        ~Exists(left_out),
        ~Exists(_pauses_on({local_date(now), local_date(circle.starts_at)})),
        ~Exists(busy(circle).filter(training__facilitator=OuterRef("facilitator"))),
        ~Exists(cover.asked.filter(training=OuterRef("pk"))),
        programme=circle.programme_id,
    )
    rows = rows.exclude(facilitator__delivers=Delivers.IN_PERSON if circle.online else Delivers.ONLINE)
    near = circle.ics or asker.ics
    return (
        rows.exclude(facilitator=asker.pk)
        .annotate(ring=_ring(near), asked_before=Count("cover_asked"))
        .select_related("facilitator", "programme__academy")
        .order_by("ring", "asked_before", "pk")
    )


def _pauses_on(days: Collection[datetime.date]) -> QuerySet[Pause]:
    on = Q()
    for day in days:
        on |= Q(from_on__lte=day, until_on__gte=day)
    return Pause.objects.filter(on, training=OuterRef("pk"))


def _ring(near: Any) -> Any:
    """How near somebody is; where nobody knows where the circle is at home, everybody is as near as anybody else."""
    if near is None:
        return Value(SAME_ICS, output_field=IntegerField())
    return Case(
        When(facilitator__ics=near.pk, then=Value(SAME_ICS)),
        When(facilitator__ics__region=near.region_id, then=Value(SAME_REGION)),
        default=Value(ELSEWHERE),
        output_field=IntegerField(),
    )


def undecided(now: datetime.datetime) -> QuerySet[CoverRequest]:
    """The requests for a planned circle ahead for which nobody was found yet, or at all, and whoever asked leads it."""
    live = [CoverRequest.State.OPEN, CoverRequest.State.NOT_FOUND]
    return CoverRequest.objects.filter(
        state__in=live,
        lead__stood_down_at=None,
        lead__circle__state=Circle.State.PLANNED,
        lead__circle__starts_at__gt=now,
    )
