"""What goes out and comes in: lists exported, organisations imported, packs, keys of the feed, access needs."""

import pathlib
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from programmes.domain import links
from programmes.models import ExportRecord, FeedKey, Link, Organisation, Role
from programmes.models.programmes import AsksAccessNeeds
from tests import factories, scenarios
from tests.browser.conftest import DESKTOP
from tests.browser.visits import look_everywhere

pytestmark = pytest.mark.django_db(transaction=True)

Check = Callable[..., None]


@pytest.fixture
def programme(portal: str) -> Any:
    programme = factories.ProgrammeFactory(
        title="Leadership Circles", code="LSC", asks_access_needs=AsksAccessNeeds.ALWAYS
    )
    factories.CohortFactory(programme=programme)
    return programme


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


def press(page: Page, button: str) -> None:
    """Send a form, and wait for the answer."""
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).click()


def test_a_list_is_exported(desk: Page, axe: Check, programme: Any) -> None:
    application = scenarios.submitted(programme, name="Sam Applicant")
    desk.goto(reverse("admin:applications_application_changelist") + "?q=Sam")

    desk.get_by_role("link", name="Export").click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text("Export")
    look_everywhere(desk, axe)
    for box in desk.locator("form.export").get_by_role("checkbox").all():
        box.uncheck()
    press(desk, "Download the file")
    desk.locator(".errornote").get_by_role("link").first.click()
    expect(desk.locator("form.export input:focus")).to_have_count(1)
    look_everywhere(desk, axe)
    desk.get_by_label("Reference", exact=True).check()
    desk.get_by_label("CSV").check()
    with desk.expect_download() as downloading:
        desk.get_by_role("button", name="Download the file").click()

    lines = pathlib.Path(downloading.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert lines == ["Reference", application.reference]
    kept = ExportRecord.objects.get()
    for address in (
        reverse("admin:programmes_exportrecord_changelist"),
        reverse("admin:programmes_exportrecord_change", args=[kept.pk]),
    ):
        desk.goto(address)
        look_everywhere(desk, axe)


@pytest.mark.parametrize("model", ["cohorts_cohort", "programmes_organisation", "programmes_message"])
def test_the_columns_of_other_lists_are_chosen(desk: Page, axe: Check, programme: Any, model: str) -> None:
    scenarios.offered(programme)

    desk.goto(reverse(f"admin:{model}_export"))

    expect(desk.get_by_role("button", name="Download the file")).to_be_visible()
    look_everywhere(desk, axe)


def test_organisations_are_imported_once_they_have_been_looked_at(
    desk: Page, axe: Check, tmp_path: pathlib.Path
) -> None:
    factories.OrganisationFactory(name="Downs Hospice", sector="charity")
    file = tmp_path / "organisations.csv"
    desk.goto(reverse("admin:programmes_organisation_changelist"))
    desk.get_by_role("link", name="Import").click()
    look_everywhere(desk, axe)

    press(desk, "Look at what would happen")
    desk.locator(".errornote").get_by_role("link").first.click()
    expect(desk.get_by_label("The file")).to_be_focused()
    look_everywhere(desk, axe)
    with desk.expect_download() as downloading:
        desk.get_by_role("link", name="Download the template (CSV)").click()
    template = pathlib.Path(downloading.value.path()).read_text(encoding="utf-8-sig").splitlines()
    file.write_text(f"{template[0]}\nWeald Hospice,Charity,,\n,Charity,,\nFen Trust,No sector,,\n")
    desk.get_by_label("The file").set_input_files(file)
    press(desk, "Look at what would happen")
    expect(desk.get_by_role("row", name="Weald Hospice")).to_be_visible()
    assert Organisation.objects.filter(name="Weald Hospice").count() == 0
    look_everywhere(desk, axe)
    with desk.expect_navigation():
        desk.locator("#content-main button.default").click()

    look_everywhere(desk, axe)
    assert Organisation.objects.filter(name="Weald Hospice").count() == 1


def test_a_pack_for_a_panel_is_asked_for(desk: Page, axe: Check, programme: Any) -> None:
    application = scenarios.under_review(programme)
    desk.goto(reverse("admin:applications_application_changelist"))
    desk.get_by_role("row", name=application.reference).get_by_role("checkbox").check()
    desk.locator("select[name=action]").select_option("Make a PDF pack of the selected applications")
    press(desk, "Go")
    look_everywhere(desk, axe)

    with desk.expect_download() as downloading:
        desk.locator("#content-main button.default").click()

    assert pathlib.Path(downloading.value.path()).read_bytes()[:5] == b"%PDF-"


def test_a_key_of_the_feed_is_made_shown_and_revoked(desk: Page, axe: Check) -> None:
    desk.goto(reverse("admin:programmes_feedkey_add"))
    look_everywhere(desk, axe)
    press(desk, "Make the key")
    desk.locator(".errornote").get_by_role("link").first.click()
    expect(desk.get_by_label("What reads with it")).to_be_focused()
    look_everywhere(desk, axe)

    desk.get_by_label("What reads with it").fill("Power BI")
    press(desk, "Make the key")
    expect(desk.get_by_role("heading", level=1)).to_have_text("The key is made")
    look_everywhere(desk, axe)
    desk.get_by_role("link", name="Go to the key").click()
    expect(desk.get_by_role("heading", level=1)).not_to_have_text("The key is made")
    look_everywhere(desk, axe)
    key = FeedKey.objects.get()
    desk.goto(reverse("admin:programmes_feedkey_revoke", args=[key.pk]))
    look_everywhere(desk, axe)
    press(desk, "Revoke it")
    expect(desk.locator(".messagelist")).to_contain_text("does not open the feed any more")
    look_everywhere(desk, axe)

    desk.goto(reverse("admin:programmes_feedkey_changelist"))
    look_everywhere(desk, axe)
    desk.goto(reverse("admin:programmes_feedkey_history", args=[key.pk]))
    look_everywhere(desk, axe)


def test_what_somebody_needs_is_said_and_looked_at(
    desk: Page, page: Page, axe: Check, programme: Any
) -> None:
    application = scenarios.confirmed(programme)
    link = links.mint(Link.Opens.APPLICATION, application.pk, sent_to=application.email, now=timezone.now())
    page.goto(reverse("access_needs", args=[links.token_of(link)]))
    look_everywhere(page, axe)
    page.get_by_role("radio", name="Yes", exact=True).check()
    page.get_by_label("Access to the building and the room").fill("A hearing loop")
    press(page, "Save changes")
    look_everywhere(page, axe)
    cohort = application.places.get().cohort

    for address in (
        reverse("admin:applications_application_needs", args=[application.pk]),
        reverse("admin:cohorts_cohort_needs", args=[cohort.pk]),
    ):
        desk.goto(address)
        look_everywhere(desk, axe)
        press(desk, "Show what is needed")
        expect(desk.locator("#content-main")).to_contain_text("A hearing loop")
        look_everywhere(desk, axe)
