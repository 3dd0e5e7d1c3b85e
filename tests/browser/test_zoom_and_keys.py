"""Every staff page at 200 % zoom and by the keyboard alone, found by its address: a new page is looked at unasked.

A window of 1,280 pixels zoomed to 200 % has room for 640.
"""

from __future__ import annotations

import collections
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from playwright.sync_api import Browser, CDPSession, Page

from config.celery import app as jobs
from tests.browser.conftest import Watch
from tests.crawl.addresses import fillings, patterns
from tests.crawl.world import World, build
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)

ZOOMED = {"viewport": {"width": 640, "height": 512}}
SCRIPT = Path(__file__).with_name("zoom_and_keys.js").read_text()
TAB = {"type": "rawKeyDown", "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
# What an address does, where one pattern has pages for several things.
KINDS = ("action", "verb", "kind", "step", "what")
# What a mail looks like: it is shown within the page beside it, and runs no script.
WITHIN_ANOTHER = "/look/"
# There are more; with fewer the list of addresses would have lost some.
LEAST_PAGES = 150


@pytest.fixture
def world() -> Iterator[World]:
    """One of everything; its mails wait in a queue that nobody empties."""
    eager = jobs.conf.task_always_eager
    jobs.conf.update(task_always_eager=False)
    # That some addresses are refused is no news.
    logging.disable(logging.WARNING)
    with time_machine.travel(NOW):
        yield build()
    logging.disable(logging.NOTSET)
    jobs.conf.update(task_always_eager=eager)


@pytest.fixture
def zoomed(chromium: Browser, portal: str, watch: Watch) -> Iterator[Page]:
    """A page at 200 % that keeps the style sheets between two addresses, as `open_page` does not."""
    context = chromium.new_context(base_url=portal, locale="en-GB", timezone_id="Europe/London", **ZOOMED)
    watch.follow(context)
    yield context.new_page()
    context.close()
    assert watch.complaints == []


def sign_in(page: Page, user: Any, portal: str) -> None:
    client = Client()
    client.force_login(user)
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": portal}])


def shows_a_page(client: Client, address: str) -> bool:
    answer = client.get(address)
    return answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")


def addresses(world: World) -> dict[Any, list[str]]:
    """The addresses of the staff's site by what they are for: those of one purpose differ by their record alone."""
    found = collections.defaultdict(list)
    for pattern in patterns():
        if pattern.text.startswith("staff/") and WITHIN_ANOTHER not in pattern.text:
            for values in fillings(pattern, world):
                purpose = (pattern.text, *(values.get(kind) for kind in KINDS))
                found[purpose].append(pattern.filled(values))
    return found


def pages(user: Any, purposes: dict[Any, list[str]]) -> Iterator[str]:
    """For each purpose the first address that is a page for this reader, no file and no redirect; it is taken out."""
    client = Client()
    client.force_login(user)
    for purpose, found in list(purposes.items()):
        if address := next((one for one in found if shows_a_page(client, one)), ""):
            del purposes[purpose]
            yield address


def walk(page: Page, keys: CDPSession) -> dict[str, list[str]]:
    """Press Tab until the page is left again; return what was not as it should be."""
    stops = page.evaluate("zoomAndKeys.begin()")
    # A browser on a busy machine may drop keys until it has drawn a new page: where none arrived, they come once more.
    for _ in range(2):
        for _ in range(stops):
            # Only the key going down: it is what moves the focus, and there are ten thousand of them.
            keys.send("Input.dispatchKeyEvent", TAB)
        if page.evaluate("zoomAndKeys.begun()"):
            break
        page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    found: dict[str, list[str]] = page.evaluate("zoomAndKeys.end()")
    return found


def test_every_staff_page_is_whole_at_200_per_cent_and_can_be_walked_through_by_keyboard(
    zoomed: Page, world: World, portal: str
) -> None:
    keys = zoomed.context.new_cdp_session(zoomed)
    wrong, purposes, walked = {}, addresses(world), set()

    for user in (world.administrator, world.superuser):
        sign_in(zoomed, user, portal)
        for address in pages(user, purposes):
            zoomed.goto(address)
            zoomed.evaluate(SCRIPT)
            found = zoomed.evaluate("zoomAndKeys.read()")
            make = zoomed.evaluate("zoomAndKeys.make()")
            if make not in walked:
                walked.add(make)
                found |= walk(zoomed, keys)
            wrong |= {address: {what: where for what, where in found.items() if where}}

    assert "\n".join(f"{address}: {found}" for address, found in wrong.items() if found) == ""
    assert len(wrong) >= LEAST_PAGES
