"""What must be true of circles and of who has a place in them."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q

from facilitators.domain.calendar.seats import LAST_MOVE
from facilitators.models import Booking, Circle, CircleFacilitator, Delivery
from programmes.domain.integrity import Breach, Rule

_LIVE = [Booking.State.BOOKED, Booking.State.WAITING]


def _breach(circle: Circle, wrong: str, what_to_do: str) -> Breach:
    return Breach(
        str(circle), f"{circle} {wrong}", what_to_do, circle.programme.academy_id, f"circle:{circle.pk}"
    )


def _circles() -> Any:
    return Circle.objects.select_related("programme", "topic").order_by("pk")


def _more_seated_than_seats(now: datetime.datetime) -> Iterator[Breach]:
    above = Booking.objects.seated().filter(circle=OuterRef("pk"), seat_number__gt=OuterRef("maximum"))
    for circle in _circles().filter(Exists(above)):
        yield _breach(
            circle,
            "has given out a seat above its maximum.",
            "Raise the maximum, or write to somebody who has a place and cancel the booking.",
        )


def _waiting_beside_a_free_seat(now: datetime.datetime) -> Iterator[Breach]:
    # Nobody moves up in the last two hours: then a seat can be free while somebody waits.
    rows = _circles().filter(state=Circle.State.PLANNED, starts_at__gt=now + LAST_MOVE)
    numbers = {
        "seated": Count("bookings", filter=Q(bookings__state=Booking.State.BOOKED)),
        "waiting": Count("bookings", filter=Q(bookings__state=Booking.State.WAITING)),
    }
    for circle in rows.annotate(**numbers).filter(waiting__gt=0, seated__lt=F("maximum")):
        yield _breach(
            circle,
            "has a free seat, and somebody is on its waiting list.",
            "Change the circle and save it as it is: whoever waits longest then moves up.",
        )


def _held_without_a_delivery(now: datetime.datetime) -> Iterator[Breach]:
    made = Delivery.objects.filter(circle=OuterRef("pk"))
    for circle in _circles().filter(~Exists(made), state=Circle.State.HELD):
        yield _breach(
            circle,
            "was held, and counts for nobody.",
            "Mark somebody on its register anew: its delivery is then counted.",
        )


def _delivery_of_a_circle_not_held(now: datetime.datetime) -> Iterator[Breach]:
    made = Delivery.objects.filter(circle=OuterRef("pk"))
    for circle in _circles().filter(Exists(made)).exclude(state=Circle.State.HELD):
        yield _breach(
            circle,
            f"is “{circle.get_state_display().lower()}”, and there is a delivery of it.",
            "Take the delivery back with a reason, or finish the register of the circle.",
        )


def _places_in_a_cancelled_circle(now: datetime.datetime) -> Iterator[Breach]:
    live = Booking.objects.filter(circle=OuterRef("pk"), state__in=_LIVE)
    for circle in _circles().filter(Exists(live), state=Circle.State.CANCELLED):
        yield _breach(
            circle,
            "is cancelled, and somebody has a place in it or waits for one.",
            "Cancel these bookings, and write to the people: they may not know.",
        )


def _planned_without_a_lead(now: datetime.datetime) -> Iterator[Breach]:
    leads = CircleFacilitator.objects.filter(circle=OuterRef("pk"), stood_down_at=None)
    for circle in _circles().filter(~Exists(leads), state=Circle.State.PLANNED, starts_at__gt=now):
        yield _breach(circle, "is planned, and nobody leads it.", "Choose who leads it, or cancel it.")


RULES = (
    Rule(
        "circle-seats-above-maximum", "A circle gives out no seat above its maximum.", _more_seated_than_seats
    ),
    Rule(
        "circle-waiting-beside-a-free-seat",
        "Until two hours before a circle nobody waits while a seat is free.",
        _waiting_beside_a_free_seat,
    ),
    Rule(
        "circle-held-without-a-delivery",
        "Every circle that was held is a delivery.",
        _held_without_a_delivery,
    ),
    Rule(
        "delivery-of-a-circle-not-held",
        "Only a circle that was held is a delivery.",
        _delivery_of_a_circle_not_held,
    ),
    Rule(
        "places-in-a-cancelled-circle",
        "Nobody has a place in a circle that is cancelled.",
        _places_in_a_cancelled_circle,
    ),
    Rule("circle-planned-without-a-lead", "Somebody leads every circle ahead.", _planned_without_a_lead),
)
