"""A facilitator's own pages, the directory, and the register as staff have it."""

import datetime
import pathlib
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from facilitators.domain import commitments
from facilitators.domain.people import register
from facilitators.models import Facilitator, Training
from programmes.domain import links
from programmes.models import Role
from tests import factories
from tests.browser.conftest import DESKTOP
from tests.browser.visits import look_everywhere

pytestmark = pytest.mark.django_db(transaction=True)

Check = Callable[..., None]


@pytest.fixture
def programme(portal: str) -> Any:
    programme = factories.ProgrammeFactory(title="Leadership Circles", code="LSC")
    factories.ObligationFactory(programme=programme)
    factories.FacilitationFactory(programme=programme, deliveries_until_active=2, lapses_after_months=12)
    return programme


def trained(programme: Any, name: str, **values: Any) -> Training:
    now = timezone.now()
    person = factories.FacilitatorFactory(
        name=name, ics=factories.IntegratedCareSystemFactory(), created_at=now, **values
    )
    training = factories.TrainingFactory(
        programme=programme,
        facilitator=person,
        trained_on=timezone.localdate() - datetime.timedelta(days=40),
        registered_at=now,
    )
    commitments.begin(training, now=now)
    return training


def link_of(training: Training) -> str:
    link = register.link_for(training.facilitator, now=timezone.now())
    return reverse("facilitator", args=[links.token_of(link)])


def press(page: Page, button: str) -> None:
    """Send a form, and wait for the answer."""
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).click()


def test_a_facilitator_looks_after_their_own_page(phone: Page, axe: Check, programme: Any) -> None:
    page = phone
    training = trained(programme, "Sam Smith", phone="01632 960 001")
    other = trained(
        programme,
        "Adam Jones",
        in_directory_since=timezone.now(),
        shows_email=True,
        email="adam.jones.of.a.long.address@example.org",
        languages="Gujarati and Welsh",
        about="I lead circles about tiredness.",
    )

    page.goto(link_of(training))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sam Smith")
    expect(page.locator(".cascade-programme").get_by_text("Provisional", exact=True)).to_be_visible()
    expect(page.get_by_text("active from the second delivery on")).to_be_visible()
    look_everywhere(page, axe)

    page.get_by_role("link", name="Change job title").click()
    look_everywhere(page, axe)
    page.get_by_label("Job title").fill("Lead for wellbeing")
    page.get_by_label("My organisation is not listed").check()
    page.get_by_label("Name of your organisation").fill("Weald Hospice")
    page.get_by_label("Languages besides English").fill("Welsh")
    press(page, "Save")
    expect(page.get_by_text("Your details are saved.")).to_be_visible()
    expect(page.get_by_text("Weald Hospice")).to_be_visible()

    page.get_by_role("link", name="Change what others see").click()
    page.get_by_label("Yes", exact=True).check()
    page.get_by_label("My email address").check()
    look_everywhere(page, axe)
    press(page, "Save")
    expect(page.get_by_text("They can see you in the directory")).to_be_visible()

    page.get_by_role("link", name="Find other facilitators in the directory").click()
    expect(page.get_by_role("heading", level=2, name="2 facilitators")).to_be_visible()
    look_everywhere(page, axe)
    page.get_by_label("Name", exact=True).fill("jones")
    press(page, "Search")
    expect(page.get_by_role("heading", level=3)).to_have_text([other.facilitator.name])
    expect(page.get_by_text("Gujarati and Welsh")).to_be_visible()
    page.get_by_text("More to search by").click()
    page.get_by_label("Delivers").select_option(label="Online")
    press(page, "Search")
    look_everywhere(page, axe)
    page.get_by_role("link", name="Back to your page").click()

    page.get_by_role("link", name="Pause for a time").click()
    look_everywhere(page, axe)
    last = timezone.localdate() + datetime.timedelta(days=30)
    for name, number in (("day", last.day), ("month", last.month), ("year", last.year)):
        page.locator(f"[name=until_on_{name}]").fill(str(number))
    page.get_by_label("Why do you pause?").fill("Parental leave")
    press(page, "Pause")
    expect(page.locator(".cascade-programme").get_by_text("Paused", exact=True)).to_be_visible()
    look_everywhere(page, axe)
    page.get_by_role("link", name="Take back the pause").click()
    look_everywhere(page, axe)
    page.get_by_label("I want to take back my pause").check()
    press(page, "Take back your pause")

    page.get_by_role("link", name="Leave this programme").click()
    look_everywhere(page, axe)
    page.get_by_label("I want to leave").check()
    press(page, "Leave the programme")
    expect(page.locator(".cascade-programme").get_by_text("Left", exact=True)).to_be_visible()
    look_everywhere(page, axe)


def test_without_a_script_everything_is_there(page_without_javascript: Page, programme: Any) -> None:
    page = page_without_javascript
    training = trained(programme, "Sam Smith", in_directory_since=timezone.now())
    trained(programme, "Adam Jones", in_directory_since=timezone.now(), delivers="in_person")

    page.goto(link_of(training))
    page.get_by_role("link", name="Find other facilitators in the directory").click()
    page.get_by_text("More to search by").click()
    page.get_by_label("Delivers").select_option(label="In person")
    press(page, "Search")
    expect(page.get_by_role("heading", level=3)).to_have_count(2)
    page.get_by_role("link", name="Back to your page").click()
    page.get_by_role("link", name="Change job title").click()
    page.get_by_label("My organisation is not listed").check()
    page.get_by_label("Name of your organisation").fill("Weald Hospice")
    press(page, "Save")

    expect(page.get_by_text("Your details are saved.")).to_be_visible()
    assert Facilitator.objects.get(name="Sam Smith").works_at == "Weald Hospice"


def test_staff_import_a_list_and_open_a_person(
    open_page: Callable[..., Page], portal: str, axe: Check, programme: Any, tmp_path: pathlib.Path
) -> None:
    user = factories.AcademyMemberFactory(academy=programme.academy, role=Role.REVIEWER).user
    client = Client()
    client.force_login(user)
    page = open_page(**DESKTOP)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": portal}
    page.context.add_cookies([cookie])
    trained(programme, "Adam Jones")
    file = tmp_path / "list.csv"
    file.write_text(
        "name,email,programme,trained_on,trained_by\n"
        "Sam Smith,sam.smith@example.org,LSC,2024-11-02,National programme\n"
        "Alex,nowhere,LSC,2024-11-02,\n"
    )

    page.goto(reverse("admin:facilitators_facilitator_changelist"))
    look_everywhere(page, axe)
    page.get_by_role("link", name="Import a list").click()
    look_everywhere(page, axe)
    page.get_by_label("The file").set_input_files(file)
    press(page, "Look at what would happen")
    expect(page.get_by_text("1 made, 0 as before, 1 refused. Nothing is changed yet.")).to_be_visible()
    look_everywhere(page, axe)
    page.get_by_label("Write to those who are new").check()
    press(page, "Confirm: import 1 facilitator")

    assert Facilitator.objects.filter(name="Sam Smith").count() == 1
    page.get_by_role("link", name="Sam Smith").click()
    expect(page.get_by_text("Trained on 2 November 2024 by National programme")).to_be_visible()
    look_everywhere(page, axe)
    page.get_by_role("link", name="Note a pause").click()
    look_everywhere(page, axe)
    page.goto(reverse("admin:facilitators_facilitator_put_in"))
    look_everywhere(page, axe)
