"""What came of evaluations: rates, questions over time, and what is not shown."""

import datetime

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from facilitators.domain import completion
from facilitators.domain.evaluation import answering, results
from facilitators.domain.evaluation.hiding import FEWEST, hidden
from facilitators.models import EvaluationQuestion, EvaluationResponse, Moment
from tests import factories, scenarios
from tests.cohorts.seats import fresh, programme_with
from tests.facilitators.evaluating import SOON, given, held, people_of, question

JANUARY, FEBRUARY, MARCH = (datetime.datetime(2027, month, 3, 9, tzinfo=datetime.UTC) for month in (1, 2, 3))


# What is hidden.
@pytest.mark.parametrize(
    ("counts", "found"),
    [
        ({}, set()),
        ({"a": 5, "b": 9}, set()),
        ({"a": 0, "b": 9}, set()),
        ({"a": 4, "b": 9, "c": 7}, {"a", "c"}),
        ({"a": 4, "b": 1, "c": 7}, {"a", "b"}),
        ({"a": 2, "b": 2, "c": 5}, {"a", "b", "c"}),
        ({"a": 4}, {"a"}),
    ],
)
def test_few_answers_are_hidden_and_what_would_tell_of_them(counts, found):
    assert hidden(counts) == found


@for_any(st.dictionaries(st.integers(0, 8), st.integers(0, 12)))
def test_the_total_without_what_is_shown_never_tells_of_few(counts):
    hide = hidden(counts)
    rest = sum(counts.values()) - sum(count for key, count in counts.items() if key not in hide)

    assert all(not 0 < count < FEWEST for key, count in counts.items() if key not in hide)
    assert sum(counts.values()) < FEWEST or rest == 0 or rest >= FEWEST


# Months later.
@pytest.fixture
def programme(db):
    programme = factories.ProgrammeFactory()
    question(programme, Moment.MONTHS_3, text="How do you get on?", key="on", position=2)
    question(programme, Moment.MONTHS_3, "choice", text="How often?", key="often", position=1)
    question(programme, Moment.MONTHS_3, "long_text", text="What helps?", key="helps", position=3)
    return programme


def answered(programme, month, *ratings, helps="", often="Weekly"):
    asked = {one.key: one for one in programme.evaluation_questions.all()}
    for rating in ratings:
        said = {asked["on"]: rating, asked["often"]: often, asked["helps"]: helps}
        given(programme, Moment.MONTHS_3, said, asked_at=month)


def test_rates_and_questions_by_month(programme):
    answered(programme, JANUARY, *"54321")
    answered(programme, FEBRUARY, *"555554", often="Monthly")
    for _ in range(4):
        given(programme, Moment.MONTHS_3, {}, asked_at=FEBRUARY, answered=False)

    [part] = results.results_of(programme)

    assert part.moment == Moment.MONTHS_3
    assert [(one.name, one.asked, one.answered, one.percent) for one in (*part.rates, part.total)] == [
        ("January 2027", 5, 5, 100),
        ("February 2027", 10, 6, 60),
        ("All", 15, 11, 73),
    ]
    often, on = part.questions
    assert (often.text, on.text) == ("How often?", "How do you get on?")
    assert on.total.mean == 4.0
    assert [(name, one.answers, one.mean) for name, one in on.groups] == [
        ("January 2027", 5, 3.0),
        ("February 2027", 6, 4.8),
    ]
    assert often.total.shares == (("Monthly", 6), ("Weekly", 5))
    assert often.total.percents == [("Monthly", 55), ("Weekly", 45)]
    assert often.total.mean is None


def test_a_month_of_few_and_the_next_smallest_are_hidden(programme):
    answered(programme, JANUARY, *"5554")
    answered(programme, FEBRUARY, *"54321")
    answered(programme, MARCH, *"543215")

    [part] = results.results_of(programme)

    assert [one.answered for one in part.rates] == [None, None, 6]
    assert [one.percent for one in part.rates] == [None, None, 100]
    assert part.total.answered == 15
    [_, on] = part.questions
    assert [(name, one and one.answers) for name, one in on.groups] == [
        ("January 2027", None),
        ("February 2027", None),
        ("March 2027", 6),
    ]


def test_of_few_answers_in_all_nothing_is_shown(programme):
    answered(programme, JANUARY, *"5554", helps="Time")

    [part] = results.results_of(programme)

    assert (part.total.asked, part.total.answered, part.total.percent) == (4, None, None)
    assert [(one.total, one.groups) for one in part.questions] == [(None, ()), (None, ())]
    assert results.texts_of(programme) == {}


def test_texts_are_told_without_names_or_their_order(programme):
    for text in ("time", "A colleague", "Role plays", "circles", "More circles"):
        answered(programme, JANUARY, "5", helps=text)

    assert results.texts_of(programme) == {
        ("months_3", "What helps?"): ["A colleague", "circles", "More circles", "Role plays", "time"]
    }


def test_a_question_that_is_no_longer_asked_is_still_told_after_the_others(programme):
    answered(programme, JANUARY, *"54321")
    EvaluationQuestion.objects.filter(key="often").delete()

    [part] = results.results_of(programme)

    assert [one.text for one in part.questions] == ["How do you get on?", "How often?"]


def test_where_nothing_was_asked_yet_there_is_nothing_to_divide_by(programme):
    [part] = results.results_of(programme)

    assert (part.total.asked, part.total.answered, part.total.percent) == (0, 0, None)
    assert (part.rates, part.questions) == ((), ())


@pytest.mark.django_db
def test_a_programme_that_asks_nothing_has_no_results():
    assert results.results_of(factories.ProgrammeFactory()) == []


# After a circle.
@pytest.mark.django_db
def test_circles_are_told_by_their_month():
    circle = held(6)
    rating = circle.programme.evaluation_questions.get()
    for person in people_of(circle):
        answering.answer_of_circle(person.pk, answers={rating.pk: "4"}, now=SOON)

    [part] = results.results_of(circle.programme)

    assert [(one.name, one.asked, one.answered) for one in part.rates] == [("November 2026", 6, 6)]
    assert part.questions[0].groups[0][0] == "November 2026"


# After the training.
@pytest.mark.django_db
def test_the_training_is_told_by_cohort_of_all_who_attended():
    programme = programme_with()
    factories.EvaluationQuestionFactory(programme=programme, text="How was it?")
    cohort = programme.cohorts.order_by("pk")[0]
    people = [scenarios.confirmed(programme, name=f"Person {number}") for number in range(7)]
    for person in people:
        scenarios.marked_everywhere(person, cohort)
    scenarios.closed(cohort)
    [rating] = programme.evaluation_questions.all()
    for person in people[:5]:
        completion.complete(
            person.pk, answers={rating.pk: "4"}, undertakings=[], name="P", now=fresh(person).state_since
        )
    user = scenarios.reviewer_of(programme)
    now = fresh(people[5]).state_since
    completion.did_not_complete(people[5].pk, user=user, reason="Moved away.", now=now)
    [part] = results.results_of(programme)

    assert [(one.name, one.asked, one.answered) for one in part.rates] == [(cohort.name, 7, 5)]
    [asked] = part.questions
    assert [(name, one.answers, one.mean) for name, one in asked.groups] == [(cohort.name, 5, 4.0)]


@pytest.mark.django_db
def test_who_was_in_no_cohort_is_told_together():
    programme = programme_with()
    rating = factories.EvaluationQuestionFactory(programme=programme, text="How was it?")
    application = scenarios.completed(programme)
    application.places.all().delete()

    [part] = results.results_of(programme)

    assert [(one.name, one.asked) for one in part.rates] == [("No cohort", 1)]
    assert EvaluationResponse.objects.get().answers.get().question == rating


@pytest.mark.parametrize("times", [1, 3])
def test_results_take_the_same_queries_however_many_rows(programme, times, django_assert_num_queries):
    for month in (JANUARY, FEBRUARY, MARCH)[:times]:
        answered(programme, month, *"54321")

    with django_assert_num_queries(6):
        results.results_of(programme)
