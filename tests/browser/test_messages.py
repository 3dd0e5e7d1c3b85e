"""A mail reworded, looked at and sent; a letter written to a selection: by pressing and reading only."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from applications.domain import reviews
from programmes.domain import links, outbox
from programmes.models import Link, Message, Role
from tests import factories, scenarios
from tests.browser.conftest import DESKTOP
from tests.browser.visits import look_everywhere

pytestmark = pytest.mark.django_db(transaction=True)

Check = Callable[..., None]


@pytest.fixture
def programme(portal: str) -> Any:
    return factories.ProgrammeFactory(title="Leadership Circles", code="LSC")


@pytest.fixture
def desk(open_page: Callable[..., Page], portal: str, programme: Any) -> Page:
    """An administrator's browser."""
    user = factories.AcademyMemberFactory(academy=programme.academy, role=Role.ADMINISTRATOR).user
    client = Client()
    client.force_login(user)
    page = open_page(**DESKTOP)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": portal}]
    )
    return page


def test_a_mail_is_reworded_previewed_and_sent(desk: Page, axe: Check, programme: Any) -> None:
    scenarios.submitted(programme, name="Sam Applicant", email="sam@example.org")
    desk.goto(reverse("admin:programmes_messagetemplate_changelist"))
    look_everywhere(desk, axe)
    desk.get_by_role("link", name="Leadership Circles").click()
    look_everywhere(desk, axe)
    desk.get_by_role("link", name="Receipt", exact=True).click()
    look_everywhere(desk, axe)

    desk.get_by_label("Subject", exact=True).fill("Diolch, {{ name }}")
    desk.get_by_label("Text", exact=True).fill("Dear {{ salary }}")
    desk.get_by_role("button", name="Keep this wording").click()
    desk.locator(".errornote").get_by_role("link").first.click()
    expect(desk.get_by_label("Text", exact=True)).to_be_focused()
    expect(desk.get_by_label("Text", exact=True)).to_have_value("Dear {{ salary }}")
    look_everywhere(desk, axe)
    desk.get_by_label("Text", exact=True).fill(
        "Dear {{ name }},\n\nquite **new** words.\n\n[Look]({{ link }})"
    )
    desk.get_by_role("button", name="Preview").click()
    expect(desk.get_by_role("heading", name="Preview of what you typed: nothing is kept yet")).to_be_visible()
    for title in ("The mail as it looks", "The mail on a phone"):
        frame = desk.frame_locator(f"iframe[title='{title}']")
        expect(frame.get_by_role("heading", name="Diolch, Sam Applicant")).to_be_visible()
        expect(frame.get_by_text("quite new words.")).to_be_visible()
    look_everywhere(desk, axe)
    desk.get_by_role("button", name="Keep this wording").click()
    expect(desk.get_by_text("The wording is kept.")).to_be_visible()
    desk.get_by_role("link", name="Who changed it when").click()
    look_everywhere(desk, axe)

    application = scenarios.submitted(programme, name="Bea Applicant", email="bea@example.org")
    outbox.send_due()
    desk.goto(reverse("admin:applications_application_change", args=[application.pk]))
    happened = desk.locator("section[aria-labelledby=history]")
    happened.get_by_role("link", name="Mail: Receipt", exact=True).click()
    expect(desk.get_by_role("heading", name="Diolch, Bea Applicant")).to_be_visible()
    look_everywhere(desk, axe)


def test_a_letter_is_written_to_a_selection(desk: Page, axe: Check, programme: Any) -> None:
    for name in ("Ali", "Bea", "Cai"):
        scenarios.submitted(programme, name=name, email=f"{name.lower()}@example.org")
    Message.objects.all().delete()
    desk.goto(reverse("admin:applications_application_changelist"))
    for name in ("Ali", "Bea"):
        desk.get_by_role("row").filter(has_text=name).get_by_role("checkbox").check()
    desk.locator("select[name=action]").select_option(label="Write to the selected applicants")
    desk.get_by_role("button", name="Run").or_(desk.get_by_role("button", name="Go")).first.click()
    look_everywhere(desk, axe)

    desk.get_by_label("News: those who asked not to get any are left out").check()
    desk.get_by_label("Subject", exact=True).fill("News for {{ name }}")
    desk.get_by_role("button", name="Keep the draft and preview it").click()
    frame = desk.frame_locator("iframe[title='The mail as it looks']")
    expect(
        frame.get_by_role("heading", name="News for Ali").or_(
            frame.get_by_role("heading", name="News for Bea")
        )
    ).to_be_visible()
    look_everywhere(desk, axe)
    desk.get_by_role("link", name="Send …").click()
    look_everywhere(desk, axe)
    desk.get_by_role("button", name="Send to 2 people").click()
    expect(desk.get_by_text("The letter goes to 2 people.")).to_be_visible()
    look_everywhere(desk, axe)
    outbox.send_due()
    desk.get_by_role("link", name="All of them in the outbox").click()
    expect(desk.get_by_text("2 messages")).to_be_visible()
    look_everywhere(desk, axe)


def test_the_pages_of_the_outbox_and_of_news(
    desk: Page, page: Page, axe: Check, programme: Any, settings: Any
) -> None:
    settings.DECISION_HOLD_MINUTES = 10
    application = scenarios.under_review(programme)
    reviews.shortlist(application.pk, user=scenarios.reviewer_of(programme), now=timezone.now())
    held = Message.objects.get(event="shortlisted")
    desk.goto(reverse("admin:programmes_message_changelist") + "?status__exact=held")
    look_everywhere(desk, axe)
    desk.goto(reverse("admin:programmes_message_back", args=[held.pk]))
    desk.get_by_role("button", name="Take back").click()
    desk.locator(".errornote").get_by_role("link").first.click()
    expect(desk.get_by_label("Why is it not sent?")).to_be_focused()
    look_everywhere(desk, axe)
    desk.get_by_label("Why is it not sent?").fill("A slip")
    desk.get_by_role("button", name="Take back").click()
    expect(desk.get_by_text("is not sent.", exact=False).first).to_be_visible()
    look_everywhere(desk, axe)
    desk.goto(reverse("admin:programmes_newsoptout_changelist"))
    look_everywhere(desk, axe)
    link = links.mint(Link.Opens.NEWS, programme.academy_id, sent_to="sam@example.org", now=timezone.now())
    page.goto(reverse("news_choice", args=[links.token_of(link)]))
    look_everywhere(page, axe)
    page.get_by_role("button", name="Stop getting news").click()
    expect(page.get_by_role("heading", name="You get no news")).to_be_visible()
    look_everywhere(page, axe)
