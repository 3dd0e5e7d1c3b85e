"""Is there a seat in a circle, and who is next? Counted from rows under the lock of the circle, numbered, and unique.

Whoever waits moves up in the order of their booking, by itself; not in the last two hours, when nobody can be counted
on to read it. Then a free seat is for the first who takes it.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db.models import Count, Max, Q

from applications.domain.nominations import lowest_free
from facilitators.domain.calendar import circle_mails
from facilitators.models import Booking, Circle

# Nobody is moved up later than this before a circle begins.
LAST_MOVE = datetime.timedelta(hours=2)
CIRCLE_CANCELLED = "The circle was cancelled"


@dataclass(frozen=True)
class Standing:
    """How a locked circle stands for one address: what a booking is decided by."""

    # The lowest free seat; None where it is full.
    free: int | None
    waiting: int
    # The latest booking of those who wait.
    last_waiting: datetime.datetime | None
    # The key of the booking that the address has, if any, and how many of its bookings were cancelled.
    known: int | None
    cancelled: int


def lock(circle_id: int, *, read_before: Circle | None = None) -> Circle:
    """Lock a circle, and read it with its programme, topic and ICS. Raises Circle.DoesNotExist.

    Whoever has ``read_before`` who these are has them as they were then, where they are still the circle's own; the
    circle itself is read under the lock.
    """
    rows = Circle.objects.select_for_update(no_key=True)
    if read_before is None:
        rows.only("pk").get(pk=circle_id)
        return Circle.objects.select_related("programme__academy", "topic", "ics").get(pk=circle_id)
    circle = rows.get(pk=circle_id)
    # Not joined: a join in the locking query could be older than the lock.
    for key, name in (("programme_id", "programme"), ("topic_id", "topic"), ("ics_id", "ics")):
        if getattr(circle, key) == getattr(read_before, key):
            setattr(circle, name, getattr(read_before, name))
    return circle


def standing(circle: Circle, address_key: str) -> Standing:
    """What there is to know of a locked circle when somebody books it by an address; one query, two after a gap."""
    waits = Q(state=Booking.State.WAITING)
    theirs = Q(address_key=address_key)
    found = circle.bookings.aggregate(
        taken=Count("seat_number"),
        highest=Max("seat_number"),
        waiting=Count("pk", filter=waits),
        last_waiting=Max("booked_at", filter=waits),
        known=Max("pk", filter=theirs & Q(state__in=[Booking.State.BOOKED, Booking.State.WAITING])),
        cancelled=Count("pk", filter=theirs & Q(state=Booking.State.CANCELLED)),
    )
    taken, highest = found.pop("taken"), found.pop("highest") or 0
    # Without a gap the numbers of the seats that are taken need not be read.
    free = free_number(circle) if highest > taken else lowest_free(set(range(1, taken + 1)), circle.maximum)
    return Standing(free=free, **found)


def taken(circle: Circle) -> int:
    """How many people have a place in a circle."""
    return circle.bookings.seated().count()


def free_number(circle: Circle) -> int | None:
    """The lowest free seat of a locked circle; None where it is full."""
    numbers = circle.bookings.seated().values_list("seat_number", flat=True)
    return lowest_free({number for number in numbers if number is not None}, circle.maximum)


def moves_up(circle: Circle, now: datetime.datetime) -> bool:
    """Whether those who wait still move up by themselves."""
    return circle.state == Circle.State.PLANNED and now < circle.starts_at - LAST_MOVE


def seat(booking: Booking, number: int, *, now: datetime.datetime) -> None:
    """Give a booking of a locked circle a seat."""
    booking.state = Booking.State.BOOKED
    booking.seat_number = number
    booking.seated_at = now
    booking.save()


def fill(circle: Circle, *, now: datetime.datetime) -> list[Booking]:
    """Give the free seats of a locked circle to those who wait longest, and tell them; return who moved up."""
    moved: list[Booking] = []
    if not moves_up(circle, now):
        return moved
    for booking in circle.bookings.waiting():
        number = free_number(circle)
        if number is None:
            break
        booking.circle = circle
        seat(booking, number, now=now)
        circle_mails.tell(booking, "booking_moved_up", occasion=f"moved_up:{now.isoformat()}", now=now)
        moved.append(booking)
    return moved


def within_maximum(circle: Circle) -> None:
    """Number seats above the maximum of a locked circle anew; no more are taken than it has."""
    seated = list(circle.bookings.seated().order_by("seat_number"))
    numbers = {booking.seat_number for booking in seated}
    free = (number for number in range(1, circle.maximum + 1) if number not in numbers)
    for booking in seated:
        if (booking.seat_number or 0) > circle.maximum:
            booking.seat_number = next(free)
            booking.save()


def release_all(circle: Circle, *, now: datetime.datetime) -> list[Booking]:
    """End every booking of a locked circle that is cancelled; return those who had a place or waited."""
    people = list(
        circle.bookings.filter(state__in=[Booking.State.BOOKED, Booking.State.WAITING]).order_by("pk")
    )
    for booking in people:
        booking.circle = circle
        release(booking, by=CIRCLE_CANCELLED, now=now)
    return people


def release(booking: Booking, *, by: str, now: datetime.datetime) -> None:
    """End a booking of a locked circle."""
    booking.state = Booking.State.CANCELLED
    booking.seat_number = None
    booking.cancelled_at = now
    booking.cancelled_by = by[:150]
    booking.save()
