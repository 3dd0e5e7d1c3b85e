"""A facilitator's series of circles, from the first date to the delivery that counts; and its pages at every width."""

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Page, expect

from facilitators.models import Booking, Circle, Delivery
from programmes.domain import links, outbox
from programmes.models import Link
from tests import factories
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.visits import look_everywhere
from tests.facilitators import circle_world as world
from tests.facilitators.circle_world import STARTS
from tests.facilitators.delivering import logged
from tests.factories import NOW
from tests.scenarios import reviewer_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    """The portal's clock goes on from the scenarios' noon, until it is moved."""
    with time_machine.travel(NOW) as traveller:
        yield traveller


def press(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).click()


def follow(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.locator("main a", has_text=name).first.click()


def book(page: Page, circle: Circle, name: str, address: str) -> None:
    """Find the circle in the calendar, and book it."""
    page.goto("/circles/")
    with page.expect_navigation():
        page.locator(f"a[href='/circles/{circle.reference}/']").click()
    page.get_by_label("Full name").fill(name)
    page.get_by_label("Work email address").fill(address)
    page.get_by_label("Integrated Care System (ICS)").select_option(index=1)
    page.get_by_label("Name of your organisation").fill("Rother Carers")
    page.get_by_label("Kind of organisation").select_option(label="Charity or community organisation")
    press(
        page, "Join the waiting list" if page.get_by_text("This circle is full").count() else "Book a place"
    )
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()


# A row of the yield: people trained, active facilitators, deliveries, sessions, people reached.
Row = tuple[int, ...]


def read_yield(page: Page) -> dict[str, Row]:
    """What staff read of the yield by ICS: each row of its table by its name, the total with them."""
    page.goto("/staff/facilitators/delivery/yield/")
    page.get_by_label("By", exact=True).select_option(label="ICS")
    press(page, "Show")
    rows = page.get_by_role("region", name="All numbers").locator("tbody tr, tfoot tr").all()
    cells = [row.locator("th, td").all_inner_texts() for row in rows]
    return {name: tuple(map(int, numbers)) for name, *numbers in cells}


def risen(before: dict[str, Row], after: dict[str, Row]) -> dict[str, Row]:
    """By how much each row has risen."""
    assert before.keys() == after.keys()
    return {name: tuple(map(int.__sub__, after[name], before[name])) for name in before}


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_series_booked_out_moves_up_is_held_and_counts_for_both(
    open_page: Any, staff_page: Any, mailbox: Any, axe: Any, clock: Any, scripts: bool
) -> None:
    fay = world.lead()
    fay.facilitator.ics = factories.IntegratedCareSystemFactory(name="Kent")
    fay.facilitator.save()
    surrey = factories.IntegratedCareSystemFactory(name="Surrey")
    glyn = factories.TrainingFactory(
        programme=fay.programme, facilitator__email="glyn@example.org", facilitator__ics=surrey
    )
    una = factories.TrainingFactory(programme=fay.programme, facilitator__ics=surrey)
    logged(una, "2026-10-05", people={"charity": 8}, now=NOW)
    user = reviewer_of(fay.programme)
    before = read_yield(staff_page(user, java_script_enabled=scripts))
    link = links.mint(Link.Opens.FACILITATOR, fay.facilitator_id, sent_to=fay.facilitator.email, now=NOW)
    phone: Page = open_page(**PHONE, java_script_enabled=scripts)
    desk: Page = open_page(**DESKTOP, java_script_enabled=scripts)

    # The series, with a colleague.
    desk.goto(f"/facilitator/{links.token_of(link)}/")
    follow(desk, "Set up a circle")
    desk.get_by_label("Topic").select_option(label="Hybrid working")
    for box, value in (("Day", "3"), ("Month", "11"), ("Year", "2026")):
        desk.get_by_label(box, exact=True).fill(value)
    desk.get_by_label("Begins at").fill("9am")
    desk.get_by_label("Ends at").fill("11am")
    desk.get_by_label("Every week", exact=True).check()
    desk.get_by_label("How many times in all").fill("3")
    desk.get_by_label("Link to join").fill("https://meet.example.org/circle")
    desk.get_by_label("Who leads it with you?").fill("glyn@example.org")
    if scripts:
        look_everywhere(desk, axe)
    press(desk, "Continue")
    expect(desk.get_by_text("Tuesday 17 November 2026")).to_be_visible()
    if scripts:
        look_everywhere(desk, axe)
    press(desk, "Put on the calendar")
    expect(desk.get_by_text("3 circles are on the calendar.")).to_be_visible()
    if scripts:
        look_everywhere(desk, axe)

    # 24 have booked; the 25th and the 26th do it here.
    circle = Circle.objects.order_by("starts_at")[0]
    world.book(circle, *range(1, 25))
    book(phone, circle, "Twenty Five", "person25@example.org")
    book(phone, circle, "Twenty Six", "person26@example.org")
    outbox.send_due()
    waiting = mailbox.latest("person26@example.org")
    assert "You are 1st on the waiting list." in waiting.text

    # One cancels, and the 26th moves up.
    phone.goto(mailbox.latest("person25@example.org").link("/booking/"))
    if scripts:
        look_everywhere(phone, axe)
    follow(phone, "Cancel my booking")
    if scripts:
        look_everywhere(phone, axe)
    phone.get_by_label("I want to cancel my booking").check()
    press(phone, "Cancel my booking")
    expect(
        phone.get_by_text("Your booking is cancelled. We have sent you an email about it.")
    ).to_be_visible()
    assert Booking.objects.get(email="person26@example.org").state == "booked"

    # The register, on a phone.
    clock.move_to(STARTS + datetime.timedelta(hours=2))
    phone.goto(f"/facilitator/{links.token_of(link)}/")
    follow(phone, "Hybrid working")
    follow(phone, "Register")
    phone.get_by_role("group", name="Person 07").get_by_label("Did not come").check()
    press(phone, "Everyone else came")
    expect(
        phone.get_by_text("The register is saved. 25 of 25 people are marked, and 24 came.")
    ).to_be_visible()
    phone.get_by_label("Full name").fill("Wyn Evans")
    phone.get_by_label("Kind of organisation").select_option(label="Hospice")
    press(phone, "Add to the register")
    if scripts:
        look_everywhere(phone, axe)
    press(phone, "Save and finish the register")
    expect(phone.get_by_text("It counts for everybody who led the circle.")).to_be_visible()

    # It counts for both.
    delivery = Delivery.objects.get(circle=circle)
    assert {one.training for one in delivery.credits.all()} == {fay, glyn}
    assert dict(delivery.reached.values_list("sector", "people")) == {"charity": 24, "hospice": 1}

    # The yield has risen by exactly that: one session of 25 people, in the row of each, and once in the total.
    assert before == {"Kent": (1, 0, 0, 0, 0), "Surrey": (2, 1, 1, 1, 8), "Total": (3, 1, 1, 1, 8)}
    assert risen(before, read_yield(staff_page(user, java_script_enabled=scripts))) == {
        "Kent": (0, 1, 1, 1, 25),
        "Surrey": (0, 1, 1, 1, 25),
        "Total": (0, 2, 1, 1, 25),
    }


def test_the_calendar_is_read_at_every_width(open_page: Any, axe: Any) -> None:
    fay = world.lead(circle_minimum=1)
    full = world.circle(fay, minimum=1, maximum=1)
    world.book(full, 1, 2)
    ics = factories.IntegratedCareSystemFactory()
    world.circle(
        fay, starts_at=STARTS + datetime.timedelta(days=8), online=False, place="Guildhall, Lewes", ics=ics
    )

    for device in (PHONE, {"viewport": {"width": 640, "height": 512}}, DESKTOP):
        page: Page = open_page(**device)
        for address in ("/circles/", "/circles/?view=month&month=2026-11", f"/circles/{full.reference}/"):
            page.goto(address)
            look_everywhere(page, axe)

    page.goto(f"/circles/{full.reference}/")
    press(page, "Join the waiting list")
    summary = page.locator(".nhsuk-error-summary")
    expect(summary).to_be_focused()
    summary.get_by_role("link").first.click()
    assert page.evaluate("document.activeElement.name") == "name"
    look_everywhere(page, axe)
