"""Personal data in a real browser: a hold is put, somebody is looked up, and erased."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from applications.models import Application
from tests import factories, scenarios
from tests.browser.visits import look_everywhere

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_administrator_looks_somebody_up_and_erases_them(
    portal: str, staff_page: Callable[..., Page], axe: Any
) -> None:
    programme = factories.ProgrammeFactory(title="Leadership Circles")
    one = scenarios.withdrawn(scenarios.submitted(programme, email="sam@example.org", name="Sam Smith"))
    scenarios.submitted(programme, email="olive@example.org", name="Olive Other")
    page = staff_page(scenarios.administrator_of(programme))

    page.goto(reverse("admin:programmes_hold_changelist"))
    page.get_by_role("link", name="How long it is kept").click()
    look_everywhere(page, axe)
    page.goto(reverse("admin:programmes_hold_person"))
    page.get_by_label("Email address").fill("olive@example.org")
    page.get_by_role("button", name="Look it up").click()
    expect(page.get_by_text("This cannot be erased yet.")).to_be_visible()
    look_everywhere(page, axe)
    page.goto(reverse("admin:programmes_hold_person"))
    page.get_by_label("Email address").fill("sam@example.org")
    page.get_by_role("button", name="Look it up").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download everything").click()
    assert download.value.suggested_filename == "person.zip"
    page.get_by_label("Reason").fill("They asked by letter")
    page.get_by_role("button", name="Erase everything").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter the email address.")
    look_everywhere(page, axe)
    page.get_by_label("email address once more").fill("sam@example.org")
    page.get_by_role("button", name="Erase everything").click()

    expect(page.get_by_text("Everything held on this person is erased")).to_be_visible()
    assert Application.objects.get(pk=one.pk).email.endswith("@removed.invalid")
