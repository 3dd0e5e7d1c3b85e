"""A colleague: invited by mail, with a password, a telephone and recovery codes; the warning before the time-out."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from programmes.domain import invitations, outbox
from programmes.models import Role
from tests import factories
from tests.browser.conftest import DESKTOP
from tests.browser.visits import look_everywhere
from tests.support.telephone import code_of

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "three random words here"
ADDRESS = "casey@example.org"


@pytest.fixture(autouse=True)
def required(settings: Any) -> None:
    settings.STAFF_TWO_FACTOR = "required"
    settings.STAFF_IDLE_MINUTES = 30


@pytest.fixture
def administrator() -> Any:
    return factories.AcademyMemberFactory(role=Role.ADMINISTRATOR, academy__name="Downs Academy").user


def sign_in(page: Page, username: str, password: str) -> None:
    page.goto("/staff/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def set_up(page: Page) -> list[str]:
    """Set up the telephone that the page shows the key of; return the recovery codes."""
    shown = page.locator(".second-step__key").inner_text()
    page.get_by_label("Code", exact=True).fill(code_of(shown))
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("h1")).to_have_text("Two-factor sign-in is set up")
    return page.locator(".second-step__codes code").all_inner_texts()


def test_a_colleague_is_invited_sets_up_a_telephone_and_comes_in_by_a_recovery_code(
    open_page: Callable[..., Page], axe: Any, mailbox: Any, administrator: Any
) -> None:
    ours, theirs = open_page(**DESKTOP), open_page(**DESKTOP)

    sign_in(ours, administrator.username, "a long enough password")
    look_everywhere(ours, axe)
    set_up(ours)
    ours.get_by_role("link", name="I have kept them: continue").click()
    ours.goto(reverse("admin:programmes_academymember_changelist"))
    ours.get_by_role("link", name="Invite a colleague").click()
    look_everywhere(ours, axe)
    ours.get_by_label("Name").fill("Casey Colleague")
    ours.get_by_label("Work address").fill(ADDRESS)
    ours.get_by_role("button", name="Send the invitation").click()
    expect(ours.get_by_text("Casey Colleague is invited.")).to_be_visible()
    look_everywhere(ours, axe)
    outbox.send_due()

    theirs.goto(mailbox.latest(ADDRESS).link("/invitation/"))
    look_everywhere(theirs, axe)
    theirs.get_by_label("Password", exact=True).fill(PASSWORD)
    theirs.get_by_label("The same password again").fill("something else")
    theirs.get_by_role("button", name="Make my account").click()
    expect(theirs.get_by_role("link", name="The two passwords are not the same")).to_be_visible()
    look_everywhere(theirs, axe)
    theirs.get_by_label("Password", exact=True).fill(PASSWORD)
    theirs.get_by_label("The same password again").fill(PASSWORD)
    theirs.get_by_role("button", name="Make my account").click()
    expect(theirs.locator("h1")).to_contain_text("You can sign in now")
    look_everywhere(theirs, axe)

    sign_in(theirs, ADDRESS, PASSWORD)
    expect(theirs.locator("h1")).to_have_text("Set up two-factor sign-in")
    codes = set_up(theirs)
    assert len(codes) == 10
    look_everywhere(theirs, axe)
    theirs.get_by_role("link", name="I have kept them: continue").click()
    theirs.get_by_role("button", name="Log out").click()

    sign_in(theirs, ADDRESS, PASSWORD)
    expect(theirs.locator("h1")).to_have_text("Enter your code")
    look_everywhere(theirs, axe)
    theirs.get_by_label("Code", exact=True).fill(codes[0])
    theirs.get_by_role("button", name="Continue").click()
    expect(theirs.get_by_text("You have 9 recovery codes left.")).to_be_visible()
    theirs.get_by_role("link", name="Your account").click()
    expect(theirs.get_by_text("9 recovery codes left.", exact=False).first).to_be_visible()
    look_everywhere(theirs, axe)

    ours.goto(reverse("admin:programmes_academymember_changes"))
    joined = ours.get_by_role("listitem").filter(has_text="Casey Colleague joined Downs Academy as Reviewer")
    expect(joined).to_have_count(1)
    look_everywhere(ours, axe)


def come_in_under_a_clock(page: Page, user: Any) -> None:
    """Sign in on a page whose clock is turned by hand; return once its script has looked at that clock."""
    page.clock.install()
    sign_in(page, user.username, "a long enough password")
    expect(page.get_by_role("link", name="Your account")).to_be_visible()
    # What is on the page can be seen before its scripts have run.
    page.wait_for_load_state()


def test_somebody_is_warned_and_stays_signed_in(
    page: Page, axe: Any, settings: Any, administrator: Any
) -> None:
    settings.STAFF_TWO_FACTOR = "optional"
    come_in_under_a_clock(page, administrator)

    page.clock.run_for("27:00")
    early = page.get_by_role("alert").count()
    page.clock.run_for("01:30")
    warning = page.get_by_role("alert").filter(has_text="You are signed out in less than 2 minutes")
    expect(warning).to_be_visible()
    look_everywhere(page, axe)
    page.get_by_role("button", name="Stay signed in").click()

    expect(page.get_by_role("alert")).to_have_count(0)
    assert early == 0


def test_who_could_not_be_kept_signed_in_goes_on_reading_so(
    page: Page, settings: Any, administrator: Any
) -> None:
    settings.STAFF_TWO_FACTOR = "optional"
    come_in_under_a_clock(page, administrator)
    # An answer such as a proxy's page for a portal that is being restarted.
    page.route(f"**{reverse('admin:account_still_here')}", lambda route: route.fulfill(status=200, body=""))

    page.clock.run_for("28:30")
    page.get_by_role("button", name="Stay signed in").click()
    said = page.get_by_role("alert").filter(has_text="You could not be kept signed in.")
    expect(said).to_be_visible()
    page.clock.run_for("00:20")

    expect(said).to_be_visible()


def test_a_late_form_shows_what_was_typed(page: Page, axe: Any, settings: Any, administrator: Any) -> None:
    settings.STAFF_TWO_FACTOR = "optional"
    sign_in(page, administrator.username, "a long enough password")
    page.goto(reverse("admin:programmes_invitation_add"))
    page.get_by_label("Name").fill("Casey Colleague")
    page.context.clear_cookies(name="staff_seen")
    settings.STAFF_IDLE_MINUTES = -1

    page.get_by_role("button", name="Send the invitation").click()

    expect(page.locator("h1")).to_have_text("You were signed out")
    expect(page.get_by_label("Name")).to_have_value("Casey Colleague")
    look_everywhere(page, axe)


def test_an_invited_colleague_with_an_account_agrees(
    page: Page, axe: Any, mailbox: Any, administrator: Any
) -> None:
    academy = administrator.academy_memberships.get().academy
    factories.AcademyMemberFactory(user__email=ADDRESS, user__username="casey")
    invitations.invite(
        academy=academy,
        name="Casey",
        address=ADDRESS,
        role=Role.VIEWER,
        by=administrator,
        now=timezone.now(),
    )
    outbox.send_due()

    page.goto(mailbox.latest(ADDRESS).link("/invitation/"))
    look_everywhere(page, axe)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Username").fill("casey")
    page.get_by_label("Password").fill("a long enough password")
    page.get_by_role("button", name="Sign in").click()
    look_everywhere(page, axe)
    page.get_by_role("button", name="Join Downs Academy").click()

    expect(page.locator("h1")).to_contain_text("You can sign in now")
