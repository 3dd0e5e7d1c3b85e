import datetime

import icalendar
import pytest

from applications.models import State
from cohorts.domain import places
from tests import factories, scenarios
from tests.applications.pages.visits import Visitor, errors, goes_to, read
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def told_at_once(settings):
    """Decisions are told at once here; the minutes before that have tests of their own with the status page."""
    settings.DECISION_HOLD_MINUTES = 0


@pytest.fixture
def programme():
    programme = factories.ProgrammeFactory(
        academy__name="Downs Academy", slug="circles", contact_email="circles@example.org"
    )
    for name in ("Cohort 1", "Cohort 2"):
        cohort = factories.CohortFactory(programme=programme, name=name)
        factories.SessionFactory(cohort=cohort, joining_link="https://meet.example.org/1")
    return programme


@pytest.fixture
def offered(programme):
    return scenarios.offered(programme)


def test_offer_shows_the_place_and_until_when(offered):
    page = read(Visitor(offered).get("offer"))

    assert "Downs Academy offers you a place in Cohort 1 :" in page
    assert "Friday 4 December 2026, midday to 3pm (Online)" in page
    assert "Answer before 11:59pm on Monday 12 October 2026" in page


def test_an_offer_is_accepted(offered):
    visitor = Visitor(offered)

    response = visitor.post("offer", {"answer": "accept", "reason": "typed and hidden"})

    assert goes_to(response, visitor, "application")
    offered.refresh_from_db()
    assert offered.state == State.CONFIRMED
    assert "You have accepted the place." in read(visitor.get("application"))


def test_an_offer_is_declined_with_a_reason_or_without(programme):
    for reason in ("I am moving away.", ""):
        application = scenarios.offered(programme)
        visitor = Visitor(application)

        response = visitor.post("offer", {"answer": "decline", "reason": reason})

        assert goes_to(response, visitor, "application")
        application.refresh_from_db()
        assert application.state == State.DECLINED
        assert application.changes.last().reason == reason
        assert "You have declined the place." in read(visitor.get("application"))


def test_an_offer_has_no_default_answer(offered):
    visitor = Visitor(offered)

    response = visitor.post("offer")

    assert " checked" not in visitor.get("offer").content.decode()
    assert errors(response) == ["Choose whether you accept or decline the place"]
    offered.refresh_from_db()
    assert offered.state == State.OFFERED


def test_an_offer_answered_too_late_is_told_so_and_keeps_the_answer(offered, at_noon):
    visitor = Visitor(offered)
    at_noon.move_to(NOW + datetime.timedelta(days=20))

    page = read(visitor.get("offer"))
    response = visitor.post("offer", {"answer": "accept"})

    assert "The date to answer has passed" in page
    assert errors(response) == [
        "The offer could be accepted until 11:59pm on 12 October 2026. Write to circles@example.org: the academy can "
        "open it again."
    ]
    assert 'value="accept" checked' in response.content.decode()


def test_an_offer_that_is_not_there_sends_back_to_the_status_page(programme):
    application = scenarios.shortlisted(programme)
    visitor = Visitor(application)

    assert goes_to(visitor.get("offer"), visitor, "application")
    response = visitor.post("offer", {"answer": "accept"})
    assert errors(response)[0].startswith("There is no offer to answer")


def test_an_offer_answered_twice_is_told_so(offered):
    places.accept(offered.pk, now=NOW)

    response = Visitor(offered).post("offer", {"answer": "decline"})

    assert errors(response)[0].startswith("There is no offer to answer")


# The calendar file
def events_of(response):
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="circles-dates.ics"'
    calendar = icalendar.Calendar.from_ical(response.content)
    return [(str(event["SUMMARY"]), str(event["LOCATION"])) for event in calendar.walk("VEVENT")]


def test_calendar_of_an_applicant_has_the_dates_chosen_without_links(programme):
    application = scenarios.submitted(programme)

    events = events_of(Visitor(application).get("my_calendar"))

    assert events == [
        (f"{programme.title}: Day 1 (Cohort 1)", "Online"),
        (f"{programme.title}: Day 1 (Cohort 2)", "Online"),
    ]


def test_calendar_of_an_offer_has_its_cohort_without_links(programme, offered):
    events = events_of(Visitor(offered).get("my_calendar"))

    assert events == [(f"{programme.title}: Day 1 (Cohort 1)", "Online")]


def test_calendar_of_a_place_has_the_joining_link(programme):
    events = events_of(Visitor(scenarios.confirmed(programme)).get("my_calendar"))

    assert events == [(f"{programme.title}: Day 1 (Cohort 1)", "https://meet.example.org/1")]


def test_calendar_without_dates_is_not_found(programme):
    application = scenarios.started(programme, "sam@example.org")

    assert Visitor(application).get("my_calendar").status_code == 404
