"""The pages of offers, waiting lists and calendars: accessible by day and by night, and narrow."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from cohorts.domain import subscriptions, waiting_list
from programmes.domain import links
from programmes.models import Link
from tests import factories, scenarios
from tests.browser.conftest import DESKTOP
from tests.browser.visits import look_everywhere
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)

Check = Callable[..., None]


@pytest.fixture
def programme(portal: str) -> Any:
    programme = factories.ProgrammeFactory(title="Leadership Circles", limited=True)
    for name in ("Spring", "Summer"):
        cohort = factories.CohortFactory(programme=programme, name=name, maximum=4)
        venue = factories.VenueFactory(academy=programme.academy, notes="The side door.")
        factories.SessionFactory(cohort=cohort, venue=venue, online=False)
        factories.SessionFactory(cohort=cohort, title="Day 2", joining_link="https://meet.example.org/secret")
    return programme


def my(application: Any, page: str) -> str:
    link = links.mint(Link.Opens.APPLICATION, application.pk, sent_to=application.email, now=NOW)
    return reverse(page, args=[links.token_of(link)])


def test_staffs_pages_of_waiting_lists_offers_and_calendars(
    open_page: Callable[..., Page], portal: str, axe: Check, programme: Any
) -> None:
    user = scenarios.reviewer_of(programme)
    first, second = (scenarios.waitlisted(programme) for _ in range(2))
    waiting_list.move_to(second.pk, 1, user=user, reason="Kent has nobody.", now=NOW)
    offered, ended = scenarios.offered(programme), scenarios.withdrawn(scenarios.offered(programme))
    page = open_page(**DESKTOP)
    client = Client()
    client.force_login(user)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": portal}]
    )
    pk = programme.pk

    for address in (
        reverse("admin:programmes_programme_waiting", args=[pk]),
        reverse("admin:programmes_programme_waiting_verb", args=[pk, "switch"]),
        reverse("admin:programmes_programme_waiting_verb", args=[pk, "offer"]),
        *(
            reverse("admin:applications_application_decide", args=[one.pk, action])
            for one, action in ((offered, "move"), (ended, "offer_again"))
        ),
        reverse("admin:calendar"),
    ):
        page.goto(address)
        look_everywhere(page, axe)
    page.get_by_role("button", name="Make an address").click()
    expect(page.get_by_text("Your address", exact=True)).to_be_visible()
    look_everywhere(page, axe)
    for address, button in (
        (reverse("admin:programmes_programme_waiting_move", args=[pk, first.pk]), "Move"),
        (
            reverse("admin:applications_application_decide", args=[offered.pk, "extend"]),
            "Give longer to answer",
        ),
    ):
        page.goto(address)
        for box in page.locator("#content-main input:visible").all():
            box.fill("")
        page.get_by_role("button", name=button, exact=True).click()
        page.locator(".errornote").get_by_role("link").first.click()
        expect(page.locator("#content-main input:visible").first).to_be_focused()
        look_everywhere(page, axe)


def test_applicants_pages_of_offers_waiting_and_calendars(page: Page, axe: Check, programme: Any) -> None:
    confirmed, offered = scenarios.confirmed(programme), scenarios.offered(programme)
    waiting = scenarios.waitlisted(programme)

    page.goto(my(offered, "offer"))
    page.get_by_label("I cannot attend these dates, and ask for another date").check()
    expect(page.get_by_label("Why can you not attend these dates?")).to_be_visible()
    page.get_by_text("The other dates of this programme").click()
    look_everywhere(page, axe)
    page.get_by_role("button", name="Send your answer").click()
    page.get_by_role("link", name="Enter why you cannot attend these dates").click()
    expect(page.get_by_label("Why can you not attend these dates?")).to_be_focused()
    for address in (
        my(waiting, "application"),
        my(waiting, "withdraw"),
        my(confirmed, "new_calendar_address"),
        my(confirmed, "application"),
    ):
        page.goto(address)
        look_everywhere(page, axe)
    page.get_by_text("Keep your calendar up to date by itself").click()
    look_everywhere(page, axe)


def test_an_address_is_copied_by_a_button_and_stands_there_without_scripts(
    page: Page, page_without_javascript: Page, programme: Any
) -> None:
    application = scenarios.confirmed(programme)
    address = subscriptions.address_of(Link.Opens.CALENDAR, application.pk, now=NOW)
    for one in (page, page_without_javascript):
        one.goto(my(application, "application"))
        one.get_by_text("Keep your calendar up to date by itself").click()
        expect(one.get_by_text(address, exact=True)).to_be_visible()

    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy this address").click()

    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == address
    expect(page_without_javascript.get_by_role("button", name="Copy this address")).to_be_hidden()
