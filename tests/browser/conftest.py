"""Chromium for tests: a real portal behind a real browser.

    def test_an_applicant_opens_the_programme(page, axe): ...

``page`` is a desktop, ``phone`` a telephone, ``page_without_javascript`` a desktop with scripts off, and
``open_page`` makes further ones (another person, with cookies of their own). Addresses may be given from the
root: ``page.goto("/")``. A test fails when its pages complain: an error in the console, a breach of the
content security policy, a script that raises, a style, script or picture that is not found.
Nothing leaves the machine.
"""

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Any

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core import mail
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, sync_playwright

from tests.browser.visits import Visitor, look_everywhere
from tests.conftest import find_chromium

# Playwright keeps an event loop in the tests' thread; Django would refuse the database there.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nothing leaves the machine. To intercept requests would do so as well, but without the browser's cache: each
    # page would fetch its ten style sheets and scripts anew.
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {
    "viewport": {"width": 375, "height": 812},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
WCAG = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    # axe leaves this rule of WCAG 2.2 off unless it is asked for by name.
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
    # Otherwise it fetches all style sheets for every page, half of its time, for one rule: whether one of them locks
    # the page to how a device is held. That none can is seen by tests/pages/test_style_sheets.py.
    "preload": False,
}


@dataclass
class Watch:
    """What the browser complains of during one test."""

    complaints: list[str] = field(default_factory=list)
    listening: bool = True

    def follow(self, context: BrowserContext) -> None:
        """Hear every page that ``context`` opens."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self._note(f"script raised: {error.error}"))
        context.on("response", self._response)

    @contextlib.contextmanager
    def deaf(self) -> Iterator[None]:
        """Hear nothing for a while: axe puts styles into the page, which our policy rightly refuses."""
        self.listening = False
        try:
            yield
        finally:
            self.listening = True

    def _note(self, complaint: str) -> None:
        if self.listening:
            self.complaints.append(complaint)

    def _console(self, message: ConsoleMessage) -> None:
        # What could not be loaded is heard of by its response; a page that is an error is meant to be one.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self._note(f"console: {message.text} ({message.location.get('url')})")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.request.resource_type != "document":
            self._note(f"{response.status}: {response.url}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium, started once for all tests of a process."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def kept_by_browsers() -> Iterator[None]:
    """Style sheets and scripts may be kept for good, as in life, where their names change with what is in them."""
    serve = StaticFilesHandler.serve

    def serve_for_good(self: Any, request: Any) -> Any:
        response = serve(self, request)
        response.headers["Cache-Control"] = "max-age=315360000, public, immutable"
        return response

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(StaticFilesHandler, "serve", serve_for_good)
        yield


@pytest.fixture(scope="session")
def live_server(django_db_setup: None, kept_by_browsers: None, live_server: Any) -> Any:
    """The portal's server, started once the test database is there.

    Started before, it would take SQLite for a database in memory, and all its threads would share one connection.
    """
    return live_server


@pytest.fixture(autouse=True)
def portal(live_server: Any, settings: Any) -> str:
    """The running portal's address; emailed links point to it, and decisions are mailed at once."""
    settings.SITE_URL = live_server.url
    settings.DECISION_HOLD_MINUTES = 0
    return str(live_server.url)


@pytest.fixture
def watch() -> Watch:
    """What this test's pages complain of."""
    return Watch()


@pytest.fixture
def open_page(chromium: Browser, portal: str, watch: Watch) -> Iterator[Callable[..., Page]]:
    """Open a page with cookies of its own; takes Playwright's options for a new context."""
    contexts: list[BrowserContext] = []

    def open_page(**options: Any) -> Page:
        context = chromium.new_context(
            base_url=portal, locale="en-GB", timezone_id="Europe/London", **options
        )
        contexts.append(context)
        context.set_default_timeout(20_000)
        watch.follow(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert watch.complaints == []


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """A desktop's page."""
    return open_page(**DESKTOP)


@pytest.fixture
def phone(open_page: Callable[..., Page]) -> Page:
    """A telephone's page."""
    return open_page(**PHONE)


@pytest.fixture
def page_without_javascript(open_page: Callable[..., Page]) -> Page:
    """A desktop's page on which no script runs."""
    return open_page(**DESKTOP, java_script_enabled=False)


@pytest.fixture
def staff_page(open_page: Callable[..., Page], portal: str) -> Callable[..., Page]:
    """Open a page at which somebody is signed in: at a desktop, unless Playwright's options say otherwise."""

    def staff_page(user: Any, **options: Any) -> Page:
        client = Client()
        client.force_login(user)
        page = open_page(**(DESKTOP | options))
        session = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": portal}])
        return page

    return staff_page


def _axe(page: Page, options: Mapping[str, Any]) -> AxeResults:
    """What axe says of a page. It is half a megabyte: a page into which it was put already gets no other."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    return AxeResults(page.evaluate("options => axe.run(options)", options))


@pytest.fixture
def axe(watch: Watch) -> Callable[..., None]:
    """Assert that a page breaks no rule of WCAG 2.2 A and AA that axe knows, and repeats no id.

    ``only`` names one rule: enough where the same page is looked at again in other colours.
    """

    def check(page: Page, only: str = "") -> None:
        options = WCAG | {"runOnly": {"type": "rule", "values": [only]}, "rules": {}} if only else WCAG
        with watch.deaf():
            result = _axe(page, options)
        ids = page.evaluate("Array.from(document.querySelectorAll('[id]'), element => element.id)")
        assert result.violations_count == 0, f"{page.url}: {result.generate_report()}"
        assert sorted({one for one in ids if ids.count(one) > 1}) == []

    return check


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Whether the browsers of a test run scripts: a test that takes this runs once with and once without."""
    return bool(request.param)


@pytest.fixture
def look(axe: Callable[..., None], scripts: bool) -> Callable[[Page], None]:
    """Look at a page from all sides, where scripts run: axe is one."""
    return lambda page: look_everywhere(page, axe) if scripts else None


@pytest.fixture
def fits() -> Callable[[Page], None]:
    """Assert that a page does not scroll sideways."""

    def check(page: Page) -> None:
        wide, there = page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide <= there, f"{page.url} is {wide} wide in a window of {there}"

    return check


@dataclass(frozen=True)
class Mail:
    """One mail as its reader has it; ``attachments`` are contents by file name."""

    to: str
    subject: str
    text: str
    html: str
    attachments: dict[str, str]

    @property
    def links(self) -> list[str]:
        """The addresses in the text, in their order."""
        return [link.rstrip(".,;:)]") for link in re.findall(r"https?://[^\s<>\"]+", self.text)]

    def link(self, holding: str) -> str:
        """The one address in the text that holds these characters, such as ``/my/``."""
        found = {link for link in self.links if holding in link}
        assert len(found) == 1, f"{len(found)} links with {holding!r} in: {self.text}"
        return found.pop()


class Mailbox:
    """Every mail sent so far in this test, oldest first, whoever it is for."""

    def __iter__(self) -> Iterator[Mail]:
        return map(_read, mail.outbox)

    def to(self, address: str) -> list[Mail]:
        """Return the mails to one address, oldest first."""
        return [one for one in self if one.to == address]

    def latest(self, address: str) -> Mail:
        """Return the newest mail to one address."""
        found = self.to(address)
        assert found, f"no mail to {address}, but to {[one.to for one in self]}"
        return found[-1]


def _read(message: Any) -> Mail:
    alternatives = getattr(message, "alternatives", [])
    return Mail(
        to=parseaddr(message.to[0])[1],
        subject=str(message.subject),
        text=str(message.body),
        html=next((part.content for part in alternatives if part.mimetype == "text/html"), ""),
        attachments=dict(map(_attached, message.attachments)),
    )


def _attached(part: Any) -> tuple[str, str]:
    if hasattr(part, "content"):
        return part.filename, part.content
    return part.get_filename(), part.get_payload(decode=True).decode()


@pytest.fixture
def mailbox() -> Mailbox:
    """The mails that the portal has sent in this test."""
    return Mailbox()


DEVICES = {
    "desktop": DESKTOP,
    "without scripts": DESKTOP | {"java_script_enabled": False},
    "phone": PHONE,
}


@pytest.fixture(params=DEVICES)
def visitor(
    request: pytest.FixtureRequest, open_page: Callable[..., Page], mailbox: Mailbox
) -> Callable[[str], Visitor]:
    """Bring somebody to the portal, by their address: once at a desktop, once without scripts, once by telephone."""

    def visitor(address: str) -> Visitor:
        return Visitor(open_page(**DEVICES[request.param]), mailbox, address)

    return visitor
