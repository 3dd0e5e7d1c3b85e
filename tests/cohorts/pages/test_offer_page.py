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
    assert errors(response) == ["Choose whether you accept the place, ask for another date or decline"]
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


# Another date.


def test_another_date_is_asked_for_with_a_reason(offered):
    visitor = Visitor(offered)
    page = read(visitor.get("offer"))

    response = visitor.post("offer", {"answer": "other_date", "why_not": "On leave."})

    assert "You wait for a place in Cohort 2, and may not get one." in page
    assert "The other dates of this programme Cohort 2 Friday 4 December 2026" in page
    assert goes_to(response, visitor, "application")
    offered.refresh_from_db()
    assert offered.state == State.WAITLISTED
    preference = offered.preferences.get(cohort__name="Cohort 1")
    assert (preference.rank, preference.cannot_attend_reason) == (None, "On leave.")
    status = read(visitor.get("application"))
    assert "You have asked for another date. You are on the waiting list, and we have emailed you." in status
    assert "Position on the waiting list Number 1 in the queue" in status


def test_another_date_needs_a_reason(offered):
    response = Visitor(offered).post("offer", {"answer": "other_date", "why_not": " "})

    assert errors(response) == ["Enter why you cannot attend these dates"]
    offered.refresh_from_db()
    assert offered.state == State.OFFERED


@pytest.mark.parametrize("other", ["does not take place", "has started", "cannot be attended"])
def test_another_date_is_not_an_answer_where_there_is_none(offered, programme, other):
    cohort = programme.cohorts.get(name="Cohort 2")
    if other == "does not take place":
        programme.cohorts.filter(pk=cohort.pk).update(runs=False)
    elif other == "has started":
        cohort.sessions.update(starts_at=NOW)
    else:
        offered.preferences.filter(cohort=cohort).update(rank=None)
    visitor = Visitor(offered)

    page = read(visitor.get("offer"))
    response = visitor.post("offer", {"answer": "other_date", "why_not": "On leave."})

    assert "another date" not in page
    assert errors(response) == ["Choose whether you accept or decline the place"]
    offered.refresh_from_db()
    assert offered.state == State.OFFERED


def test_a_late_page_says_what_to_do(offered, at_noon):
    at_noon.move_to(NOW + datetime.timedelta(days=20))

    page = read(Visitor(offered).get("offer"))

    assert "We do not take your silence as a no." in page
    assert (
        "write to circles@example.org : the academy can offer it again, as long as there is a seat." in page
    )


def test_a_lapsed_offer_says_on_the_status_page_what_to_do(offered):
    places.lapse(offered.pk, now=NOW + datetime.timedelta(days=20))

    page = read(Visitor(offered).get("application"))

    assert "We did not have your answer to the offer in time, and we do not take that as a no." in page


def test_a_declined_offer_says_on_the_status_page_what_to_do_if_it_was_a_slip(offered):
    places.decline(offered.pk, now=NOW)

    page = read(Visitor(offered).get("application"))

    assert "If you did not mean to decline, write to circles@example.org as soon as you can." in page


# The waiting list, as the applicant sees it.


def test_the_status_page_says_the_position_how_it_is_ordered_and_how_to_leave(programme):
    scenarios.waitlisted(programme)
    application = scenarios.waitlisted(programme)
    visitor = Visitor(application)

    page = read(visitor.get("application"))
    leaving = read(visitor.get("withdraw"))
    response = visitor.post("withdraw", {"reason": "", "sure": "on"})

    assert "Position on the waiting list Number 2 in the queue" in page
    assert "Its order is by the score that reviewers gave, the highest first" in page
    assert "Leave the waiting list" in page
    assert leaving.startswith(
        f'class="nhsuk-main-wrapper" id="maincontent"> {programme.title} Leave the waiting list'
    )
    assert "you are not offered a place any more, and those behind you move up" in leaving
    assert goes_to(response, visitor, "application")
    application.refresh_from_db()
    assert application.state == State.WITHDRAWN


# All there is to know of a place.


def test_a_confirmed_place_shows_where_each_session_is_and_what_to_know(programme):
    venue = factories.VenueFactory(
        name="Guildhall", notes="The **side** door.", map_link="https://maps.example.org/1"
    )
    cohort = programme.cohorts.get(name="Cohort 1")
    factories.SessionFactory(
        cohort=cohort, title="Follow-up", venue=venue, online=False, optional=True, to_be_confirmed=True
    )
    programme.cohorts.update(minimum=8)
    application = scenarios.confirmed(programme)

    response = Visitor(application).get("application")

    page = read(response)
    assert (
        "Follow-up (optional) (still to be confirmed) Friday 4 December 2026, midday to 3pm Guildhall,"
        in page
    )
    assert '<a href="https://maps.example.org/1">Map<span' in response.content.decode()
    assert "Getting to Guildhall The side door." in page
    assert "This cohort runs if 8 people have confirmed their places by 20 November 2026." in page


def test_an_offer_shows_no_joining_link(offered):
    assert "meet.example.org" not in Visitor(offered).get("application").content.decode()
