"""One delivery that two facilitators log at the same moment, and one that comes by hand and by the register at once."""

import uuid
from collections.abc import Collection
from functools import partial

import pytest
from django.db import transaction

from facilitators.domain import commitments
from facilitators.domain.delivering import deliveries
from facilitators.domain.delivering.delivery_rows import Given
from facilitators.models import Circle, Commitment, Delivery, Training
from tests.concurrency.crowd import at_once, everyone_counts_before_anyone_writes, of_kind
from tests.facilitators.delivering import DAY, THEN, circle_of, trained
from tests.invariants import broken

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def pair() -> tuple[Training, Training]:
    first = trained()
    return first, trained(programme=first.programme)


def log(training: Training, others: Collection[Training] = (), sent_as: uuid.UUID | None = None) -> Delivery:
    given = Given(DAY, people={"other": 6})
    others_keys = [other.pk for other in others]
    return deliveries.log(training.pk, given, sent_as=sent_as or uuid.uuid4(), others=others_keys, now=THEN)


def done() -> list[int]:
    return list(Commitment.objects.order_by("pk").values_list("done", flat=True))


def test_of_two_who_log_the_same_delivery_one_is_asked():
    first, second = pair()

    outcomes = at_once([partial(log, first, [second]), partial(log, second, [first])])

    assert len(of_kind(outcomes, Delivery)) == 1
    [asked] = of_kind(outcomes, deliveries.LooksTheSame)
    assert asked.deliveries == of_kind(outcomes, Delivery)
    assert done() == [1, 1]
    assert broken() == []


def test_without_the_lock_it_would_be_counted_twice(monkeypatch):
    first, second = pair()
    # The lock is taken out: that this goes wrong shows that the test before it can fail.
    monkeypatch.setattr(commitments, "lock_trainings", lambda keys: Training.objects.filter(pk__in=set(keys)))

    with everyone_counts_before_anyone_writes(monkeypatch, deliveries, "_ask_about_the_same", 2):
        at_once([partial(log, first, [second]), partial(log, second, [first])])

    assert Delivery.objects.count() == 2


def test_a_form_that_is_sent_eight_times_at_once_is_one_delivery():
    training, sent_as = trained(), uuid.uuid4()

    outcomes = at_once([partial(log, training, sent_as=sent_as)] * 8)

    assert {one.pk for one in outcomes} == {Delivery.objects.get().pk}
    assert done() == [1]


def test_by_hand_and_by_the_register_at_once_is_one_delivery():
    first, second = pair()
    circle = circle_of(first, second)

    def finish() -> Delivery:
        with transaction.atomic():
            locked = Circle.objects.select_for_update(no_key=True).get(pk=circle.pk)
            locked.state = Circle.State.HELD
            locked.save()
            return deliveries.of_circle(locked, people={"other": 6}, by="Fay", now=THEN)

    outcomes = at_once([finish, partial(log, first, [second]), partial(log, second)])

    assert of_kind(outcomes, Delivery) == [Delivery.objects.get()]
    assert len(of_kind(outcomes, deliveries.LooksTheSame)) == 2
    assert done() == [1, 1]
    assert broken() == []


def test_two_who_take_back_and_correct_at_once_leave_what_one_of_them_said():
    first, second = pair()
    delivery = log(first, [second])

    at_once(
        [
            partial(deliveries.take_back, delivery.pk, reason="A slip", training_id=first.pk, now=THEN),
            partial(deliveries.correct, delivery.pk, Given(DAY), training_id=second.pk, now=THEN),
        ]
    )

    assert Delivery.objects.get().state == "taken_back"
    assert done() == [0, 0]
    assert broken() == []
