"""What a booking asks the database, before the answer and after it, for an address that is known and another."""

import datetime
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client

from facilitators.domain.calendar import bookings
from facilitators.models import Booking, Circle
from programmes.domain import announcements
from tests import factories
from tests.facilitators import circle_world as world
from tests.facilitators.circle_world import book
from tests.factories import NOW

pytestmark = pytest.mark.django_db

# The circle; under its lock the circle, how it stands, booking, history, link, mail, the link again, the note.
BEFORE_THE_ANSWER = 9
# The note is taken away, its link is read, and that a mail went out.
AFTER_THE_ANSWER = 3
OF_TRANSACTIONS = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")


@pytest.fixture
def clock():
    with time_machine.travel(NOW + datetime.timedelta(hours=1), tick=False) as travelled:
        yield travelled


@pytest.fixture
def circle(settings, monkeypatch, clock):
    """A circle of three places; what programmes are made of is kept as with a Redis, and no mail is sent."""
    settings.KEEP_PAGES = True
    # Sending is a job of its own; only what the page asks is counted.
    monkeypatch.setattr(announcements.messages_queued, "_subscribers", [])
    cache.clear()
    factories.IntegratedCareSystemFactory(code="QKS")
    yield world.circle(world.lead(circle_minimum=1), minimum=1, maximum=3)
    cache.clear()


class Asked:
    """What was asked of the database, without the words of transactions; for ``connection.execute_wrapper``."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(OF_TRANSACTIONS):
            self.statements.append(sql)
        return execute(sql, params, many, context)


def asked_by(circle: Circle, number: int) -> tuple[list[str], list[str]]:
    """The statements of somebody's booking until the answer is sent, and those after."""
    asked = Asked()
    with connection.execute_wrapper(asked):
        response = Client().post(
            f"/circles/{circle.reference}/",
            {
                "name": f"Person {number}",
                "email": f"person{number}@example.org",
                "ics": "QKS",
                "organisation_name": "Rother Carers",
                "sector": "charity",
            },
        )
    assert response.status_code == 302
    noted = next(at for at, sql in enumerate(asked.statements) if "DELETE" in sql)
    return asked.statements[:noted], asked.statements[noted:]


@pytest.mark.parametrize(("booked", "state"), [([], "booked"), ([1, 2], "waiting"), ([1, 2, 3], "waiting")])
def test_a_booking_takes_nine_statements_and_three_after_the_answer(circle, booked, state):
    book(circle, *booked)
    asked_by(circle, 8)

    before, after = asked_by(circle, 9)

    assert (len(before), len(after)) == (BEFORE_THE_ANSWER, AFTER_THE_ANSWER)
    assert Booking.objects.get(email="person9@example.org").state == state


@pytest.mark.parametrize("booked", [[1], [1, 2, 3]])
def test_a_known_address_is_answered_after_the_same_statements(circle, clock, booked):
    book(circle, *booked)
    asked_by(circle, 8)
    unknown, _ = asked_by(circle, 9)
    bookings.cancel(Booking.objects.get(email="person9@example.org").pk, now=NOW)
    clock.shift(datetime.timedelta(hours=1))

    known, _ = asked_by(circle, 1)

    assert known == unknown


def test_after_a_seat_is_given_back_the_numbers_are_read(circle):
    first, _ = book(circle, 1, 2)
    asked_by(circle, 8)
    bookings.cancel(first.pk, now=NOW)

    before, _ = asked_by(circle, 9)

    assert len(before) == BEFORE_THE_ANSWER + 1
    assert Booking.objects.get(email="person9@example.org").seat_number == 1
