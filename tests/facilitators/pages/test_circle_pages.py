"""The public calendar, a circle's page with its booking, and the booking behind its link."""

import datetime
import html
import re

import icalendar
import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from facilitators.domain.calendar import bookings, circles
from facilitators.models import Booking
from programmes.domain import links
from programmes.models import Link, Message
from tests import factories
from tests.applications.pages.visits import errors, read
from tests.facilitators import circle_world as world
from tests.facilitators.circle_world import STARTS, book
from tests.factories import NOW

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def kent(db):
    return factories.IntegratedCareSystemFactory(code="QKS", name="NHS Kent and Medway Integrated Care Board")


@pytest.fixture
def circle(kent):
    return world.circle(world.lead(circle_minimum=1), minimum=1, maximum=2, details="Bring **tea**.")


def found(pattern, response):
    """What of a page's source fits a pattern, as a person reads it."""
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return [
        html.unescape(" ".join(re.sub(r"<[^>]+>", " ", one).split()))
        for one in re.findall(pattern, main, re.DOTALL)
    ]


def form(**other):
    said = {
        "name": "Parveen Participant",
        "email": "parveen@example.org",
        "ics": "QKS",
        "organisation_name": "Rother Carers",
        "sector": "charity",
    }
    return said | other


def token_of(booking):
    return links.token_of(Link.objects.get(opens=Link.Opens.BOOKING, object_id=booking.pk))


# The calendar.


def test_the_list_shows_seats_and_nothing_of_people(client, circle):
    book(circle, 1)
    later = world.circle(world.lead(), starts_at=STARTS + DAY, online=False, place="Guildhall, Lewes")
    circles.cancel(later.pk, reason="Flooded.", by="Fay", now=NOW)

    page = read(client.get("/circles/"))

    assert "2 circles to come" in page
    assert "Tuesday 3 November 2026 , 9am to 11am. Online. 1 place free" in page
    assert "Guildhall, Lewes. Cancelled" in page
    assert [name in page for name in ("Fay", "Person 01", "meet.example.org")] == [False] * 3


def test_filters_narrow_the_list_the_links_and_the_address_to_subscribe_to(client, circle, kent):
    world.circle(world.lead(), starts_at=STARTS + DAY, online=False, place="Guildhall, Lewes")

    page = client.get("/circles/?where=in-person&topic=999&ics=QKS&programme=none")

    assert found("<h2.*?</h2>", page)[0] == "1 circle to come"
    assert "http://testserver/circles/calendar.ics?ics=QKS&where=in-person" in found('href="(.*?)"', page)
    assert found('<option value="([^"]+)" selected', page) == ["QKS", "in-person"]
    assert "?view=month&ics=QKS&where=in-person" in found('href="(.*?)"', page)


def test_the_month_shows_days_with_their_circles(client, circle):
    page = client.get("/circles/?view=month&month=2026-11")
    empty = read(client.get("/circles/?view=month&month=2027-01"))
    now = read(client.get("/circles/?view=month&month=nonsense"))

    assert found("<h3.*?</h3>", page) == ["3 Tuesday 3 November 2026"]
    assert f"/circles/{circle.reference}/" in found('href="(.*?)"', page)
    assert len(found('class="cascade-month__day[ "]', page)) == 42
    assert "There is no such circle in January 2027" in empty
    assert "October 2026" in now


def test_an_empty_calendar_says_so(client):
    assert "There is no such circle on the calendar at the moment." in read(client.get("/circles/"))


def test_a_long_list_has_pages(client):
    fay = world.lead()
    for number in range(26):
        factories.CircleFactory(topic__programme=fay.programme, starts_at=STARTS + number * DAY)

    first, second = client.get("/circles/"), client.get("/circles/?page=2")

    assert [len(found("cascade-circles__entry", page)) for page in (first, second)] == [25, 1]
    assert "?page=2" in found('href="(.*?)"', first)


@pytest.mark.parametrize(
    "address", ["/circles/", "/circles/?view=month&month=2026-11", "/circles/calendar.ics"]
)
def test_the_calendar_keeps_its_number_of_queries(client, address, django_assert_num_queries):
    fay = world.lead()
    factories.CircleFactory(topic__programme=fay.programme, starts_at=STARTS)
    with django_assert_num_queries(5 if address == "/circles/" else 4):
        client.get(address)
    for number in range(3):
        circle = factories.CircleFactory(
            topic__programme=fay.programme,
            starts_at=STARTS + number * DAY,
            ics=factories.IntegratedCareSystemFactory(),
        )
        factories.BookingFactory(circle=circle)

    with django_assert_num_queries(5 if address == "/circles/" else 4):
        client.get(address)


def test_the_address_to_subscribe_to_gives_a_calendar_to_anybody(client, circle):
    response = client.get("/circles/calendar.ics?where=online")

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = icalendar.Calendar.from_ical(response.content.decode())
    assert (calendar["x-wr-calname"], len(calendar.walk("VEVENT"))) == ("Circles: online", 1)
    assert "meet.example.org" not in response.content.decode()


# A circle and its booking.


def test_the_page_of_a_circle_says_everything_but_who_leads_it_and_the_link(client, circle):
    page = read(client.get(f"/circles/{circle.reference}/"))

    assert "Tuesday 3 November 2026, 9am to 11am" in page
    assert "A circle has 1 to 2 people. This one is led by 1 trained facilitator." in page
    assert "2 places are free." in page
    assert "Bring tea ." in page
    assert [name in page for name in ("Fay", "meet.example.org")] == [False, False]


def test_booking_gives_a_place_and_says_no_more_than_that_a_mail_came(client, circle, kent):
    response = client.post(f"/circles/{circle.reference}/", form(), follow=True)

    row = Booking.objects.get()
    assert (row.name, row.email, row.ics, row.sector, row.state) == (
        "Parveen Participant",
        "parveen@example.org",
        kent,
        "charity",
        "booked",
    )
    assert response.redirect_chain == [(f"/circles/{circle.reference}/booked/", 302)]
    assert "Check your email" in read(response)
    assert row.history.first().history_change_reason == "Somebody, by a public page or an emailed link"


def test_a_second_booking_reveals_nothing(client, circle, at_noon):
    first = client.post(f"/circles/{circle.reference}/", form(), follow=True)
    at_noon.shift(600)
    second = client.post(f"/circles/{circle.reference}/", form(name="Somebody Else"), follow=True)

    assert read(first) == read(second)
    assert Booking.objects.count() == 1
    assert list(Message.objects.order_by("pk").values_list("event", flat=True)) == [
        "booking_confirmed",
        "booking_again",
    ]


def test_a_full_circle_offers_the_waiting_list(client, circle):
    book(circle, 1, 2, 3)

    page = read(client.get(f"/circles/{circle.reference}/"))
    client.post(f"/circles/{circle.reference}/", form())

    assert "This circle is full and 1 person waits. You can join the waiting list." in page
    assert Booking.objects.get(name="Parveen Participant").state == "waiting"


def test_what_is_missing_is_said_and_what_was_typed_is_kept(client, circle):
    response = client.post(f"/circles/{circle.reference}/", form(email="", organisation_name="", sector=""))

    assert errors(response) == [
        "Enter your work email address",
        "Enter the name of your organisation",
        "Choose what kind of organisation it is",
    ]
    assert 'value="Parveen Participant"' in response.content.decode()
    assert Booking.objects.count() == 0


def test_a_circle_of_one_ics_refuses_others_with_a_sentence(client, kent):
    sussex = factories.IntegratedCareSystemFactory(name="NHS Sussex Integrated Care Board", code="QNX")
    circle = world.circle(world.lead(), ics=sussex, only_for_ics=True)

    response = client.post(f"/circles/{circle.reference}/", form())

    assert errors(response) == [
        "This circle is for staff of Sussex only. Choose Kent and Medway in the calendar of circles to find those "
        "you can come to."
    ]
    assert Booking.objects.count() == 0


def test_a_circle_that_is_over_or_cancelled_cannot_be_booked(client, circle, at_noon):
    at_noon.move_to(STARTS)
    over = read(client.get(f"/circles/{circle.reference}/"))
    posted = client.post(f"/circles/{circle.reference}/", form())
    circles.cancel(circle.pk, reason="Flooded.", by="Fay", now=NOW)
    cancelled = read(client.get(f"/circles/{circle.reference}/"))

    assert "This circle began at 9am on 3 November 2026." in over
    assert "This circle began at 9am on 3 November 2026. Look for another one in the calendar." in errors(
        posted
    )
    assert "This circle is cancelled: Flooded." in cancelled
    assert Booking.objects.count() == 0


@pytest.mark.parametrize("state", ["draft", "unpublished"])
def test_a_draft_and_an_unpublished_programme_are_not_there(client, state):
    circle = factories.CircleFactory(
        state="draft" if state == "draft" else "planned", topic__programme__published=state == "draft"
    )

    answers = [client.get(f"/circles/{circle.reference}/{end}").status_code for end in ("", "booked/")]

    assert answers == [404, 404]


# The booking behind its link.


def test_a_booking_shows_place_link_and_calendar_and_is_cancelled_by_a_button(client, circle):
    first, _, third = book(circle, 1, 2, 3)
    address = f"/booking/{token_of(first)}/"

    page = client.get(address)
    asked = read(client.get(f"{address}cancel/"))
    file = icalendar.Calendar.from_ical(client.get(f"{address}circle.ics").content.decode())
    before = Booking.objects.get(pk=first.pk).state
    after = client.post(f"{address}cancel/", {"sure": "on"}, follow=True)

    assert "You have a place." in read(page)
    assert "https://meet.example.org/circle" in found('href="(.*?)"', page)
    assert "Do you want to cancel your booking?" in asked
    assert file.walk("VEVENT")[0]["status"] == "CONFIRMED"
    assert before == "booked"
    assert "Your booking is cancelled. We have sent you an email about it." in read(after)
    assert Booking.objects.get(pk=third.pk).state == "booked"


def test_who_waits_sees_the_position_and_no_link(client, circle):
    *_, fourth = book(circle, 1, 2, 3, 4)
    address = f"/booking/{token_of(fourth)}/"

    page = read(client.get(address))

    assert "You are 2nd on the waiting list." in page
    assert "meet.example.org" not in client.get(address).content.decode()
    assert client.get(f"{address}circle.ics").status_code == 404


def test_a_place_freed_in_the_last_hours_is_taken_by_a_button(client, circle, at_noon):
    first, _, third = book(circle, 1, 2, 3)
    address = f"/booking/{token_of(third)}/"
    refused = client.post(address, {"sure": "on"}, follow=True)
    at_noon.move_to(STARTS - datetime.timedelta(hours=1))
    bookings.cancel(first.pk, now=STARTS - datetime.timedelta(hours=1))

    offered = read(client.get(address))
    taken = client.post(address, {"sure": "on"}, follow=True)

    assert "No place is free." in read(refused)
    assert "Take the place" in offered
    assert "You have a place. We have sent you an email with the details." in read(taken)


def test_a_booking_of_a_circle_that_is_over_or_cancelled_says_so(client, circle, at_noon):
    [row] = book(circle, 1)
    address = f"/booking/{token_of(row)}/"
    at_noon.move_to(STARTS)
    over = read(client.get(address))
    refused = client.post(f"{address}cancel/", {"sure": "on"}, follow=True)
    circles.cancel(circle.pk, reason="Flooded.", by="Fay", now=NOW)

    assert "This circle has begun or is over." in over
    assert "the booking can no longer be cancelled" in read(refused)
    assert "This circle is cancelled: Flooded." in read(client.get(address))


def test_a_dead_link_offers_a_fresh_one(client, circle, at_noon):
    [row] = book(circle, 1)
    token = token_of(row)
    links.revoke(Link.Opens.BOOKING, row.pk, now=NOW)
    at_noon.shift(600)

    answers = [client.get(f"/booking/{one}/{end}") for one in (token, "nonsense") for end in ("", "cancel/")]
    client.post(reverse("link_fresh", args=["booking", token]))

    assert [answer.status_code for answer in answers] == [410] * 4
    assert Message.objects.get(event="booking_again").to_address == "person1@example.org"


def test_links_are_asked_for_again_by_the_address(client, circle, at_noon):
    book(circle, 1)
    at_noon.shift(600)

    client.post(reverse("link_again"), {"email": "person1@example.org"})

    assert Message.objects.get(event="booking_again").about == f"booking:{Booking.objects.get().pk}"


def test_looking_changes_nothing_and_head_opens_no_booking(circle):
    [row] = book(circle, 1)
    address = f"/booking/{token_of(row)}/"
    before = list(Booking.objects.values())

    answers = [Client().head(f"{address}{end}").status_code for end in ("", "cancel/", "circle.ics")]

    assert answers == [405] * 3
    assert list(Booking.objects.values()) == before
