"""When approvers are reminded: 3, 7 and 10 working days after the first mail, two never within 48 hours."""

import datetime
from zoneinfo import ZoneInfo

import pytest

from applications.domain import approvals
from applications.models import Approval
from applications.tasks import chase_approvers
from programmes.domain.refused import Refused
from programmes.models import Message
from tests import factories, scenarios
from tests.factories import NOW

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")


def at(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=LONDON)


def asked_at(moment):
    """An approval asked at a moment, in a programme that is open then."""
    month = datetime.timedelta(days=30)
    programme = factories.ProgrammeFactory(opens_at=moment - month, closes_at=moment + month)
    factories.ApprovalStepFactory(programme=programme)
    return scenarios.submitted(programme, now=moment).approvals.get()


def days_chased(start, days, *, hours=(9,)):
    """Let the clock go round from ``start``; return the days on which a reminder was sent."""
    sent = []
    for day in range(days):
        for hour in hours:
            now = start.replace(hour=hour) + datetime.timedelta(days=day)
            sent += [f"{now:%-d %b}" for pk in approvals.due_for_chasing(now) if approvals.chase(pk, now=now)]
    return sent


@pytest.mark.parametrize(
    ("asked", "reminded"),
    [
        # A Monday in term time.
        ("2026-10-05T13:00", ["8 Oct", "14 Oct", "19 Oct"]),
        # A Friday afternoon: the weekend does not count.
        ("2026-10-02T17:00", ["7 Oct", "13 Oct", "16 Oct"]),
        # A Saturday counts from the Monday after it.
        ("2026-10-03T10:00", ["7 Oct", "13 Oct", "16 Oct"]),
        # Christmas Day is a Friday, Boxing Day is kept on the Monday, New Year's Day is a Friday.
        ("2026-12-21T13:00", ["24 Dec", "4 Jan", "7 Jan"]),
        # Good Friday and Easter Monday.
        ("2027-03-24T13:00", ["31 Mar", "6 Apr", "9 Apr"]),
        # The early May bank holiday.
        ("2027-04-29T13:00", ["5 May", "11 May", "14 May"]),
    ],
)
def test_reminders_go_after_3_7_and_10_working_days_of_england(asked, reminded):
    approval = asked_at(at(asked))

    assert days_chased(at(asked), 40, hours=(8, 12, 17)) == reminded
    approval.refresh_from_db()
    assert (approval.chasers_sent, Message.objects.filter(event="approval_chaser").count()) == (3, 3)


def test_reminders_missed_in_an_outage_come_one_by_one_with_their_rest():
    asked_at(at("2026-10-05T13:00"))
    back = at("2026-11-02T09:00")

    assert days_chased(back, 14, hours=(9, 10, 17)) == ["2 Nov", "4 Nov", "6 Nov"]


def test_two_reminders_are_never_within_48_hours():
    approval = asked_at(at("2026-10-05T13:00"))
    now = at("2026-10-26T09:00")
    almost = now + datetime.timedelta(hours=48) - datetime.timedelta(microseconds=1)

    assert approvals.chase(approval.pk, now=now)
    assert not approvals.chase(approval.pk, now=almost)
    assert approvals.chase(approval.pk, now=now + datetime.timedelta(hours=48))


def test_a_reminder_that_came_due_twice_at_once_is_sent_once():
    approval = asked_at(at("2026-10-05T13:00"))
    now = at("2026-10-08T09:00")
    due_on_two_hosts = approvals.due_for_chasing(now) + approvals.due_for_chasing(now)

    assert due_on_two_hosts == [approval.pk, approval.pk]
    assert [approvals.chase(pk, now=now) for pk in due_on_two_hosts] == [True, False]


def test_reminders_name_the_day_of_the_first_mail_and_keep_both_links_working():
    approval = asked_at(at("2026-10-05T13:00"))

    approvals.chase(approval.pk, now=at("2026-10-08T09:00"))

    request, chaser = Message.objects.filter(to_address=approval.email).order_by("pk")
    assert (chaser.event, chaser.context["asked_on"], chaser.context["role"]) == (
        "approval_chaser",
        "5 October",
        "line manager",
    )
    assert (request.link.revoked_at, chaser.link.revoked_at) == (None, None)
    assert request.link != chaser.link


def test_no_reminder_goes_on_a_bank_holiday_even_if_one_is_overdue():
    approval = asked_at(at("2026-12-16T13:00"))
    approvals.need_more_time(approval.pk, now=at("2026-12-17T13:00"))
    approval.refresh_from_db()

    # Until Thursday 24 December; then come Christmas Day, a weekend and Boxing Day's Monday.
    assert approval.more_time_until == datetime.date(2026, 12, 24)
    assert days_chased(at("2026-12-17T13:00"), 14) == ["29 Dec"]


def test_more_time_is_five_working_days_without_a_reminder_and_shown_until_then():
    approval = asked_at(at("2026-10-05T13:00"))

    approvals.need_more_time(approval.pk, now=at("2026-10-07T13:00"))

    approval.refresh_from_db()
    assert approval.more_time_until == datetime.date(2026, 10, 14)
    assert approval.waits_for_more_time(datetime.date(2026, 10, 14))
    assert not approval.waits_for_more_time(datetime.date(2026, 10, 15))
    assert days_chased(at("2026-10-07T13:00"), 20) == ["15 Oct", "19 Oct", "21 Oct"]


def test_nobody_is_reminded_of_what_was_answered_or_has_ended():
    answered, ended = (asked_at(at("2026-10-05T13:00")) for _ in range(2))
    approvals.support(answered.pk, name="Morgan", now=at("2026-10-06T13:00"))
    scenarios.withdrawn(ended.application, now=at("2026-10-06T13:00"))

    assert days_chased(at("2026-10-06T13:00"), 30) == []
    assert not approvals.chase(answered.pk, now=at("2026-10-08T13:00"))


def test_remind_by_hand_is_possible_48_hours_after_the_last_mail_and_says_when():
    approval = asked_at(at("2026-10-05T13:00"))

    with pytest.raises(Refused) as refused:
        approvals.remind(approval.pk, now=at("2026-10-07T12:59"))
    approvals.remind(approval.pk, now=at("2026-10-07T13:00"))

    assert refused.value.sentence == (
        "Morgan Line manager was last written to less than 48 hours ago. "
        "You can send a reminder from 7 October at 13:00."
    )
    approval.refresh_from_db()
    assert (approval.chasers_sent, approval.last_mailed_at) == (1, at("2026-10-07T13:00"))
    # The portal's own first reminder is thereby sent; its second comes when that is due.
    assert days_chased(at("2026-10-07T14:00"), 9) == ["14 Oct"]


def test_the_clock_reminds_everyone_who_is_due(time_machine):
    programme = factories.ApprovalStepFactory().programme
    for _ in range(3):
        scenarios.submitted(programme)
    late = scenarios.submitted(programme, now=NOW + datetime.timedelta(days=1)).approvals.get()
    time_machine.move_to(at("2026-10-08T09:10"), tick=False)

    assert chase_approvers() == 3
    assert chase_approvers() == 0
    assert list(Approval.objects.filter(chasers_sent=0)) == [late]
