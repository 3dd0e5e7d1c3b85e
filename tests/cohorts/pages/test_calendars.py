"""Calendars to subscribe to, as a calendar program and as their owner meet them."""

import datetime

import icalendar
import pytest
from django.test import Client
from django.urls import reverse

from applications.domain import reviews
from applications.domain.actors import Actor
from cohorts.domain import subscriptions
from cohorts.models import Session
from programmes.domain import links
from programmes.models import Link, Role
from tests import factories, scenarios
from tests.applications.pages.visits import Visitor, goes_to, read
from tests.factories import NOW
from tests.support.rfc5545 import breaches
from tests.support.rows import everything_stored

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def told_at_once(settings):
    settings.DECISION_HOLD_MINUTES = 0


@pytest.fixture
def programme():
    cohort = factories.CohortFactory(programme__slug="circles", name="Cohort 1")
    factories.SessionFactory(cohort=cohort, joining_link="https://meet.example.org/1")
    return cohort.programme


@pytest.fixture
def confirmed(programme):
    return scenarios.confirmed(programme)


@pytest.fixture
def staff(programme):
    user = factories.AcademyMemberFactory(academy=programme.academy, role=Role.VIEWER).user
    subscriptions.new_staff_address(user, now=NOW)
    return user


def path_of(opens, pk):
    return subscriptions.address_of(opens, pk, now=NOW).removeprefix("http://testserver")


def applicants(application):
    return path_of(Link.Opens.CALENDAR, application.pk)


def staffs(user):
    return path_of(Link.Opens.STAFF_CALENDAR, user.pk)


def test_an_applicants_calendar_is_a_private_file(client, confirmed):
    response = client.get(applicants(confirmed))

    assert breaches(response.content.decode()) == []
    assert {name: response.headers[name] for name in ("Content-Type", "Cache-Control", "X-Robots-Tag")} == {
        "Content-Type": "text/calendar; charset=utf-8",
        "Cache-Control": "private, no-cache",
        "X-Robots-Tag": "noindex",
    }
    assert response.headers["Content-Disposition"] == 'inline; filename="circles-dates.ics"'
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("whose", ["applicant", "staff"])
def test_asking_for_a_calendar_changes_nothing(client, confirmed, staff, whose):
    address = applicants(confirmed) if whose == "applicant" else staffs(staff)
    before = everything_stored()

    answers = [client.get(address), client.head(address), client.post(address)]

    assert [answer.status_code for answer in answers] == [200, 200, 405]
    assert answers[1].content == b""
    assert everything_stored() == before


def test_a_calendar_that_has_not_changed_is_not_sent_again(client, confirmed, at_noon):
    first = client.get(applicants(confirmed))
    at_noon.shift(datetime.timedelta(hours=1))
    again = {"HTTP_IF_NONE_MATCH": first.headers["ETag"]}

    same = client.get(applicants(confirmed), **again)
    Session.objects.update(title="Day one")
    changed = client.get(applicants(confirmed), **again)

    assert (same.status_code, same.content, same.headers["Cache-Control"]) == (304, b"", "private, no-cache")
    assert (changed.status_code, b"Day one" in changed.content) == (200, True)


@pytest.mark.parametrize("name", ["applicant_calendar", "staff_calendar"])
def test_an_address_that_was_never_made_is_gone_in_words(client, name):
    response = client.get(reverse(name, args=["x" * 43]))

    assert (response.status_code, response.headers["Content-Type"]) == (410, "text/plain; charset=utf-8")
    assert response.content.decode() == (
        "This calendar address no longer works. Get the one of today on your page of the portal.\n"
    )


def test_the_address_of_one_thing_opens_no_other(client, confirmed, staff):
    my_token = Visitor(confirmed).token
    token = applicants(confirmed).split("/")[-1].removesuffix(".ics")

    found = [
        client.get(reverse("applicant_calendar", args=[my_token])).status_code,
        client.get(reverse("staff_calendar", args=[token])).status_code,
        client.get(reverse("application", args=[token])).status_code,
    ]

    assert found == [410, 410, 410]


def test_links_to_what_is_deleted_are_gone(client):
    for opens, name in (
        (Link.Opens.CALENDAR, "applicant_calendar"),
        (Link.Opens.STAFF_CALENDAR, "staff_calendar"),
    ):
        link = links.mint(opens, 999999, sent_to="x@example.org", now=NOW)

        assert client.get(reverse(name, args=[links.token_of(link)])).status_code == 410


@pytest.mark.parametrize("what", ["switched off", "not staff", "left the academy"])
def test_the_staffs_calendar_is_dead_once_they_do_not_work_here(client, staff, what):
    address = staffs(staff)
    assert client.get(address).status_code == 200
    staff.is_active = what != "switched off"
    staff.is_staff = what != "not staff"
    staff.save()
    if what == "left the academy":
        staff.academy_memberships.all().delete()

    assert client.get(address).status_code == 410


def test_the_staffs_calendar_is_of_their_own_academies(client, staff, programme):
    factories.SessionFactory(title="Elsewhere")

    events = icalendar.Calendar.from_ical(client.get(staffs(staff)).content).walk("VEVENT")

    assert [str(one["summary"]) for one in events] == [f"{programme.title}: Day 1 (Cohort 1)"]


# What its owner sees of it.


def test_the_status_page_of_a_place_shows_the_address_to_press_and_to_copy(confirmed):
    page = Visitor(confirmed).get("application").content.decode()

    address = f"http://testserver{applicants(confirmed)}"
    assert f'<a href="{address.replace("http:", "webcal:")}">Subscribe to your dates</a>' in page
    assert f'id="calendar-address">{address}</code>' in page


def test_nobody_but_the_confirmed_sees_an_address(programme):
    for scenario in (scenarios.offered, scenarios.waitlisted, scenarios.submitted):
        page = read(Visitor(scenario(programme)).get("application"))

        assert "Subscribe to your dates" not in page


def test_a_held_place_shows_no_address_yet(settings):
    settings.DECISION_HOLD_MINUTES = 10
    cohort = factories.SessionFactory(cohort__programme__offer_answer="confirmed_directly").cohort
    application = scenarios.offered(cohort.programme)

    visitor = Visitor(application)

    assert "Subscribe to your dates" not in read(visitor.get("application"))
    assert goes_to(visitor.get("new_calendar_address"), visitor, "application")


def test_a_new_address_is_made_by_a_button_and_the_old_one_is_gone(client, confirmed):
    visitor = Visitor(confirmed)
    before = applicants(confirmed)
    page = read(visitor.get("new_calendar_address"))
    assert applicants(confirmed) == before

    response = visitor.post("new_calendar_address", {"sure": "on"})

    assert "The old address stops working at once" in page
    assert goes_to(response, visitor, "application")
    assert "Your calendar has a new address." in read(visitor.get("application"))
    assert (client.get(before).status_code, client.get(applicants(confirmed)).status_code) == (410, 200)


def test_who_has_no_address_can_make_one(confirmed):
    Link.objects.filter(opens=Link.Opens.CALENDAR).delete()
    visitor = Visitor(confirmed)

    page = read(visitor.get("application"))
    visitor.post("new_calendar_address", {"sure": "on"})

    assert "You can make a private address" in page
    assert applicants(confirmed)


def test_who_withdrew_makes_no_new_address(confirmed):
    reviews.withdraw(confirmed.pk, actor=Actor.applicant(confirmed), now=NOW)
    visitor = Visitor(confirmed)
    before = Link.objects.count()

    assert goes_to(visitor.post("new_calendar_address", {"sure": "on"}), visitor, "application")
    assert Link.objects.count() == before


# The staff's page.


def test_staff_make_an_address_and_make_another(staff):
    Link.objects.filter(opens=Link.Opens.STAFF_CALENDAR).delete()
    client = Client()
    client.force_login(staff)
    page = reverse("admin:calendar")
    assert b"You have no address for it yet." in client.get(page).content

    first = client.post(page, follow=True)
    address = staffs(staff)
    second = client.post(page, follow=True)

    said = [[str(message) for message in answer.context["messages"]] for answer in (first, second)]
    assert said == [
        ["Your calendar has a new address."],
        ["Your calendar has a new address. The one before no longer works."],
    ]
    assert f"webcal://testserver{address}".encode() in first.content
    assert client.get(address).status_code == 410
    assert client.get(staffs(staff)).status_code == 200
