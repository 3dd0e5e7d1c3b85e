"""A programme set up from nothing, opened, seen by a visitor, and copied to a new round."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from programmes.models import Programme, Role
from tests import factories
from tests.browser.conftest import DESKTOP
from tests.browser.visits import check_page, look_everywhere

pytestmark = pytest.mark.django_db(transaction=True)

Check = Callable[..., None]
ON = "Save and continue"


@pytest.fixture
def staff(open_page: Callable[..., Page], portal: str) -> Page:
    """An administrator's browser, signed in."""
    academy = factories.AcademyFactory(name="Coastal Academy", privacy_text="What we keep.")
    user = factories.AcademyMemberFactory(academy=academy, role=Role.ADMINISTRATOR).user
    client = Client()
    client.force_login(user)
    page = open_page(**DESKTOP)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": portal}]
    )
    return page


def fill(page: Page, **values: str) -> None:
    """Type into the boxes of these names."""
    for name, value in values.items():
        page.locator(f'[name="{name}"]').fill(value)


def on(page: Page, heading: str, button: str = ON) -> None:
    """Save, and arrive at the page of this heading."""
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    check_page(page)


def musts(page: Page) -> list[str]:
    """What the check list says has to be done before opening."""
    return page.locator("#check-list ~ h3:has-text('before you can open') + ul > li").all_inner_texts()


def day(days: int) -> str:
    return (timezone.localdate() + datetime.timedelta(days=days)).isoformat()


def set_up(page: Page, axe: Check) -> None:
    """Every step, from nothing."""
    page.goto(reverse("admin:programmes_programme_add"))
    look_everywhere(page, axe)
    fill(page, title="Calm Conversations", summary="Learn it well.", code="CALM", slug="calm-conversations")
    fill(page, contact_email="calm@example.org")
    on(page, "Who and when")
    assert len(musts(page)) == 5
    look_everywhere(page, axe)
    fill(page, closes_at_0=day(30), closes_at_1="17:00", notify_by=day(44), total_places="12")
    on(page, "What the page says")
    fill(page, offer="Two days of training.", time_commitment="Two days.", selection="We decide.")
    on(page, "Who can apply")
    fill(page, **{"criteria-0-statement": "Time to train", "criteria-0-question": "Do you have time?"})
    look_everywhere(page, axe)
    on(page, "Questions")
    fill(page, **{"questions-0-text": "Why do you want to take part?"})
    page.locator('[name="questions-0-kind"]').select_option("long_text")
    on(page, "Role description and declarations")
    fill(page, **{"role_description-0-text": "You run workshops."})
    fill(page, **{"declarations-0-statement": "I will run two workshops."})
    on(page, "Approvals")
    page.locator('[name="approval_steps-0-approver"]').select_option("line_manager")
    page.locator('[name="approval_steps-0-method"]').select_option("emailed")
    fill(page, **{"approval_steps-0-statement": "I agree that this person applies."})
    for heading in ("Reviews and places", "After the training", "Questions that people ask", "Cohorts"):
        on(page, heading)
    look_everywhere(page, axe)
    assert [line.partition(" Cohorts")[0] for line in musts(page)] == ["There is no cohort."]


def add_cohort(page: Page) -> None:
    """A cohort with a session, by its own page."""
    page.get_by_role("link", name="Add a cohort").click()
    fill(page, name="Spring", minimum="4", maximum="12")
    page.get_by_text("Add another Session").click()
    fill(page, **{"sessions-0-title": "Day 1"})
    fill(page, **{"sessions-0-starts_at_0": day(60), "sessions-0-starts_at_1": "09:30"})
    fill(page, **{"sessions-0-ends_at_0": day(60), "sessions-0-ends_at_1": "16:30"})
    page.locator('[name="sessions-0-online"]').check()
    page.get_by_role("button", name="Save", exact=True).click()


def test_a_programme_is_set_up_opened_seen_and_copied(
    staff: Page, open_page: Callable[..., Page], axe: Check
) -> None:
    set_up(staff, axe)
    add_cohort(staff)
    programme = Programme.objects.get()
    own = reverse("admin:programmes_programme_change", args=[programme.pk])
    public = reverse("programme", args=[programme.slug])
    visitor = open_page(**DESKTOP)

    staff.goto(own)
    assert musts(staff) == []
    expect(staff.get_by_text("Nothing is missing: you can open the programme.")).to_be_visible()
    look_everywhere(staff, axe)
    staff.get_by_role("link", name="Preview the page and the form").click()
    expect(staff.get_by_role("heading", level=1)).to_contain_text("Calm Conversations")
    look_everywhere(staff, axe)
    with staff.expect_navigation():
        staff.get_by_role("button", name="Check if you can apply").first.click()
    while not staff.get_by_role("button", name="Next: The programme’s page").is_visible():
        look_everywhere(staff, axe)
        with staff.expect_navigation():
            staff.get_by_role("button", name="Next: ").click()
    staff.goto(reverse("admin:programmes_programme_preview", args=[programme.pk, "mails"]))
    staff.get_by_text("Your application", exact=False).first.click()
    look_everywhere(staff, axe)

    staff.goto(own)
    staff.get_by_role("link", name="Open to the public").press("Enter")
    look_everywhere(staff, axe)
    staff.get_by_role("button", name="Open to the public").press("Enter")
    expect(staff.get_by_text("Calm Conversations is open to the public.")).to_be_visible()
    visitor.goto(public)
    expect(visitor.get_by_role("heading", level=1)).to_contain_text("Calm Conversations")
    expect(visitor.get_by_role("button", name="Check if you can apply").first).to_be_visible()

    staff.get_by_role("link", name="Copy to a new round").click()
    staff.get_by_role("button", name="Make the new round").click()
    staff.locator(".errornote").get_by_role("link").first.click()
    expect(staff.locator("#content-main input:visible:focus")).to_have_count(1)
    look_everywhere(staff, axe)
    fill(staff, title="Calm Conversations again", slug="calm-again", code="CALMB", weeks="26")
    on(staff, "Calm Conversations again", "Make the new round")
    expect(staff.get_by_text("Not open to the public", exact=True)).to_be_visible()
    look_everywhere(staff, axe)
    assert [cohort.name for cohort in Programme.objects.get(code="CALMB").cohorts.all()] == ["Spring"]


def test_a_step_is_filled_in_by_keyboard_alone_and_without_scripts(
    page_without_javascript: Page, portal: str
) -> None:
    programme: Any = factories.ProgrammeFactory(published=False)
    client = Client()
    client.force_login(
        factories.AcademyMemberFactory(academy=programme.academy, role=Role.ADMINISTRATOR).user
    )
    page = page_without_javascript
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": portal}]
    )

    page.goto(reverse("admin:programmes_programme_step", args=[programme.pk, "more"]))
    page.locator('[name="faqs-0-question"]').focus()
    page.keyboard.type("What does it cost?")
    page.keyboard.press("Tab")
    page.keyboard.type("Nothing.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Cohorts")
    assert list(programme.faqs.values_list("question", "answer")) == [("What does it cost?", "Nothing.")]
