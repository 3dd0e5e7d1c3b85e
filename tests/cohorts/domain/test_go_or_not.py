"""Whether a cohort runs: certain once it has its minimum; below it, staff are asked on set days, once for each."""

import datetime

import pytest

from cohorts import tasks
from cohorts.domain import asking, certainty, go_or_not, places
from cohorts.models import Place
from programmes.models import Message
from tests import factories, scenarios
from tests.cohorts.groups import LONDON, cohort_at, mails_are_sent, newest, queued, seated
from tests.cohorts.seats import fresh, give
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def at(year: int, month: int, day: int, hour: int = 7, minute: int = 30) -> datetime.datetime:
    """A moment on an English clock."""
    return datetime.datetime(year, month, day, hour, minute, tzinfo=LONDON)


@pytest.fixture
def programme():
    return factories.ProgrammeFactory(title="Calm Conversations", academy__contact_email="team@example.org")


@pytest.fixture
def cohort(programme):
    """It needs three people, and starts on Monday 30 November 2026."""
    return cohort_at(programme, "Autumn", minimum=3, maximum=5)


def asked():
    return list(
        Message.objects.filter(event="cohort_under_minimum")
        .order_by("pk")
        .values_list("created_at", flat=True)
    )


# Certain.
def test_a_cohort_that_reached_its_minimum_is_certain_and_its_people_are_told_once(cohort):
    people = seated(cohort, 3)
    offered = seated(cohort, 1, confirmed=False)

    told = [go_or_not.settle(pk, now=NOW) for pk in go_or_not.to_settle()]

    assert (told, fresh(cohort).certain_at) == ([3], NOW)
    assert queued("cohort_runs") == sorted(one.email for one in people)
    assert newest(offered[0]).event == "offer"
    mail = newest(people[0])
    assert (mail.context["certain"], len(mail.attachments)) == ("", 1)
    assert "STATUS:CONFIRMED" in mail.attachments[0]["text"]
    assert go_or_not.to_settle() == []
    assert go_or_not.settle(cohort.pk, now=NOW) == 0


@pytest.mark.parametrize(("minimum", "runs"), [(4, True), (3, False)])
def test_a_cohort_below_its_minimum_or_called_off_does_not_become_certain(cohort, minimum, runs):
    seated(cohort, 3)
    cohort.minimum, cohort.runs = minimum, runs
    cohort.save()

    told = go_or_not.settle(cohort.pk, now=NOW)

    assert (told, fresh(cohort).certain_at, queued("cohort_runs")) == (0, None, [])


def test_a_mail_that_is_still_held_does_not_say_any_more_that_it_depends(programme, cohort):
    programme.offer_answer = "confirmed_directly"
    programme.save()
    # Approvers hear of it as well, in a mail that says nothing of a minimum.
    factories.ApprovalStepFactory(programme=programme)
    people = [scenarios.shortlisted(programme) for _ in range(3)]
    mails_are_sent()
    for one in people:
        give(one, cohort)
    before = [newest(one).context["certain"] for one in people]

    settled = go_or_not.settle(cohort.pk, now=NOW)
    go_or_not.run_anyway(cohort.pk, reason="Booked.", user=scenarios.reviewer_of(programme), now=NOW)

    held = Message.objects.filter(event="confirmed")
    # The places can still be taken back: they make nothing certain, and nobody is told more before their mail.
    assert (settled, queued("cohort_runs")) == (0, [])
    assert all(text.startswith("This cohort runs if 3 people") for text in before)
    assert {mail.context["certain"] for mail in held} == {""}
    assert {mail.not_before > NOW for mail in held} == {True}


# The days.
@pytest.mark.parametrize(
    ("now", "due"),
    [
        (at(2026, 11, 8, 23, 59), None),
        (at(2026, 11, 9, 0, 0), datetime.date(2026, 11, 9)),
        (at(2026, 11, 15, 23, 59), datetime.date(2026, 11, 9)),
        (at(2026, 11, 16, 0, 0), datetime.date(2026, 11, 16)),
        (at(2026, 11, 30, 9, 29), datetime.date(2026, 11, 16)),
        (at(2026, 11, 30, 9, 30), None),
    ],
)
def test_the_days_are_21_and_14_days_before_the_start_and_count_until_it(cohort, now, due):
    day = asking.day_due(cohort, now=now)

    assert day == due


@pytest.mark.parametrize(
    ("starts", "first"),
    [
        # The clocks go back on 25 October 2026, forward on 28 March 2027: a day is a day of the calendar.
        (at(2026, 11, 1, 9, 30), at(2026, 10, 11, 0, 0)),
        (at(2026, 10, 26, 0, 30), at(2026, 10, 5, 0, 0)),
        (at(2027, 4, 5, 0, 30), at(2027, 3, 15, 0, 0)),
        (at(2027, 3, 29, 23, 30), at(2027, 3, 8, 0, 0)),
    ],
)
def test_the_days_are_those_of_an_english_calendar_over_a_clock_change(programme, starts, first):
    cohort = cohort_at(programme, "Clocks", starts, minimum=3)
    moment = datetime.timedelta(seconds=1)

    found = [asking.day_due(cohort, now=first.astimezone(datetime.UTC) - moment * back) for back in (1, 0)]

    assert found == [None, first.date()]


def test_a_cohort_without_dates_has_no_day(programme):
    cohort = factories.CohortFactory(programme=programme, minimum=3)

    found = asking.ask_days(cohort), asking.day_due(cohort, now=NOW), certainty.decided_by(cohort)

    assert found == ([], None, None)


# Asked.
def test_staff_are_asked_with_the_numbers_at_the_academys_address(cohort):
    seated(cohort, 1)
    seated(cohort, 1, confirmed=False)
    now = at(2026, 11, 9)

    queued_now = [asking.ask(pk, now=now) for pk in asking.to_ask(now)]

    mail = asking.asked_by_mail(cohort).get()
    assert queued_now == [True]
    assert (mail.to_address, mail.to_name, mail.about) == (
        "team@example.org",
        cohort.programme.academy.name,
        f"cohort:{cohort.pk}",
    )
    assert mail.context["numbers"] == (
        "Autumn needs 3 people. 1 has confirmed, and 1 has an offer to answer. "
        "It starts on 30 November 2026, in 21 days. "
        "The people in it were told that it is decided by 16 November 2026."
    )
    assert mail.context["dates"].splitlines()[0] == "Monday 30 November 2026, 9:30am to 12:30pm (Online)"


def test_each_day_is_asked_about_once_and_a_missed_one_is_caught_up(cohort, time_machine):
    nights = [at(2026, 11, day) for day in (8, 11, 12, 15, 16, 17, 29)]

    for night in nights:
        time_machine.move_to(night, tick=False)
        tasks.ask_about_cohorts()
        tasks.ask_about_cohorts()

    # The 9th was missed: it is caught up on the 11th. The 16th is the second day.
    assert asked() == [at(2026, 11, 11), at(2026, 11, 16)]


def test_of_two_missed_days_only_the_last_is_asked_about(cohort, time_machine):
    for night in (at(2026, 11, 20), at(2026, 11, 21)):
        time_machine.move_to(night, tick=False)
        tasks.ask_about_cohorts()

    assert asked() == [at(2026, 11, 20)]


@pytest.mark.parametrize("confirmed", [True, False])
def test_nobody_is_asked_while_enough_are_confirmed_or_offered(cohort, confirmed):
    seated(cohort, 3, confirmed=confirmed)
    now = at(2026, 11, 9)

    found = asking.to_ask(now), asking.ask(cohort.pk, now=now)

    assert found == ([], False)


@pytest.mark.parametrize("now", [at(2026, 11, 8), at(2026, 12, 1)])
def test_nobody_is_asked_before_the_first_day_or_after_the_start(cohort, now):
    found = asking.to_ask(now), asking.ask(cohort.pk, now=now)

    assert found == ([], False)


def test_nobody_is_asked_about_a_cohort_that_does_not_take_place_or_has_no_minimum(programme, cohort):
    none = cohort_at(programme, "Open", minimum=0)
    cohort.runs = False
    cohort.save()
    now = at(2026, 11, 9)

    found = asking.to_ask(now), asking.ask(cohort.pk, now=now), asking.ask(none.pk, now=now)

    assert found == ([], False, False)


def test_one_that_was_certain_and_lost_people_is_asked_about_in_other_words(cohort):
    people = seated(cohort, 3)
    go_or_not.settle(cohort.pk, now=NOW)
    scenarios.withdrawn(people[0])
    now = at(2026, 11, 16)

    asking.ask(cohort.pk, now=now)

    numbers = asking.asked_by_mail(cohort).get().context["numbers"]
    assert numbers == (
        "Autumn needs 3 people. 2 have confirmed, and 0 have an offer to answer. "
        "It starts on 30 November 2026, in 14 days. "
        "Its people have been told that it runs; some have left since."
    )


def test_numbers_of_a_cohort_without_dates_say_only_how_many(programme):
    cohort = factories.CohortFactory(programme=programme, name="Undated", minimum=3)

    numbers = asking.numbers_in_words(cohort, now=NOW)

    assert numbers == "Undated needs 3 people. 0 have confirmed, and 0 have an offer to answer."


# What the people in it are told.
def test_who_accepts_after_it_became_certain_reads_nothing_of_a_minimum(cohort):
    seated(cohort, 3)
    (late,) = seated(cohort, 1, confirmed=False)
    go_or_not.settle(cohort.pk, now=NOW)

    places.accept(late.pk, now=NOW)

    assert (newest(late).event, newest(late).context["certain"]) == ("confirmed", "")
    assert Place.objects.filter(cohort=cohort, status="confirmed").count() == 4
