"""What of circles waits on staff: those with too few people, and registers that nobody has finished."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import QuerySet

from facilitators.domain.calendar import circle_asking
from facilitators.models import Circle
from programmes.domain.workload import Waiting

# So long after a circle its register is the business of those who led it.
THEIRS = datetime.timedelta(days=2)


def _asked_about(now: datetime.datetime) -> QuerySet[Any]:
    few = circle_asking.under_minimum(now).filter(asked_at__isnull=False)
    return Circle.objects.filter(pk__in=few.order_by().values("pk"))


def _not_marked(now: datetime.datetime) -> QuerySet[Any]:
    return Circle.objects.filter(state=Circle.State.PLANNED, ends_at__lt=now - THEIRS)


WAITING = (
    Waiting(
        "circles-under-minimum",
        "circle with too few bookings, whose facilitators were asked what to do",
        "circles with too few bookings, whose facilitators were asked what to do",
        Circle,
        _asked_about,
        order=150,
        moment="starts_at",
        due=True,
    ),
    Waiting(
        "circles-not-marked",
        "circle whose register is not finished",
        "circles whose register is not finished",
        Circle,
        _not_marked,
        order=160,
        moment="ends_at",
    ),
)
