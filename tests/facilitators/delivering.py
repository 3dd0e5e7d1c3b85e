"""Facilitators who owe something, and what they deliver, by the verbs that the portal itself uses."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from facilitators.domain import commitments
from facilitators.domain.delivering import deliveries
from facilitators.domain.delivering.delivery_rows import Given
from facilitators.models import Circle, CircleFacilitator, Delivery, Topic, Training
from programmes.models import Programme
from tests import factories
from tests.factories import NOW

LATER = NOW + datetime.timedelta(days=3 * 365)
# A day of delivery, and the day after it.
DAY = datetime.date(2026, 11, 2)
THEN = datetime.datetime(2026, 11, 3, 12, tzinfo=datetime.UTC)


def trained(
    *,
    programme: Programme | None = None,
    trained_on: datetime.date | None = None,
    now: datetime.datetime = NOW,
    facilitator: Any = None,
    **obligation: Any,
) -> Training:
    """Somebody trained in a programme who owes one thing: 3 sessions in 12 months, unless said otherwise."""
    if programme is None:
        programme = factories.ProgrammeFactory()
        factories.ObligationFactory(programme=programme, key="deliver", **obligation)
    training = factories.TrainingFactory(
        programme=programme,
        trained_on=trained_on or NOW.date(),
        facilitator=facilitator or factories.FacilitatorFactory(),
    )
    commitments.begin(training, now=now)
    return training


def logged(training: Training, held_on: str, *, now: datetime.datetime = LATER, **values: Any) -> Delivery:
    """A delivery logged by a facilitator: another one, where there is one on that day."""
    log = {name: values.pop(name) for name in ("others", "evidence", "draft", "sent_as") if name in values}
    given = Given(datetime.date.fromisoformat(held_on), **values)
    return deliveries.log(training.pk, given, **{"sent_as": uuid.uuid4(), **log}, another=True, now=now)


def circle_of(*trainings: Training, state: str = Circle.State.PLANNED, **values: Any) -> Circle:
    """A circle on `DAY` that some facilitators lead."""
    programme = trainings[0].programme
    topic, _ = Topic.objects.get_or_create(programme=programme, key="stress", defaults={"name": "Stress"})
    starts = datetime.datetime.combine(DAY, datetime.time(10), tzinfo=datetime.UTC)
    circle = Circle.objects.create(
        **{
            "programme": programme,
            "reference": uuid.uuid4().hex[:12],
            "topic": topic,
            "starts_at": starts,
            "ends_at": starts + datetime.timedelta(hours=2),
            "minimum": 6,
            "maximum": 25,
            "state": state,
            "created_at": NOW,
            "created_by": "A test",
            **values,
        }
    )
    for training in trainings:
        CircleFacilitator.objects.create(circle=circle, training=training, added_at=NOW)
    return circle
