"""A facilitator of Active Bystander logs three deliveries on a phone, with and without scripts: what is owed is met."""

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import Page, expect

from facilitators.domain.people import register
from facilitators.models import Commitment, Delivery
from programmes.domain import links
from programmes.models import Obligation
from tests import factories
from tests.browser.conftest import PHONE
from tests.browser.visits import look_everywhere
from tests.facilitators.delivering import trained
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with time_machine.travel(NOW):
        yield


@pytest.fixture
def programme() -> Any:
    programme = factories.ProgrammeFactory(title="Active Bystander", code="ABP")
    factories.ObligationFactory(
        programme=programme,
        key="programmes",
        unit=Obligation.Unit.PROGRAMME,
        description="Run at least 3 Active Bystander programmes in the first 12 months.",
    )
    return programme


def somebody(programme: Any, name: str) -> Any:
    return trained(
        programme=programme,
        trained_on=NOW.date() - datetime.timedelta(days=60),
        facilitator=factories.FacilitatorFactory(name=name),
    )


def link_of(training: Any) -> str:
    link = register.link_for(training.facilitator, now=timezone.now())
    return f"/facilitator/{links.token_of(link)}/"


def tell(page: Page, day: int, people: str) -> None:
    """What is asked on the one page."""
    for box, value in (("Day", str(day)), ("Month", "9"), ("Year", "2026")):
        page.get_by_label(box, exact=True).fill(value)
    page.get_by_role("group", name="Where was it?").get_by_label("Online").check()
    page.get_by_label("NHS trust or foundation trust").fill(people)


@pytest.mark.parametrize("scripts", [True, False])
def test_three_programmes_are_logged_on_a_phone_and_the_commitment_is_met(
    open_page: Any, axe: Any, programme: Any, scripts: bool
) -> None:
    training, colleague = somebody(programme, "Fay Facilitator"), somebody(programme, "Cole League")
    page = open_page(**PHONE, java_script_enabled=scripts)
    page.goto(link_of(training))
    expect(page.get_by_text("3 programmes still to do")).to_be_visible()

    for number, day in enumerate((3, 10, 17)):
        page.get_by_role("button", name="Log a delivery").click()
        tell(page, day, "12")
        roles = page.get_by_role("group", name="What did you do?")
        if number == 0:
            roles.get_by_label("I led it with somebody").check()
            page.get_by_label("With whom?").fill(colleague.facilitator.email)
        else:
            roles.get_by_label("I led it", exact=True).check()
        if scripts and number == 0:
            look_everywhere(page, axe)
        with page.expect_navigation():
            page.get_by_role("button", name="Log it").click()
        expect(page.get_by_text("Logged. It reached 12 people.")).to_be_visible()
        if scripts and number == 0:
            look_everywhere(page, axe)
        page.goto(link_of(training))

    expect(page.get_by_text("Met on 17 September 2026: 3 of at least 3 programmes done")).to_be_visible()
    assert [row.done for row in Commitment.objects.order_by("pk")] == [3, 1]
    if scripts:
        look_everywhere(page, axe)
        page.get_by_role("link", name="All your deliveries").click()
        look_everywhere(page, axe)


def test_what_is_missing_is_linked_and_a_colleagues_delivery_is_told_apart(
    open_page: Any, axe: Any, programme: Any
) -> None:
    training, colleague = somebody(programme, "Fay Facilitator"), somebody(programme, "Cole League")
    page = open_page(**PHONE)
    page.goto(f"{link_of(training)}deliveries/log/")
    page.get_by_role("button", name="Log it").click()
    summary = page.locator(".nhsuk-error-summary")
    expect(summary).to_be_focused()
    look_everywhere(page, axe)
    summary.get_by_role("link", name="Enter the day of the delivery").click()
    expect(page.get_by_label("Day", exact=True)).to_be_focused()

    for who, other in ((training, colleague), (colleague, training)):
        page.goto(f"{link_of(who)}deliveries/log/")
        tell(page, 3, "12")
        page.get_by_label("I led it with somebody").check()
        page.get_by_label("With whom?").or_(page.get_by_label("Somebody else")).fill(other.facilitator.email)
        with page.expect_navigation():
            page.get_by_role("button", name="Log it").click()

    expect(page.get_by_role("heading", name="Is this the same?").first).to_be_visible()
    look_everywhere(page, axe)
    page.get_by_label("It is this one").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("It is one delivery, and credited to each of you.")).to_be_visible()
    assert Delivery.objects.count() == 1
    page.get_by_role("link", name="Take it back").click()
    look_everywhere(page, axe)
