"""Twenty applications reviewed and decided, at most three actions each; then what was kept is applied together."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, Request, expect

from applications.models import Application, Review, State
from cohorts.models import PendingDecision
from programmes.models import Message, Role
from tests import factories, scenarios
from tests.browser.test_staff_pages import sign_in
from tests.browser.visits import look_everywhere

pytestmark = pytest.mark.django_db(transaction=True)

Check = Callable[..., None]
MOST_ACTIONS = 3


@pytest.fixture
def programme(portal: str) -> Any:
    programme = factories.ProgrammeFactory(title="Leadership Circles")
    factories.CohortFactory(programme=programme, name="Spring")
    return programme


@pytest.fixture
def reviewer(programme: Any) -> Any:
    return factories.AcademyMemberFactory(academy=programme.academy, role=Role.REVIEWER).user


def count_actions(page: Page) -> list[str]:
    """The addresses that the page was sent to from now on: one for each click or key that submits or navigates."""
    asked: list[str] = []

    def note(request: Request) -> None:
        # What the portal itself sends on to is not another action.
        if request.is_navigation_request() and request.redirected_from is None:
            asked.append(f"{request.method} {request.url}")

    page.on("request", note)
    return asked


def test_twenty_applications_are_reviewed_and_decided_in_at_most_three_actions_each(
    programme: Any, reviewer: Any, page: Page, axe: Check
) -> None:
    # Given twenty applications under review, and one that is not
    made = [scenarios.under_review(programme, name=f"Applicant {number:02}") for number in range(20)]
    scenarios.shortlisted(programme, name="Somebody else")
    sign_in(page, reviewer)
    page.goto(reverse("admin:applications_application_changelist") + "?state=under_review")

    # When each is reviewed and decided from the queue: now, or for the release day
    asked = count_actions(page)
    page.get_by_role("link", name="Review these").click()
    look_everywhere(page, axe)
    asked.clear()
    for number in range(20):
        expect(page.locator(".queue__place")).to_contain_text(f"of {20 - (number + 1) // 2}")
        page.get_by_label("Suitable", exact=True).check()
        page.get_by_label("Score (optional)").fill(str(50 + number))
        if number % 2:
            page.get_by_label("Not successful").check()
            page.get_by_label("What the applicant reads").fill("More people applied than we have places.")
            page.get_by_label("Keep for the release day: nobody is told yet").check()
        else:
            page.get_by_label("Shortlist", exact=True).check()
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".messagelist")).to_contain_text("your review is kept")

    # Then no application took more than three actions
    assert len(asked) <= MOST_ACTIONS * len(made)
    assert max(Counter(asked).values()) <= MOST_ACTIONS
    assert Review.objects.count() == 20
    assert Application.objects.filter(state=State.SHORTLISTED).count() == 11
    assert PendingDecision.objects.count() == 10
    assert Message.objects.filter(event="unsuccessful").count() == 0

    # When what was kept is applied together
    page.locator(".object-tools").get_by_role("link", name="Decided, not yet applied").click()
    page.get_by_role("link", name="Leadership Circles").click()
    look_everywhere(page, axe)
    page.get_by_role("button", name="Apply together").click()

    # Then everybody hears at one moment
    expect(page.get_by_role("status")).to_have_text("10 applied, 0 left as they were.")
    look_everywhere(page, axe)
    due = Message.objects.filter(event="unsuccessful").values_list("not_before", flat=True)
    assert (len(due), len(set(due)), PendingDecision.objects.count()) == (10, 1, 0)


def press(page: Page, key: str) -> None:
    """Press a key once the page's script is there."""
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press(key)


def test_the_keyboard_alone_reviews_and_its_shortcuts_can_be_switched_off(
    programme: Any, reviewer: Any, page: Page
) -> None:
    made = [scenarios.under_review(programme, name=name) for name in ("Ann", "Bo", "Cy")]
    sign_in(page, reviewer)
    page.goto(reverse("admin:applications_application_queue"))
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("Cy")

    for key, name in (("j", "Bo"), ("n", "Ann"), ("k", "Bo"), ("p", "Cy")):
        press(page, key)
        expect(heading).to_contain_text(name)
    press(page, "y")
    press(page, "s")
    expect(page.get_by_label("Shortlist", exact=True)).to_be_checked()
    page.get_by_label("Notes (optional)").fill("n j p k")
    page.keyboard.press("Tab")
    press(page, "?")
    expect(page.get_by_text("They rest while you type in a box.")).to_be_visible()
    page.get_by_role("button", name="Save and open the next").press("Enter")
    expect(heading).to_contain_text("Bo")

    assert Review.objects.get().notes == "n j p k"
    assert Application.objects.get(pk=made[2].pk).state == State.SHORTLISTED

    press(page, "?")
    page.get_by_label("Use keyboard shortcuts").uncheck()
    page.reload()
    press(page, "j")
    expect(heading).to_contain_text("Bo")
    page.get_by_text("Keyboard shortcuts", exact=True).click()
    page.get_by_label("Use keyboard shortcuts").check()
    press(page, "/")
    expect(page.locator("#searchbar")).to_be_focused()


def test_everything_to_know_before_a_decision_is_accessible(
    programme: Any, reviewer: Any, page: Page, axe: Check
) -> None:
    factories.RubricCriterionFactory(programme=programme, text="Motivation", weight=2)
    factories.QuestionFactory(programme=programme)
    one = scenarios.under_review(programme, name="Sam Smith", email="sam.smith@example.org")
    other = scenarios.under_review(programme, name="Samantha Smith", email="samsmith@example.org")
    factories.StaffNoteFactory(application=one, author=reviewer)
    conflict = factories.ConflictOfInterestFactory(application=one)
    factories.PendingDecisionFactory(application=one, kind="turn_down", reason="Too many.")
    address = reverse("admin:applications_application_change", args=[one.pk])
    administrator = factories.AcademyMemberFactory(academy=programme.academy, role=Role.ADMINISTRATOR).user
    sign_in(page, administrator)

    page.goto(f"{address}?_changelist_filters=p%3D0")
    look_everywhere(page, axe)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose an outcome, or a decision.")
    look_everywhere(page, axe)
    for name, args in (
        ("duplicate", [one.pk, other.pk, "merge"]),
        ("duplicate", [one.pk, other.pk, "apart"]),
        ("note", [one.pk]),
        ("conflict", [one.pk]),
        ("conflict_lift", [one.pk, conflict.pk]),
        ("clear", [one.pk]),
        ("decided", []),
    ):
        page.goto(reverse(f"admin:applications_application_{name}", args=args))
        look_everywhere(page, axe)
