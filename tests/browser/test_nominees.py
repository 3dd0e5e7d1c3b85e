"""A list of those whom an ICS names, from the file at a desk to the place that one of them has on the board."""

import pathlib
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from applications.models import Nominee
from programmes.domain import catalogue
from programmes.models import Academy, IntegratedCareSystem, Programme, Role
from tests import factories, scenarios
from tests.browser import steps
from tests.browser.conftest import DESKTOP
from tests.browser.test_journey_lsc import ANSWERS, TITLE, WAYS, YES
from tests.browser.visits import Visitor, look_everywhere

pytestmark = pytest.mark.django_db(transaction=True)

SIÂN = "sian.oneill@example.org"
ICS = "Surrey and Sussex"


@pytest.fixture
def programme(portal: str) -> Any:
    """As shipped, and open today; one person of the ICS has applied already."""
    catalogue.load_for_demo(today=timezone.localdate())
    programme = Programme.objects.get(title=TITLE)
    ics = next(one for one in IntegratedCareSystem.objects.all() if one.short_name == ICS)
    scenarios.submitted(programme, ics=ics, name="Ada Adams", now=timezone.now())
    return programme


@pytest.fixture
def desk(open_page: Callable[..., Page], portal: str, programme: Any) -> Page:
    """A reviewer's browser."""
    academy = Academy.objects.get(pk=programme.academy_id)
    user = factories.AcademyMemberFactory(academy=academy, role=Role.REVIEWER).user
    client = Client()
    client.force_login(user)
    page = open_page(**DESKTOP)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": portal}])
    return page


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def test_from_a_list_to_the_place_on_the_board(
    desk: Page, axe: Any, visitor: Callable[[str], Visitor], programme: Any, tmp_path: pathlib.Path
) -> None:
    # When a reviewer takes in a list,
    file = tmp_path / "list.csv"
    file.write_text(
        f"ics,name,email,rank,note\n{ICS},Siân O’Neill,{SIÂN},1,Leads\nNowhere,Sam,sam@example.org,2,\n"
    )
    desk.goto(reverse("admin:applications_nominationboard_changelist"))
    desk.get_by_role("link", name="Import a list").click()
    press(desk, "Look at what would happen")
    desk.locator(".errornote").get_by_role("link").first.click()
    expect(desk.get_by_label("Programme")).to_be_focused()
    look_everywhere(desk, axe)
    desk.get_by_label("Programme").select_option(label=TITLE)
    desk.get_by_label("The file").set_input_files(file)
    press(desk, "Look at what would happen")
    # then it is shown line by line, and nothing is written before it is confirmed.
    expect(desk.get_by_text("No ICS of this programme has this code or name.")).to_be_visible()
    look_everywhere(desk, axe)
    assert Nominee.objects.count() == 0
    desk.get_by_label("Write to those who are new").check()
    press(desk, "Confirm: import 1 person")
    expect(desk.get_by_text("list.csv: 1 made, 0 changed, 1 refused.")).to_be_visible()
    look_everywhere(desk, axe)
    desk.get_by_role("link", name=ICS, exact=True).click()
    expect(desk.get_by_role("heading", name="Named, not applied yet")).to_be_visible()
    look_everywhere(desk, axe)
    board = desk.url
    for link in ("Write again to Siân O’Neill", "Remove Siân O’Neill"):
        desk.get_by_role("link", name=link).click()
        look_everywhere(desk, axe)
        desk.goto(board)

    # When the person reads the mail, and applies with the address that it came to,
    siân = visitor(SIÂN)
    assert siân.subjects() == [f"{ICS} would like to nominate you for {TITLE}"]
    siân.open_mailed_link("/programmes/")
    assert siân.page.locator("h1").inner_text().endswith(TITLE)
    steps.check_that_i_can_apply(
        siân, YES, {WAYS: ["A qualification in coaching", "A qualification in facilitation"]}
    )
    steps.ask_for_the_link(siân)
    steps.continue_by_the_mailed_link(siân, "About you and your organisation")
    steps.say_who_i_am(siân, "Siân O’Neill", ics=ICS, organisation="Hospis y Downs", sector="Hospice")
    steps.answer_the_questions(siân, ANSWERS)
    steps.choose_dates(siân, {"Cohort 1": "2nd choice", "Cohort 2": "1st choice"})
    steps.agree_to_everything(siân, {"Name of your nominator": "Ngozi Nominator"})
    steps.check_and_submit(siân, expected=["Siân O’Neill"])

    # then they stand on the board in the place that the ICS gave them.
    desk.goto(board)
    expect(desk.get_by_role("heading", name="1. Siân O’Neill")).to_be_visible()
    expect(desk.get_by_role("heading", name="2. Ada Adams")).to_be_visible()
    expect(desk.get_by_role("heading", name="Named, not applied yet")).to_have_count(0)
