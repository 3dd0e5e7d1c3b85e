"""Circles by a facilitator's link: set up as a series, changed, cancelled, decided on, and their register."""

import datetime
import re

import pytest
import time_machine

from facilitators.domain.calendar import circle_register, circles
from facilitators.models import Booking, Circle, Delivery
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
def fay(db):
    return world.lead(circle_minimum=1)


@pytest.fixture
def glyn(fay):
    return factories.TrainingFactory(
        programme=fay.programme, facilitator__name="Glyn", facilitator__email="glyn@example.org"
    )


def home(training):
    link = links.mint(
        Link.Opens.FACILITATOR, training.facilitator_id, sent_to=training.facilitator.email, now=NOW
    )
    return f"/facilitator/{links.token_of(link)}/"


def form(training, **other):
    return {
        "topic": str(training.programme.topics.first().pk),
        "day_day": "3",
        "day_month": "11",
        "day_year": "2026",
        "starts": "9:30am",
        "ends": "11",
        "every": "once",
        "times": "",
        "where": "online",
        "joining_link": "https://meet.example.org/circle",
        "ics": "",
        "minimum": "6",
        "maximum": "25",
        "lead_1": "",
        "details": "",
    } | other


def hidden(response):
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', response.content.decode())
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def test_a_series_is_previewed_with_what_is_worth_knowing_and_then_set_up(client, fay, glyn):
    address = f"{home(fay)}set-up/{fay.programme.slug}/"
    typed = form(fay, day_month="December", day_day="11", every="week", times="3", lead_1="GLYN@example.org")

    preview = client.post(address, typed)
    nothing = Circle.objects.count()
    changed = client.post(address, hidden(preview) | {"change": "1"})
    done = client.post(address, hidden(preview) | {"confirmed": "1"}, follow=True)

    assert "3 circles: Hybrid working" in read(preview)
    assert "Friday 18 December 2026 , 9:30am to 11am" in read(preview)
    assert "Friday 25 December 2026 is a bank holiday." in read(preview)
    assert nothing == 0
    assert 'value="9:30am"' in changed.content.decode()
    assert "3 circles are on the calendar." in read(done)
    assert [circle.starts_at.day for circle in Circle.objects.order_by("starts_at")] == [11, 18, 25]
    assert circles.leading(Circle.objects.first()) == [fay, glyn]
    assert Message.objects.filter(event="leading").count() == 1


def test_what_cannot_be_is_said_and_kept(client, fay):
    address = f"{home(fay)}set-up/{fay.programme.slug}/"
    wrong = form(
        fay,
        starts="25:00",
        ends="noon",
        joining_link="meet",
        only_for_ics="on",
        every="month",
        lead_1="no@example.org",
    )

    response = client.post(address, wrong)
    past = client.post(address, form(fay, day_year="2025"))
    backwards = client.post(address, form(fay, starts="2pm", ends="12am"))

    assert errors(response) == [
        "Enter a time, like 9:30am or 14:00",
        "Enter a time, like 9:30am or 14:00",
        "Enter how many times the circle is held",
        "Enter the whole link, with https://",
        "Choose the ICS whose staff can book",
        "No facilitator of this programme has this address: check it",
    ]
    assert errors(past) == ["A circle cannot begin in the past: 9:30am on 3 November 2025 is over."]
    assert errors(backwards) == ["The end must be after the beginning"]
    assert Circle.objects.count() == 0


@pytest.mark.parametrize("time", ["13pm", "0am", "9:75", ""])
def test_times_that_are_none(client, fay, time):
    response = client.post(f"{home(fay)}set-up/{fay.programme.slug}/", form(fay, starts=time))

    assert errors(response) == [
        "Enter a time, like 9:30am or 14:00" if time else "Enter when the circle starts"
    ]


def test_the_own_page_lists_circles_and_only_who_leads_opens_them(client, fay, glyn):
    circle = world.circle(fay)
    held = world.circle(fay, starts_at=NOW + DAY)
    Circle.objects.filter(pk=held.pk).update(starts_at=NOW - DAY, ends_at=NOW - DAY + DAY / 24)
    address = home(fay)

    page = client.get(address)
    own = client.get(f"{address}circles/{circle.reference}/")

    assert "To come Hybrid working , Tuesday 3 November 2026, 9am to 11am, Online" in read(page)
    assert "The register is to be finished Hybrid working , Sunday 4 October 2026" in read(page)
    assert "0 of 25 places taken" in read(own)
    for other in (
        f"{home(glyn)}circles/{circle.reference}/",
        f"{address}circles/NONE/",
        f"{address}set-up/none/",
    ):
        assert client.get(other).status_code == 404


def test_a_circle_is_changed_with_what_is_worth_knowing(client, fay, glyn):
    circle = world.circle(fay, glyn)
    book(circle, 1)
    address = f"{home(fay)}circles/{circle.reference}/change/"

    shown = client.get(address).content.decode()
    done = client.post(
        address,
        form(fay, day_day="8", where="in-person", place="Guildhall, Lewes", postcode="bn7 2xx"),
        follow=True,
    )
    refused = client.post(address, form(fay, maximum="0"))

    assert ('value="glyn@example.org"' in shown, 'value="09:00"' in shown, "comes round?" in shown) == (
        True,
        True,
        False,
    )
    assert "The circle is changed." in read(done)
    assert "Worth knowing: Sunday 8 November 2026 is a weekend." in read(done)
    circle.refresh_from_db()
    assert (circle.place, circle.postcode, circle.online, circles.leading(circle)) == (
        "Guildhall, Lewes",
        "BN7 2XX",
        False,
        [fay],
    )
    assert Message.objects.get(event="circle_changed").to_address == "person1@example.org"
    assert errors(refused) == ["Most people must be 1 or more"]


def test_a_change_that_is_refused_is_said(client, fay):
    circle = world.circle(fay)
    world.circle(fay, starts_at=STARTS + DAY)

    response = client.post(f"{home(fay)}circles/{circle.reference}/change/", form(fay, day_day="4"))

    assert "leads another circle at that time" in errors(response)[0]


def test_a_circle_is_cancelled_with_a_reason(client, fay):
    circle = world.circle(fay)
    book(circle, 1)
    address = f"{home(fay)}circles/{circle.reference}/"

    asked = read(client.get(f"{address}cancel/"))
    missing = client.post(f"{address}cancel/", {"reason": " "})
    done = client.post(f"{address}cancel/", {"reason": "Flooded."}, follow=True)
    again = client.post(f"{address}cancel/", {"reason": "Flooded."})

    assert "Everybody who has a place or waits is told by email, with the reason." in asked
    assert errors(missing) == ["Say why the circle is cancelled: everybody who booked is told"]
    assert "This circle is cancelled: Flooded." in read(done)
    assert errors(again) == ["This circle is “cancelled” already."]
    assert Message.objects.get(event="circle_cancelled").context["said"] == "Flooded."


def test_too_few_can_go_ahead_by_a_button_and_not_by_looking(client, fay):
    circle = world.circle(fay, minimum=6)
    address = f"{home(fay)}circles/{circle.reference}/"

    page = read(client.get(address))
    asked = read(client.get(f"{address}go-ahead/"))
    before = Circle.objects.get().goes_ahead_at
    done = read(client.post(f"{address}go-ahead/", {"sure": "on"}, follow=True))
    circles.cancel(circle.pk, reason="Ill.", by="Fay", now=NOW)
    late = read(client.post(f"{address}go-ahead/", {"sure": "on"}, follow=True))

    assert "0 people have booked, and it needs 6 people." in page
    assert "More people can still book until it begins." in asked
    assert before is None
    assert ("The circle goes ahead." in done, "You said that it goes ahead." in done) == (True, True)
    assert "it can no longer be changed" in late


def test_the_own_page_says_that_few_have_booked(client, fay):
    circle = world.circle(fay, minimum=6)
    Circle.objects.update(asked_at=NOW)

    before = read(client.get(home(fay)))
    circles.go_ahead(circle.pk, now=NOW)

    assert "Few have booked: decide" in before
    assert "Few have booked" not in read(client.get(home(fay)))


# The register.


@pytest.fixture
def register(fay, glyn, at_noon):
    circle = world.circle(fay, glyn, minimum=1)
    book(circle, 1, 2, 3)
    at_noon.move_to(STARTS + DAY / 24)
    return circle


def sent(circle, said, seen=None, **buttons):
    rows = circle_register.roster(circle)
    data = {f"seen-{row.pk}": (seen or {}).get(row.name[-1], "") for row in rows}
    return data | {f"mark-{row.pk}": said[row.name[-1]] for row in rows if row.name[-1] in said} | buttons


def test_the_register_is_taken_added_to_and_finished(client, fay, register):
    address = f"{home(fay)}circles/{register.reference}/register/"

    shown = read(client.get(address))
    early = client.post(address, sent(register, {"1": "came"}, finish="1"))
    saved = client.post(address, sent(register, {"2": "did-not"}, {"1": "came"}, everyone="1"), follow=True)
    added = client.post(address, {"walk-in-name": "Wyn", "walk-in-sector": "icb", "add": "1"}, follow=True)
    done = client.post(
        address,
        sent(register, {}, {"1": "came", "2": "did-not", "3": "came", "n": "came"}, finish="1"),
        follow=True,
    )

    assert "0 of 3 people are marked, and 0 came." in shown
    assert errors(early) == ["2 people are not marked: mark everybody, then finish."]
    assert "The register is saved. 3 of 3 people are marked, and 2 came." in read(saved)
    assert "Wyn is on the register." in read(added)
    assert "The register is finished. 4 of 4 people are marked, and 3 came." in read(done)
    assert Circle.objects.get().state == "held"
    assert Delivery.objects.get().credits.count() == 2
    assert [row.marked_by for row in Booking.objects.all()] == ["Fay Facilitator"] * 4


def test_two_at_one_register_are_asked_where_they_differ(client, fay, glyn, register):
    ours, theirs = (f"{home(one)}circles/{register.reference}/register/" for one in (fay, glyn))
    client.post(ours, sent(register, {"1": "came"}))

    response = client.post(theirs, sent(register, {"1": "did-not", "2": "came"}))

    assert errors(response) == [
        "Fay Facilitator has marked Person 01 meanwhile: came. You said: did not come. Theirs is kept unless you "
        "choose again."
    ]
    assert list(Booking.objects.order_by("pk").values_list("came", flat=True)) == [True, True, None]


def test_a_walk_in_without_a_name_or_who_has_booked_is_said(client, fay, register):
    address = f"{home(fay)}circles/{register.reference}/register/"

    missing = client.post(address, {"walk-in-name": "", "walk-in-sector": "", "add": "1"})
    booked = client.post(address, {"walk-in-name": "Person 01", "walk-in-sector": "icb", "add": "1"})

    assert errors(missing) == ["Enter the name of who came", "Choose what kind of organisation they work for"]
    assert errors(booked) == ["Person 01 has booked: mark them on the register."]


def test_before_its_day_the_register_says_so(client, fay, register, at_noon):
    at_noon.move_to(NOW)
    address = f"{home(fay)}circles/{register.reference}/register/"

    assert "its register can be marked from that day on" in read(client.get(address))


def test_a_corrected_register_says_that_it_counts(client, fay, register):
    address = f"{home(fay)}circles/{register.reference}/register/"
    client.post(address, sent(register, {}, everyone="1", finish="1"))

    shown = read(client.get(address))
    client.post(address, sent(register, {"1": "did-not"}, {"1": "came", "2": "came", "3": "came"}))

    assert "What you change here changes what is counted." in shown
    assert Delivery.objects.get().reached.get().people == 2
