"""No page breaks a rule of WCAG 2.2 A and AA that axe knows, in any state; errors are found by keyboard.

Mails are looked at in ``test_mails.py``.
"""

import datetime
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from applications.admin.decisions import DECISIONS, open_to_staff
from applications.models import Application, Approval, State
from config.celery import app as jobs
from programmes.models import Role
from tests import factories
from tests.browser.conftest import DESKTOP
from tests.browser.visits import check_page
from tests.crawl.addresses import fillings, patterns
from tests.crawl.world import World, build
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)

Check = Callable[..., None]
SETTLED = "Promise.all(document.getAnimations().map(animation => animation.finished))"


@pytest.fixture
def world() -> Iterator[World]:
    """One of everything, on the day of the scenarios; its mails wait in a queue that nobody empties."""
    eager = jobs.conf.task_always_eager
    jobs.conf.update(task_always_eager=False)
    with time_machine.travel(NOW):
        yield build()
    jobs.conf.update(task_always_eager=eager)


def look(page: Page, axe: Check, found: Iterable[str], *, status: int = 200) -> None:
    """Open pages one by one, and look at each."""
    for address in found:
        response = page.goto(address)
        assert response
        assert (address, response.status) == (address, status)
        check_page(page)
        axe(page)


def press(page: Page, button: str) -> None:
    """Send a form, and wait for the answer."""
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).click()


def opening(found: Iterable[str], client: Client | None = None) -> list[str]:
    """Those addresses that show a page of their own: no file, no redirect, no refusal."""
    client = client or Client()
    answers = ((address, client.get(address)) for address in found)
    return [
        address
        for address, answer in answers
        if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")
    ]


def filled(start: str, world: World, *, not_start: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """The addresses that begin so, by how they are declared."""
    return {
        pattern.text: [pattern.filled(values) for values in fillings(pattern, world)]
        for pattern in patterns()
        if pattern.text.startswith(start) and not pattern.text.startswith(not_start)
    }


# The public.
def test_public_pages(page: Page, axe: Check, world: World) -> None:
    later = factories.ProgrammeFactory(
        opens_at=NOW + datetime.timedelta(days=2), academy=world.offering.academy
    )
    over = factories.ProgrammeFactory(
        closes_at=NOW - datetime.timedelta(days=2), academy=world.offering.academy
    )
    found = filled("", world, not_start=("my/", "approve/<", "staff/", "dev/"))
    not_open = [
        reverse(name, args=[programme.slug])
        for programme in (later, over)
        for name in ("programme", "eligibility")
    ]

    look(page, axe, opening(first for first, *_ in found.values()) + not_open)


def test_the_page_for_somebody_who_cannot_apply(page: Page, axe: Check, world: World) -> None:
    page.goto(reverse("eligibility", args=[world.offering.slug]))
    page.get_by_label("Way").first.check()
    page.get_by_role("radio", name="No").check()
    press(page, "Continue")

    expect(page).to_have_title(f"You cannot apply yet: {world.offering.title} - Cascade")
    check_page(page)
    axe(page)


def test_dead_links(page: Page, axe: Check, world: World) -> None:
    look(page, axe, [f"/my/{world.my_tokens['expired']}/", "/approve/never-made/"], status=410)


def test_an_address_that_does_not_exist(page: Page, axe: Check) -> None:
    look(page, axe, ["/there/is/nothing/"], status=404)


@pytest.mark.urls("tests.pages.sampler")
def test_error_pages(page: Page, axe: Check) -> None:
    for status in (400, 403, 404, 413, 500, 503):
        look(page, axe, [f"/fails/{status}/"], status=status)


def test_a_form_of_another_browser(page: Page, axe: Check) -> None:
    page.goto("/link-again/")
    page.context.clear_cookies()
    press(page, "Send my link")

    expect(page).to_have_title("Sorry, your answers were not sent - Cascade")
    axe(page)


# Behind emailed links.
def test_pages_of_applicants(page: Page, axe: Check, world: World) -> None:
    found = filled("my/", world)
    own = found.pop("my/<str:token>/")
    others = [opening(addresses)[:1] for addresses in found.values()]

    look(page, axe, opening(own) + [address for addresses in others for address in addresses])


def test_pages_of_approvers(page: Page, axe: Check, world: World) -> None:
    found = [address for addresses in filled("approve/<", world).values() for address in addresses]

    look(page, axe, opening(found))


# Errors.
def mistakes(world: World) -> dict[str, tuple[str, str]]:
    """Pages on which something is missing once a button is pressed: the address and the button."""

    def my(state: str, page: str, **parts: Any) -> str:
        return reverse(page, kwargs={"token": world.my_tokens[state], **parts})

    asked = Approval.objects.pending().get(application=world.asks)
    gate = reverse("eligibility", args=[world.offering.slug])
    (start,) = filled("programmes/<slug:slug>/start/", world).values()
    (approve,) = (
        token for name, token in world.approve_tokens.items() if name == "pending of awaiting_approval"
    )
    return {
        "gate": (gate, "Continue"),
        "start": (start[0], "Send me the link"),
        "link again": ("/link-again/", "Send my link"),
        "about": (my("draft", "about"), "Save and continue"),
        "questions": (my("draft", "questions"), "Save and continue"),
        "cohorts": (my("draft", "cohort_choice"), "Save and continue"),
        "approvers": (my("draft", "approvers"), "Save and continue"),
        "declarations": (my("draft", "declarations"), "Save and continue"),
        "information": (my("more_information", "information"), "Send your answer"),
        "offer": (my("offered", "offer"), "Send your answer"),
        "correction": (my("awaiting_approval", "my_approval", pk=asked.pk), "Ask this person"),
        "approver": (reverse("approve", args=[approve]), "Send your answer"),
    }


def test_errors_are_told_and_their_links_lead_to_the_boxes(page: Page, axe: Check, world: World) -> None:
    for name, (address, button) in mistakes(world).items():
        page.goto(address)
        for box in page.locator("main").get_by_role("textbox").all():
            box.clear()
        press(page, button)

        summary = page.locator(".nhsuk-error-summary")
        expect(summary, f"the summary of {name} takes the focus").to_be_focused()
        assert page.title().startswith("Error: "), name
        check_page(page)
        axe(page)
        assert lands(page, summary.get_by_role("link")) == [], name


def test_what_an_answer_reveals_is_missed_as_well(page: Page, axe: Check, world: World) -> None:
    (token,) = (
        token for name, token in world.approve_tokens.items() if name == "pending of awaiting_approval"
    )
    for answer, missing in {
        "I do not support this application": ["Enter a reason: the applicant will read it"],
        "I am not the right person to ask": [
            "Enter the full name of the right person",
            "Enter the work email address of the right person",
        ],
    }.items():
        page.goto(reverse("approve", args=[token]))
        page.get_by_label(answer).check()
        page.get_by_label("Your full name").fill("Morgan Manager")
        press(page, "Send your answer")

        links = page.locator(".nhsuk-error-summary").get_by_role("link")
        assert links.all_inner_texts() == missing
        assert lands(page, links) == []
        axe(page)


def lands(page: Page, links: Locator) -> list[str]:
    """Follow each link of a summary; return those that do not lead to a box of a field marked as wrong."""
    assert links.count(), f"no links in the summary of {page.url}"
    lost = []
    for link in links.all():
        link.click()
        landed = page.evaluate(
            """id => document.activeElement.id === id
                && document.activeElement.matches('input, select, textarea')
                && document.activeElement.closest('.nhsuk-form-group--error, .errors') !== null""",
            str(link.get_attribute("href")).removeprefix("#"),
        )
        if not landed:
            lost.append(link.inner_text())
    return lost


# Staff.
@pytest.fixture
def staff_page(open_page: Callable[..., Page], portal: str) -> Callable[[Any], Page]:
    """A desktop's page at which somebody is signed in."""

    def staff_page(user: Any) -> Page:
        client = Client()
        client.force_login(user)
        page = open_page(**DESKTOP)
        session = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": portal}])
        return page

    return staff_page


def look_by_day_and_night(page: Page, axe: Check, found: Iterable[str] = ("",)) -> None:
    """Look at staff pages in both colour schemes; without addresses, at the page that is there."""
    for address in found:
        if address:
            page.goto(address)
        check_page(page)
        page.emulate_media(color_scheme="light")
        page.evaluate(SETTLED)
        axe(page)
        page.emulate_media(color_scheme="dark")
        # Colours change gently.
        page.evaluate(SETTLED)
        axe(page, only="color-contrast")


def test_signing_in_and_being_locked_out(page: Page, axe: Check, settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 2
    page.goto("/staff/")
    look_by_day_and_night(page, axe)
    for title in ("Error: Sign in", "Sign-in is closed for a while"):
        page.get_by_label("Username").fill("somebody")
        page.get_by_label("Password").fill("a guess")
        press(page, "Sign in")
        assert title in page.title()
        look_by_day_and_night(page, axe)


# Looked at below, or Django's own without anything of ours.
_NOT_LOOKED_AT = (
    "staff/axes/",
    "staff/(?P<url>",
    "staff/^(?P<app_label>",
    "staff/applications/application/<int:pk>/",
)
_ALIKE = ("/history/", "/delete/", "/jsi18n/")


@pytest.mark.parametrize("part", ["staff/programmes/", "the rest"])
def test_staff_pages(staff_page: Callable[[Any], Page], axe: Check, world: World, part: str) -> None:
    client = Client()
    client.force_login(world.superuser)
    found = filled("staff/", world, not_start=_NOT_LOOKED_AT)
    firsts = [
        addresses[0]
        for text, addresses in found.items()
        if text.startswith("staff/programmes/") == (part == "staff/programmes/")
    ]
    pages = [address for address in opening(firsts, client) if not address.endswith(_ALIKE)]

    look_by_day_and_night(staff_page(world.superuser), axe, pages)


def test_the_history_and_the_deletion_of_a_record(
    staff_page: Callable[[Any], Page], axe: Check, world: World
) -> None:
    cohort = world.offering.cohorts.first()
    venue = factories.VenueFactory(academy=world.offering.academy)
    history = reverse("admin:cohorts_cohort_history", args=[cohort.pk])
    deletion = reverse("admin:cohorts_venue_delete", args=[venue.pk])

    look_by_day_and_night(staff_page(world.administrator), axe, [history, deletion])


def test_staff_pages_of_applications(staff_page: Callable[[Any], Page], axe: Check, world: World) -> None:
    decided: dict[str, str] = {}
    for application in Application.objects.filter(submitted_at__isnull=False):
        for row in open_to_staff(application):
            decided.setdefault(row.action, f"decide/{row.action}/")
            decided[row.action] = reverse(
                "admin:applications_application_decide", args=[application.pk, row.action]
            )
    asked = Approval.objects.pending().get(application=world.asks)
    of_approvals = [
        reverse("admin:applications_application_approval", args=[asked.application_id, asked.pk, action])
        for action in ("override", "address", "remind")
    ]
    one_each = {application.state: application.pk for application in Application.objects.order_by("-pk")}
    records = [reverse("admin:applications_application_change", args=[pk]) for pk in one_each.values()]
    under_review = one_each[State.UNDER_REVIEW]
    others = [
        reverse(f"admin:applications_application_{name}", args=[under_review]) for name in ("review", "match")
    ]
    assert set(decided) == set(DECISIONS)

    look_by_day_and_night(
        staff_page(world.superuser), axe, [*decided.values(), *of_approvals, *records, *others]
    )


def test_staff_pages_with_errors(staff_page: Callable[[Any], Page], axe: Check, world: World) -> None:
    page = staff_page(world.administrator)
    one_each = {application.state: application.pk for application in Application.objects.order_by("-pk")}
    asked = Approval.objects.pending().get(application=world.asks)
    decide = "admin:applications_application_decide"
    for address, button in (
        (reverse(decide, args=[one_each[State.UNDER_REVIEW], "turn_down"]), "Not successful"),
        (reverse(decide, args=[one_each[State.UNDER_REVIEW], "ask_information"]), "Ask for more information"),
        (reverse(decide, args=[one_each[State.SHORTLISTED], "offer"]), "Offer a place"),
        (
            reverse(
                "admin:applications_application_approval", args=[asked.application_id, asked.pk, "override"]
            ),
            "Agree in the approver’s stead",
        ),
        (
            reverse("admin:applications_application_review", args=[one_each[State.UNDER_REVIEW]]),
            "Add the review",
        ),
    ):
        page.goto(address)
        press(page, button)

        assert page.title().startswith("Error: "), address
        assert lands(page, page.locator(".errornote").get_by_role("link")) == []
        look_by_day_and_night(page, axe)


def test_deciding_on_several_at_once(staff_page: Callable[[Any], Page], axe: Check, world: World) -> None:
    page = staff_page(world.administrator)
    page.goto(reverse("admin:applications_application_changelist"))
    page.get_by_role("checkbox", name="Select all objects on this page for an action").check()
    page.get_by_label("Action:").select_option(label="Offer a place to the selected applicants")
    press(page, "Go")
    assert page.title().startswith("Offer a place: ")
    look_by_day_and_night(page, axe)

    press(page, "Offer a place")
    assert page.title().startswith("Error: Offer a place: ")
    look_by_day_and_night(page, axe)

    page.get_by_role("radio", name="For each the best of their own preferences that has a seat left").check()
    press(page, "Offer a place")
    expect(page.get_by_role("heading", name="Skipped")).to_be_visible()
    look_by_day_and_night(page, axe)


def test_refusals_to_staff(staff_page: Callable[[Any], Page], axe: Check, world: World) -> None:
    viewer = factories.AcademyMemberFactory(academy=world.offering.academy, role=Role.VIEWER).user
    application = Application.objects.get(pk=world.asks.pk)
    other = reverse("admin:applications_application_decide", args=[application.pk, "withdraw"])

    look(staff_page(viewer), axe, [other], status=403)
    look(staff_page(viewer), axe, ["/staff/applications/application/999999/change/"], status=404)
