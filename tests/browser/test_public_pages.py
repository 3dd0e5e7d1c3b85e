"""The pages that anyone may open, as shipped, in a real browser: accessible, narrow, and whole without scripts."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from programmes.domain import catalogue
from tests.browser.visits import check_page

pytestmark = pytest.mark.django_db(transaction=True)

Check = Callable[[Page], None]
LSC, ABP = "/programmes/leadership-support-circles/", "/programmes/active-bystander/"
PAGES = [
    "/",
    LSC,
    ABP,
    f"{LSC}nominations/",
    f"{LSC}eligibility/",
    f"{ABP}eligibility/",
    f"{LSC}eligibility/?again=expired",
    f"{LSC}check-your-email/",
    "/accessibility/",
    "/privacy/",
    "/accessibility/llr-academy/",
    "/privacy/llr-academy/",
]
# A phone's page at 200 per cent, or a desktop's at 400: what WCAG 2.2 asks for under "Reflow".
NARROW: dict[str, Any] = {"viewport": {"width": 320, "height": 640}}


@pytest.fixture(autouse=True)
def _programmes(portal: str) -> None:
    """Given: the programmes that the portal ships with, open today."""
    catalogue.load_for_demo(today=timezone.localdate())


def answer(page: Page, address: str, yes: bool) -> None:
    page.goto(f"{address}eligibility/")
    page.get_by_label("A qualification in coaching" if yes else "None of these").check()
    for box in page.get_by_label("Yes" if yes else "No", exact=True).all():
        box.check()
    page.get_by_role("button", name="Continue").click()


def test_every_public_page_is_accessible(page: Page, axe: Check) -> None:
    for address in PAGES:
        page.goto(address)

        check_page(page)
        axe(page)


def test_every_public_page_reflows(open_page: Callable[..., Page]) -> None:
    page = open_page(**NARROW)

    for address in PAGES:
        page.goto(address)

        check_page(page)


def test_everything_folded_is_accessible_when_it_is_opened(page: Page, axe: Check) -> None:
    page.goto(ABP)

    page.evaluate("document.querySelectorAll('details').forEach(element => element.open = true)")

    expect(page.get_by_text("Active Bystander trainer", exact=True)).to_be_visible()
    axe(page)


def test_unanswered_questions_take_the_focus_and_their_links_land_on_them(page: Page, axe: Check) -> None:
    page.goto(f"{LSC}eligibility/")

    page.get_by_role("button", name="Continue").click()

    expect(page).to_have_title("Error: Check if you can apply: Leadership Support Circles - Cascade")
    summary = page.locator(".nhsuk-error-summary")
    expect(summary).to_be_focused()
    axe(page)
    landed = []
    for link in summary.get_by_role("link").all():
        link.click()
        landed.append(page.evaluate("document.activeElement.name"))
    assert landed == ["facilitation", "knowledge", "online-groups", "sensitive-settings"]


def test_who_cannot_apply_reads_why_on_an_accessible_page(page: Page, axe: Check) -> None:
    answer(page, LSC, yes=False)

    expect(page.get_by_role("heading", level=1)).to_contain_text("You cannot apply yet")
    assert len(page.get_by_text("You need this to take part.").all()) == 4
    check_page(page)
    axe(page)


def test_a_wrong_address_is_said_on_an_accessible_page(page: Page, axe: Check) -> None:
    answer(page, LSC, yes=True)
    axe(page)

    page.get_by_label("Work email address").fill("sam at example.org")
    page.get_by_role("button", name="Send me the link").click()

    expect(page).to_have_title("Error: You can apply: Leadership Support Circles - Cascade")
    expect(page.get_by_label("Work email address")).to_have_value("sam at example.org")
    axe(page)


def test_the_gate_is_whole_without_javascript(page_without_javascript: Page) -> None:
    page = page_without_javascript
    page.goto("/")
    page.get_by_role("link", name="Leadership Support Circles").click()
    page.get_by_text("Who joins a circle?").click()
    expect(page.get_by_text("A circle has between 6 and 25")).to_be_visible()
    page.get_by_text("Which systems these are").click()
    expect(page.get_by_text("Kent and Medway", exact=True)).to_be_visible()

    answer(page, LSC, yes=True)
    page.get_by_label("Work email address").fill("sam@example.org")
    page.get_by_role("button", name="Send me the link").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Check your email")


def test_the_facts_stay_in_sight_while_a_programme_is_read(page: Page) -> None:
    page.goto(LSC)

    page.get_by_role("link", name="Questions and answers").click()

    expect(page.get_by_role("heading", name="At a glance")).to_be_in_viewport()
