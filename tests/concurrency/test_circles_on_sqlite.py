"""The embedded database under a crowd that books a circle: bookings queue, and none is told that it is locked."""

from functools import partial

import pytest
from django.db import connection

from facilitators.domain.calendar import bookings
from facilitators.models import Booking
from tests import invariants
from tests.concurrency.crowd import at_once
from tests.facilitators import circle_world as world
from tests.factories import NOW

pytestmark = [
    pytest.mark.skipif(connection.vendor != "sqlite", reason="It is about SQLite"),
    pytest.mark.django_db(transaction=True),
]


def test_twenty_bookings_at_once_for_six_places_seat_six_and_the_others_wait():
    circle = world.circle(world.lead(), maximum=6)
    people = [world.who(number) for number in range(20)]

    outcomes = at_once([partial(bookings.book, circle.pk, who, now=NOW) for who in people])

    assert outcomes == [None] * 20
    assert sorted(Booking.objects.seated().values_list("seat_number", flat=True)) == list(range(1, 7))
    assert [row.position() for row in Booking.objects.waiting()] == list(range(1, 15))
    assert invariants.broken() == []
