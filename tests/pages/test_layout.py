"""The frame of every page, error pages, Markdown, and what middleware adds."""

import datetime
import re
from typing import Any

import pytest
from django.conf import settings as portal_settings
from django.contrib import messages
from django.http import HttpRequest
from django.template import engines
from django.template.loader import get_template, render_to_string
from django.test import Client, RequestFactory
from django.utils.safestring import mark_safe

from config import middleware, views
from config.pages import context, flashes, iso, markdown
from tests.pages.html import Page

pytestmark = pytest.mark.urls("tests.pages.sampler")


@pytest.fixture
def visitor() -> Client:
    """A browser that sees what a visitor sees when something goes wrong."""
    return Client(raise_request_exception=False)


@pytest.fixture
def demo(settings: Any) -> Client:
    settings.DEMO = settings.DEBUG = True
    chain = list(portal_settings.MIDDLEWARE)
    chain.insert(3, "config.middleware.PlainErrorPagesMiddleware")
    settings.MIDDLEWARE = chain
    return Client(raise_request_exception=False)


def test_page_has_its_landmarks_links_and_nonces(client: Client) -> None:
    response = client.get("/")
    page = Page(response.content.decode())

    policy = response.headers["Content-Security-Policy"]
    nonces = {script.attributes["nonce"] for script in page.all("script")}
    assert page.one("html").attributes["lang"] == "en"
    assert page.title == "Programmes - Cascade"
    assert len(page.all("main", id="maincontent")) == 1
    assert page.all("a")[0].attributes["href"] == "#maincontent"
    assert [f"'nonce-{nonce}'" in policy for nonce in nonces] == [True]
    assert not re.search(r' style="| on[a-z]+="', response.content.decode())
    footer = [link.attributes["href"] for link in page.all("a", **{"class": "nhsuk-footer__list-item-link"})]
    assert footer == ["/link/", "/accessibility/", "/privacy/", "/staff/"]


def test_only_private_pages_ask_not_to_be_listed(client: Client) -> None:
    assert Page(client.get("/").content.decode()).all("meta", name="robots") == []
    assert len(Page(client.get("/my/page/").content.decode()).all("meta", name="robots")) == 1


def test_demo_is_named_only_in_the_demo(client: Client, settings: Any) -> None:
    assert "made up" not in client.get("/").content.decode()
    settings.DEMO = True
    assert "made up" in client.get("/").content.decode()


def test_messages_are_shown_once_as_banners(rf: RequestFactory) -> None:
    class Storage(list[Any]):
        pass

    request = rf.get("/")
    request._messages = Storage(
        [messages.storage.base.Message(25, "Saved"), messages.storage.base.Message(20, "Note")]
    )  # type: ignore[attr-defined]
    html = get_template("layout/base.html").render({"heading": "x"}, request)

    banners = [
        element.text
        for element in Page(html).elements
        if element.attributes.get("role") in ("alert", "region")
    ]
    assert banners == ["Success Saved", "Important Note"]
    assert list(flashes(None)) == []


@pytest.mark.parametrize(
    ("status", "heading"),
    [
        ("400", "Sorry, we could not read what was sent"),
        ("403", "You cannot see this page"),
        ("404", "Page not found"),
        ("413", "Sorry, that was too large to send"),
        ("500", "Sorry, there is a problem with the service"),
        ("503", "Sorry, the service is not available at the moment"),
    ],
)
def test_each_error_has_its_page(visitor: Client, status: str, heading: str) -> None:
    response = visitor.get(f"/fails/{status}/")
    page = Page(response.content.decode())

    assert response.status_code == int(status)
    assert page.one("h1").text == heading
    assert page.title == f"{heading} - Cascade"
    assert page.all("meta", name="robots") == []


def test_a_form_without_its_token_says_what_is_kept(settings: Any) -> None:
    settings.CSRF_FAILURE_VIEW = "config.views.csrf_failure"
    response = Client(enforce_csrf_checks=True).post("/sampler/", {"name": "x"})

    page = Page(response.content.decode())
    assert response.status_code == 403
    assert page.one("h1").text == "Sorry, your answers were not sent"
    assert "Your answers are still in the form." in page.one("main").text


def test_database_that_is_away_says_when_to_come_back(visitor: Client) -> None:
    assert visitor.get("/fails/503/").headers["Retry-After"] == "60"


def test_error_page_that_cannot_be_made_is_still_said(rf: RequestFactory, caplog: Any) -> None:
    html = views.error_page(rf.get("/"), "errors/none.html")

    assert Page(html).one("h1").text == "Sorry, there is a problem with the service"
    assert "errors/none.html could not be made" in caplog.text


@pytest.mark.parametrize("status", ["400", "404", "500"])
def test_demo_shows_visitors_the_same_error_pages(demo: Client, visitor: Client, status: str) -> None:
    shown = demo.get(f"/my/fails/{status}/")

    assert shown.status_code == int(status)
    assert (
        Page(shown.content.decode()).one("h1").text
        == Page(visitor.get(f"/fails/{status}/").content.decode()).one("h1").text
    )
    assert shown.headers["Content-Length"] == str(len(shown.content))
    assert shown.headers["Cache-Control"] == "no-store"


def test_demo_says_page_not_found_for_addresses_of_no_view(demo: Client) -> None:
    assert Page(demo.get("/nowhere/").content.decode()).one("h1").text == "Page not found"


def test_demo_leaves_what_a_view_itself_answers(demo: Client) -> None:
    assert demo.get("/my/expired/").content == b"This link has expired."
    assert demo.get("/").status_code == 200


@pytest.mark.parametrize(
    ("path", "private"),
    [("/my/page/", True), ("/staff/login/", True), ("/", False)],
)
@pytest.mark.django_db
def test_private_pages_are_neither_kept_nor_listed(client: Client, path: str, private: bool) -> None:
    response = client.get(path)

    assert ("no-store" in response.headers.get("Cache-Control", "")) is private
    assert (response.headers.get("X-Robots-Tag") == "noindex") is private


def test_head_opens_no_emailed_link(client: Client) -> None:
    response = client.head("/my/page/")

    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, POST"
    assert response.headers["Cache-Control"] == "no-store"
    assert client.head("/approve/x/").status_code == 405
    assert client.head("/").status_code == 200


def test_private_pages_by_their_address() -> None:
    private = [
        path for path in ("/my/x/", "/approve/x/", "/staff/", "/", "/myself/") if middleware.is_private(path)
    ]

    assert private == ["/my/x/", "/approve/x/", "/staff/"]


def test_markdown_wears_nhs_type_from_the_level_asked_for() -> None:
    html = str(markdown("# One\n\nText\n\n### Two\n\n- a\n\n1. b\n\n> c", level=3))

    assert re.findall(r"<(?:h\d|ul|ol|blockquote)[^>]*>", html) == [
        '<h3 class="nhsuk-heading-m">',
        '<h5 class="nhsuk-heading-xs">',
        '<ul class="nhsuk-list nhsuk-list--bullet">',
        '<ol class="nhsuk-list nhsuk-list--number">',
        '<blockquote class="nhsuk-inset-text">',
    ]
    assert markdown(None) == ""


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        '<a href="javascript:x" onclick="x">x</a>',
        "![x](http://example.org/x.png)",
        "<style>*{}</style>",
    ],
)
def test_markdown_runs_and_loads_nothing(text: str) -> None:
    assert (
        re.findall(
            r"<(?!/?p>)[^>]*>",
            str(markdown(text))
            .replace('<a href="http://example.org/x.png" rel="noopener">', "")
            .replace("</a>", ""),
        )
        == []
    )


def test_markdown_links_do_not_hand_over_the_window() -> None:
    assert str(markdown("[x](https://example.org)")) == (
        '<p><a href="https://example.org" rel="noopener">x</a></p>\n'
    )


def test_filters_and_functions_of_templates() -> None:
    page = engines["pages"].from_string(
        "{{ day | nhs_date }}|{{ [day] | nhs_dates }}|{{ 2 | plural('place') }}|{{ 3 | ordinal }}|{{ url('home') }}"
        "|{{ missing.deep.down }}|{{ now().tzinfo }}|{{ ['a', 'b'] | join_words }}"
    )

    assert page.render({"day": datetime.date(2026, 12, 1)}) == (
        "1 December 2026|1 December 2026|2 places|3rd|/||Europe/London|a and b"
    )


def test_moments_for_machines() -> None:
    moment = datetime.datetime(2026, 7, 1, 8, 0, tzinfo=datetime.UTC)

    assert iso(moment) == "2026-07-01T09:00:00+01:00"
    assert iso(datetime.date(2026, 7, 1)) == "2026-07-01"


def test_macros_of_pages() -> None:
    page = Page(
        engines["pages"]
        .from_string(
            "{% from 'macros/page.html' import answers, answer_row, moment, journey %}"
            "{% call answers() %}{{ answer_row('Name', '<b>', '/name/') }}{{ answer_row('Dates', ['a', 'b']) }}"
            "{{ answer_row('Notes', '') }}{% endcall %}{{ moment(at) }}{{ moment(at, 'date') }}{{ moment(at, 'time') }}"
            "{{ journey([{'text': 'Applied', 'state': 'done', 'detail': 'May'}, {'text': 'Review', 'state': 'now'}]) }}"
        )
        .render({"at": datetime.datetime(2026, 7, 1, 8, 0, tzinfo=datetime.UTC)})
    )

    assert [cell.text for cell in page.all("dd")] == ["<b>", "Change Name", "ab", "Not answered"]
    assert [time.text for time in page.all("time")] == ["9am on 1 July 2026", "1 July 2026", "9am"]
    assert [step.text for step in page.all("li")] == ["Done: Applied May", "Now: Review"]
    assert len(page.all("li", **{"aria-current": "step"})) == 1


def test_context_says_what_kind_of_page_it_is(rf: RequestFactory) -> None:
    assert context(rf.get("/my/x/")) == {"demo": False, "private": True}


def test_mail_frame_is_a_whole_document() -> None:
    html = render_to_string(
        "mail/layout.html",
        {"subject": "A & B", "body": mark_safe("<p>Hello</p>"), "site_url": "https://example.org"},
    )

    page = Page(html)
    assert page.one("html").attributes == {"lang": "en"}
    assert page.title == "A & B"
    assert page.one("h1").text == "A & B"
    assert {table.attributes["role"] for table in page.all("table")} == {"presentation"}
    assert page.all("img") == []


@pytest.mark.django_db
def test_staff_pages_are_ours(client: Client) -> None:
    login = Page(client.get("/staff/login/").content.decode())
    locked = Page(
        get_template("admin/locked_out.html").render(
            {"cooloff_timedelta": datetime.timedelta(minutes=15)}, HttpRequest()
        )
    )

    assert login.title == "Sign in | Cascade for academy staff"
    assert login.one("h1").text == "Sign in"
    assert "Wait 15 minutes without trying" in locked.one("main").text
    assert len(login.all("link", href="/static/staff.css")) == 1


@pytest.mark.django_db
def test_wrong_password_is_said_at_the_top(client: Client) -> None:
    page = Page(client.post("/staff/login/", {"username": "x", "password": "y"}).content.decode())

    assert page.title == "Error: Sign in | Cascade for academy staff"
    assert page.one("div", role="alert").text.startswith("Please enter the correct username and password")
