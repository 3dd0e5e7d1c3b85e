"""A reviewer without a mouse: signs in, opens what waits, reviews and decides, and stands before the next one."""

import pytest
from playwright.sync_api import Page, expect

from applications.models import Review, State
from programmes.models import Role
from tests import factories, scenarios

pytestmark = pytest.mark.django_db(transaction=True)

MOST_TABS = 150


def tab_to(page: Page, name: str) -> None:
    """Press Tab until something of this name has the focus, as somebody would who cannot point at it."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if name in page.evaluate(
            """() => {
                const at = document.activeElement;
                if (at === document.body) return "";
                const labels = [...(at.labels ?? [])].map((label) => label.innerText);
                return [at.innerText ?? "", at.value ?? "", ...labels].join(" | ");
            }"""
        ):
            return
    pytest.fail(f"Tab does not reach “{name}” on {page.url}")


def test_a_reviewer_without_a_mouse_signs_in_decides_and_goes_on_to_the_next(page: Page, portal: str) -> None:
    programme = factories.ProgrammeFactory(title="Leadership Circles")
    reviewer = factories.AcademyMemberFactory(academy=programme.academy, role=Role.REVIEWER).user
    ann, bo = (scenarios.under_review(programme, name=name) for name in ("Ann Applicant", "Bo Applicant"))

    page.goto("/staff/")
    tab_to(page, "Username")
    page.keyboard.type(reviewer.username)
    page.keyboard.press("Tab")
    page.keyboard.type("a long enough password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Programmes and applications")
    tab_to(page, "to review")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Applications")
    tab_to(page, "Review these")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bo Applicant")
    tab_to(page, "Suitable")
    page.keyboard.press("Space")
    expect(page.get_by_label("Suitable", exact=True)).to_be_checked()
    tab_to(page, "Leave it as it is")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Shortlist", exact=True)).to_be_checked()
    tab_to(page, "Save")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_contain_text("Ann Applicant")
    assert Review.objects.get().application == bo
    bo.refresh_from_db()
    ann.refresh_from_db()
    assert (bo.state, ann.state) == (State.SHORTLISTED, State.UNDER_REVIEW)
