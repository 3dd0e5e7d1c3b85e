"""Cover, asked for by one who leads a circle: found, and not found. All by the links of the mails."""

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from playwright.sync_api import Page, expect

from facilitators import tasks
from programmes.domain import links, outbox
from programmes.models import Link, Role
from tests import factories
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_circles import follow, press
from tests.browser.visits import look_everywhere
from tests.facilitators import circle_world as world
from tests.facilitators.covering import asker, colleague, home, leading, led_circle
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    """The portal's clock goes on from the scenarios' noon, until it is moved."""
    with time_machine.travel(NOW) as traveller:
        yield traveller


def ask_for_cover(page: Page, circle: Any, axe: Any = None) -> None:
    """From one's own page to the request; with ``axe`` each page is looked at."""
    facilitator = asker(circle).facilitator
    link = links.mint(Link.Opens.FACILITATOR, facilitator.pk, sent_to=facilitator.email, now=NOW)
    page.goto(f"/facilitator/{links.token_of(link)}/")
    follow(page, "Hybrid working")
    with page.expect_navigation():
        page.get_by_role("button", name="Ask for cover").click()
    if axe:
        look_everywhere(page, axe)
    page.get_by_label("Why can you not come?").fill("A funeral")
    page.get_by_label("I cannot come, and want others to be asked").check()
    press(page, "Ask for cover")
    expect(page.get_by_text("You asked for cover. 2 facilitators were asked so far.")).to_be_visible()
    if axe:
        look_everywhere(page, axe)
    outbox.send_due()


@pytest.fixture
def circle() -> Any:
    made = led_circle()
    for name in ("Near Neighbour", "Nell Next"):
        colleague(made, name, ics=home(made))
    world.book(made, 1)
    return made


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_cover_asked_and_found(open_page: Any, mailbox: Any, axe: Any, circle: Any, scripts: bool) -> None:
    desk: Page = open_page(**DESKTOP, java_script_enabled=scripts)
    first: Page = open_page(**PHONE, java_script_enabled=scripts)
    second: Page = open_page(**PHONE, java_script_enabled=scripts)
    looks = axe if scripts else None
    ask_for_cover(desk, circle, looks)

    # Both open the question at the same time; one is sooner.
    for page, address in ((first, "near@example.org"), (second, "nell@example.org")):
        page.goto(mailbox.latest(address).link("/cover/"))
        expect(page.get_by_role("heading", name="Can you lead this circle?")).to_be_visible()
    if looks:
        look_everywhere(first, looks)
    first.get_by_label("I can lead it").check()
    press(first, "Send your answer")
    expect(first.get_by_text("Thank you. You lead this circle.")).to_be_visible()
    second.get_by_label("I can lead it").check()
    press(second, "Send your answer")
    expect(second.get_by_text("Somebody else was a little sooner")).to_be_visible()
    if looks:
        look_everywhere(second, looks)

    assert leading(circle) == ["Near Neighbour"]
    outbox.send_due()
    told = {mail.to: mail.subject for mail in mailbox}
    assert told["nell@example.org"] == "Cover for Hybrid working, Tuesday 3 November 2026, 9am to 11am"
    assert told["near@example.org"] == "Circles you lead: Hybrid working"
    assert told[asker(circle).facilitator.email] == "Near Neighbour leads Hybrid working in your place"
    # Whoever booked has the confirmation of the booking, and nothing else.
    assert len([mail for mail in mailbox if mail.to == "person1@example.org"]) == 1


def test_cover_asked_and_not_found(open_page: Any, mailbox: Any, axe: Any, clock: Any, circle: Any) -> None:
    colleague(circle, "Cora Colead", ics=None)
    lead = circle.leads.create(
        training=world.Training.objects.get(facilitator__name="Cora Colead"), added_at=NOW
    )
    desk: Page = open_page(**DESKTOP)
    phone: Page = open_page(**PHONE)
    ask_for_cover(desk, circle)
    phone.goto(mailbox.latest("near@example.org").link("/cover/"))
    phone.get_by_label("I cannot").check()
    press(phone, "Send your answer")
    expect(phone.get_by_text("Thank you for telling us. You need do nothing more.")).to_be_visible()
    look_everywhere(phone, axe)

    # The time is over, and nobody has said yes.
    clock.move_to(circle.starts_at - datetime.timedelta(hours=48))
    tasks.look_for_cover()
    outbox.send_due()
    academy = mailbox.latest(circle.programme.academy.contact_email)
    assert academy.subject.startswith("Nobody was found to lead Hybrid working")
    assert "2 other facilitators were asked. 1 person has booked" in academy.text
    assert academy.link("/staff/facilitators/coverrequest/")
    assert len([mail for mail in mailbox if mail.to == "person1@example.org"]) == 1

    # The other lead decides, by the mail.
    phone.goto(mailbox.latest(lead.training.facilitator.email).link("/cover/"))
    expect(phone.get_by_text("Nobody was found to lead it instead.")).to_be_visible()
    look_everywhere(phone, axe)
    phone.get_by_label("We lead it without Fay Facilitator").check()
    press(phone, "Lead it without Fay Facilitator")
    expect(phone.get_by_text("The circle is led without your colleague")).to_be_visible()
    assert leading(circle) == ["Cora Colead"]


def test_staff_decide_by_the_mail(
    page: Page, portal: str, mailbox: Any, axe: Any, clock: Any, circle: Any
) -> None:
    ask_for_cover(page, circle)
    clock.move_to(circle.starts_at - datetime.timedelta(hours=48))
    tasks.look_for_cover()
    outbox.send_due()
    client = Client()
    client.force_login(
        factories.AcademyMemberFactory(academy=circle.programme.academy, role=Role.REVIEWER).user
    )
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": portal}])

    address = mailbox.latest(circle.programme.academy.contact_email).link("/staff/")
    for verb in ("extend", "withdraw", "without"):
        page.goto(address.replace("change/", f"do/{verb}/"))
        look_everywhere(page, axe)
    page.goto(f"{portal}/staff/facilitators/coverrequest/")
    look_everywhere(page, axe)
    page.goto(address)
    look_everywhere(page, axe)
    page.get_by_role("link", name="Put somebody in").click()
    look_everywhere(page, axe)
    page.get_by_label("Work email address of the facilitator").fill("nell@example.org")
    press(page, "Put somebody in")
    expect(page.get_by_text("Nell Next leads the circle.")).to_be_visible()

    assert leading(circle) == ["Nell Next"]
