"""What staff put right about facilitators, by two at the same moment."""

import datetime
from functools import partial

import pytest
from django.db import transaction

from facilitators.domain.delivering import crediting, deliveries
from facilitators.domain.people import joining, training_day
from facilitators.models import Circle, Commitment, Facilitator, FormerEntry, Training
from programmes.domain.refused import Refused
from tests.concurrency.crowd import at_once, of_kind
from tests.facilitators.delivering import DAY, THEN, circle_of, logged, trained
from tests.invariants import broken
from tests.scenarios import reviewer_of

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

GONE = "One of the two is not in the register any more. It may have been joined already."


def pair():
    first = trained()
    return first, trained(programme=first.programme)


def join(kept, other, user):
    return joining.join(kept.facilitator_id, other.facilitator_id, reason="One person", user=user, now=THEN)


@pytest.mark.parametrize("swapped", [False, True], ids=["the same way", "each the other way"])
def test_of_two_who_join_the_same_two_one_wins(swapped):
    first, second = pair()
    logged(first, str(DAY), others=[second.pk], now=THEN)
    user = reviewer_of(first.programme)
    ways = [(first, second), (second, first) if swapped else (first, second)]

    outcomes = at_once([partial(join, kept, other, user) for kept, other in ways * 2])

    [kept] = of_kind(outcomes, Facilitator)
    assert {str(one) for one in of_kind(outcomes, Refused)} == {GONE}
    assert len(of_kind(outcomes, Refused)) == 3
    assert (Facilitator.objects.get(), Training.objects.get().facilitator) == (kept, kept)
    assert FormerEntry.objects.count() == 1
    assert Commitment.objects.get().done == 1
    assert broken() == []


def test_three_who_are_one_person_are_joined_in_a_ring_and_one_is_left():
    first, second = pair()
    third = trained(programme=first.programme)
    user = reviewer_of(first.programme)

    outcomes = at_once(
        [partial(join, *ring, user) for ring in ((first, second), (second, third), (third, first))]
    )

    assert {type(one) for one in outcomes} <= {Facilitator, Refused}
    assert Facilitator.objects.count() + FormerEntry.objects.count() == 3
    assert broken() == []


def test_a_delivery_logged_while_its_facilitator_is_joined_counts_once_or_is_refused():
    first, second = pair()
    user = reviewer_of(first.programme)

    def log():
        return logged(second, str(DAY), now=THEN)

    outcomes = at_once([partial(join, first, second, user), log])

    assert isinstance(outcomes[0], Facilitator)
    delivery, training = outcomes[1], Training.objects.get()
    if isinstance(delivery, Exception):
        assert isinstance(delivery, Refused)
    assert training.delivered == (not isinstance(delivery, Exception))
    assert broken() == []


def test_a_register_finished_while_its_lead_is_joined_counts_for_who_is_left():
    first, second = pair()
    user = reviewer_of(first.programme)
    circle = circle_of(second)

    def finish():
        with transaction.atomic():
            locked = Circle.objects.select_for_update(no_key=True).get(pk=circle.pk)
            locked.state = Circle.State.HELD
            locked.save()
            return deliveries.of_circle(locked, people={"other": 6}, by="Fay", now=THEN)

    outcomes = at_once([finish, partial(join, first, second, user)])

    assert of_kind(outcomes, Exception) == []
    assert Training.objects.get().delivered == 1
    assert broken() == []


def test_two_who_take_everybody_out_leave_somebody():
    first, second = pair()
    delivery = logged(first, str(DAY), others=[second.pk], now=THEN)
    user = reviewer_of(first.programme)

    outcomes = at_once(
        [
            partial(crediting.credit, delivery.pk, {one.pk: None}, reason="A slip", user=user, now=THEN)
            for one in (first, second)
        ]
    )

    [refused] = of_kind(outcomes, Refused)
    assert refused.sentence.startswith("Somebody must be credited with a delivery.")
    assert delivery.credits.count() == 1
    assert broken() == []


def test_a_day_corrected_by_two_is_the_day_of_one_with_its_windows():
    training = trained(trained_on=datetime.date(2026, 3, 1))
    user = reviewer_of(training.programme)
    days = [datetime.date(2026, 4, 1), datetime.date(2026, 5, 1)]

    outcomes = at_once(
        [
            partial(
                training_day.correct, training.pk, trained_on=day, reason="By the list", user=user, now=THEN
            )
            for day in days
        ]
    )

    assert of_kind(outcomes, Exception) == []
    training.refresh_from_db()
    assert training.trained_on in days
    assert Commitment.objects.get().starts_on == training.trained_on
    assert broken() == []
