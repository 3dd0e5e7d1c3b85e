"""What is answered to an evaluation, by whom, and how often."""

import pytest
from django.db import IntegrityError, transaction

from facilitators.domain.evaluation import answering
from facilitators.models import EvaluationAnswer, EvaluationResponse, Moment
from programmes.domain.refused import Refused
from tests import factories, scenarios
from tests.facilitators.circle_world import fresh
from tests.facilitators.evaluating import SOON, held, people_of, question
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked():
    """A facilitator who was asked one question of each kind 3 months after the training."""
    training = factories.TrainingFactory()
    for kind in ("rating", "choice", "long_text", "yes_no"):
        question(training.programme, Moment.MONTHS_3, kind, text=f"A {kind}?", required=kind != "long_text")
    return EvaluationResponse.objects.create(
        programme=training.programme, moment=Moment.MONTHS_3, training=training, asked_at=NOW
    )


def answers(response, **said):
    given = {"rating": "4", "choice": "Weekly", "long_text": "", "yes_no": "no"} | said
    questions = response.programme.evaluation_questions.all()
    return {one.pk: given[one.kind] for one in questions}


def test_answers_are_kept_in_the_words_of_the_day(asked):
    answering.answer_of_training(asked.pk, answers=answers(asked, long_text=" Well. "), now=NOW)

    assert fresh(asked).given_at == NOW
    assert list(EvaluationAnswer.objects.values_list("asked", "kind", "value")) == [
        ("A rating?", "rating", "4"),
        ("A choice?", "choice", "Weekly"),
        ("A long_text?", "long_text", "Well."),
        ("A yes_no?", "yes_no", "no"),
    ]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"rating": ""}, "Answer the question “A rating?”."),
        ({"rating": "6"}, "Choose one of the answers to “A rating?”."),
        ({"choice": "Yearly"}, "Choose one of the answers to “A choice?”."),
        ({"yes_no": "perhaps"}, "Choose one of the answers to “A yes_no?”."),
    ],
)
def test_what_is_missing_or_cannot_be_chosen_is_refused(asked, said, sentence):
    with pytest.raises(answering.Incomplete) as refused:
        answering.answer_of_training(asked.pk, answers=answers(asked, **said), now=NOW)

    assert refused.value.sentence == sentence
    assert (fresh(asked).given_at, EvaluationAnswer.objects.count()) == (None, 0)


def test_nobody_answers_twice(asked):
    answering.answer_of_training(asked.pk, answers=answers(asked), now=NOW)

    with pytest.raises(Refused) as refused:
        answering.answer_of_training(asked.pk, answers=answers(asked, rating="1"), now=NOW)

    assert refused.value.sentence == answering.ANSWERED
    assert EvaluationAnswer.objects.get(kind="rating").value == "4"


def test_who_came_to_a_circle_answers_once_whether_or_not_they_were_asked():
    came, away = people_of(held(2, came=1))
    [rating] = came.circle.programme.evaluation_questions.all()
    can = [answering.can_still_tell(came), answering.can_still_tell(away)]

    answering.answer_of_circle(came.pk, answers={rating.pk: "5"}, now=SOON)
    with pytest.raises(Refused) as twice:
        answering.answer_of_circle(came.pk, answers={rating.pk: "1"}, now=SOON)
    with pytest.raises(Refused) as not_there:
        answering.answer_of_circle(away.pk, answers={rating.pk: "1"}, now=SOON)

    response = EvaluationResponse.objects.get()
    assert can == [True, False]
    assert not answering.can_still_tell(came)
    assert (response.booking, response.asked_at, response.given_at) == (came, SOON, SOON)
    assert response.answers.get().value == "5"
    assert twice.value.sentence == answering.ANSWERED
    assert not_there.value.sentence == "We ask those who came to the circle, once its register is taken."


def test_nothing_is_asked_of_a_circle_whose_programme_asks_nothing():
    [came] = people_of(held(1))
    came.circle.programme.evaluation_questions.update(moment=Moment.TRAINING)

    assert answering.why_not_of_circle(came) == "Nothing is asked about this circle."


def test_a_circle_that_is_not_held_is_not_asked_about():
    [booking] = people_of(held(1))
    booking.circle.state = "planned"

    assert answering.why_not_of_circle(booking) != ""


def test_a_response_belongs_to_one_thing_that_fits_its_moment():
    training = factories.TrainingFactory()
    booking = factories.BookingFactory()
    application = scenarios.submitted(factories.ProgrammeFactory())
    always = {"programme": training.programme, "asked_at": NOW}

    for moment, given in (
        (Moment.MONTHS_3, {}),
        (Moment.MONTHS_3, {"booking": booking}),
        (Moment.CIRCLE, {"training": training}),
        (Moment.TRAINING, {"training": training}),
        (Moment.MONTHS_6, {"training": training, "application": application}),
        (Moment.CIRCLE, {"booking": booking, "training": training}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            EvaluationResponse.objects.create(moment=moment, **given, **always)
    EvaluationResponse.objects.create(moment=Moment.MONTHS_3, training=training, **always)
    EvaluationResponse.objects.create(moment=Moment.MONTHS_6, training=training, **always)
    with pytest.raises(IntegrityError), transaction.atomic():
        EvaluationResponse.objects.create(moment=Moment.MONTHS_6, training=training, **always)

    assert EvaluationResponse.objects.count() == 2
    assert [str(one) for one in EvaluationResponse.objects.order_by("pk")] == [
        "Evaluation 3 months after the training",
        "Evaluation 6 months after the training",
    ]
