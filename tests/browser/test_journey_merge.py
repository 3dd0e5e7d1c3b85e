"""A cohort of 7 that needs 12 is merged into one of 8, in a real browser: 15 people, 15 updated calendars."""

import datetime
from collections.abc import Callable, Iterable
from typing import Any

import icalendar
import pytest
from django.utils import timezone

from applications.models import Application
from cohorts.models import Cohort
from programmes.domain.wording import nhs_date
from programmes.models import Role
from tests import factories
from tests.browser import steps
from tests.browser.visits import Visitor
from tests.cohorts.groups import cohort_at, seated

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def groups(portal: str, settings: Any) -> tuple[list[Application], list[Application]]:
    """Given: seven people confirmed in one cohort and eight in another, each with the mail that says so."""
    settings.DECISION_HOLD_MINUTES = 10
    # They applied some time ago; the dates lie ahead of the day on which this is run.
    programme = factories.ProgrammeFactory(title="Calm Conversations")
    first, second = (
        cohort_at(programme, name, _morning(days), minimum=12, maximum=20)
        for name, days in (("Cohort 1", 40), ("Cohort 2", 60))
    )
    factories.AcademyMemberFactory(
        academy=programme.academy,
        role=Role.REVIEWER,
        user__username="reviewer",
        user__password=steps.PASSWORD,
    )
    people = seated(first, 7, ranked=[first, second]), seated(second, 8, ranked=[second])
    steps.ten_minutes_pass()
    return people


def _morning(days: int) -> datetime.datetime:
    day = timezone.localtime() + datetime.timedelta(days=days)
    return day.replace(hour=9, minute=30, second=0, microsecond=0)


def calendar_of(mails: Iterable[Any]) -> dict[str, tuple[int, str, datetime.datetime]]:
    """What a person's calendar holds after their mails: by UID the number, the state and the start of each event.

    As calendars do, it takes of an event only what has a higher number than it knows.
    """
    held: dict[str, tuple[int, str, datetime.datetime]] = {}
    for mail in mails:
        for text in mail.attachments.values():
            for event in icalendar.Calendar.from_ical(text).walk("VEVENT"):
                uid, number = str(event["UID"]), int(event["SEQUENCE"])
                if uid not in held or held[uid][0] < number:
                    held[uid] = number, str(event["STATUS"]), event.decoded("DTSTART")
    return held


def sessions_in(
    calendar: dict[str, tuple[int, str, datetime.datetime]],
) -> list[tuple[str, datetime.datetime]]:
    """The events that were not called off, with their state."""
    return sorted((state, starts) for _, state, starts in calendar.values() if state != "CANCELLED")


def test_a_cohort_of_7_is_merged_into_one_of_8(
    groups: tuple[list[Application], list[Application]], visitor: Callable[[str], Visitor]
) -> None:
    moved, there = groups
    robin = visitor("reviewer@example.org")
    mails_before = {one.email: len(robin.mailbox.to(one.email)) for one in moved + there}
    first, second = Cohort.objects.order_by("pk")

    # Given a reviewer who reads on the cohort's page that it is not certain,
    steps.sign_in(robin, "reviewer")
    robin.leave(robin.page.locator(".model-cohort").get_by_role("link", name="Cohorts"))
    robin.follow("Cohort 1")
    assert robin.reads("7 of 12 to 20: 7 confirmed, 0 offered")
    # when they look what a merge would do,
    robin.follow("Merge into another cohort")
    assert robin.reads("7 of 7 people can come; 15 of 20 seats taken afterwards.")
    robin.follow("See who would move to Cohort 2")
    # then they read who comes and who hears what, and nothing has changed yet.
    assert robin.reads("15 of 12 to 20: 15 confirmed, 0 offered")
    assert robin.reads("It reaches its minimum of 12 by this, and is certain to run.")
    assert robin.reads("8 people confirmed in Cohort 2 already get a mail that Cohort 2 goes ahead")
    assert first.places.taken().count() == 7

    # When they give the reason and press the button,
    robin.write("Reason", "Cohort 1 has too few people.")
    robin.press("Merge into another cohort")
    # then the cohort's page says what was done,
    assert robin.page.locator(".messagelist").inner_text() == (
        "Cohort 1: decided. 7 people came to Cohort 2 (7 confirmed), which then had 15 of 20 seats taken. "
        "Cohort 2 reached its minimum of 12 by it."
    )
    # the seats are right,
    robin.go(f"/staff/cohorts/cohort/{second.pk}/change/")
    rows = robin.page.locator("section[aria-labelledby=people] tbody tr")
    assert [row.inner_text().split()[0] for row in rows.all()] == [str(number) for number in range(1, 16)]
    # and once the hold is over, each of the fifteen has one more mail,
    steps.ten_minutes_pass()
    new = {one.email: robin.mailbox.to(one.email)[mails_before[one.email] :] for one in moved + there}
    assert {len(mails) for mails in new.values()} == {1}
    dates = nhs_date(second.starts_at)
    assert {
        (mails[0].subject.partition(" (")[0], len(mails[0].attachments), dates in mails[0].text)
        for one in moved
        for mails in [new[one.email]]
    } == {("Your place on Calm Conversations has new dates", 2, True)}
    assert {
        (mails[0].subject.partition(" (")[0], len(mails[0].attachments), dates in mails[0].text)
        for one in there
        for mails in [new[one.email]]
    } == {("Cohort 2 of Calm Conversations will go ahead", 1, True)}
    # and a calendar with the two mornings of Cohort 2, for certain, and nothing else.
    expected = [("CONFIRMED", session.starts_at) for session in second.sessions.all()]
    calendars = [sessions_in(calendar_of(robin.mailbox.to(one.email))) for one in moved + there]
    assert calendars == [expected] * 15
    old = {f"session-{session.pk}@localhost" for session in first.sessions.all()}
    called_off = [
        {
            uid
            for uid, (_, state, _) in calendar_of(robin.mailbox.to(one.email)).items()
            if state == "CANCELLED"
        }
        for one in moved
    ]
    assert called_off == [old] * 7
