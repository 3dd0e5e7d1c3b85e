"""Circles, bookings and topics on the staff's pages."""

import datetime

import pytest
import time_machine
from django.urls import reverse

from facilitators.models import Booking, Circle, Delivery, Topic
from programmes.models import Message
from tests import factories
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
def fay(desk):
    training = factories.TrainingFactory(
        programme=desk.programme, facilitator__name="Fay Facilitator", facilitator__email="fay@example.org"
    )
    factories.FacilitationFactory(programme=desk.programme, circle_minimum=1)
    factories.TopicFactory(programme=desk.programme, name="Hybrid working")
    return training


def address(page, *args):
    return reverse(f"admin:facilitators_{page}", args=args)


def form(fay, **other):
    return {
        "topic": str(fay.programme.topics.get().pk),
        "day": "2026-11-03",
        "starts": "9:30",
        "ends": "11:00",
        "every": "once",
        "where": "online",
        "joining_link": "https://meet.example.org/circle",
        "minimum": "6",
        "maximum": "25",
        "lead_1": "fay@example.org",
    } | other


def words(response):
    return " ".join(response.content.decode().split())


def test_staff_set_up_a_series_after_a_look_at_its_dates(reviewer, fay):
    typed = form(fay, every="fortnight", times="2")

    shown = reviewer.post(address("circle_add"), typed)
    nothing = Circle.objects.count()
    changed = reviewer.post(address("circle_add"), typed | {"change": "1"})
    done = reviewer.post(address("circle_add"), typed | {"confirmed": "1"}, follow=True)

    assert "<li>Tuesday 3 November 2026, 09:30 to 11:00</li><li>Tuesday 17 November 2026" in words(shown)
    assert (nothing, 'value="9:30"' in changed.content.decode()) == (0, True)
    assert "2 circles are on the calendar." in words(done)
    assert (
        Circle.objects.first().history.first().history_user.username
        == reviewer.get("/staff/").wsgi_request.user.username
    )
    # Staff set it up: whoever leads it is told.
    assert Message.objects.get(event="leading").to_address == "fay@example.org"


def test_what_is_refused_is_shown_with_what_was_typed(reviewer, fay):
    missing = reviewer.post(address("circle_add"), form(fay, lead_1="", day="x"))
    past = reviewer.post(address("circle_add"), form(fay, day="2025-11-03"))

    assert "Enter the address of a facilitator" in words(missing)
    assert "Enter a date, like 2026-11-03" in words(missing)
    assert "A circle cannot begin in the past" in words(past)
    assert Circle.objects.count() == 0


def test_of_several_programmes_one_is_chosen_and_without_circles_there_is_none(reviewer, desk, fay):
    factories.FacilitationFactory(programme__academy=desk.programme.academy, programme__title="Another")

    choice = words(reviewer.get(address("circle_add")))
    chosen = words(reviewer.get(address("circle_add") + f"?programme={desk.programme.pk}"))
    desk.programme.facilitation.delete()
    type(fay.programme).objects.get(title="Another").facilitation.delete()
    nothing = words(reviewer.get(address("circle_add")))

    assert ("Another" in choice, "Which ICS is it of?" in choice) == (True, False)
    assert "Which ICS is it of?" in chosen
    assert "No programme of yours has circles on the calendar." in nothing


def test_staff_change_let_go_ahead_and_cancel(reviewer, fay):
    circle = world.circle(fay, minimum=6)
    book(circle, 1)

    shown = words(reviewer.get(address("circle_change", circle.pk)))
    changed = reviewer.post(
        address("circle_verb", circle.pk, "change"), form(fay, day="2026-11-08"), follow=True
    )
    ahead = reviewer.post(address("circle_verb", circle.pk, "go-ahead"), {}, follow=True)
    cancelled = reviewer.post(
        address("circle_verb", circle.pk, "cancel"), {"reason": "Flooded."}, follow=True
    )
    again = words(reviewer.get(address("circle_verb", circle.pk, "cancel")))
    over = words(reviewer.get(address("circle_verb", circle.pk, "change")))

    assert ("1 of 25 places taken" in shown, "Person 01" in shown, "Fay Facilitator" in shown) == (
        True,
        True,
        True,
    )
    assert "everybody whom it concerns is told by mail. Sunday 8 November 2026 is a weekend." in words(
        changed
    )
    assert "The circle goes ahead; nobody is asked about it again." in words(ahead)
    assert "The circle is cancelled; everybody who booked is told by mail." in words(cancelled)
    assert "This circle is “cancelled” already." in again
    assert "it can no longer be changed" in over
    assert reviewer.get(f"/staff/facilitators/circle/{circle.pk}/do/nonsense/").status_code == 404


def test_staff_take_the_register_and_correct_it_later(desk, fay, at_noon):
    circle = world.circle(fay)
    [row] = book(circle, 1)
    at_noon.move_to(STARTS + 90 * DAY)
    reviewer = desk.client("reviewer")
    page = address("circle_register", circle.pk)

    reviewer.post(page, {f"seen-{row.pk}": "", f"mark-{row.pk}": "came", "finish": "1"})
    reviewer.post(page, {"walk-in-name": "Wyn", "walk-in-sector": "icb", "add": "1"})
    read_only = words(desk.client("viewer").get(page))
    refused = desk.client("viewer").post(page, {})

    assert Circle.objects.get().state == "held"
    assert sum(Delivery.objects.get().reached.values_list("people", flat=True)) == 2
    assert (
        "2 of 2 people are marked, and 2 came." in read_only,
        "<form method" in read_only.partition("content-main")[2],
    ) == (
        True,
        False,
    )
    assert refused.status_code == 403


def test_staff_cancel_a_booking_and_the_next_moves_up(reviewer, fay):
    circle = world.circle(fay, minimum=1, maximum=1)
    first, second = book(circle, 1, 2)

    shown = words(reviewer.get(address("booking_change", first.pk)))
    done = reviewer.post(address("booking_cancel", first.pk), {}, follow=True)
    again = words(reviewer.get(address("booking_cancel", first.pk)))

    assert "Cancel the booking" in shown
    assert "The booking of Person 01 is cancelled." in words(done)
    assert "This booking is cancelled already." in again
    assert Booking.objects.get(pk=second.pk).state == "booked"


@pytest.mark.parametrize("page", ["circle", "booking", "topic"])
def test_lists_are_filtered_and_keep_their_number_of_queries(reviewer, fay, page, django_assert_num_queries):
    def more(count):
        for number in range(count):
            circle = factories.CircleFactory(
                topic__programme=fay.programme,
                starts_at=STARTS + number * DAY,
                ics=factories.IntegratedCareSystemFactory(),
            )
            factories.BookingFactory(circle=circle, organisation=factories.OrganisationFactory())

    more(1)
    reviewer.get(address(f"{page}_changelist"))
    with django_assert_num_queries(QUERIES[page]):
        reviewer.get(address(f"{page}_changelist"))
    more(3)
    with django_assert_num_queries(QUERIES[page]):
        response = reviewer.get(address(f"{page}_changelist"))

    assert len(response.context["cl"].result_list) == {"circle": 4, "booking": 4, "topic": 5}[page]


QUERIES = {"circle": 8, "booking": 6, "topic": 6}


def test_filters_narrow_circles_and_bookings(reviewer, desk, fay):
    ahead = world.circle(fay)
    over = factories.CircleFactory(topic__programme=desk.programme, starts_at=NOW - DAY)
    [row] = book(ahead, 1)
    other = factories.BookingFactory(circle=over, state="cancelled", seat_number=None)

    def rows(page, **query):
        response = reviewer.get(address(f"{page}_changelist"), query)
        return list(response.context["cl"].result_list)

    assert (rows("circle", when="ahead"), rows("circle", when="over")) == ([ahead], [over])
    assert rows("circle", topic=over.topic.pk) == [over]
    assert rows("booking", state__exact="booked") == [row]
    assert set(rows("booking", programme=desk.programme.pk)) == {row, other}


def test_a_topic_with_circles_stays_and_another_can_go(administrator, desk, fay):
    used = Topic.objects.get()
    world.circle(fay)
    unused = factories.TopicFactory(programme=desk.programme)

    kept = administrator.post(address("topic_delete", used.pk), {"post": "yes"})
    administrator.post(address("topic_delete", unused.pk), {"post": "yes"})

    assert (kept.status_code, list(Topic.objects.all())) == (403, [used])


def test_what_waits_on_staff_is_on_the_home_page(reviewer, fay):
    asked = world.circle(fay, minimum=6)
    Circle.objects.filter(pk=asked.pk).update(asked_at=NOW)
    factories.CircleFactory(topic__programme=fay.programme, starts_at=NOW - 3 * DAY)

    page = words(reviewer.get("/staff/"))

    assert "circle with too few bookings, whose facilitators were asked what to do" in page
    assert "circle whose register is not finished" in page
