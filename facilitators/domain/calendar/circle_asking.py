"""Those who lead a circle are asked what becomes of it when too few have booked, some days before it: once, by mail."""

from __future__ import annotations

import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, Q, QuerySet

from facilitators.domain.calendar import circle_mails, circles, seats
from facilitators.domain.people import standing
from facilitators.models import Booking, Circle, Facilitation
from programmes.domain.wording import local_date, plural

_SEATED = Count("bookings", filter=Q(bookings__state=Booking.State.BOOKED))


def under_minimum(now: datetime.datetime) -> QuerySet[Any]:
    """The circles ahead for which fewer people have a place than they need, unless it was said that they go ahead."""
    rows: QuerySet[Any] = Circle.objects.ahead(now).filter(goes_ahead_at=None)
    few: QuerySet[Any] = rows.annotate(seated=_SEATED).filter(seated__lt=F("minimum"))
    return few


def day_of(circle: Circle) -> datetime.date:
    """The day from which the question is asked: so many days before it as its programme says."""
    days = standing.rules_of(circle.programme).decide_days_before
    return local_date(circle.starts_at) - datetime.timedelta(days=days)


def to_ask(now: datetime.datetime) -> list[int]:
    """The circles whose facilitators are to be asked now, and have not been."""
    # None is asked about earlier than any programme says; a day more, as days are those of England.
    earliest = Facilitation.objects.aggregate(days=Max("decide_days_before"))["days"] or 0
    default = Facilitation._meta.get_field("decide_days_before").default
    latest = now + datetime.timedelta(days=max(earliest, default) + 1)
    rows = under_minimum(now).filter(asked_at=None, starts_at__lte=latest)
    rows = rows.select_related("programme__facilitation")
    return [circle.pk for circle in rows.order_by("pk") if day_of(circle) <= local_date(now)]


def ask(circle_id: int, *, now: datetime.datetime) -> bool:
    """Ask those who lead a circle what becomes of it, once; return whether they were asked."""
    with transaction.atomic():
        circle = seats.lock(circle_id)
        taken = seats.taken(circle)
        settled = circle.asked_at or circle.goes_ahead_at or taken >= circle.minimum
        ahead = circle.state == Circle.State.PLANNED and now < circle.starts_at
        if settled or not ahead or day_of(circle) > local_date(now):
            return False
        circle.asked_at = now
        circle.save()
        circle_mails.ask_leads(circle, circles.leading(circle), booked=numbers(circle, taken), now=now)
        return True


def numbers(circle: Circle, taken: int) -> str:
    """How a circle stands against its minimum, in a sentence."""
    booked = plural(taken, "person has", "people have")
    return f"{booked} booked, and it needs {plural(circle.minimum, 'person', 'people')}."
