"""Every rule about circles finds what it is there for, and nothing else."""

import datetime

import pytest

from facilitators.domain.calendar import circle_integrity, circle_register
from facilitators.models import Booking, Circle, CircleFacilitator, Delivery
from tests import invariants
from tests.facilitators import circle_world as world
from tests.facilitators.circle_world import STARTS, book

pytestmark = pytest.mark.django_db

AFTER = STARTS + datetime.timedelta(hours=2)


@pytest.fixture
def circle(db):
    made = world.circle(world.lead(circle_minimum=1), minimum=1, maximum=2)
    book(made, 1, 2, 3)
    assert invariants.broken() == []
    return made


def hold(circle):
    seen = dict.fromkeys(row.pk for row in circle_register.roster(circle))
    circle_register.mark(circle.pk, {}, seen=seen, by="Fay", now=AFTER, others_came=True)
    circle_register.finish(circle.pk, by="Fay", now=AFTER)


def now_is(circle, **columns):
    Circle.objects.filter(pk=circle.pk).update(**columns)


def held_and_then_planned(circle):
    hold(circle)
    now_is(circle, state="planned")


BREAKS = {
    "circle-seats-above-maximum": lambda circle: Booking.objects.filter(state="waiting").update(
        state="booked", seat_number=3
    ),
    "circle-waiting-beside-a-free-seat": lambda circle: Booking.objects.filter(seat_number=1).update(
        state="cancelled", seat_number=None
    ),
    "circle-held-without-a-delivery": lambda circle: now_is(circle, state="held"),
    "delivery-of-a-circle-not-held": held_and_then_planned,
    "places-in-a-cancelled-circle": lambda circle: now_is(
        circle, state="cancelled", cancelled_at=AFTER, cancelled_reason="Flooded."
    ),
    "circle-planned-without-a-lead": lambda circle: CircleFacilitator.objects.update(stood_down_at=STARTS),
}


def test_every_rule_is_broken_here():
    assert set(BREAKS) == {rule.name for rule in circle_integrity.RULES}


@pytest.mark.parametrize("name", BREAKS)
def test_a_rule_that_is_broken_speaks_alone_and_names_the_circle(circle, name):
    BREAKS[name](circle)

    found = invariants.broken()

    assert [sentence.partition(":")[0] for sentence in found] == [name]
    assert found[0].startswith(f"{name}: {circle}")


def test_a_circle_that_was_held_breaks_nothing(circle):
    hold(circle)

    assert invariants.broken() == []
    assert Delivery.objects.get().circle == circle
