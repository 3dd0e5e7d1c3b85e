"""People who are asked, and what they answer."""

from __future__ import annotations

import datetime
from typing import Any

from facilitators.domain.calendar import circle_register
from facilitators.domain.evaluation import answering
from facilitators.models import Booking, Circle, EvaluationQuestion, EvaluationResponse, Moment
from programmes.models import Programme
from tests import factories
from tests.facilitators import circle_world
from tests.facilitators.circle_world import STARTS
from tests.factories import NOW

ENDS = STARTS + datetime.timedelta(hours=2)
SOON = ENDS + datetime.timedelta(hours=1)


def question(programme: Programme, moment: str, kind: str = "rating", **values: Any) -> EvaluationQuestion:
    values.setdefault("choices", ["Weekly", "Monthly"] if kind == "choice" else [])
    return factories.EvaluationQuestionFactory(programme=programme, moment=moment, kind=kind, **values)


def held(people: int = 2, *, came: int | None = None) -> Circle:
    """A circle that was held, to which so many of those who booked came; its programme asks one rating of them."""
    lead = circle_world.lead(circle_minimum=1)
    question(lead.programme, Moment.CIRCLE, text="How was it?")
    circle = circle_world.circle(lead, minimum=1)
    booked = circle_world.book(circle, *range(1, people + 1))
    here = people if came is None else came
    marks = {row.pk: number < here for number, row in enumerate(booked)}
    circle_register.mark(circle.pk, marks, seen=dict.fromkeys(marks), by="Fay", now=ENDS)
    circle_register.finish(circle.pk, by="Fay", now=ENDS)
    return circle_world.fresh(circle)


def people_of(circle: Circle) -> list[Booking]:
    return list(circle.bookings.order_by("pk"))


def given(
    programme: Programme,
    moment: str,
    answers: dict[EvaluationQuestion, str],
    *,
    asked_at: datetime.datetime = NOW,
    answered: bool = True,
) -> EvaluationResponse:
    """What one facilitator was asked, and answered, months after the training."""
    training = factories.TrainingFactory(programme=programme)
    response = EvaluationResponse.objects.create(
        programme=programme,
        moment=moment,
        training=training,
        asked_at=asked_at,
        given_at=asked_at if answered else None,
    )
    answering.keep(response, answers)
    return response
