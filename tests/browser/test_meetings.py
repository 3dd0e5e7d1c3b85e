"""Facilitators meet: action learning sets with their dates, and the session in which an ICS plans."""

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Page, expect

from facilitators.domain import commitments
from facilitators.models import Training
from programmes.domain import outbox
from tests import factories
from tests.browser.community import (
    STAFF,
    Look,
    Open,
    colleague,
    decide,
    door,
    facilitator,
    read_again,
    said,
)
from tests.browser.conftest import PHONE
from tests.browser.test_circles import follow, press
from tests.factories import NOW
from tests.scenarios import reviewer_of

pytestmark = pytest.mark.django_db(transaction=True)

DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    """The portal's clock goes on from the scenarios' noon, until it is moved."""
    with time_machine.travel(NOW) as traveller:
        yield traveller


@pytest.fixture
def fay() -> Training:
    return facilitator()


def fill_date(staff: Page, day: datetime.date) -> None:
    """When and where, online."""
    staff.get_by_label("Date").fill(day.isoformat())
    staff.get_by_label("From").fill("10:00")
    staff.get_by_label("Until").fill("12:00")
    staff.get_by_label("Link to join (optional)").fill("https://meet.example.org/set")


def test_an_action_learning_set_is_set_up_and_its_attendance_taken(
    open_page: Open, staff_page: Open, mailbox: Any, look: Look, scripts: bool, clock: Any, fay: Training
) -> None:
    cora = colleague(fay, "Cora Colleague")
    commitments.begin(cora, now=NOW)
    user = reviewer_of(fay.programme)
    staff = staff_page(user, java_script_enabled=scripts)
    phone = open_page(**PHONE, java_script_enabled=scripts)
    first = NOW.date() + 14 * DAY

    # Staff set it up, put two in, and add dates over more than three months.
    staff.goto(f"{STAFF}learningset/")
    look(staff)
    follow(staff, "Add action learning set")
    look(staff)
    press(staff, "Set up")
    assert staff.title().startswith("Error: ")
    look(staff)
    staff.get_by_label("Programme").select_option(label=str(fay.programme))
    staff.get_by_label("Name").fill("Kent, autumn")
    press(staff, "Set up")
    said(staff, "Put its members in, then add its dates.")
    look(staff)
    decide(staff, "Kent, autumn", "Put facilitators in", look)
    staff.get_by_label("Work email addresses").fill("fay@example.org\ncora@example.org")
    press(staff, "Put in")
    said(staff, "2 facilitators are in the set now.")
    warnings = []
    for day in (first, first + 42 * DAY, first + 100 * DAY):
        follow(staff, "Add a date")
        look(staff)
        fill_date(staff, day)
        press(staff, "Add the date")
        warnings.append("less than 3 months" in staff.locator(".messagelist").inner_text())
    assert warnings == [True, True, False]
    look(staff)

    # Its members are told, with a file for their calendar, and find the dates on their own page.
    outbox.send_due()
    mail = mailbox.to("fay@example.org")[0]
    assert "Monday 19 October 2026, 10am to midday, Online: https://meet.example.org/set" in mail.text
    (file,) = mail.attachments.values()
    assert "DTSTART;TZID=Europe/London:20261019T100000" in file
    phone.goto(mail.link("/facilitator/"))
    said(phone, "Action learning set Kent, autumn, Monday 19 October 2026")
    said(phone, "0 of at least 1 session done")
    look(phone)

    # On the day the register is taken: it counts for Fay, who came, and not for Cora.
    clock.move_to(datetime.datetime.combine(first, datetime.time(13), tzinfo=datetime.UTC))
    staff = staff_page(user, java_script_enabled=scripts)
    staff.goto(f"{STAFF}learningset/")
    look(staff)
    decide(staff, "Kent, autumn", "Register: Monday 19 October 2026", look)
    staff.get_by_label("Fay Facilitator").check()
    press(staff, "Save")
    said(staff, "1 person came. It counts for what they owe to attend.")
    kept = {one.facilitator.name: one.commitments.get(kind="attend").met_on for one in (fay, cora)}
    assert kept == {"Fay Facilitator": first, "Cora Colleague": None}
    read_again(phone, door(fay), look)
    expect(
        phone.get_by_text("Attend a session.").locator("xpath=../..").get_by_text("Met", exact=True)
    ).to_be_visible()


def test_an_ics_plans_together_and_reads_what_was_agreed(
    open_page: Open, staff_page: Open, mailbox: Any, look: Look, scripts: bool, clock: Any, fay: Training
) -> None:
    colleague(fay, "Cora Colleague")
    elsewhere = factories.IntegratedCareSystemFactory(name="Surrey")
    stranger = factories.TrainingFactory(programme=fay.programme, facilitator__ics=elsewhere)
    user = reviewer_of(fay.programme)
    staff = staff_page(user, java_script_enabled=scripts)
    phone = open_page(**PHONE, java_script_enabled=scripts)
    day = NOW.date() + 21 * DAY

    # Staff set it up: the facilitators of the ICS are invited, and nobody else.
    staff.goto(f"{STAFF}implementationsession/")
    look(staff)
    follow(staff, "Add implementation session")
    staff.get_by_label("Programme").select_option(label=str(fay.programme))
    staff.get_by_label("ICS").select_option(label="Kent")
    fill_date(staff, day)
    look(staff)
    press(staff, "Set up and invite")
    said(staff, "2 facilitators are invited by mail.")
    outbox.send_due()
    assert sorted(one.to for one in mailbox) == ["cora@example.org", "fay@example.org"]
    mail = mailbox.latest("fay@example.org")
    assert list(mail.attachments) == ["implementation.ics"]

    # Fay answers on her phone.
    phone.goto(mail.link("/implementation/"))
    look(phone)
    phone.get_by_label("I will come").check()
    press(phone, "Send your answer")
    said(phone, "You can change your answer until it begins.")
    look(phone)

    # Who came, the delivery model and the calendar are written down on the day.
    clock.move_to(datetime.datetime.combine(day, datetime.time(15), tzinfo=datetime.UTC))
    staff = staff_page(user, java_script_enabled=scripts)
    staff.goto(f"{STAFF}implementationsession/")
    expect(staff.locator("#result_list .field-coming")).to_have_text("1")
    decide(staff, "Implementation session of Kent", "Register", look)
    staff.get_by_label("Fay Facilitator").check()
    press(staff, "Save")
    said(staff, "1 person came. It counts for what they owe to attend.")
    assert fay.commitments.get(kind="attend").met_on == day
    follow(staff, "What was agreed")
    look(staff)
    staff.get_by_label("Delivery model").fill("Two lead each circle.\n\n- **Online** in winter")
    staff.get_by_label("Calendar").fill("| Month | Who |\n|---|---|\n| January | Fay |")
    press(staff, "Save")
    said(staff, "It stands on the page of Kent.")

    # It stands on the page of the ICS, for staff and for its facilitators.
    topic = factories.TopicFactory(programme=fay.programme, name="Hybrid working")
    factories.CircleFactory(topic=topic, ics=fay.facilitator.ics, starts_at=NOW + 60 * DAY)
    follow(staff, "Page of the ICS")
    look(staff)
    phone.goto(door(fay))
    follow(phone, "Your ICS: Kent")
    look(phone)
    for page in (staff, phone):
        said(page, "Two lead each circle.")
        expect(page.get_by_role("listitem").filter(has_text="Online in winter")).to_be_visible()
        expect(page.get_by_role("cell", name="Fay")).to_be_visible()
        said(page, "2 facilitators")
        said(page, "0 circles held")
        expect(page.get_by_role("link", name="Hybrid working")).to_be_visible()
        expect(page.get_by_text("November 2026")).to_be_visible()
        expect(page.get_by_text("January 2027")).to_be_visible()
    # Not on that of another.
    phone.goto(f"{door(stranger)}ics/")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Surrey")
    expect(phone.get_by_text("Two lead each circle.")).to_have_count(0)
