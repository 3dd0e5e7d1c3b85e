"""Somebody trained and their colleagues, at their own browsers and at that of the academy's staff."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from facilitators.domain import commitments
from facilitators.domain.people import register
from facilitators.models import Training
from programmes.domain import links
from tests import factories
from tests.browser.test_circles import follow
from tests.factories import NOW

Look = Callable[[Page], None]
Open = Callable[..., Page]
STAFF = "/staff/facilitators/"


def facilitator() -> Training:
    """Fay of Kent, who owes a session to deliver, and one to attend."""
    training = factories.TrainingFactory(
        programme__published=True,
        facilitator__name="Fay Facilitator",
        facilitator__email="fay@example.org",
        facilitator__ics=factories.IntegratedCareSystemFactory(name="Kent"),
    )
    factories.ObligationFactory(programme=training.programme, key="deliver", kind="deliver")
    factories.ObligationFactory(
        programme=training.programme, key="attend", kind="attend", at_least=1, description="Attend a session."
    )
    commitments.begin(training, now=NOW)
    return training


def colleague(of: Training, name: str, **values: Any) -> Training:
    """Somebody else of the same programme and ICS, who owes nothing yet."""
    return factories.TrainingFactory(
        programme=of.programme,
        facilitator__name=name,
        facilitator__email=f"{name.split()[0].lower()}@example.org",
        facilitator__ics=of.facilitator.ics,
        **values,
    )


def door(training: Training) -> str:
    """The address of somebody's own page."""
    return f"/facilitator/{links.token_of(register.link_for(training.facilitator, now=NOW))}/"


def said(page: Page, sentence: str) -> None:
    """The page says so, once."""
    expect(page.get_by_text(sentence)).to_be_visible()


def read_again(page: Page, address: str, look: Look) -> None:
    """Open an address, and look at the page."""
    page.goto(address)
    look(page)


def follow_button(page: Page, name: str) -> None:
    """Follow a link that looks like a button."""
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()


def decide(staff: Page, name: str, verb: str, look: Look) -> None:
    """Staff open something in its list, and choose what to do with it."""
    with staff.expect_navigation():
        staff.locator("#result_list").get_by_role("link", name=re.compile(f"^{name}")).click()
    look(staff)
    follow(staff, verb)
    look(staff)
