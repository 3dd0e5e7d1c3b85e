"""What is in somebody's calendar after several decisions, of which some were taken back before they were read."""

import datetime

import icalendar
import pytest

from cohorts.domain import moving, places
from cohorts.models import Cohort
from programmes.models import Message
from tests import factories, scenarios
from tests.factories import NOW

pytestmark = pytest.mark.django_db
MINUTE = datetime.timedelta(minutes=1)
DAY = datetime.timedelta(days=1)


@pytest.fixture
def cohorts() -> list[Cohort]:
    """Three cohorts of one programme, with a session each; somebody is confirmed in the first, and knows it."""
    programme = factories.ProgrammeFactory()
    made = [factories.CohortFactory(programme=programme, key=key) for key in ("first", "second", "third")]
    for cohort in made:
        factories.SessionFactory(cohort=cohort)
    return made


def calendar(person) -> dict[str, str]:
    """What a calendar holds that took every file that was sent, as status by the cohort's name."""
    held: dict[str, tuple[int, str]] = {}
    mails = Message.objects.about(person.about).exclude(scenarios.TAKEN_BACK).order_by("pk")
    for file in (file for mail in mails for file in mail.attachments):
        for event in icalendar.Calendar.from_ical(file["text"]).walk("VEVENT"):
            name = str(event["summary"]).rpartition("(")[2].rstrip(")")
            if event["sequence"] > held.get(name, (-1, ""))[0]:
                held[name] = event["sequence"], str(event["status"])
    return {name: status for name, (_, status) in held.items() if status != "CANCELLED"}


def test_dates_that_an_unread_move_would_have_taken_out_are_taken_out_by_the_next(cohorts):
    first, second, third = cohorts
    person = scenarios.confirmed(first.programme)
    user = scenarios.reviewer_of(first.programme)
    assert calendar(person) == {first.name: "CONFIRMED"}

    moving.move(person.pk, second.pk, user=user, now=NOW + DAY)
    moving.move(person.pk, third.pk, user=user, now=NOW + DAY + MINUTE)

    assert calendar(person) == {third.name: "CONFIRMED"}


def test_somebody_moved_and_moved_back_unread_keeps_the_dates(cohorts):
    first, second, _ = cohorts
    person = scenarios.confirmed(first.programme)
    user = scenarios.reviewer_of(first.programme)

    moving.move(person.pk, second.pk, user=user, now=NOW + DAY)
    moving.move(person.pk, first.pk, user=user, now=NOW + DAY + MINUTE)

    assert calendar(person) == {first.name: "CONFIRMED"}


def test_a_place_taken_back_after_an_unread_move_leaves_nothing_in_the_calendar(cohorts):
    first, second, _ = cohorts
    person = scenarios.confirmed(first.programme)
    user = scenarios.reviewer_of(first.programme)

    moving.move(person.pk, second.pk, user=user, now=NOW + DAY)
    places.take_back(person.pk, user=user, reason="Room", now=NOW + DAY + MINUTE)

    assert calendar(person) == {}
