"""Who is asked when: once each, what an outage left out by one mail, and nobody too late."""

import datetime

import pytest

from facilitators import tasks
from facilitators.domain.calendar import circle_register
from facilitators.domain.calendar.circle_register import WalkIn
from facilitators.domain.evaluation import answering, asking
from facilitators.models import Circle, EvaluationResponse, Moment
from programmes.models import Message
from tests import factories
from tests.facilitators.circle_world import fresh, told
from tests.facilitators.evaluating import ENDS, SOON, held, people_of, question

pytestmark = pytest.mark.django_db


def at(text):
    return datetime.datetime.fromisoformat(f"{text}T09:05+00:00")


def morning(text):
    """Whom the clock asks on a day."""
    now = at(text)
    due = asking.trainings_to_ask(now)
    return [moment for pk, moment in due if asking.ask_facilitator(pk, moment, now=now)]


def trained(trained_on="2026-11-30", moments=tuple(asking.MONTHS), **values):
    training = factories.TrainingFactory(trained_on=datetime.date.fromisoformat(trained_on), **values)
    for moment in moments:
        question(training.programme, moment)
    return training


# After a circle.
def test_those_who_came_are_asked_once_by_mail():
    circle = held(3, came=2)
    circle_register.add_walk_in(circle.pk, WalkIn("Wendy Walker", "nhs"), by="Fay", now=ENDS)

    asked = [asking.ask_about_circle(pk, now=SOON) for pk in asking.circles_to_ask_about(SOON)]
    again = asking.circles_to_ask_about(SOON)

    assert (asked, again, asking.ask_about_circle(circle.pk, now=SOON)) == ([2], [], 0)
    assert [address for address, _ in told("circle_feedback")] == [
        "person1@example.org",
        "person2@example.org",
    ]
    [context, _] = [context for _, context in told("circle_feedback")]
    assert context["circle"] == "Hybrid working"
    assert context["path"] == "feedback/"
    assert fresh(circle).feedback_asked_at == SOON
    assert list(EvaluationResponse.objects.values_list("asked_at", "given_at")) == [(SOON, None)] * 2


def test_who_has_answered_before_the_mail_gets_none():
    circle = held(2)
    first = people_of(circle)[0]
    [rating] = circle.programme.evaluation_questions.all()
    answering.answer_of_circle(first.pk, answers={rating.pk: "5"}, now=SOON)

    assert asking.ask_about_circle(circle.pk, now=SOON) == 1
    assert [address for address, _ in told("circle_feedback")] == ["person2@example.org"]


def test_a_circle_is_asked_about_for_30_days():
    circle = held(1)
    last = ENDS + datetime.timedelta(days=30)

    assert asking.circles_to_ask_about(last) == []
    assert asking.ask_about_circle(circle.pk, now=last) == 0
    assert asking.circles_to_ask_about(last - datetime.timedelta(seconds=1)) == [circle.pk]


def test_a_circle_that_is_planned_or_of_which_nothing_is_asked_is_not_asked_about():
    circle = held(1)
    Circle.objects.update(state="planned")
    planned = asking.circles_to_ask_about(SOON)
    Circle.objects.update(state="held")
    circle.programme.evaluation_questions.update(moment=Moment.TRAINING)

    assert (planned, asking.circles_to_ask_about(SOON)) == ([], [])


# Months later.
@pytest.mark.parametrize(
    ("moment", "before", "first", "last", "after"),
    [
        # The last of February; then the days that 30 November has in later months.
        (Moment.MONTHS_3, "2027-02-27", "2027-02-28", "2027-05-29", "2027-05-30"),
        (Moment.MONTHS_6, "2027-05-29", "2027-05-30", "2027-08-29", "2027-08-30"),
        (Moment.MONTHS_12, "2027-11-29", "2027-11-30", "2028-02-28", "2028-02-29"),
    ],
)
def test_first_and_last_day_of_asking(moment, before, first, last, after):
    trained(moments=[moment])

    assert [
        [found for _, found in asking.trainings_to_ask(at(day))] for day in (before, first, last, after)
    ] == [
        [],
        [moment],
        [moment],
        [],
    ]


def test_each_moment_is_asked_once_and_answered_by_the_facilitators_link():
    training = trained()

    found = [morning(day) for day in ("2027-03-01", "2027-03-02", "2027-06-01", "2027-12-01", "2027-12-02")]

    assert found == [[Moment.MONTHS_3], [], [Moment.MONTHS_6], [Moment.MONTHS_12], []]
    [(address, context), *_] = told("evaluation_request")
    first = training.evaluations.get(moment=Moment.MONTHS_3)
    assert address == training.facilitator.email
    assert context == {"ago": "3 months", "path": f"evaluation/{first.pk}/"}
    assert Message.objects.filter(event="evaluation_request").count() == 3


def test_an_outage_is_made_up_by_one_mail_and_what_is_past_is_left_out():
    trained()

    assert morning("2027-07-15") == [Moment.MONTHS_6]
    assert morning("2027-07-16") == []


def test_who_was_trained_long_ago_is_asked_nothing():
    trained("2020-01-01")

    assert morning("2026-11-30") == []


def test_nobody_is_asked_who_pauses_or_has_left_or_whose_programme_asks_nothing():
    paused = trained()
    day = datetime.date(2027, 3, 1)
    pause = factories.PauseFactory(training=paused, from_on=day, until_on=day)
    # Another pause, which begins on another day and is over on another: no day is in both.
    factories.PauseFactory(
        training=paused, from_on=datetime.date(2027, 4, 1), until_on=datetime.date(2027, 4, 2)
    )
    trained(ended_on=datetime.date(2027, 2, 1), ended_reason="Moved away")
    trained(moments=[Moment.TRAINING])

    during = morning("2027-03-01")
    after = morning("2027-03-02")

    assert (during, after) == ([], [Moment.MONTHS_3])
    assert EvaluationResponse.objects.get().training == pause.training


def test_who_is_asked_meanwhile_or_is_not_due_is_not_asked_again():
    training = trained()

    assert not asking.ask_facilitator(training.pk, Moment.MONTHS_3, now=at("2027-02-27"))
    assert asking.ask_facilitator(training.pk, Moment.MONTHS_3, now=at("2027-02-28"))
    assert not asking.ask_facilitator(training.pk, Moment.MONTHS_3, now=at("2027-02-28"))


def test_the_clocks_ask(time_machine):
    held(1)
    trained()

    time_machine.move_to(SOON, tick=False)
    circles = [tasks.ask_about_held_circles(), tasks.ask_about_held_circles()]
    time_machine.move_to(at("2027-03-01"), tick=False)
    facilitators = [tasks.ask_how_it_goes(), tasks.ask_how_it_goes()]

    assert (circles, facilitators) == ([1, 0], [1, 0])


def test_nobody_is_asked_before_the_circle_is_over():
    held(1)

    assert asking.circles_to_ask_about(ENDS - datetime.timedelta(minutes=1)) == []
