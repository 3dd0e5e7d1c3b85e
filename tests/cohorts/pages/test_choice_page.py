import pytest

from tests import factories, scenarios
from tests.applications.pages.visits import Visitor, errors, goes_to, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme():
    programme = factories.ProgrammeFactory()
    for name in ("Cohort 1", "Cohort 2", "Cohort 3"):
        factories.SessionFactory(cohort__programme=programme, cohort__name=name)
    factories.CohortFactory(programme=programme, name="Cancelled", runs=False)
    return programme


@pytest.fixture
def draft(programme):
    return scenarios.started(programme, "sam@example.org")


def choose(programme, *places):
    """Form data: for each cohort a place in the order, or why it cannot be attended."""
    data = {}
    for cohort, place in zip(programme.cohorts.filter(runs=True).order_by("pk"), places, strict=True):
        known = isinstance(place, int)
        data[f"cohort-{cohort.pk}"] = str(place) if known else "cannot"
        data[f"reason-{cohort.pk}"] = "" if known else place
    return data


def kept(application):
    rows = application.preferences.select_related("cohort").order_by("cohort__pk")
    return [(row.cohort.name, row.rank, row.cannot_attend_reason) for row in rows]


def test_choice_shows_the_cohorts_that_run_with_their_sessions(draft):
    page = read(Visitor(draft).get("cohort_choice"))

    assert "You are trained in one of 3 cohorts." in page
    assert "Cohort 2 Friday 4 December 2026, midday to 3pm (Online) 1st choice" in page
    assert "Cancelled" not in page


def test_choice_keeps_order_and_reasons(programme, draft):
    visitor = Visitor(draft)

    response = visitor.post("cohort_choice", choose(programme, 2, "Exam board", 1))

    assert goes_to(response, visitor, "check")
    assert kept(draft) == [("Cohort 1", 2, ""), ("Cohort 2", None, "Exam board"), ("Cohort 3", 1, "")]
    again = visitor.get("cohort_choice").content.decode()
    assert again.count(" checked") == 3
    assert 'value="Exam board"' in again


def test_choice_closes_gaps_in_the_order(programme, draft):
    Visitor(draft).post("cohort_choice", choose(programme, 3, "Away", 1))

    assert kept(draft) == [("Cohort 1", 2, ""), ("Cohort 2", None, "Away"), ("Cohort 3", 1, "")]


def test_choice_refuses_the_same_place_twice(programme, draft):
    response = Visitor(draft).post("cohort_choice", choose(programme, 1, 1, "Away"))

    assert errors(response) == ["Cohort 1 and Cohort 2 are both your 1st choice: give each its own place"]
    assert 'value="Away"' in response.content.decode()
    assert kept(draft) == []


def test_choice_wants_a_reason_for_what_cannot_be_attended(programme, draft):
    response = Visitor(draft).post("cohort_choice", choose(programme, 1, "", "x" * 301))

    assert errors(response) == [
        "Say why you cannot attend Cohort 2",
        "Your answer must be 300 characters or fewer: you have entered 301",
    ]


def test_choice_refuses_when_none_can_be_attended_and_keeps_the_reasons(programme, draft):
    response = Visitor(draft).post("cohort_choice", choose(programme, "Away", "Exams", "Leave"))

    assert errors(response) == [
        "Choose at least one cohort that you can attend. A place needs all the dates of one cohort."
    ]
    assert 'value="Exams"' in response.content.decode()


def test_choice_wants_an_answer_for_each_cohort(draft):
    response = Visitor(draft).post("cohort_choice")

    assert errors(response) == [
        f"Choose a place in your order of preference, or “I cannot attend”, for Cohort {number}"
        for number in (1, 2, 3)
    ]


def test_choice_of_an_unknown_place_is_refused(programme, draft):
    response = Visitor(draft).post("cohort_choice", choose(programme, 1, 2, 7))

    assert errors(response) == ["Choose one of the answers listed"]


def test_one_cohort_is_a_question_of_yes_or_no():
    programme = factories.ProgrammeFactory()
    cohort = factories.CohortFactory(programme=programme, name="Pilot")
    application = scenarios.started(programme, "sam@example.org")
    visitor = Visitor(application)

    page = read(visitor.get("cohort_choice"))
    nothing = visitor.post("cohort_choice")
    response = visitor.post("cohort_choice", {f"cohort-{cohort.pk}": "1"})

    assert "Pilot: can you attend? The dates are not set yet." in page
    assert errors(nothing) == ["Say whether you can attend Pilot"]
    assert goes_to(response, visitor, "check")
    assert kept(application) == [("Pilot", 1, "")]


@pytest.mark.parametrize("count", [1, 3])
def test_choice_takes_the_same_queries_however_many_cohorts(count, django_assert_num_queries):
    programme = factories.ProgrammeFactory()
    for cohort in factories.CohortFactory.create_batch(count, programme=programme):
        factories.SessionFactory.create_batch(count, cohort=cohort, venue=factories.VenueFactory())
    visitor = Visitor(scenarios.filled_in(programme))

    with django_assert_num_queries(4):
        visitor.get("cohort_choice")
