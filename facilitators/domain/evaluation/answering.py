"""How questions are answered: each evaluation once, checked against what was asked, in the words of the day."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

from django.db import transaction

from facilitators.models import (
    Booking,
    Circle,
    EvaluationAnswer,
    EvaluationQuestion,
    EvaluationResponse,
    Moment,
)
from programmes.domain.refused import Refused
from programmes.models import Programme

RATINGS = ("1", "2", "3", "4", "5")
YES_OR_NO = ("yes", "no")
ANSWERED = "You have told us already. Thank you: an evaluation is given once."


class Incomplete(Refused):
    """Something that is needed was not given."""


def questions_of(programme: Programme, moment: Moment) -> list[EvaluationQuestion]:
    """What a programme asks at a moment, in its order."""
    return list(programme.evaluation_questions.filter(moment=moment))


def accepted(question: EvaluationQuestion) -> tuple[str, ...]:
    """What can be answered to a question; nothing for a text, which is as it is written."""
    if question.kind == EvaluationQuestion.Kind.RATING:
        return RATINGS
    if question.kind == EvaluationQuestion.Kind.YES_NO:
        return YES_OR_NO
    return tuple(question.choices) if question.kind == EvaluationQuestion.Kind.CHOICE else ()


def checked(
    questions: Sequence[EvaluationQuestion], answers: Mapping[int, str]
) -> dict[EvaluationQuestion, str]:
    """The answers by question, empty where there is none.

    Raises `Incomplete` where one is missing that is needed, or is none of those that can be chosen.
    """
    given = {question: answers.get(question.pk, "").strip() for question in questions}
    for question, value in given.items():
        if question.required and not value:
            raise Incomplete(f"Answer the question “{question.text}”.")
        choices = accepted(question)
        if value and choices and value not in choices:
            raise Incomplete(f"Choose one of the answers to “{question.text}”.")
    return given


def keep(response: EvaluationResponse, given: Mapping[EvaluationQuestion, str]) -> None:
    """Store the answers of an evaluation."""
    EvaluationAnswer.objects.bulk_create(
        EvaluationAnswer(
            response=response, question=question, asked=question.text, kind=question.kind, value=value
        )
        for question, value in given.items()
        if value
    )


def why_not_of_circle(booking: Booking) -> str:
    """Why somebody is not asked about a circle, in a sentence; empty where they are, or have answered."""
    circle = booking.circle
    if circle.state != Circle.State.HELD or not booking.came:
        return "We ask those who came to the circle, once its register is taken."
    if not questions_of(circle.programme, Moment.CIRCLE):
        return "Nothing is asked about this circle."
    return ""


def can_still_tell(booking: Booking) -> bool:
    """Whether somebody is asked about a circle, and has not answered."""
    return not why_not_of_circle(booking) and not booking_given(booking)


def booking_given(booking: Booking) -> bool:
    """Whether somebody has said what they thought of a circle."""
    return EvaluationResponse.objects.given().filter(booking=booking).exists()


def answer_of_circle(
    booking_id: int, *, answers: Mapping[int, str], now: datetime.datetime
) -> EvaluationResponse:
    """Somebody who came to a circle says what they thought of it, whether or not a mail asked them.

    Raises `Refused` for who did not come, `Incomplete` for what is missing, and refuses a second time.
    """
    with transaction.atomic():
        booking = Booking.objects.select_related("circle__programme").get(pk=booking_id)
        if why_not := why_not_of_circle(booking):
            raise Refused(why_not)
        response, _ = EvaluationResponse.objects.get_or_create(
            booking=booking,
            defaults={"programme": booking.circle.programme, "moment": Moment.CIRCLE, "asked_at": now},
        )
        return _answer(response.pk, answers, now)


def answer_of_training(
    response_id: int, *, answers: Mapping[int, str], now: datetime.datetime
) -> EvaluationResponse:
    """A facilitator who was asked some months after the training answers. Raises as `answer_of_circle` does."""
    with transaction.atomic():
        return _answer(response_id, answers, now)


def _answer(response_id: int, answers: Mapping[int, str], now: datetime.datetime) -> EvaluationResponse:
    EvaluationResponse.objects.select_for_update(no_key=True).only("pk").get(pk=response_id)
    response = EvaluationResponse.objects.select_related("programme").get(pk=response_id)
    if response.given_at is not None:
        raise Refused(ANSWERED)
    given = checked(questions_of(response.programme, Moment(response.moment)), answers)
    keep(response, given)
    response.given_at = now
    response.save()
    return response
