"""What staff decide about a cohort under its minimum: each choice does the whole job, and everybody hears the truth."""

import datetime

import icalendar
import pytest

from applications.domain import reviews
from applications.models import State
from cohorts.domain import asking, certainty, go_or_not, places, plans, waiting_list
from cohorts.models import CohortDecision, Place
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Message
from tests import factories, scenarios
from tests.cohorts.groups import LONDON, cohort_at, mails_are_sent, newest, queued, seated, waiting
from tests.cohorts.seats import fresh
from tests.factories import NOW
from tests.invariants import broken

pytestmark = pytest.mark.django_db
Kind = CohortDecision.Kind
ASKED = datetime.datetime(2026, 11, 9, 7, 30, tzinfo=LONDON)
LATER = datetime.datetime(2027, 1, 18, 9, 30, tzinfo=LONDON)


@pytest.fixture
def programme():
    return factories.ProgrammeFactory(title="Calm Conversations", offer_answer="applicant_accepts")


@pytest.fixture
def autumn(programme):
    """It needs four people, and starts on Monday 30 November 2026."""
    return cohort_at(programme, "Autumn", minimum=4, maximum=6)


@pytest.fixture
def winter(programme):
    """It needs four people, and starts on Monday 18 January 2027."""
    return cohort_at(programme, "Winter", LATER, minimum=4, maximum=6)


@pytest.fixture
def user(programme):
    return scenarios.reviewer_of(programme)


def choose(verb, *cohorts, user, reason="Too few people.", now=NOW, **more):
    return verb(*(cohort.pk for cohort in cohorts), user=user, reason=reason, now=now, **more)


def seats(cohort):
    """Who sits in a cohort, as a mapping to what their place is."""
    rows = Place.objects.taken().filter(cohort=cohort).select_related("application")
    return {place.application: place.status for place in rows}


def files(message):
    """The method and the status of each calendar file of a mail."""
    found = []
    for attachment in message.attachments:
        calendar = icalendar.Calendar.from_ical(attachment["text"])
        found.append((str(calendar["METHOD"]), {str(event["STATUS"]) for event in calendar.walk("VEVENT")}))
    return found


def states(*applications):
    return [fresh(one).state for one in applications]


# Run anyway.
def test_running_anyway_makes_it_certain_and_tells_those_confirmed(autumn, user):
    confirmed, offered = seated(autumn, 2), seated(autumn, 1, confirmed=False)

    decision = choose(go_or_not.run_anyway, autumn, user=user, reason=" The trainer is booked. ", now=ASKED)

    assert (decision.kind, decision.reason, decision.decided_by, decision.decided_at) == (
        Kind.RUN_ANYWAY,
        "The trainer is booked.",
        user,
        ASKED,
    )
    assert (decision.seats_taken, decision.report) == (3, "2 people were told that it runs.")
    assert fresh(autumn).certain
    assert queued("cohort_runs") == sorted(one.email for one in confirmed)
    assert [files(newest(one)) for one in confirmed] == [[("PUBLISH", {"CONFIRMED"})]] * 2
    assert newest(offered[0]).event == "offer"
    assert asking.to_ask(ASKED) == []
    assert asking.ask(autumn.pk, now=ASKED) is False
    assert broken() == []


def test_running_anyway_once_it_was_certain_tells_nobody_again_and_ends_the_asking(autumn, user):
    people = seated(autumn, 4)
    go_or_not.settle(autumn.pk, now=NOW)
    mails_are_sent()
    scenarios.withdrawn(people[0])
    asked = asking.to_ask(ASKED)

    decision = choose(go_or_not.run_anyway, autumn, user=user)

    assert asked == [autumn.pk]
    assert decision.report == "Nobody had to be told."
    assert queued("cohort_runs") == []
    assert asking.to_ask(ASKED) == []


# Extend.
def test_giving_it_longer_tells_those_confirmed_the_new_day_and_asks_on_it(autumn, user):
    confirmed, offered = seated(autumn, 2), seated(autumn, 1, confirmed=False)
    until = datetime.date(2026, 11, 20)

    decision = choose(go_or_not.extend, autumn, user=user, until=until, now=ASKED)

    autumn = fresh(autumn)
    assert (decision.until, autumn.decide_by, decision.report) == (
        until,
        until,
        "2 people were told the new day.",
    )
    assert queued("cohort_decided_later") == sorted(one.email for one in confirmed)
    assert newest(confirmed[0]).context["certain"] == certainty.in_words(autumn, now=ASKED)
    assert "by 20 November 2026" in certainty.in_words(autumn, now=ASKED)
    assert newest(offered[0]).event == "offer"
    days = [ASKED + datetime.timedelta(days=day) for day in (7, 10, 11, 12)]
    assert [asking.ask(autumn.pk, now=day) for day in days] == [False, False, True, False]
    assert autumn.history.latest().history_user == user


@pytest.mark.parametrize(
    ("until", "sentence"),
    [
        (
            datetime.date(2026, 11, 16),
            "Choose a day after today and after 16 November 2026, by which it is to be decided now.",
        ),
        (datetime.date(2026, 11, 30), "Autumn starts on 30 November 2026: choose an earlier day."),
    ],
)
def test_longer_is_after_the_day_that_stands_and_before_the_start(autumn, user, until, sentence):
    with pytest.raises(Refused) as refused:
        choose(go_or_not.extend, autumn, user=user, until=until)

    assert refused.value.sentence == sentence
    assert (fresh(autumn).decide_by, CohortDecision.objects.count()) == (None, 0)


def test_longer_is_after_today_where_the_day_that_stood_has_passed(autumn, user):
    now = datetime.datetime(2026, 11, 20, 9, 0, tzinfo=LONDON)

    with pytest.raises(Refused):
        choose(go_or_not.extend, autumn, user=user, until=now.date(), now=now)
    decision = choose(go_or_not.extend, autumn, user=user, until=datetime.date(2026, 11, 21), now=now)

    assert decision.report == "Nobody had to be told."


# Merge.
def test_a_cohort_of_seven_merged_into_one_of_eight(programme, user):
    first = cohort_at(programme, "First", minimum=12, maximum=20)
    second = cohort_at(programme, "Second", LATER, minimum=12, maximum=20)
    moved, there = seated(first, 7), seated(second, 8)
    plan = plans.plan(first, second, Kind.MERGE)

    decision = choose(go_or_not.merge, first, second, user=user)

    assert (plan.sentence, plan.makes_certain) == (
        "7 of 7 people can come; 15 of 20 seats taken afterwards.",
        True,
    )
    assert seats(second) == dict.fromkeys(there + moved, Place.Status.CONFIRMED)
    numbers = Place.objects.taken().values_list("seat_number", "programme_number").order_by("seat_number")
    assert list(numbers.values_list("seat_number", flat=True)) == list(range(1, 16))
    first, second = fresh(first), fresh(second)
    assert (first.runs, first.cancelled_at, second.certain_at) == (False, NOW, NOW)
    # Each of the fifteen has one mail and an updated calendar; those moved are told once only.
    assert queued("moved") == sorted(one.email for one in moved)
    assert queued("cohort_runs") == sorted(one.email for one in there)
    assert {newest(one).context["certain"] for one in moved + there} == {""}
    out, into = ("CANCEL", {"CANCELLED"}), ("PUBLISH", {"CONFIRMED"})
    assert [files(newest(one)) for one in moved] == [[out, into]] * 7
    assert [files(newest(one)) for one in there] == [[into]] * 8
    assert (decision.into, decision.seats_taken) == (second, 7)
    assert decision.report == (
        "7 people came to Second (7 confirmed), which then had 15 of 20 seats taken. "
        "Second reached its minimum of 12 by it."
    )
    assert go_or_not.to_settle() == []
    assert broken() == []


def test_merging_names_those_who_cannot_come_and_keeps_offers_offers(programme, autumn, winter, user):
    (can,) = seated(autumn, ranked=[autumn, winter], name="Anna")
    (cannot,) = seated(autumn, ranked=[autumn], cannot={winter: "On leave"}, name="Bela")
    (silent,) = seated(autumn, ranked=[autumn], cannot={winter: ""}, name="Cara")
    (offered,) = seated(autumn, confirmed=False, ranked=[winter, autumn], name="Dara")
    plan = plans.plan(autumn, winter, Kind.MERGE)

    decision = choose(go_or_not.merge, autumn, winter, user=user)

    assert [(one.name, one.confirmed, one.note) for one in plan.come] == [
        ("Anna", True, "their 2nd preference"),
        ("Dara", False, "their 1st preference"),
    ]
    assert [(one.name, one.why_not) for one in plan.stay] == [
        ("Bela", "cannot attend Winter: On leave"),
        ("Cara", "cannot attend Winter: no reason given"),
    ]
    assert seats(winter) == {can: Place.Status.CONFIRMED, offered: Place.Status.OFFERED}
    assert states(cannot, silent) == [State.WAITLISTED, State.WAITLISTED]
    assert [newest(one).event for one in (can, offered, cannot, silent)] == [
        "moved",
        "offer_moved",
        "cohort_cancelled",
        "cohort_cancelled",
    ]
    # The receiving cohort has one confirmed of four: those moved are told truthfully.
    assert newest(can).context["certain"].startswith("This cohort runs if 4 people have confirmed")
    assert files(newest(can)) == [("CANCEL", {"CANCELLED"}), ("PUBLISH", {"TENTATIVE"})]
    assert files(newest(cannot)) == [("CANCEL", {"CANCELLED"})]
    assert decision.report == (
        "2 people came to Winter (1 confirmed and 1 with an offer), which then had 2 of 6 seats taken. "
        f"On the waiting list now: Bela ({cannot.reference}), cannot attend Winter: On leave; "
        f"Cara ({silent.reference}), cannot attend Winter: no reason given."
    )
    assert broken() == []


def test_confirmed_people_get_the_last_seats_then_the_higher_score_then_the_earlier(programme, user):
    small = cohort_at(programme, "Small", LATER, maximum=3)
    big = cohort_at(programme, "Big", maximum=20)
    (offered,) = seated(big, confirmed=False, ranked=[small])
    first, low, high = (seated(big, ranked=[small])[0] for _ in range(3))
    last = seated(big, ranked=[big])[0]
    for one, score in ((offered, 99), (low, 40), (high, 70)):
        reviews.record_review(one.pk, user=user, outcome="suitable", score=score, now=NOW)

    plan = plans.plan(big, small, Kind.MERGE)
    choose(go_or_not.merge, big, small, user=user)

    assert [one.application_id for one in plan.come] == [high.pk, low.pk, first.pk]
    assert {one.why_not for one in plan.stay} == {"no seat is left in Small"}
    assert set(seats(small)) == {high, low, first}
    assert states(last, offered) == [State.WAITLISTED, State.WAITLISTED]


def test_a_receiving_cohort_that_is_certain_already_hears_nothing(programme, autumn, winter, user):
    moved, there = seated(autumn, 1), seated(winter, 4)
    go_or_not.settle(winter.pk, now=NOW)
    mails_are_sent()

    choose(go_or_not.merge, autumn, winter, user=user)

    assert queued("cohort_runs") == []
    assert newest(moved[0]).context["certain"] == ""
    assert len(there) == 4


def test_approvers_of_the_confirmed_hear_the_new_dates_or_that_the_old_ones_are_off(
    programme, autumn, winter, user
):
    factories.ApprovalStepFactory(programme=programme)
    people = []
    for cannot in ({}, {winter: "On leave"}):
        application = scenarios.under_review(programme)
        application.preferences.filter(cohort__in=cannot).update(rank=None, cannot_attend_reason="On leave")
        reviews.shortlist(application.pk, user=user, now=NOW)
        places.give(application.pk, autumn.pk, user=user, now=NOW)
        places.accept(application.pk, now=NOW)
        people.append(application)
    mails_are_sent()
    plan = plans.plan(autumn, winter, Kind.MERGE)

    choose(go_or_not.merge, autumn, winter, user=user)

    moved, stayed = (one.approvals.get().email for one in people)
    assert (queued("approver_moved"), queued("approver_dates_off")) == ([moved], [stayed])
    assert plan.hears[-1] == "2 people who approved get a mail that the dates they were told have changed."


# Roll over.
def test_rolling_over_offers_everybody_the_later_cohort_and_keeps_what_was_approved(
    programme, autumn, winter, user
):
    factories.ApprovalStepFactory(programme=programme)
    confirmed = scenarios.confirmed(programme)
    (offered,) = seated(autumn, confirmed=False, ranked=[autumn, winter])
    (cannot,) = seated(autumn, ranked=[autumn], cannot={winter: "On leave"})
    approved = list(confirmed.approvals.values_list("pk", "decision", "decided_at"))
    mails_are_sent()

    decision = choose(go_or_not.roll_over, autumn, winter, user=user)

    assert seats(winter) == dict.fromkeys([confirmed, offered], Place.Status.OFFERED)
    assert [newest(one).event for one in (confirmed, offered, cannot)] == [
        "rolled_over",
        "rolled_over",
        "cohort_cancelled",
    ]
    assert newest(confirmed).context["left"] == "Autumn"
    assert newest(confirmed).context["reason"] == "Too few people."
    assert {place.respond_by > NOW for place in Place.objects.taken().filter(cohort=winter)} == {True}
    assert files(newest(confirmed)) == [("CANCEL", {"CANCELLED"})]
    assert list(confirmed.approvals.values_list("pk", "decision", "decided_at")) == approved
    assert decision.report.startswith("2 people came to Winter (1 confirmed and 1 with an offer)")
    assert (fresh(autumn).runs, fresh(winter).certain_at) == (False, None)
    places.accept(confirmed.pk, now=NOW)
    assert newest(confirmed).event == "confirmed"
    assert broken() == []


def test_rolling_over_settles_a_later_cohort_that_had_its_minimum(programme, autumn, winter, user):
    seated(autumn, 1, ranked=[autumn, winter])
    there = seated(winter, 4)

    choose(go_or_not.roll_over, autumn, winter, user=user)

    assert fresh(winter).certain_at == NOW
    assert queued("cohort_runs") == sorted(one.email for one in there)


# Cancel.
def test_cancelling_sends_everybody_to_the_waiting_list_and_takes_the_dates_out(programme, autumn, user):
    factories.ApprovalStepFactory(programme=programme)
    confirmed = scenarios.confirmed(programme)
    (offered,) = seated(autumn, confirmed=False)
    mails_are_sent()
    choose(go_or_not.extend, autumn, user=user, until=datetime.date(2026, 11, 20))
    mails_are_sent()

    decision = choose(go_or_not.cancel, autumn, user=user, reason="The venue is closed.")

    autumn = fresh(autumn)
    assert (autumn.runs, autumn.cancelled_at, autumn.certain_at, autumn.decide_by) == (False, NOW, None, None)
    assert states(confirmed, offered) == [State.WAITLISTED, State.WAITLISTED]
    assert queued("cohort_cancelled") == sorted([confirmed.email, offered.email])
    assert files(newest(confirmed)) == [("CANCEL", {"CANCELLED"})]
    assert newest(offered).attachments == []
    assert newest(confirmed).context["reason"] == "The venue is closed."
    assert queued("approver_dates_off") == [confirmed.approvals.get().email]
    assert decision.report == (
        f"On the waiting list now: {confirmed.name} ({confirmed.reference}); {offered.name} ({offered.reference})."
    )
    assert broken() == []


def test_cancelling_an_empty_cohort_says_that_nobody_had_a_seat(autumn, user):
    waits = waiting(autumn.programme, ranked=[autumn])

    decision = choose(go_or_not.cancel, autumn, user=user)

    assert (decision.report, decision.seats_taken) == ("Nobody had a seat in it.", 0)
    assert states(waits) == [State.WAITLISTED]
    assert fresh(autumn).history.latest().history_user == user


def test_the_cancelled_are_offered_a_free_seat_elsewhere_and_still_hear_that_their_dates_are_off(
    programme, autumn, winter, user
):
    programme.offers_onward = True
    programme.save()
    (confirmed,) = seated(autumn, ranked=[autumn, winter])
    (there,) = seated(winter)
    choose(go_or_not.cancel, autumn, user=user)

    for minutes in (1, 5, 11, 12, 25):
        now = NOW + datetime.timedelta(minutes=minutes)
        waiting_list.offer_freed_seats(programme.pk, now=now)
        Message.objects.filter(status="queued", not_before__lte=now).update(status="sent")

    mails = Message.objects.about(confirmed.about).filter(status="sent").order_by("pk")
    assert [mail.event for mail in mails][-2:] == ["cohort_cancelled", "offer"]
    assert seats(winter) == {there: Place.Status.CONFIRMED, confirmed: Place.Status.OFFERED}


# Refused.
def undated(cohort):
    cohort.sessions.all().delete()


def off(cohort):
    cohort.runs = False
    cohort.save()


def begun(cohort):
    cohort.sessions.filter(title="Day 1").update(starts_at=NOW - datetime.timedelta(hours=1))


def over(cohort):
    day = datetime.timedelta(days=1)
    cohort.sessions.update(starts_at=NOW - 2 * day, ends_at=NOW - day)


def no_minimum(cohort):
    cohort.minimum = 0
    cohort.save()


def certain(cohort):
    seated(cohort, 4)
    go_or_not.settle(cohort.pk, now=NOW)


def run_already(cohort):
    go_or_not.run_anyway(cohort.pk, user=scenarios.reviewer_of(cohort.programme), reason="Booked.", now=NOW)


def as_it_is(cohort):
    pass


@pytest.mark.parametrize(
    ("kind", "prepare", "sentence"),
    [
        (Kind.RUN_ANYWAY, off, "Autumn does not take place."),
        (Kind.CANCEL, off, "Autumn does not take place."),
        (Kind.RUN_ANYWAY, begun, "Autumn has started: it can only be cancelled."),
        (Kind.MERGE, begun, "Autumn has started: it can only be cancelled."),
        (Kind.CANCEL, begun, ""),
        (Kind.CANCEL, over, "Autumn is over: it cannot be cancelled any more."),
        (Kind.CANCEL, undated, ""),
        (Kind.MERGE, as_it_is, "Nobody has a seat in Autumn. Cancel it instead."),
        (Kind.MERGE, certain, ""),
        (Kind.ROLL_OVER, as_it_is, "Nobody has a seat in Autumn. Cancel it instead."),
        (Kind.RUN_ANYWAY, no_minimum, "Autumn has no minimum: it runs whatever the number."),
        (Kind.EXTEND, no_minimum, "Autumn has no minimum: it runs whatever the number."),
        (Kind.RUN_ANYWAY, certain, "Autumn has reached its minimum: it runs."),
        (Kind.RUN_ANYWAY, run_already, "It was decided already that Autumn runs anyway."),
        (
            Kind.EXTEND,
            run_already,
            "People have been told that Autumn runs: there is nothing left to decide by a date.",
        ),
        (Kind.EXTEND, undated, "Autumn has no dates yet: there is nothing to put off."),
        (Kind.RUN_ANYWAY, undated, ""),
        (Kind.EXTEND, as_it_is, ""),
    ],
)
def test_what_cannot_be_chosen_is_said(autumn, kind, prepare, sentence):
    prepare(autumn)

    found = plans.impossible(fresh(autumn), kind, now=NOW)

    assert found == sentence


@pytest.mark.parametrize(
    ("kind", "prepare", "sentence"),
    [
        (Kind.MERGE, off, "Winter does not take place."),
        (Kind.MERGE, undated, "Winter has no dates yet. Add its sessions first."),
        (Kind.MERGE, begun, "Winter has started."),
        (Kind.ROLL_OVER, begun, "Winter has started."),
        (Kind.ROLL_OVER, as_it_is, ""),
        (Kind.MERGE, as_it_is, ""),
    ],
)
def test_which_cohort_cannot_receive_is_said(autumn, winter, kind, prepare, sentence):
    prepare(winter)

    found = plans.impossible_into(autumn, fresh(winter), kind, now=NOW)

    assert found == sentence


def test_only_a_later_cohort_is_rolled_over_into_unless_there_was_no_date(autumn, winter):
    backwards = plans.impossible_into(winter, autumn, Kind.ROLL_OVER, now=NOW)
    undated(winter)
    without = plans.impossible_into(fresh(winter), autumn, Kind.ROLL_OVER, now=NOW)

    assert (backwards, without) == ("Autumn is not later than Winter. Merge them instead.", "")


def test_a_cohort_is_not_merged_into_itself_another_programmes_or_where_nobody_can_come(
    programme, autumn, winter, user
):
    seated(autumn, ranked=[autumn], cannot={winter: "On leave"})
    other = cohort_at(factories.ProgrammeFactory(), "Elsewhere", LATER)
    found = []
    for into in (autumn, other, winter):
        with pytest.raises(Refused) as refused:
            choose(go_or_not.merge, autumn, into, user=user)
        found.append(refused.value.sentence)

    assert found == [
        "Choose another cohort than Autumn itself.",
        "Choose a cohort of Calm Conversations.",
        "None of the people of Autumn can come to Winter.",
    ]
    assert (fresh(autumn).runs, CohortDecision.objects.count()) == (True, 0)


def test_a_second_merge_of_the_same_cohort_is_refused(programme, autumn, winter, user):
    seated(autumn, ranked=[autumn, winter])
    choose(go_or_not.merge, autumn, winter, user=user)

    with pytest.raises(Refused) as refused:
        choose(go_or_not.merge, autumn, winter, user=user)

    assert refused.value.sentence == "Autumn does not take place."


def test_a_choice_needs_a_reason_and_the_role_of_a_reviewer(autumn, user):
    viewer = factories.AcademyMemberFactory(academy=autumn.programme.academy, role="viewer").user

    with pytest.raises(Refused) as no_reason:
        choose(go_or_not.cancel, autumn, user=user, reason="  ")
    with pytest.raises(NotAllowed):
        choose(go_or_not.cancel, autumn, user=viewer)

    assert no_reason.value.sentence == "Give a reason: it is kept with your name."
    assert fresh(autumn).runs is True


# Before it is done.
def test_the_plans_for_every_cohort_that_could_receive_are_sorted_by_date(programme, autumn, winter):
    seated(autumn, 2, ranked=[autumn, winter])
    early = cohort_at(programme, "Early", NOW + datetime.timedelta(days=30), maximum=1)
    off(cohort_at(programme, "Off"))

    merges = [(plan.into.name, plan.sentence) for plan in plans.targets(autumn, Kind.MERGE, now=NOW)]
    later = [plan.into.name for plan in plans.targets(autumn, Kind.ROLL_OVER, now=NOW)]

    assert early.pk
    assert merges == [
        ("Early", "1 of 2 people can come; 1 of 1 seats taken afterwards."),
        ("Winter", "2 of 2 people can come; 2 of 6 seats taken afterwards."),
    ]
    assert later == ["Winter"]


@pytest.mark.parametrize("rows", [1, 3])
def test_plans_cost_the_same_however_many_cohorts_and_people(
    programme, autumn, rows, django_assert_num_queries
):
    for number in range(rows):
        cohort_at(programme, f"Winter {number}", LATER)
    seated(autumn, rows)

    with django_assert_num_queries(7):
        found = plans.targets(autumn, Kind.MERGE, now=NOW)

    assert len(found) == rows


def test_who_hears_what_of_a_merge_is_told_with_numbers(programme, autumn, winter):
    seated(autumn, 2, ranked=[autumn, winter])
    seated(autumn, 1, confirmed=False, ranked=[autumn, winter])
    seated(autumn, 1, ranked=[autumn], cannot={winter: "On leave"})
    seated(winter, 2)

    hears = plans.plan(autumn, winter, Kind.MERGE).hears

    assert hears == [
        "2 people confirmed get a mail with the dates of Winter, "
        "and calendar files that take the old dates out and put the new ones in.",
        "1 person with an offer gets the offer for Winter, with a fresh date.",
        "2 people confirmed in Winter already get a mail that Winter goes ahead, with an updated calendar file.",
        "1 person on the waiting list then gets a mail with the reason, "
        "and, where their place was confirmed, a calendar file that takes the old dates out.",
    ]


def test_who_hears_what_of_a_roll_over_and_of_a_cancelling(programme, autumn, winter):
    seated(autumn, 1, ranked=[autumn, winter])
    seated(autumn, 1, confirmed=False, ranked=[autumn, winter])

    over, cancelled = plans.plan(autumn, winter, Kind.ROLL_OVER), plans.plan(autumn, None, Kind.CANCEL)

    assert over.hears == [
        "1 person confirmed gets an offer of a place in Winter, with a fresh date to answer by, "
        "and, where their place was confirmed, a calendar file that takes the old dates out.",
        "1 person with an offer gets an offer of a place in Winter, with a fresh date to answer by.",
    ]
    assert (cancelled.sentence, len(cancelled.hears)) == ("2 people go to the waiting list.", 1)
