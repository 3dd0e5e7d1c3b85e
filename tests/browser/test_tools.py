"""The browser's own tools notice what they are there for: a check that cannot fail proves nothing."""

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from playwright.sync_api import Error

from tests.factories import NOW

ADD = "html => { const more = document.createElement('div'); more.innerHTML = html; document.body.append(more) }"


def heard_by(watch, page):
    """What the page complained of, once it has; taken from the watch, so that the test may pass."""
    for _ in range(100):
        if watch.complaints:
            break
        page.wait_for_timeout(50)
    heard = " ".join(watch.complaints)
    watch.complaints.clear()
    return heard


@pytest.mark.parametrize(
    ("html", "complaint"),
    [
        ("<p style='color: red'>Red</p>", "Content Security Policy"),
        ("<img src='/static/not-there.png' alt=''>", "404: "),
        ("<img src='https://example.org/elsewhere.png' alt=''>", "Content Security Policy"),
    ],
)
def test_a_page_that_breaks_a_rule_is_complained_of(page, watch, html, complaint):
    page.goto("/staff/login/")

    page.evaluate(ADD, html)

    assert complaint in heard_by(watch, page)


def test_a_script_that_raises_is_complained_of(page, watch):
    page.goto("/staff/login/")

    page.evaluate("() => setTimeout(() => { throw new Error('unexpected') })")

    assert heard_by(watch, page) == "script raised: unexpected"


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<input name='unlabelled'>", "label"),
        ("<a href='/'>1</a><a href='/x/'>2</a>", "target-size"),
        ("<p id='twice'></p><p id='twice'></p>", "twice"),
    ],
)
def test_axe_finds_what_is_not_accessible(page, axe, html, found):
    page.goto("/staff/login/")
    axe(page)

    page.evaluate(ADD, html)

    with pytest.raises(AssertionError, match=found):
        axe(page)


def test_fits_finds_a_page_that_scrolls_sideways(phone, fits):
    phone.goto("/staff/login/")
    fits(phone)

    phone.evaluate(ADD, "<svg width=900 height=9></svg>")

    with pytest.raises(AssertionError, match="in a window of 375"):
        fits(phone)


@pytest.mark.parametrize("elsewhere", ["http://example.org/", "http://192.0.2.1/", "https://assets.nhs.uk/"])
def test_nothing_leaves_the_machine(page, elsewhere):
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto(elsewhere)


def test_style_sheets_and_scripts_are_fetched_once_by_each_browser_whatever_the_clock(page):
    """Ten of them belong to a page, so that a test of twenty pages would wait for two hundred."""
    fetched = """performance.getEntriesByType("resource")
        .filter(one => /[.](css|js)$/.test(one.name) && one.transferSize > 0).map(one => one.name)"""

    with time_machine.travel(NOW):
        page.goto("/staff/login/")
        first = page.evaluate(fetched)
        page.goto("/staff/login/?again")
        second = page.evaluate(fetched)

    assert len(first) > 3
    assert second == []


def test_no_script_runs_on_a_page_without_javascript(page_without_javascript, portal):
    page_without_javascript.goto("/staff/login/")

    page_without_javascript.set_content("<noscript><p>No scripts here</p></noscript>")

    assert page_without_javascript.inner_text("p") == "No scripts here"


def test_mailbox_reads_a_mail_as_its_reader_does(mailbox, portal):
    message = EmailMultiAlternatives(
        "Your place",
        f"Answer here: {portal}/my/token/.\nPrivacy: {portal}/privacy/",
        to=["Ann <ann@example.org>"],
    )
    message.attach_alternative("<p>Answer</p>", "text/html")
    message.attach("dates.ics", "BEGIN:VCALENDAR", "text/calendar")
    message.send()

    latest = mailbox.latest("ann@example.org")

    assert (latest.subject, latest.html) == ("Your place", "<p>Answer</p>")
    assert latest.link("/my/") == f"{portal}/my/token/"
    assert latest.attachments == {"dates.ics": "BEGIN:VCALENDAR"}
    assert mailbox.to("somebody@example.org") == []
