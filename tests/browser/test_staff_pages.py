"""The staff's pages in a real browser: accessible by day and by night, narrow, and whole without scripts."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from applications.models import Application
from programmes.admin import setting_up
from programmes.models import Message, Role
from programmes.models.programmes import OfferAnswer
from tests import factories, scenarios
from tests.browser.conftest import DESKTOP
from tests.browser.visits import check_page, look_everywhere

pytestmark = pytest.mark.django_db(transaction=True)

Check = Callable[..., None]
PASSWORD = "a long enough password"


@dataclass
class Desk:
    """A programme with people at every stage, and somebody who may do everything in its academy."""

    programme: Any
    user: Any
    waiting: Application
    reviewed: Application
    suitable: Application
    offered: Application
    ended: Application
    direct: Application


@pytest.fixture
def desk(portal: str) -> Desk:
    programme = factories.ProgrammeFactory(title="Leadership Circles", limited=True, total_places=30)
    for name in ("Spring", "Summer"):
        cohort = factories.CohortFactory(programme=programme, name=name, minimum=8)
        factories.SessionFactory(cohort=cohort, venue=factories.VenueFactory(academy=programme.academy))
    for part in (
        factories.CriterionOptionFactory(criterion__programme=programme).criterion,
        factories.QuestionFactory(programme=programme),
        factories.DeclarationFactory(programme=programme),
        factories.FaqFactory(programme=programme),
        factories.ObligationFactory(programme=programme),
        factories.RoleDescriptionFactory(programme=programme),
        factories.MessageTemplateFactory(programme=programme),
    ):
        assert part.pk
    factories.OrganisationFactory(name="Downs Hospice Ltd")
    made = {
        "reviewed": scenarios.submitted(programme),
        "suitable": scenarios.shortlisted(programme),
        "offered": scenarios.offered(programme),
        "ended": scenarios.withdrawn(scenarios.submitted(programme)),
    }
    factories.ApprovalStepFactory(programme=programme)
    waiting = scenarios.submitted(programme)
    Message.objects.filter(about=waiting.about, event="received").update(status="failed", last_error="550 no")
    directly = factories.ProgrammeFactory(
        academy=programme.academy, offer_answer=OfferAnswer.CONFIRMED_DIRECTLY
    )
    factories.CohortFactory(programme=directly)
    made["direct"] = scenarios.shortlisted(directly)
    user = factories.AcademyMemberFactory(academy=programme.academy, role=Role.ADMINISTRATOR).user
    return Desk(programme, user, waiting, **made)


def sign_in(page: Page, user: Any) -> None:
    page.goto("/staff/")
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1, name="Programmes and applications")).to_be_visible()


def decision(application: Application, action: str) -> str:
    return reverse("admin:applications_application_decide", args=[application.pk, action])


def addresses(desk: Desk) -> list[str]:
    """Every kind of page that staff see."""
    programme, approval = desk.programme, desk.waiting.approvals.get()
    cohort = programme.cohorts.all()[0]
    failed = Message.objects.get(status="failed")
    applications = (desk.waiting, desk.reviewed, desk.suitable, desk.offered, desk.ended)
    lists = (
        "applications_application",
        "cohorts_cohort",
        "cohorts_venue",
        "programmes_programme",
        "programmes_message",
        "programmes_organisation",
        "programmes_academymember",
        "programmes_academy",
        "programmes_integratedcaresystem",
    )
    return [
        reverse("admin:index"),
        *(reverse(f"admin:{name}_changelist") for name in lists),
        *(reverse("admin:applications_application_change", args=[one.pk]) for one in applications),
        *(
            decision(desk.reviewed, action)
            for action in ("shortlist", "ask_information", "turn_down", "offer")
        ),
        *(decision(desk.suitable, action) for action in ("offer", "waitlist", "withdraw")),
        decision(desk.direct, "give_place"),
        decision(desk.offered, "take_back_offer"),
        decision(desk.ended, "reopen"),
        reverse("admin:applications_application_review", args=[desk.reviewed.pk]),
        reverse("admin:applications_application_match", args=[desk.reviewed.pk]),
        *(
            reverse("admin:applications_application_approval", args=[desk.waiting.pk, approval.pk, action])
            for action in ("override", "address", "remind")
        ),
        reverse("admin:programmes_programme_change", args=[programme.pk]),
        *(
            reverse("admin:programmes_programme_step", args=[programme.pk, one.step.value])
            for one in setting_up.STEPS
        ),
        *(
            reverse(f"admin:programmes_programme_{verb}", args=[programme.pk])
            for verb in ("open", "close", "take_down", "copy")
        ),
        reverse("admin:programmes_programme_preview", args=[programme.pk, "mails"]),
        reverse("admin:programmes_programme_history", args=[programme.pk]),
        reverse("admin:programmes_programme_allowance", args=[programme.pk]),
        reverse("admin:programmes_criterion_change", args=[programme.criteria.get().pk]),
        reverse("admin:cohorts_cohort_change", args=[cohort.pk]),
        reverse("admin:cohorts_cohort_add"),
        reverse("admin:cohorts_cohort_copy", args=[cohort.pk]),
        reverse("admin:cohorts_cohort_demand", args=[programme.pk]),
        *(
            reverse("admin:cohorts_cohort_decide", args=[cohort.pk, kind])
            for kind in ("run_anyway", "extend", "merge", "cancel")
        ),
        reverse("admin:cohorts_cohort_decide", args=[cohort.pk, "merge"]) + f"?into={cohort.pk + 1}",
        reverse("admin:cohorts_venue_add"),
        reverse("admin:cohorts_venue_delete", args=[factories.VenueFactory(academy=programme.academy).pk]),
        reverse("admin:programmes_programme_add"),
        reverse("admin:programmes_organisation_add"),
        reverse("admin:programmes_academy_change", args=[programme.academy_id]),
        reverse("admin:password_change"),
        reverse("admin:cohorts_session_change", args=[cohort.sessions.get().pk]),
        reverse("admin:programmes_message_change", args=[failed.pk]),
        reverse("admin:programmes_message_again", args=[failed.pk]),
        reverse("admin:programmes_academymember_add"),
    ]


@pytest.mark.parametrize("part", ["applications", "the rest"])
def test_every_staff_page_is_accessible_and_fits(desk: Desk, page: Page, axe: Check, part: str) -> None:
    sign_in(page, desk.user)

    for address in addresses(desk):
        if ("/application/" in address) == (part == "applications"):
            page.goto(address)
            look_everywhere(page, axe)


def test_the_superusers_pages_are_accessible_and_fit(desk: Desk, page: Page, axe: Check) -> None:
    user = factories.UserFactory(is_superuser=True)
    sign_in(page, user)

    for name in ("auth_user", "programmes_academy", "programmes_integratedcaresystem", "programmes_region"):
        page.goto(reverse(f"admin:{name}_add"))
        look_everywhere(page, axe)
    for address in (
        reverse("admin:auth_user_changelist"),
        reverse("admin:auth_user_change", args=[user.pk]),
        reverse("admin:auth_user_password_change", args=[user.pk]),
    ):
        page.goto(address)
        look_everywhere(page, axe)


def test_a_reason_that_is_missing_is_said_and_its_link_leads_to_the_field(
    desk: Desk, page: Page, axe: Check
) -> None:
    sign_in(page, desk.user)
    page.goto(decision(desk.reviewed, "turn_down"))

    page.get_by_role("button", name="Not successful").click()
    expect(page).to_have_title(
        "Error: Not successful: " + desk.reviewed.reference + " | Cascade for academy staff"
    )
    axe(page)
    page.get_by_role("alert").get_by_role("link", name="Enter the reason.").click()

    expect(page.get_by_label("Reason")).to_be_focused()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_reviewer_shortlists_and_offers_places_to_several(
    desk: Desk, open_page: Callable[..., Page], axe: Check, scripts: bool
) -> None:
    # Given a reviewer before the list
    check: Check = partial(look_everywhere, axe=axe) if scripts else check_page
    page = open_page(**DESKTOP, java_script_enabled=scripts)
    sign_in(page, desk.user)
    page.goto(reverse("admin:applications_application_changelist"))

    # When two are ticked and shortlisted
    for application in (desk.reviewed, desk.offered):
        page.get_by_role("row", name=application.reference).get_by_role("checkbox").check()
    page.get_by_label("Action:").select_option("Shortlist the selected applications")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Shortlist: 2 applications")
    check(page)
    page.get_by_role("button", name="Shortlist").click()

    # Then the report says what was done and what was not
    expect(page.get_by_role("status")).to_have_text("1 done, 0 done with a warning, 1 skipped.")
    check(page)

    # When a place is offered without a cohort, and then with one
    page.goto(reverse("admin:applications_application_changelist"))
    page.get_by_role("row", name=desk.reviewed.reference).get_by_role("checkbox").check()
    page.get_by_label("Action:").select_option("Offer a place to the selected applicants")
    page.get_by_role("button", name="Go").click()
    page.get_by_role("button", name="Offer a place").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose a cohort, or each applicant’s own preference.")
    check(page)
    page.get_by_label("For each the best of their own preferences").check()
    page.get_by_role("button", name="Offer a place").click()

    # Then it is theirs
    expect(page.get_by_role("heading", level=2)).to_have_text("Done")
    page.get_by_role("link", name=str(desk.reviewed)).click()
    expect(page.locator(".review__state")).to_contain_text("Place offered")


def test_staff_without_scripts_decide_on_an_application(desk: Desk, page_without_javascript: Page) -> None:
    page = page_without_javascript
    sign_in(page, desk.user)
    page.goto(reverse("admin:applications_application_change", args=[desk.suitable.pk]))

    page.get_by_role("link", name="Offer a place").click()
    page.get_by_label("Summer: their 2nd preference").check()
    page.get_by_role("button", name="Offer a place").click()

    expect(page.locator(".messagelist")).to_contain_text("Sam Applicant is offered a place.")
    expect(page.locator(".review__state")).to_contain_text("Place offered")
