"""From a shortlist to accepted places: propose, adjust, apply, undo and apply again, the mails, and the acceptance."""

import datetime
from collections.abc import Callable

import pytest
from django.utils import timezone

from programmes.domain.outbox import send_due
from programmes.models import Programme, Role
from tests import factories
from tests.browser import steps
from tests.browser.visits import Visitor
from tests.cohorts.proposing import person

pytestmark = pytest.mark.django_db(transaction=True)

TITLE = "Listening Well"


@pytest.fixture
def programme(settings, portal) -> Programme:
    """Given: two dates, of 2 seats and of 2 that need 2; four people on the shortlist, told so; a reviewer."""
    settings.DECISION_HOLD_MINUTES = 10
    now = timezone.now()
    programme = factories.ProgrammeFactory(
        title=TITLE,
        limited=True,
        opens_at=now - datetime.timedelta(days=9),
        closes_at=now + datetime.timedelta(days=9),
    )
    for number, (name, minimum) in enumerate((("Lewes", 0), ("Brighton", 2)), start=1):
        cohort = factories.CohortFactory(
            programme=programme, key=f"date-{number}", name=name, maximum=2, minimum=minimum
        )
        factories.SessionFactory(cohort=cohort, starts_at=now + datetime.timedelta(days=60 + number))
    for name, score, wishes in (("Ann", 5, (1, 2)), ("Bob", 4, (1, 2)), ("Cat", 3, (1,)), ("Dan", 2, (1, 2))):
        person(programme, name, *wishes, score=score, now=now, email=f"{name.lower()}@example.org")
    factories.AcademyMemberFactory(
        academy=programme.academy,
        role=Role.REVIEWER,
        user__username="reviewer",
        user__password=steps.PASSWORD,
    )
    send_due(now=now + datetime.timedelta(minutes=11))
    return programme


def go_to_the_proposals(robin: Visitor) -> None:
    robin.leave(robin.page.locator(".model-programme").get_by_role("link", name="Programmes"))
    robin.follow(TITLE)
    robin.follow("Give the places: proposals")


def in_cohort(robin: Visitor, name: str) -> str:
    """What stands in the column of a cohort, in one line."""
    column = robin.page.locator(".columns__one").filter(has=robin.page.get_by_role("heading", name=name))
    return " ".join(column.inner_text().split())


def apply_it(robin: Visitor) -> None:
    robin.follow("Apply this proposal")
    assert robin.reads("4 people are offered a place, and have 5 working days to answer.")
    robin.press("Apply the proposal")
    assert robin.reads("Given a place: 4")


def test_propose_adjust_apply_mails_and_accept(
    programme: Programme, visitor: Callable[[str], Visitor]
) -> None:
    ann, dan, robin = visitor("ann@example.org"), visitor("dan@example.org"), visitor("reviewer@example.org")
    told_before = len(ann.subjects())
    reference = programme.applications.get(name="Dan").reference

    # When the reviewer proposes,
    steps.sign_in(robin, "reviewer")
    go_to_the_proposals(robin)
    robin.follow("Propose who gets which date")
    robin.press("Propose")
    # then all four have a place, and first come, first served is beside it.
    assert robin.reads("4 of 4 people have a place")
    assert robin.reads("Proven: under these rules nothing better exists.")
    assert in_cohort(robin, "Lewes").startswith("Lewes 2 of up to 2. Full. Ann")
    assert "Cat" in in_cohort(robin, "Lewes")
    assert in_cohort(robin, "Brighton").startswith("Brighton 2 of 2. Full.")

    # When she leaves Dan out without a reason, she is asked for one; with it she proposes again.
    robin.page.get_by_label(f"Wish for Dan, {reference}").select_option(label="Leave out")
    robin.press("Propose again")
    assert robin.reads("Say why Dan is left out: the reason is kept.")
    robin.page.get_by_label(f"If left out: why Dan, {reference}").fill("Asked for the next year.")
    robin.press("Propose again")
    # Then Bob and Ann make the two that Brighton needs.
    assert robin.reads("3 of 4 people have a place")
    assert in_cohort(robin, "Lewes").startswith("Lewes 1 of up to 2. 1 seat left. Cat")
    assert robin.reads("Left out by staff Dan Asked for the next year.")

    # When she puts the two side by side, goes back to the first, and applies it,
    robin.follow("Put another beside it")
    robin.press("Put it beside")
    differ = robin.page.get_by_role("region", name="differ").get_by_role("row")
    assert "No place" not in " ".join(differ.all_inner_texts())
    assert any("Left out" in row for row in differ.all_inner_texts())
    robin.leave(robin.page.locator("h2").get_by_role("link").last)
    apply_it(robin)
    # she can take it back at once, as if nothing had been;
    robin.follow("Undo it")
    robin.press("Undo it")
    assert robin.reads("Undone: 4 people back to where they were.")
    # and propose once more, with nobody left out, and apply that.
    robin.press("Propose again")
    apply_it(robin)
    # then nobody hears of it for ten minutes, and after them each of the offer alone.
    assert len(ann.subjects()) == told_before
    steps.ten_minutes_pass()
    for one in (ann, dan):
        assert [subject.partition(" (")[0] for subject in one.subjects()[told_before:]] == [
            f"You are offered a place on {TITLE}"
        ]

    # When Ann accepts by the link in that mail, then her place is confirmed.
    steps.accept_the_offer(ann)
    assert ann.subjects()[-1].startswith(f"Your place on {TITLE} is confirmed")
    steps.see_where_it_stands(ann, name="Place confirmed")
