"""The day of a training, corrected: what is owed, standing, reminders and evaluations follow it."""

import datetime

import pytest

from facilitators.domain import commitments, reminders
from facilitators.domain.evaluation import asking
from facilitators.domain.people import training_day
from facilitators.models import Commitment, CommitmentReminder, EvaluationQuestion, Moment, Training
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Message
from tests import factories
from tests.facilitators.delivering import logged, trained
from tests.factories import NOW
from tests.invariants import broken
from tests.scenarios import reviewer_of

pytestmark = pytest.mark.django_db


def day(text):
    return datetime.date.fromisoformat(text)


def moment(text):
    return datetime.datetime.combine(day(text), datetime.time(12), tzinfo=datetime.UTC)


def correct(training, trained_on, *, now, reason="By the attendance list", user=None):
    return training_day.correct(
        training.pk,
        trained_on=day(trained_on),
        reason=reason,
        user=user or reviewer_of(training.programme),
        now=now,
    )


def refused(training, trained_on, **values):
    with pytest.raises(Refused) as found:
        correct(training, trained_on, **{"now": NOW, **values})
    return found.value.sentence


def windows_of(training):
    rows = Commitment.objects.filter(training=training).order_by("starts_on")
    return [(str(row.starts_on), str(row.first_due_on), str(row.due_on)) for row in rows]


def test_a_window_moves_with_the_day_and_keeps_its_length():
    training = trained(trained_on=day("2026-03-31"), months=6)

    correct(training, "2026-08-31", now=NOW)

    assert windows_of(training) == [("2026-08-31", "2027-02-28", "2027-02-28")]
    assert broken() == []


def test_pauses_count_from_the_new_day():
    training = trained(trained_on=day("2026-03-01"))
    factories.PauseFactory(training=training, from_on=day("2026-03-02"), until_on=day("2026-03-31"))

    correct(training, "2026-03-22", now=NOW)

    # Of the 30 days only the 10 that lie after the training.
    assert windows_of(training) == [("2026-03-22", "2027-03-22", "2027-04-01")]
    assert broken() == []


def test_what_was_delivered_before_the_day_counts_no_longer_and_before_it_was_corrected_counts_again():
    training = trained(trained_on=day("2026-03-01"), at_least=1)
    logged(training, "2026-04-01")
    found = []

    for other in ("2026-04-02", "2026-04-01"):
        correct(training, other, now=NOW)
        row = Commitment.objects.get()
        found.append((row.done, row.met_on, Training.objects.get().delivered))

    assert found == [(0, None, 0), (1, day("2026-04-01"), 1)]
    assert broken() == []


def test_standing_follows():
    training = trained(trained_on=day("2026-03-01"))
    factories.FacilitationFactory(programme=training.programme, lapses_after_months=12)

    correct(training, "2026-04-02", now=NOW)

    assert Training.objects.get().lapses_on == day("2027-04-03")


def test_a_standing_commitment_begins_on_the_new_day():
    training = trained(trained_on=day("2026-03-01"), window="standing", months=None)

    correct(training, "2026-04-02", now=NOW)

    assert windows_of(training) == [("2026-04-02", "None", "None")]


def test_reminders_follow_and_none_is_sent_twice():
    training = trained(trained_on=day("2026-03-01"))
    reminders.remind(training.facilitator_id, now=moment("2026-06-01"))

    correct(training, "2026-04-01", now=moment("2026-06-02"))

    def due(text):
        return reminders.to_remind(moment(text)) == [training.facilitator_id]

    assert list(CommitmentReminder.objects.values_list("months", flat=True)) == [3]
    assert [due("2026-07-01"), due("2026-09-30"), due("2026-10-01")] == [False, False, True]


def test_evaluations_follow():
    training = trained(trained_on=day("2026-03-01"))
    factories.EvaluationQuestionFactory(
        programme=training.programme, moment=Moment.MONTHS_3, kind=EvaluationQuestion.Kind.YES_NO
    )

    correct(training, "2026-04-01", now=moment("2026-05-01"))

    asked = [asking.trainings_to_ask(moment(text)) for text in ("2026-06-30", "2026-07-01")]
    assert asked == [[], [(training.pk, Moment.MONTHS_3)]]


# What is owed every year.
@pytest.mark.parametrize(
    ("corrected", "starts"),
    [
        # A few days: each year stays the year that it was.
        ("2023-01-10", ["2023-01-10", "2024-01-10", "2025-01-10", "2026-01-10"]),
        ("2022-12-20", ["2022-12-20", "2023-12-20", "2024-12-20", "2025-12-20"]),
        # A year and more later: what came before the training is owed no longer.
        ("2024-03-01", ["2024-03-01", "2025-03-01", "2026-03-01"]),
        # Years earlier: the years before the portal knew them are not owed.
        ("2020-01-01", ["2023-01-01", "2024-01-01", "2025-01-01", "2026-01-01"]),
        ("2019-08-01", ["2022-08-01", "2023-08-01", "2024-08-01", "2025-08-01", "2026-08-01"]),
        ("2026-10-05", ["2026-10-05"]),
    ],
)
def test_years_are_counted_from_the_new_day(corrected, starts):
    training = trained(
        trained_on=day("2023-01-01"), now=moment("2023-02-01"), window="every_year", months=None
    )
    for year in (2024, 2025, 2026):
        training_now = moment(f"{year}-02-01")
        commitments.recount([training.pk], now=training_now)

    correct(training, corrected, now=NOW)

    assert [row[0] for row in windows_of(training)] == starts
    assert broken() == []


def test_of_two_years_that_become_one_the_later_stays():
    training = trained(
        trained_on=day("2025-01-01"), now=moment("2025-02-01"), window="every_year", months=None
    )
    commitments.recount([training.pk], now=moment("2026-02-01"))
    first, second = Commitment.objects.order_by("starts_on")

    correct(training, "2026-01-01", now=NOW)

    assert list(Commitment.objects.all()) == [second]
    gone = Commitment.history.filter(id=first.pk).first()
    assert (gone.history_type, gone.history_change_reason) == ("-", "By the attendance list")


# Who may, and what is refused.
def test_the_facilitator_is_told_and_the_history_says_why():
    training = trained(trained_on=day("2026-03-01"))
    user = reviewer_of(training.programme)

    correct(training, "2026-04-02", now=NOW, reason=" By the list ", user=user)

    mail = Message.objects.get(event="facilitator_training_day")
    told = training.history.first()
    assert mail.context == {"trained_on": "2 April 2026", "reason": "By the list"}
    assert (told.trained_on, told.history_user, told.history_change_reason) == (
        day("2026-04-02"),
        user,
        "By the list",
    )


def test_impossible_days_are_refused():
    training = trained(trained_on=day("2026-03-01"))
    said = [
        refused(training, "2026-04-02", reason=" "),
        refused(training, "2026-03-01"),
        refused(training, "2026-10-06"),
    ]
    Training.objects.update(ended_on=day("2026-05-01"), ended_reason="Moved")

    assert said == [
        "Give a reason: it is kept in the register.",
        "This is the day in the register already.",
        "The day of the training lies ahead. Enter today or an earlier day.",
    ]
    assert refused(training, "2026-05-02") == (
        f"{training.facilitator.name} left {training.programme} on 1 May 2026: choose a day until then."
    )
    assert Training.objects.get().trained_on == day("2026-03-01")


def test_staff_of_another_academy_correct_nothing():
    training = trained(trained_on=day("2026-03-01"))

    with pytest.raises(NotAllowed):
        correct(training, "2026-04-02", now=NOW, user=reviewer_of(factories.ProgrammeFactory()))
