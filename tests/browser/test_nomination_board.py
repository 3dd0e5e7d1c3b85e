"""A lead at the nomination board of an ICS, from the mail to the confirmed order; and the board at a desk."""

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from applications.domain import nomination_board, nomination_leads
from tests import factories, scenarios
from tests.browser.conftest import DESKTOP
from tests.browser.visits import look_everywhere
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = ("Ada Adams", "Bea Brown", "Cleo Carter", "Dora Davies", "Ella Evans", "Fay Foster", "Gwen Green")


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    """The portal's clock goes on from the scenarios' noon."""
    with time_machine.travel(NOW):
        yield


@pytest.fixture
def allowance() -> Any:
    """Five of one ICS nominated, and two in reserve."""
    programme = factories.ProgrammeFactory(title="Leadership Support Circles", limited=True)
    ics = factories.IntegratedCareSystemFactory(name="NHS Kent and Medway Integrated Care Board")
    for number, name in enumerate(NAMES):
        scenarios.submitted(
            programme, ics=ics, name=name, now=NOW - datetime.timedelta(minutes=len(NAMES) - number)
        )
    return programme.allowances.get()


def names(allowance: Any) -> list[str]:
    board = nomination_board.read(allowance.pk, now=timezone.now())
    return [one.application.name.split()[0] for one in (*board.nominated, *board.reserve)]


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_lead_puts_in_order_swaps_notes_and_confirms(
    open_page: Any, mailbox: Any, axe: Any, allowance: Any, scripts: bool
) -> None:
    user = scenarios.reviewer_of(allowance.programme)
    nomination_leads.invite(
        allowance.pk, name="Lee Lead", email="lee@example.org", user=user, now=timezone.now()
    )
    page = open_page(**DESKTOP, java_script_enabled=scripts)
    mail = mailbox.latest("lee@example.org")
    assert mail.subject == "The nominations of Kent and Medway for Leadership Support Circles"

    page.goto(mail.link("/board/"))
    expect(page.get_by_text("5 of 5 nominations used")).to_be_visible()
    if scripts:
        look_everywhere(page, axe)

    # Without a name nothing is changed; the summary leads to the box.
    press(page, "Move up Bea Brown")
    assert names(allowance)[:2] == ["Ada", "Bea"]
    page.locator(".nhsuk-error-summary").get_by_role("link").click()
    if scripts:
        look_everywhere(page, axe)
    page.get_by_label("Your full name").fill("Lee Lead")
    press(page, "Move up Bea Brown")
    expect(page.get_by_text("The order is saved. Bea Brown from 2nd to 1st")).to_be_visible()

    # By number, and with the key that sends a form.
    page.get_by_label("Place of Gwen Green in reserve").fill("1")
    with page.expect_navigation():
        page.get_by_label("Place of Gwen Green in reserve").press("Enter")
    assert names(allowance) == ["Bea", "Ada", "Cleo", "Dora", "Ella", "Gwen", "Fay"]

    page.get_by_role("button", name="Swap 2 people").click()
    page.get_by_role("group", name="Who goes into reserve?").get_by_label("3. Cleo Carter").check()
    page.get_by_role("group", name="Who is nominated instead?").get_by_label("1. Gwen Green").check()
    if scripts:
        look_everywhere(page, axe)
    press(page, "Swap them")
    expect(page.get_by_text("Gwen Green is nominated, and Cleo Carter is in reserve.")).to_be_visible()
    assert names(allowance) == ["Bea", "Ada", "Gwen", "Dora", "Ella", "Cleo", "Fay"]

    page.get_by_role("button", name="Leave a note").click()
    page.get_by_label("Who is it about?").select_option(label="Bea Brown")
    page.get_by_label("Your note").fill("Has led 12 circles.")
    if scripts:
        look_everywhere(page, axe)
    press(page, "Keep the note")

    page.get_by_role("button", name="Confirm the order").click()
    expect(page.get_by_label("Your full name")).to_have_value("")
    if scripts:
        look_everywhere(page, axe)
    page.get_by_label("Your full name").fill("Lee Lead")
    press(page, "Confirm the order")
    expect(page.get_by_text("The order was confirmed by Lee Lead at")).to_be_visible()
    if scripts:
        look_everywhere(page, axe)


def test_a_lead_whose_page_is_out_of_date_sees_how_it_is_now(
    phone: Page, mailbox: Any, axe: Any, allowance: Any
) -> None:
    user = scenarios.reviewer_of(allowance.programme)
    nomination_leads.invite(
        allowance.pk, name="Lee Lead", email="lee@example.org", user=user, now=timezone.now()
    )
    phone.goto(mailbox.latest("lee@example.org").link("/board/"))
    scenarios.withdrawn(allowance.programme.applications.get(name="Ada Adams"), now=timezone.now())
    phone.get_by_label("Your full name").fill("Lee Lead")

    press(phone, "Move down Cleo Carter")

    summary = phone.locator(".nhsuk-error-summary")
    expect(summary).to_contain_text("Somebody else has changed this page meanwhile")
    expect(phone.get_by_role("heading", name="5. Fay Foster")).to_be_visible()
    expect(phone.get_by_label("Your full name")).to_have_value("Lee Lead")
    look_everywhere(phone, axe)
    press(phone, "Move up Cleo Carter")
    assert names(allowance) == ["Cleo", "Bea", "Dora", "Ella", "Fay", "Gwen"]


def test_a_closed_link_and_a_closed_board(phone: Page, mailbox: Any, axe: Any, allowance: Any) -> None:
    user = scenarios.reviewer_of(allowance.programme)
    lead = nomination_leads.invite(
        allowance.pk, name="Lee Lead", email="lee@example.org", user=user, now=timezone.now()
    )
    link = mailbox.latest("lee@example.org").link("/board/")
    programme = allowance.programme
    programme.closes_at = timezone.now()
    programme.save()

    phone.goto(link)
    expect(phone.get_by_text("Nominations could be changed until")).to_be_visible()
    look_everywhere(phone, axe)
    nomination_leads.revoke(lead.pk, user=user, now=timezone.now())
    phone.goto(link)

    expect(phone.get_by_role("heading", name="This link no longer works")).to_be_visible()


def test_the_board_at_a_reviewers_desk(open_page: Any, portal: str, axe: Any, allowance: Any) -> None:
    user = scenarios.administrator_of(allowance.programme)
    lead = nomination_leads.invite(
        allowance.pk, name="Lee Lead", email="lee@example.org", user=user, now=timezone.now()
    )
    client = Client()
    client.force_login(user)
    page = open_page(**DESKTOP)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": portal}])

    for name, arguments in (
        ("changelist", []),
        ("add", []),
        ("change", [allowance.pk]),
        ("swap", [allowance.pk]),
        ("note", [allowance.pk]),
        ("confirm", [allowance.pk]),
        ("deadline", [allowance.pk]),
        ("lead", [allowance.pk]),
        ("lead_again", [allowance.pk, lead.pk]),
        ("lead_close", [allowance.pk, lead.pk]),
    ):
        page.goto(reverse(f"admin:applications_nominationboard_{name}", args=arguments))
        look_everywhere(page, axe)
    page.goto(reverse("admin:applications_nominationboard_change", args=[allowance.pk]))
    press(page, "Move up Bea Brown")

    expect(
        page.get_by_text("The order is saved. Bea Brown from 2nd to 1st of those nominated.")
    ).to_be_visible()
    assert names(allowance)[:2] == ["Bea", "Ada"]
