"""Something breaks, or changes, under a form that somebody fills in: the page that follows keeps what they typed."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone
from playwright.sync_api import Page, expect

from applications.domain import submission
from applications.models import Answer, Application
from programmes.domain import links
from programmes.models import Link
from tests import factories, scenarios
from tests.browser.conftest import PHONE
from tests.browser.visits import look_everywhere

pytestmark = pytest.mark.django_db(transaction=True)

Check = Callable[..., None]
TYPED = 'I led "circles" of 8 people.\n<b>Twice</b> a week & more; Siân.\n' + "averylongwordwithoutaspace" * 5


@pytest.fixture
def draft() -> tuple[Application, str]:
    """An application that has just been begun, and the address of its page of questions."""
    now = timezone.now()
    day = datetime.timedelta(days=1)
    programme = factories.ProgrammeFactory(opens_at=now - day, closes_at=now + 9 * day)
    factories.QuestionFactory(programme=programme, key="why", kind="long_text")
    application = scenarios.started(programme, "sam@example.org", now=now)
    link = links.mint(Link.Opens.APPLICATION, application.pk, sent_to=application.email, now=now)
    return application, f"/my/{links.token_of(link)}/questions/"


@pytest.fixture(params=[{}, PHONE], ids=["desktop", "phone"])
def device(request: pytest.FixtureRequest, open_page: Callable[..., Page]) -> Page:
    """A page at 1280 pixels, and one at 375."""
    return open_page(**(request.param or {"viewport": {"width": 1280, "height": 900}}))


def by_day_and_night(page: Page, axe: Check) -> None:
    """Look from all sides, and again in the colours of a reader who asks for dark ones."""
    look_everywhere(page, axe)
    page.emulate_media(color_scheme="dark")
    axe(page)
    page.emulate_media(color_scheme="light")


def fill_in(page: Page, address: str) -> None:
    """Open the page of questions, and type."""
    page.goto(address)
    page.get_by_role("textbox").fill(TYPED)


def send(page: Page, button: str) -> int:
    """Press a button; the status of the page that follows."""
    with page.expect_navigation() as led:
        page.get_by_role("button", name=button).click()
    status: int = led.value.status
    return status


def test_a_form_that_met_a_database_that_is_away_is_sent_again_from_its_page(
    device: Page, axe: Check, draft: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The page is what is looked at; a PostgreSQL that really restarts is in tests/faults.
    def away(*_: object, **__: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    fill_in(device, draft[1])
    with monkeypatch.context() as broken:
        broken.setattr(submission, "save_answers", away)
        first = send(device, "Save and continue")
        expect(device).to_have_title("Sorry, the service is not available at the moment - Cascade")
        by_day_and_night(device, axe)
        again = send(device, "Try again")
        expect(device.get_by_role("button", name="Try again")).to_be_visible()
        shown = device.content()
    kept = Answer.objects.count()

    assert (first, again, kept) == (503, 503, 0)
    assert "Traceback" not in shown
    assert send(device, "Try again") == 200
    assert Answer.objects.get().value == TYPED
    assert device.url.endswith(draft[1].replace("questions/", "check/"))


def test_a_page_that_an_upgrade_has_taken_away_gives_back_what_was_typed(
    device: Page, axe: Check, draft: Any
) -> None:
    fill_in(device, draft[1])
    device.evaluate("document.querySelector('main form').action = '../experience/'")
    status = send(device, "Save and continue")

    expect(device).to_have_title("This page has changed since you opened it - Cascade")
    by_day_and_night(device, axe)
    shown = device.locator(".nhsuk-inset-text").last.locator("p").all_inner_texts()
    assert (status, shown) == (404, TYPED.split("\n"))
    device.get_by_role("link", name="See the steps of your application").click()
    expect(device.get_by_role("heading", level=1)).to_be_visible()
    assert device.url.endswith(draft[1].replace("questions/", ""))
