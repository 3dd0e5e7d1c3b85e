"""Forty bookings at one moment for the last place of a circle, two who mark its register, and two who set one up."""

import datetime
from functools import partial

import pytest
from django.db import IntegrityError

from facilitators.domain.calendar import bookings, circle_register, circles, seats
from facilitators.models import Booking, Circle, Delivery
from programmes.domain.refused import Refused
from programmes.domain.wording import ordinal
from tests import factories, invariants
from tests.concurrency.crowd import at_once, everyone_counts_before_anyone_writes, of_kind
from tests.facilitators import circle_world as world
from tests.facilitators.circle_world import STARTS, told
from tests.factories import NOW

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PEOPLE = 40
# Enough to show what happens without the lock.
FEW = 12


@pytest.fixture
def circle():
    """A circle of 25 places, of which one is free."""
    made = world.circle(world.lead())
    world.book(made, *range(101, 125))
    return made


def book(circle, number, now=NOW):
    return partial(bookings.book, circle.pk, world.who(number), now=now)


def taken(circle):
    return sorted(Booking.objects.seated().filter(circle=circle).values_list("seat_number", flat=True))


def test_forty_at_once_for_the_last_place_book_one_and_the_others_wait_in_order(circle):
    # Their clocks say other things than the order in which they come to the lock.
    later = [NOW + datetime.timedelta(minutes=5, seconds=(number * 17) % 41) for number in range(PEOPLE)]

    outcomes = at_once([book(circle, number, now=later[number]) for number in range(PEOPLE)])

    assert outcomes == [None] * PEOPLE
    assert taken(circle) == list(range(1, 26))
    waiting = list(Booking.objects.waiting().filter(circle=circle))
    assert [row.position() for row in waiting] == list(range(1, 40))
    said = {address: context["standing"] for address, context in told("booking_waiting")}
    assert [said[row.email] for row in waiting] == [
        f"You are {ordinal(place)} on the waiting list." for place in range(1, 40)
    ]
    assert invariants.broken() == []


def without_lock(circle_id, *, read_before):
    return Circle.objects.select_related("programme__academy", "topic", "ics").get(pk=circle_id)


def test_without_the_lock_all_collide_and_the_schema_lets_no_twenty_sixth_in(circle, monkeypatch):
    # The lock is taken out, to see that the schema holds without it.
    monkeypatch.setattr(seats, "lock", without_lock)

    # All are held back until each has read the real numbers: the worst moment, made certain.
    with everyone_counts_before_anyone_writes(monkeypatch, seats, "standing", FEW):
        outcomes = at_once([book(circle, number) for number in range(FEW)])

    # Each found seat 25 free.
    assert len(of_kind(outcomes, IntegrityError)) == FEW - 1
    assert taken(circle) == list(range(1, 26))


def test_one_address_booked_twenty_times_at_once_is_one_booking(circle):
    outcomes = at_once([book(circle, 1) for _ in range(20)])

    assert outcomes == [None] * 20
    assert Booking.objects.filter(email="person1@example.org").count() == 1
    assert len(told("booking_again")) <= 1


def test_places_given_back_at_once_move_up_as_many_and_nobody_twice(circle):
    world.book(circle, *range(1, 12))
    seated = list(Booking.objects.seated().order_by("pk")[:8])

    at_once([partial(bookings.cancel, row.pk, now=NOW + datetime.timedelta(hours=1)) for row in seated])

    assert taken(circle) == list(range(1, 26))
    assert Booking.objects.waiting().filter(circle=circle).count() == 2
    assert len({address for address, _ in told("booking_moved_up")}) == 8
    assert invariants.broken() == []


def test_two_who_mark_at_once_lose_nothing_and_finish_once(circle):
    rows = circle_register.roster(circle)
    halves = rows[:12], rows[12:]
    seen = dict.fromkeys(row.pk for row in rows)
    after = STARTS + datetime.timedelta(hours=2)

    outcomes = at_once(
        [
            partial(
                circle_register.mark,
                circle.pk,
                {row.pk: True for row in half},
                seen=seen,
                by=f"Lead {number}",
                now=after,
            )
            for number, half in enumerate(halves)
        ]
    )
    finished = at_once([partial(circle_register.finish, circle.pk, by="Lead", now=after) for _ in range(8)])

    assert [len(outcome.written) for outcome in outcomes] == [12, 12]
    assert [outcome.clashes for outcome in outcomes] == [[], []]
    assert Booking.objects.filter(came=True).count() == 24
    assert [one.state for one in finished] == ["held"] * 8
    assert Delivery.objects.get().reached.get().people == 24
    assert invariants.broken() == []


def test_a_lead_is_put_into_one_of_two_circles_at_the_same_time():
    fay = world.lead()
    glyn = factories.TrainingFactory(programme=fay.programme)
    both = [fay.pk, glyn.pk]

    outcomes = at_once(
        [
            partial(circles.create, fay.programme, [world.plan(fay)], leads=leads, by="Fay", now=NOW)
            for leads in (both, both[::-1], both, both[::-1])
        ]
    )

    assert len(of_kind(outcomes, Refused)) == 3
    assert Circle.objects.count() == 1
