"""Pausing, coming back, leaving and being put back."""

import datetime

import pytest

from facilitators.domain import commitments
from facilitators.domain.people import pauses
from facilitators.models import CircleFacilitator, Commitment, Pause
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Message
from tests import factories, invariants, scenarios
from tests.factories import NOW

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
DAY = datetime.timedelta(days=1)


@pytest.fixture
def training():
    programme = factories.ProgrammeFactory(title="Circles", contact_email="circles@example.org")
    factories.ObligationFactory(
        programme=programme, kind="deliver", at_least=3, window="within_months", months=12
    )
    training = factories.TrainingFactory(
        programme=programme,
        trained_on=TODAY - 30 * DAY,
        facilitator=factories.FacilitatorFactory(name="Sam Smith"),
    )
    commitments.begin(training, now=NOW)
    return training


@pytest.fixture
def reviewer(training):
    return scenarios.reviewer_of(training.programme)


def pause(training, first: datetime.date, last: datetime.date, *, user=None, reason="Parental leave"):
    return pauses.pause(training.pk, from_on=first, until_on=last, reason=reason, user=user, now=NOW)


def refused(call, *args, **values) -> str:
    with pytest.raises(Refused) as caught:
        call(*args, **values)
    return caught.value.sentence


def events() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("event", flat=True))


def due_on() -> datetime.date:
    return Commitment.objects.get().due_on


def test_a_pause_of_sixty_days_moves_what_is_due_by_sixty_days(training):
    before = due_on()

    row = pause(training, TODAY, TODAY + 59 * DAY, reason="  Parental leave ")

    assert (row.reason, row.made_by) == ("Parental leave", None)
    assert due_on() - before == 60 * DAY
    # It is their own wish: the page says that it is kept, and no mail.
    assert events() == []
    assert invariants.broken() == []


def test_a_pause_noted_by_staff_is_told(training, reviewer):
    row = pause(training, TODAY - 10 * DAY, TODAY + 400 * DAY, user=reviewer)

    message = Message.objects.get()
    assert (row.made_by, row.history.first().history_user) == (reviewer, reviewer)
    assert (message.event, message.context["from_on"], message.context["reason"]) == (
        "facilitator_paused",
        "25 September 2026",
        "Parental leave",
    )


def test_six_months_are_the_longest_by_oneself(training):
    # From 5 October 2026 until 4 April 2027 are six months; 5 April is the first day too many.
    pause(training, TODAY, datetime.date(2027, 4, 4))
    Pause.objects.all().delete()

    sentence = refused(pause, training, TODAY, datetime.date(2027, 4, 5))

    assert sentence == (
        "You can pause for up to 6 months yourself: until 4 April 2027 at the latest. Write to circles@example.org if "
        "you need longer."
    )


@pytest.mark.parametrize("gap", [0, 1, -5])
def test_pauses_that_follow_each_other_count_together(training, gap):
    first_ends = TODAY + 100 * DAY
    pause(training, TODAY, first_ends)

    sentence = refused(pause, training, first_ends + gap * DAY, TODAY + 200 * DAY)

    assert sentence.startswith("You can pause for up to 6 months yourself: until 4 April 2027")


def test_a_pause_between_two_others_counts_with_both(training):
    pause(training, TODAY, TODAY + 60 * DAY)
    pause(training, TODAY + 121 * DAY, TODAY + 200 * DAY)

    sentence = refused(pause, training, TODAY + 61 * DAY, TODAY + 120 * DAY)

    assert sentence.startswith("You can pause for up to 6 months yourself")


def test_a_day_between_two_pauses_makes_them_two(training):
    pause(training, TODAY, TODAY + 100 * DAY)

    row = pause(training, TODAY + 102 * DAY, TODAY + 200 * DAY)

    assert row.pk


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        (1, 0, "The last day is before the first. Enter a last day that is the same or later."),
        (-1, 5, "The first day has passed. Enter today or a later day."),
        (-31, 5, "The training was on 5 September 2026: a pause begins after that."),
        (0, 4000, "The last day is more than 10 years away. Enter an earlier day."),
    ],
)
def test_days_that_cannot_be_a_pause_are_refused(training, first, last, sentence):
    assert refused(pause, training, TODAY + first * DAY, TODAY + last * DAY) == sentence


def test_a_pause_needs_a_reason_and_staff_the_role(training):
    viewer = factories.AcademyMemberFactory(academy=training.programme.academy, role="viewer").user

    sentence = refused(pause, training, TODAY, TODAY, reason="  ")
    with pytest.raises(NotAllowed):
        pause(training, TODAY, TODAY, user=viewer)

    assert sentence == "Give a reason: it is kept in the register."
    assert Pause.objects.count() == 0


def test_who_comes_back_today_paused_until_yesterday(training):
    before = due_on()
    row = pause(training, TODAY, TODAY + 20 * DAY)

    pauses.end_pause(row.pk, user=None, now=NOW + 5 * DAY)

    row.refresh_from_db()
    assert row.until_on == TODAY + 4 * DAY
    assert due_on() - before == 5 * DAY
    assert events() == []


def test_a_pause_that_has_not_begun_is_taken_back(training, reviewer):
    before = due_on()
    row = pause(training, TODAY + 5 * DAY, TODAY + 20 * DAY, user=reviewer)

    pauses.end_pause(row.pk, user=reviewer, now=NOW)

    assert (Pause.objects.count(), due_on()) == (0, before)
    assert Pause.history.first().history_user == reviewer
    assert events() == ["facilitator_paused", "facilitator_pause_ended"]
    again = refused(pauses.end_pause, row.pk, user=None, now=NOW)
    assert again == "This pause was taken back already."


def test_a_pause_that_is_over_stays(training):
    row = pause(training, TODAY, TODAY + 2 * DAY)

    sentence = refused(pauses.end_pause, row.pk, user=None, now=NOW + 3 * DAY)

    assert sentence == "This pause has ended already."
    row.refresh_from_db()
    assert row.until_on == TODAY + 2 * DAY


def test_leaving_keeps_the_day_and_the_reason_and_is_told(training):
    pauses.leave(training.pk, reason="New job", user=None, now=NOW)

    training.refresh_from_db()
    assert (training.ended_on, training.ended_reason) == (TODAY, "New job")
    assert events() == ["facilitator_left"]
    assert Commitment.objects.open().count() == 0


def test_nobody_leaves_circles_that_are_still_to_come(training):
    topic = factories.TopicFactory(programme=training.programme)
    for hours in (-2, 2):
        circle = factories.CircleFactory(topic=topic, starts_at=NOW + datetime.timedelta(hours=hours))
        lead = CircleFacilitator.objects.create(circle=circle, training=training, added_at=NOW)

    sentence = refused(pauses.leave, training.pk, reason="New job", user=None, now=NOW)
    CircleFacilitator.objects.filter(pk=lead.pk).update(stood_down_at=NOW)
    pauses.leave(training.pk, reason="New job", user=None, now=NOW)

    assert sentence == (
        "There is still 1 planned circle to lead. Hand them over to somebody else or cancel them first."
    )


def test_who_has_left_neither_pauses_nor_leaves_nor_comes_back_by_themselves(training, reviewer):
    row = pause(training, TODAY, TODAY + 20 * DAY)
    pauses.leave(training.pk, reason="New job", user=reviewer, now=NOW)
    said = "Sam Smith left Circles on 5 October 2026."

    assert refused(pause, training, TODAY, TODAY) == said
    assert refused(pauses.leave, training.pk, reason="Again", user=reviewer, now=NOW) == said
    assert refused(pauses.end_pause, row.pk, user=reviewer, now=NOW) == said


def test_staff_put_somebody_back_who_has_left(training, reviewer):
    not_yet = refused(pauses.put_back, training.pk, user=reviewer, now=NOW)
    pauses.leave(training.pk, reason="New job", user=reviewer, now=NOW)

    pauses.put_back(training.pk, user=reviewer, now=NOW)

    training.refresh_from_db()
    assert not_yet == "Sam Smith has not left Circles."
    assert (training.ended_on, training.ended_reason) == (None, "")
    assert events() == ["facilitator_left", "facilitator_back"]
    assert invariants.broken() == []
