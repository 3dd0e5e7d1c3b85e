"""Reminders of commitments: when, of what, how often, and when not."""

import datetime

import pytest

from facilitators import tasks
from facilitators.domain import commitments, reminders
from facilitators.models import Commitment, CommitmentReminder, Pause
from programmes.models import Message
from tests import factories
from tests.facilitators.delivering import logged, trained
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def at(text):
    return datetime.datetime.fromisoformat(f"{text}T06:15+00:00")


def night(text):
    now = at(text)
    return [pk for pk in reminders.to_remind(now) if reminders.remind(pk, now=now)]


def sent(training):
    return list(
        CommitmentReminder.objects.filter(commitment__training=training).values_list("months", flat=True)
    )


@pytest.mark.parametrize(
    ("months", "marks"),
    [(12, [3, 6, 9, 11]), (24, [6, 12, 18, 22]), (6, [2, 3, 5]), (3, [1, 2]), (1, []), (0, [])],
)
def test_reminders_go_after_the_same_parts_of_any_window(months, marks):
    assert reminders.marks_of(months) == marks


@pytest.mark.parametrize(
    ("obligation", "months"),
    [
        ({"months": 12}, 12),
        ({"months": 5}, 5),
        ({"window": "every_year", "months": None}, 12),
        ({"window": "once", "months": None}, 0),
    ],
)
def test_the_length_of_a_window(obligation, months):
    training = trained(**obligation, trained_on=datetime.date(2026, 1, 31))

    assert reminders.months_of(Commitment.objects.get(training=training)) == months


def test_a_reminder_goes_after_3_6_9_and_11_months_and_no_more():
    training = trained()
    nights = [
        "2027-01-04",
        "2027-01-05",
        "2027-01-06",
        "2027-04-05",
        "2027-07-05",
        "2027-09-05",
        "2027-09-06",
    ]

    mailed = [one for one in nights if night(one)]

    assert mailed == ["2027-01-05", "2027-04-05", "2027-07-05", "2027-09-05"]
    assert sent(training) == [3, 6, 9, 11]


def test_nobody_is_reminded_of_what_is_not_due():
    assert reminders.remind(trained().facilitator_id, now=at("2027-01-04")) is False


def test_it_says_what_is_done_and_what_is_left_and_until_when():
    training = trained()
    logged(training, "2026-11-01")

    night("2027-01-05")

    mail = Message.objects.get(event="commitment_reminder")
    assert (mail.to_address, mail.about) == (
        training.facilitator.email,
        f"facilitator:{training.facilitator_id}",
    )
    assert mail.context == {
        "owed": "Deliver at least 3 sessions in 12 months: 1 session done, 2 sessions to do until 5 October 2027"
    }
    assert (mail.link.opens, mail.link.object_id) == ("facilitator", training.facilitator_id)


def test_what_an_outage_left_out_is_made_up_by_one_mail():
    training = trained()

    assert night("2027-07-10") == [training.facilitator_id]

    assert sent(training) == [3, 6, 9]
    assert Message.objects.filter(event="commitment_reminder").count() == 1
    assert night("2027-07-11") == []


def test_two_programmes_are_told_in_two_nights_and_several_commitments_in_one_mail():
    training = trained()
    factories.ObligationFactory(
        programme=training.programme, key="observe", kind="observe", at_least=1, description="Observe one."
    )
    commitments.begin(training, now=NOW)
    second = trained(facilitator=training.facilitator, months=18)

    assert night("2027-04-05") == [training.facilitator_id]
    assert reminders.remind(training.facilitator_id, now=at("2027-04-05")) is False
    first_mail = Message.objects.get(event="commitment_reminder")
    assert first_mail.programme == training.programme
    assert first_mail.context["owed"].count("\n") == 1
    assert night("2027-04-06") == [training.facilitator_id]
    assert Message.objects.filter(event="commitment_reminder", programme=second.programme).count() == 1
    assert night("2027-04-07") == []


@pytest.mark.parametrize("why", ["met", "paused", "waived", "left", "over"])
def test_nothing_goes_to_who_owes_nothing(why):
    training = trained(at_least=1)
    on = "2027-01-05"
    if why == "met":
        logged(training, "2026-11-01")
    elif why == "paused":
        Pause.objects.create(
            training=training,
            from_on=datetime.date(2026, 12, 1),
            until_on=datetime.date(2027, 1, 5),
            reason="Leave",
        )
        commitments.recount([training.pk], now=NOW)
    elif why == "waived":
        Commitment.objects.update(waived_on=NOW.date(), waived_reason="Ill")
    elif why == "left":
        training.ended_on, training.ended_reason = NOW.date(), "Moved"
        training.save()
    else:
        on = "2027-10-06"

    assert night(on) == []


def test_a_pause_moves_the_reminders_along():
    training = trained()
    Pause.objects.create(
        training=training,
        from_on=datetime.date(2026, 12, 1),
        until_on=datetime.date(2027, 1, 29),
        reason="Leave",
    )
    commitments.recount([training.pk], now=NOW)

    assert [one for one in ("2027-02-01", "2027-03-05", "2027-03-06") if night(one)] == ["2027-03-06"]
    assert Commitment.objects.get().due_on == datetime.date(2027, 12, 4)


def test_the_clock_reminds_and_one_fault_stops_nobody(time_machine, caplog):
    broken, fine = trained(), trained()
    # A word that no release has known.
    Commitment.objects.filter(training=broken).update(unit="furlong")
    time_machine.move_to(at("2027-01-05"))

    assert tasks.remind_of_commitments() == 1

    assert (sent(broken), sent(fine)) == ([], [3])
    assert [record.getMessage() for record in caplog.records] == [
        f"Facilitator {broken.facilitator_id} could not be reminded."
    ]


def test_the_clock_turns_years(time_machine):
    training = trained(window="every_year", months=None)
    time_machine.move_to(at("2027-10-05"))

    assert tasks.turn_years() == 1

    assert training.commitments.count() == 2
    assert tasks.turn_years() == 0
