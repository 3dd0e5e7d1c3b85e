"""Evaluations behind emailed links, and the page on which certificates are checked."""

import datetime

import pytest
from django.urls import reverse

from facilitators.domain.calendar import circle_mails
from facilitators.domain.evaluation import answering, asking
from facilitators.domain.people import register
from facilitators.models import EvaluationResponse, Moment
from programmes.domain import links
from tests import factories
from tests.facilitators.evaluating import SOON, held, people_of, question

pytestmark = pytest.mark.django_db

IN_MARCH = datetime.datetime(2027, 3, 1, 9, 5, tzinfo=datetime.UTC)


def text_of(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def clock(time_machine):
    time_machine.move_to(SOON, tick=False)
    return time_machine


# Of a circle.
def token_of(booking):
    return links.token_of(circle_mails.link_of(booking, now=SOON))


def test_who_came_answers_by_the_link_of_their_booking(client, clock):
    came, away = people_of(held(2, came=1))
    address = reverse("booking_feedback", args=[token_of(came)])
    booking = reverse("booking", args=[token_of(came)])
    [rating] = came.circle.programme.evaluation_questions.all()
    offered = [text_of(client.get(booking)), text_of(client.get(reverse("booking", args=[token_of(away)])))]

    shown = client.get(address)
    wrong = client.post(address, {})
    done = client.post(address, {f"question-{rating.key}": "4"}, follow=True)
    again = client.get(address, follow=True)

    assert ["Tell us what you thought of it" in page for page in offered] == [True, False]
    assert "How was it?" in text_of(shown)
    assert text_of(wrong).count("There is a problem") == 1
    assert "Thank you. What you told us is kept." in text_of(done)
    assert answering.ANSWERED in text_of(again)
    assert EvaluationResponse.objects.get().answers.get().value == "4"


def test_who_did_not_come_is_told_so(client, clock):
    [_, away] = people_of(held(2, came=1))

    page = client.get(reverse("booking_feedback", args=[token_of(away)]), follow=True)

    assert "We ask those who came to the circle" in text_of(page)


def test_sent_twice_at_once_the_second_is_told(client, clock, monkeypatch):
    [came] = people_of(held(1))
    [rating] = came.circle.programme.evaluation_questions.all()
    answering.answer_of_circle(came.pk, answers={rating.pk: "4"}, now=SOON)
    # As it is where both were shown the page before either was sent.
    monkeypatch.setattr(answering, "booking_given", lambda booking: False)

    address = reverse("booking_feedback", args=[token_of(came)])
    page = client.post(address, {f"question-{rating.key}": "1"})

    assert answering.ANSWERED in text_of(page)


# Months later.
@pytest.fixture
def asked(clock):
    """A facilitator who was asked 3 months after the training, and their link."""
    clock.move_to(IN_MARCH, tick=False)
    training = factories.TrainingFactory(trained_on=datetime.date(2026, 12, 1))
    question(training.programme, Moment.MONTHS_3, "choice", key="often", text="How often?")
    asking.ask_facilitator(training.pk, Moment.MONTHS_3, now=IN_MARCH)
    return training.evaluations.get()


def own(response, name, *arguments):
    link = register.link_for(response.training.facilitator, now=IN_MARCH)
    return reverse(name, args=[links.token_of(link), *arguments])


def test_a_facilitator_is_shown_what_is_asked_and_answers_once(client, asked):
    home = own(asked, "facilitator")
    address = own(asked, "facilitator_evaluation", asked.pk)

    before = text_of(client.get(home))
    shown = text_of(client.get(address))
    done = client.post(address, {"question-often": "Monthly"}, follow=True)
    again = client.get(address, follow=True)

    assert "Tell us how it goes" in before
    assert "3 months after the training" in shown
    assert "Weekly" in shown
    assert "Thank you. What you told us is kept." in text_of(done)
    assert "Tell us how it goes" not in text_of(done)
    assert answering.ANSWERED in text_of(again)
    assert asked.answers.get().value == "Monthly"


def test_another_facilitators_evaluation_is_not_there(client, asked):
    other = factories.FacilitatorFactory()
    token = links.token_of(register.link_for(other, now=IN_MARCH))

    assert client.get(reverse("facilitator_evaluation", args=[token, asked.pk])).status_code == 404


def test_where_the_questions_are_gone_nothing_is_asked(client, asked):
    asked.programme.evaluation_questions.all().delete()

    page = client.get(own(asked, "facilitator_evaluation", asked.pk), follow=True)

    assert "Nothing is asked any more." in text_of(page)


def test_a_question_changed_meanwhile_is_asked_again(client, asked, monkeypatch):
    def refuse(*arguments, **named):
        raise answering.Incomplete("Answer the question “How often?”.")

    monkeypatch.setattr(answering, "answer_of_training", refuse)

    page = client.post(own(asked, "facilitator_evaluation", asked.pk), {"question-often": "Monthly"})

    assert "Answer the question “How often?”." in text_of(page)
