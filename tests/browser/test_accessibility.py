"""No page breaks a rule of WCAG 2.2 A and AA that axe knows, in any state; errors are found by keyboard.

Mails, the shipped programmes' pages and the staff's pages are looked at in their own files.
"""

import datetime
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from applications.models import Approval
from config.celery import app as jobs
from programmes.domain import links
from programmes.models import Link, Role
from tests import factories, scenarios
from tests.browser.test_zoom_and_keys import addresses as staff_addresses
from tests.browser.test_zoom_and_keys import pages
from tests.browser.visits import look_everywhere
from tests.crawl.addresses import fillings, patterns
from tests.crawl.world import World, build
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)

Check = Callable[..., None]
DAY = datetime.timedelta(days=1)
# Pages that are the same for every kind of record: those of applications are looked at.
ALIKE = ("/history/", "/export/", "/delete/")


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
        look_everywhere(page, axe)


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
def test_pages_of_a_programme_that_is_not_open(page: Page, axe: Check) -> None:
    now = timezone.now()
    later = factories.ProgrammeFactory(opens_at=now + DAY, closes_at=now + 2 * DAY)
    over = factories.ProgrammeFactory(opens_at=now - 2 * DAY, closes_at=now - DAY)

    look(
        page,
        axe,
        [
            reverse(name, args=[programme.slug])
            for programme in (later, over)
            for name in ("programme", "eligibility")
        ],
    )


def test_pages_of_links(page: Page, axe: Check) -> None:
    look(page, axe, map(reverse, ["link_again", "link_sent", "approval_passed_on"]))


def test_dead_links(page: Page, axe: Check) -> None:
    look(page, axe, [f"/my/{'x' * 43}/", "/approve/never-made/"], status=410)


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
    by_decision = {name.partition(" of ")[0]: token for name, token in world.approve_tokens.items()}
    found = [reverse("approve", args=[token]) for token in by_decision.values()]
    resting = Approval.objects.exclude(more_time_until=None).get()
    token = links.token_of(links.mint(Link.Opens.APPROVAL, resting.pk, sent_to=resting.email, now=NOW))

    look(page, axe, [*opening(found), reverse("approval_done", args=[token])])


# Circles, and what facilitators do behind their own links.
@pytest.mark.parametrize(
    ("start", "least"),
    # Of fewer pages the list of addresses would have lost some.
    [
        ("facilitator/", 20),
        ("booking/", 3),
        ("circles/", 2),
        ("certificates/", 1),
        ("programmes/<slug:slug>/materials/", 1),
    ],
)
def test_pages_of_circles_and_facilitators(
    page: Page, axe: Check, world: World, start: str, least: int
) -> None:
    pages_of_each = [opening(addresses)[:1] for addresses in filled(start, world).values()]
    found = [address for addresses in pages_of_each for address in addresses]

    assert len(found) >= least
    look(page, axe, found)


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
        look_everywhere(page, axe)
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

        summary = page.locator(".nhsuk-error-summary")
        assert summary.get_by_role("link").all_inner_texts() == missing
        assert lands(page, summary.get_by_role("link")) == []
        axe(page)


def lands(page: Page, followed: Locator) -> list[str]:
    """Follow each link of a summary; return those that do not lead to a box of a field marked as wrong."""
    assert followed.count(), f"no links in the summary of {page.url}"
    lost = []
    for link in followed.all():
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
def test_signing_in_and_being_locked_out(page: Page, axe: Check, settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 2
    page.goto("/staff/")
    look_everywhere(page, axe)
    for title in ("Error: Sign in", "Sign-in is closed for a while"):
        page.get_by_label("Username").fill("somebody")
        page.get_by_label("Password").fill("a guess")
        press(page, "Sign in")
        assert title in page.title()
        look_everywhere(page, axe)


def test_staff_pages_with_errors(staff_page: Callable[[Any], Page], axe: Check) -> None:
    programme = factories.ProgrammeFactory()
    factories.CohortFactory(programme=programme)
    reviewed, suitable = scenarios.under_review(programme), scenarios.shortlisted(programme)
    factories.ApprovalStepFactory(programme=programme)
    asked = scenarios.submitted(programme).approvals.get()
    page = staff_page(scenarios.reviewer_of(programme))

    for name, arguments, button in (
        ("decide", [reviewed.pk, "turn_down"], "Not successful"),
        ("decide", [reviewed.pk, "ask_information"], "Ask for more information"),
        ("decide", [suitable.pk, "offer"], "Offer a place"),
        ("approval", [asked.application_id, asked.pk, "override"], "Agree in the approver’s stead"),
        ("review", [reviewed.pk], "Add the review"),
    ):
        page.goto(reverse(f"admin:applications_application_{name}", args=arguments))
        press(page, button)

        assert page.title().startswith("Error: "), name
        assert lands(page, page.locator(".errornote").get_by_role("link")) == [], name
        look_everywhere(page, axe)


def test_staff_pages_about_facilitators(staff_page: Callable[[Any], Page], axe: Check, world: World) -> None:
    reader = world.administrator
    found = {
        purpose: addresses
        for purpose, addresses in staff_addresses(world).items()
        if purpose[0].startswith("staff/facilitators/") and not purpose[0].endswith(ALIKE)
    }

    shown = list(pages(reader, found))

    assert len(shown) >= 50
    look(staff_page(reader), axe, shown)


def test_refusals_to_staff(staff_page: Callable[[Any], Page], axe: Check) -> None:
    programme = factories.ProgrammeFactory()
    application = scenarios.under_review(programme)
    viewer = factories.AcademyMemberFactory(academy=programme.academy, role=Role.VIEWER).user
    page = staff_page(viewer)

    look(page, axe, [f"/staff/applications/application/{application.pk}/decide/withdraw/"], status=403)
    look(page, axe, ["/staff/applications/application/999999/change/"], status=404)
