"""The form pack, the error pages and the staff's frame in a real browser."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tests.pages.sampler import GOOD

pytestmark = [pytest.mark.urls("tests.pages.sampler"), pytest.mark.django_db(transaction=True)]

Check = Callable[[Page], None]


def send(page: Page) -> None:
    page.get_by_role("button", name="Continue").click()


@pytest.fixture
def staff() -> User:
    return User.objects.create_superuser("staff", "staff@example.org", "long-enough-password")


def sign_in(page: Page) -> None:
    page.goto("/staff/login/")
    page.get_by_label("Username").fill("staff")
    page.get_by_label("Password").fill("long-enough-password")
    page.get_by_role("button", name="Sign in").click()


def test_every_component_is_accessible(page: Page, axe: Check) -> None:
    page.goto("/sampler/")

    axe(page)


def test_every_component_is_accessible_with_its_error(page: Page, axe: Check) -> None:
    page.goto("/sampler/")
    send(page)

    expect(page).to_have_title("Error: About you - Cascade")
    axe(page)


def test_error_summary_takes_the_focus_and_its_links_land_on_the_boxes(page: Page) -> None:
    page.goto("/sampler/")
    send(page)

    summary = page.locator(".nhsuk-error-summary")
    expect(summary).to_be_focused()
    landed = []
    for index in range(summary.get_by_role("link").count()):
        summary.get_by_role("link").nth(index).click()
        landed.append(page.evaluate("document.activeElement.name"))
    assert landed == [
        "name",
        "email",
        "why",
        "ics",
        "cohort",
        "online",
        "experience",
        "start_day",
        "years",
        "order_7",
        "agree",
    ]


@pytest.mark.parametrize("path", ["/sampler/", "/fails/404/", "/fails/503/", "/"])
def test_pages_fit_a_telephone(phone: Page, axe: Check, fits: Check, path: str) -> None:
    phone.goto(path)

    axe(phone)
    fits(phone)


def test_errors_fit_a_telephone(phone: Page, axe: Check, fits: Check) -> None:
    phone.goto("/sampler/")
    phone.get_by_label("Full name").fill("Llanfairpwllgwyngyllgogerychwyrndrobwll" * 4)
    send(phone)

    axe(phone)
    fits(phone)


@pytest.mark.parametrize("without_scripts", [False, True])
def test_an_answer_reveals_its_question(open_page: Callable[..., Page], without_scripts: bool) -> None:
    page = open_page(java_script_enabled=not without_scripts)
    page.goto("/sampler/")
    reason = page.get_by_label("Reason")
    expect(reason).to_be_hidden()

    page.get_by_label("I cannot attend either").check()

    expect(reason).to_be_visible()


def test_the_form_is_complete_without_scripts(page_without_javascript: Page) -> None:
    page = page_without_javascript
    page.goto("/sampler/")
    for name in ("name", "email", "why", "years", "start_day", "start_month", "start_year"):
        page.locator(f"[name={name}]").fill(str(GOOD[name]))
    for name in ("ics", "order_7", "order_8"):
        page.locator(f"[name={name}]").select_option(str(GOOD[name]))
    for label in ("Cohort 1", "Yes", "Coaching", "I have discussed this"):
        page.get_by_label(label, exact=True).first.check()
    send(page)

    expect(page).to_have_title("About you - Cascade")
    expect(page.locator("[name=name]")).to_have_value("Siân O’Neill")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/staff/", "/staff/login/", "/staff/password_change/"])
def test_staff_pages_are_accessible_by_day_and_night(
    open_page: Callable[..., Page], axe: Check, staff: User, scheme: Any, path: str
) -> None:
    page = open_page(color_scheme=scheme)
    sign_in(page)
    page.goto(path)

    axe(page)
