"""Who is next: the order of the queue, staff's changes to it, and the offer of every seat that falls free."""

import datetime
from types import SimpleNamespace

import pytest
from django.db import transaction

from applications.domain import nominations, reviews, status
from applications.domain.actors import Actor
from applications.domain.workflow import change_state
from applications.models import Application, State
from cohorts.domain import capacity, moving, offers, places, preferences, waiting_list
from cohorts.models import Cohort, Place, WaitingPlace
from cohorts.tasks import lapse_offers, offer_freed_seats
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Message, Programme
from tests import factories, invariants, scenarios
from tests.cohorts.seats import DEADLINE, MOMENT, cohort_of, fresh, give, programme_with
from tests.factories import NOW

pytestmark = pytest.mark.django_db

HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)


def waiting(programme, name="Wendy", *, score=None, now=NOW, **kwargs):
    application = scenarios.shortlisted(programme, name=name, now=now, **kwargs)
    user = scenarios.reviewer_of(programme)
    if score is not None:
        reviews.record_review(application.pk, user=user, outcome="suitable", score=score, now=now)
    return reviews.put_on_waiting_list(application.pk, user=user, now=now)


def names(programme):
    return [one.application.name for one in waiting_list.queue(programme)]


def sweep(programme, *, now=NOW):
    return [place.application.name for place in waiting_list.offer_freed_seats(programme.pk, now=now)]


def onward(**fields):
    """A programme of one seat, whose free seats are offered onward."""
    return programme_with(**{"seats": 1, "offers_onward": True, **fields})


def move(application, position, reason="Needed in Kent."):
    user = scenarios.reviewer_of(application.programme)
    return waiting_list.move_to(application.pk, position, user=user, reason=reason, now=NOW)


# The order.


def test_the_queue_is_by_score_and_then_by_who_joined_earlier():
    programme = programme_with()
    waiting(programme, "Late and good", score=80, now=NOW + HOUR)
    waiting(programme, "Without a score")
    waiting(programme, "Good", score=80)
    waiting(programme, "Best", score=90, now=NOW + HOUR)

    queue = waiting_list.queue(programme)

    assert [(one.position, one.application.name, one.score) for one in queue] == [
        (1, "Best", 90),
        (2, "Good", 80),
        (3, "Late and good", 80),
        (4, "Without a score", 0),
    ]
    assert queue[0].cohort_ids == (cohort_of(programme).pk,)


def test_only_who_waits_has_a_position():
    programme = programme_with()
    first, second = waiting(programme, "A"), waiting(programme, "B")
    suitable = scenarios.shortlisted(programme)

    found = [waiting_list.position_of(one) for one in (first, second, suitable)]

    assert found == [1, 2, None]
    assert status.standing(second).position == 2
    assert str(second.waiting_place) == f"{second.reference} waits since 05 October 2026"


@pytest.mark.parametrize("count", [1, 3])
def test_the_queue_takes_as_many_queries_however_long_it_is(count, django_assert_num_queries):
    programme = programme_with()
    for _ in range(count):
        waiting(programme)

    with django_assert_num_queries(3):
        waiting_list.queue(programme)


def test_somebody_is_moved_with_a_reason_and_moves_up_as_those_before_leave():
    programme = programme_with()
    first, _, _, last = (waiting(programme, name) for name in "ABCD")

    queue = move(last, 2)

    assert [one.application.name for one in queue] == ["A", "D", "B", "C"]
    place = WaitingPlace.objects.get(application=last)
    assert (place.moved_to, place.reason) == (2, "Needed in Kent.")
    assert place.history.latest().history_user == place.moved_by
    scenarios.withdrawn(first)
    assert names(programme) == ["D", "B", "C"]


def test_a_later_move_to_the_same_position_goes_before_the_earlier_one():
    programme = programme_with()
    a, b, c = (waiting(programme, name) for name in "ABC")

    move(c, 1)
    move(b, 1)
    assert names(programme) == ["B", "C", "A"]

    move(b, 3)
    move(a, 1)
    assert names(programme) == ["A", "C", "B"]


def test_who_is_better_and_joins_later_does_not_push_away_somebody_moved():
    programme = programme_with()
    waiting(programme, "A")
    moved = waiting(programme, "B")
    move(moved, 1)

    waiting(programme, "Best", score=100)

    assert names(programme) == ["B", "Best", "A"]


@pytest.mark.parametrize(
    ("position", "reason", "sentence"),
    [
        (1, "  ", "Give a reason: it is kept with your name."),
        (0, "Because", "Choose a position from 1 to 2."),
        (3, "Because", "Choose a position from 1 to 2."),
    ],
)
def test_a_move_is_refused_in_words(position, reason, sentence):
    programme = programme_with()
    waiting(programme)
    other = waiting(programme)

    with pytest.raises(Refused) as refused:
        move(other, position, reason)

    assert refused.value.sentence == sentence


def test_only_a_reviewer_moves_and_only_somebody_who_waits():
    programme = programme_with()
    application, suitable = waiting(programme), scenarios.shortlisted(programme)

    with pytest.raises(NotAllowed):
        waiting_list.move_to(application.pk, 1, user=factories.UserFactory(), reason="Mine", now=NOW)
    with pytest.raises(Refused, match="is not on the waiting list"):
        move(suitable, 1)


def test_who_comes_back_stands_at_the_end_but_for_an_undone_decision():
    programme = programme_with()
    first, second = waiting(programme, "A"), waiting(programme, "B")
    user = scenarios.reviewer_of(programme)
    give(first)
    places.take_back(first.pk, user=user, reason="Room lost", now=NOW)
    reviews.put_on_waiting_list(first.pk, user=user, now=NOW + HOUR)
    assert names(programme) == ["B", "A"]

    give(second)
    with transaction.atomic():
        application = nominations.lock_application(second.pk)
        change_state(
            application, State.WAITLISTED, action="undo", actor=Actor.staff(user), now=NOW + 2 * HOUR
        )

    assert names(programme) == ["B", "A"]


# Every way in which a seat falls free.


def withdraw(programme, holder):
    scenarios.withdrawn(holder)


def decline(programme, holder):
    places.decline(holder.pk, now=NOW)


def ask_other_date(programme, holder):
    places.ask_other_date(holder.pk, reason="On leave.", now=NOW)


def take_back(programme, holder):
    user = scenarios.reviewer_of(programme)
    places.take_back(holder.pk, user=user, reason="A slip.", now=NOW)


def move_away(programme, holder):
    other = factories.CohortFactory(programme=programme, name="Cohort 2")
    moving.move(holder.pk, other.pk, user=scenarios.reviewer_of(programme), now=NOW)


def raise_maximum(programme, holder):
    Cohort.objects.filter(pk=cohort_of(programme).pk).update(maximum=2)


WAYS = [withdraw, decline, ask_other_date, take_back, move_away, raise_maximum]


@pytest.mark.parametrize("way", WAYS)
def test_a_seat_that_falls_free_is_offered_to_the_next(way):
    programme = onward()
    holder = scenarios.offered(programme, name="Holder")
    first = waiting(programme, "First")
    waiting(programme, "Second")
    assert sweep(programme) == []

    way(programme, holder)

    assert sweep(programme) == ["First"]
    assert sweep(programme) == []
    assert fresh(first).state == State.OFFERED
    assert invariants.broken() == []


def test_an_offer_that_lapses_goes_to_the_next_by_the_clocks_alone(time_machine):
    programme = onward()
    holder = scenarios.offered(programme)
    first = waiting(programme)
    time_machine.move_to(DEADLINE + datetime.timedelta(minutes=1), tick=False)

    assert (lapse_offers(), offer_freed_seats()) == (1, 1)

    assert (fresh(holder).state, fresh(first).state) == (State.LAPSED, State.OFFERED)
    mail = Message.objects.get(event="offer", about=first.about)
    # Made by the portal: not held like a decision of staff.
    assert mail.not_before == mail.created_at
    assert first.changes.latest("pk").actor == "The portal"


def test_a_raised_total_is_offered_though_the_cohort_had_seats_all_along():
    programme = onward(seats=5, total_places=1)
    scenarios.offered(programme)
    waiting(programme, "First")
    assert sweep(programme) == []

    Programme.objects.filter(pk=programme.pk).update(total_places=2)

    assert sweep(programme) == ["First"]


def test_another_icss_seat_is_offered_where_the_total_was_full():
    programme = onward(seats=5, total_places=1, nomination_scope="ics", nominations_allowed=1)
    kent, surrey = factories.IntegratedCareSystemFactory(), factories.IntegratedCareSystemFactory()
    holder = scenarios.offered(programme, ics=kent)
    waiting(programme, "From Surrey", ics=surrey)

    scenarios.withdrawn(holder)

    assert sweep(programme) == ["From Surrey"]
    assert invariants.broken() == []


def test_the_people_of_a_cancelled_cohort_are_offered_the_seats_of_another():
    programme = onward()
    holder = scenarios.confirmed(programme, name="Was in Cohort 1")
    other = factories.CohortFactory(programme=programme, name="Cohort 2")
    factories.PreferenceFactory(application=holder, cohort=other, rank=2)
    with transaction.atomic():
        cohort = capacity.lock(programme.pk, cohort_of(programme).pk)
        application = nominations.lock_application(holder.pk)
        change_state(
            application,
            State.WAITLISTED,
            action="cancel_cohort",
            actor=Actor.staff(scenarios.reviewer_of(programme)),
            reason="Too few.",
            now=NOW,
            context={"cohort": cohort.name},
        )
        cohort.runs = False
        cohort.save()

    assert sweep(programme) == ["Was in Cohort 1"]
    assert Place.objects.taken().get().cohort == other


# Who is not offered it.


def test_who_declined_withdrew_or_asked_for_another_date_is_not_offered_the_seat_again():
    programme = onward(seats=3)
    declined, withdrew, asked = (scenarios.offered(programme) for _ in range(3))

    places.decline(declined.pk, now=NOW)
    scenarios.withdrawn(withdrew)
    places.ask_other_date(asked.pk, reason="On leave.", now=NOW)

    assert sweep(programme) == []
    assert fresh(asked).state == State.WAITLISTED


def test_a_seat_goes_past_those_who_cannot_attend_it():
    programme = onward()
    other = factories.CohortFactory(programme=programme, name="Cohort 2", maximum=1)
    first = scenarios.submitted(programme, name="Cannot")
    preferences.save_preferences(
        first.pk, ranked=[other], cannot_attend={cohort_of(programme): "Leave"}, now=NOW
    )
    user = scenarios.reviewer_of(programme)
    reviews.shortlist(first.pk, user=user, now=NOW)
    reviews.put_on_waiting_list(first.pk, user=user, now=NOW)
    Cohort.objects.filter(pk=other.pk).update(runs=False)
    waiting(programme, "Can")

    assert sweep(programme) == ["Can"]


def test_each_is_offered_what_they_like_best_of_what_is_free():
    programme = onward()
    other = factories.CohortFactory(programme=programme, name="Cohort 2", maximum=1)
    waiting(programme, "First")
    waiting(programme, "Second")
    waiting(programme, "Third")

    assert sweep(programme) == ["First", "Second"]

    taken = Place.objects.taken().order_by("pk").values_list("cohort__name", flat=True)
    assert list(taken) == ["Cohort 1", other.name]


@pytest.mark.parametrize("hours", [0, 1])
def test_nothing_is_offered_where_less_than_a_day_is_left_before_the_cut_off(hours):
    programme = onward(last_offer_days=3)
    waiting(programme, "First")
    last = cohort_of(programme).starts_at - 4 * DAY

    found = sweep(programme, now=last + hours * HOUR)

    assert found == (["First"] if hours == 0 else [])


def test_an_offer_near_the_start_is_answered_within_fewer_days():
    programme = onward(offer_working_days=5, last_offer_days=3)
    waiting(programme)
    # Friday 23 October: the cohort starts on Tuesday 3 November.
    friday = datetime.datetime(2026, 10, 23, 12, tzinfo=datetime.UTC)

    (place,) = waiting_list.offer_freed_seats(programme.pk, now=friday)

    assert place.respond_by == datetime.datetime(2026, 10, 27, 23, 59, tzinfo=datetime.UTC)


def test_a_cohort_without_dates_can_be_offered():
    programme = onward()
    cohort_of(programme).sessions.all().delete()
    waiting(programme, "First")

    assert sweep(programme) == ["First"]


def test_who_leaves_at_this_very_moment_is_passed_over(monkeypatch):
    programme = onward()
    gone = waiting(programme, "Gone")
    waiting(programme, "Next")
    queue = waiting_list.queue(programme)
    scenarios.withdrawn(gone)
    # The queue was read a moment before they left: no test can time that.
    monkeypatch.setattr(waiting_list, "queue", lambda programme: queue)

    place = waiting_list._offer_next(programme.pk, actor=Actor.clock(), now=NOW)

    assert place.application.name == "Next"


# Switched on and off, and by hand.


def test_where_it_is_switched_off_nothing_is_offered_by_itself_but_by_staff():
    programme = onward(seats=2)
    waiting(programme, "First")
    user = scenarios.reviewer_of(programme)
    waiting_list.set_offers_onward(programme.pk, False, user=user)
    assert (sweep(programme), offer_freed_seats()) == ([], 0)

    (place,) = waiting_list.offer_now(programme.pk, user=user, now=NOW)

    assert place.application.name == "First"
    assert place.application.changes.latest("pk").actor_user == user
    mail = Message.objects.get(event="offer")
    assert mail.not_before == NOW + datetime.timedelta(minutes=10)
    assert fresh(programme).history.latest().history_user == user


def test_only_a_reviewer_switches_and_offers():
    programme = onward()
    stranger = factories.UserFactory()

    with pytest.raises(NotAllowed):
        waiting_list.set_offers_onward(programme.pk, False, user=stranger)
    with pytest.raises(NotAllowed):
        waiting_list.offer_now(programme.pk, user=stranger, now=NOW)


def test_a_programme_that_cannot_be_swept_does_not_keep_the_others_waiting(monkeypatch, caplog, time_machine):
    time_machine.move_to(NOW, tick=False)
    broken, whole = onward(), onward()
    waiting(broken)
    waiting(whole, "First")
    real = waiting_list.offer_freed_seats

    # A fault that nobody foresaw; there is no such programme to be had.
    def offer(programme_id, *, now):
        if programme_id == broken.pk:
            raise RuntimeError("a fault")
        return real(programme_id, now=now)

    monkeypatch.setattr(waiting_list, "offer_freed_seats", offer)

    assert offer_freed_seats() == 1

    assert [record.getMessage() for record in caplog.records] == [
        f"The waiting list of programme {broken.pk} could not be swept."
    ]


# The hint.


def hints_of(programme, django_capture_on_commit_callbacks, act):
    told = []
    with django_capture_on_commit_callbacks() as callbacks:
        act()
    for callback in callbacks:
        if isinstance(callback, waiting_list._Hint):
            told.append(callback.programme_id)
    return told


@pytest.mark.parametrize("way", [withdraw, decline, ask_other_date, take_back, move_away])
def test_a_freed_seat_asks_for_a_sweep_at_once(way, django_capture_on_commit_callbacks):
    programme = onward()
    holder = scenarios.offered(programme)

    hints = hints_of(programme, django_capture_on_commit_callbacks, lambda: way(programme, holder))

    assert hints == [programme.pk]


def test_what_frees_no_seat_asks_for_none(django_capture_on_commit_callbacks):
    programme = onward(seats=2)
    holder = scenarios.offered(programme)
    quiet = programme_with()
    other = scenarios.offered(quiet)

    assert (
        hints_of(programme, django_capture_on_commit_callbacks, lambda: places.accept(holder.pk, now=NOW))
        == []
    )
    assert hints_of(quiet, django_capture_on_commit_callbacks, lambda: scenarios.withdrawn(other)) == []


def test_several_seats_freed_in_one_transaction_ask_once(django_capture_on_commit_callbacks):
    programme, another = onward(seats=2), onward()
    holders = [scenarios.offered(one) for one in (programme, programme, another)]

    def withdraw_all():
        with transaction.atomic():
            for holder in holders:
                scenarios.withdrawn(holder)

    hints = hints_of(programme, django_capture_on_commit_callbacks, withdraw_all)

    assert hints == [programme.pk, another.pk]


def test_the_hint_runs_a_sweep(django_capture_on_commit_callbacks, time_machine):
    time_machine.move_to(NOW, tick=False)
    programme = onward()
    holder = scenarios.offered(programme)

    with django_capture_on_commit_callbacks(execute=True):
        first = waiting(programme)
        scenarios.withdrawn(holder)

    assert fresh(first).state == State.OFFERED


# What staff read.


def outlook_of(programme, *, now=NOW):
    return {
        one.cohort.name: (one.free, [each.application.name for each in one.next_offers], one.why_nobody)
        for one in waiting_list.outlooks(programme, waiting_list.queue(programme), now=now)
    }


def test_the_outlook_says_who_is_offered_what_next():
    programme = onward(seats=2, total_places=3)
    factories.CohortFactory(programme=programme, name="Cohort 2", maximum=5)
    scenarios.offered(programme)
    for name in "ABC":
        waiting(programme, name)

    assert outlook_of(programme) == {"Cohort 1": (1, ["A"], ""), "Cohort 2": (2, ["B"], "")}
    assert sweep(programme) == ["A", "B"]


def test_the_outlook_without_a_total_and_with_other_dates_liked_better():
    programme = onward(seats=5)
    factories.CohortFactory(programme=programme, name="Cohort 2")
    waiting(programme, "A")

    assert outlook_of(programme) == {
        "Cohort 1": (5, ["A"], ""),
        "Cohort 2": (20, [], "Those who can attend it are offered other dates first."),
    }


REASONS = {
    "off": "It does not take place.",
    "started": "It has started.",
    "soon": (
        "It starts soon: no freed seat is offered in the last 3 days before (the cut-off is 9:30am on "
        "31 October 2026), and nobody is given less than a day to answer."
    ),
    "full": "No seat is free: all 1 are offered or confirmed.",
    "total": "All 1 places of the programme are used, though this cohort has seats free.",
    "nobody": "Nobody is on the waiting list.",
    "cannot": "None of the 1 person on the waiting list can attend it.",
    "switched off": "Offering freed seats to the waiting list is switched off for this programme.",
    "": "",
}


@pytest.mark.parametrize("reason", REASONS)
def test_why_nobody_is_offered_a_seat(reason):
    case = SimpleNamespace(seats=1, total=None, now=NOW)
    case.seats = 5 if reason == "total" else 1
    case.total = 1 if reason == "total" else None
    programme = onward(seats=case.seats, total_places=case.total, offers_onward=reason != "switched off")
    if reason in ("full", "total"):
        scenarios.offered(programme)
    if reason != "nobody":
        application = waiting(programme)
    if reason == "cannot":
        application.preferences.update(rank=None)
    if reason == "off":
        Cohort.objects.filter(programme=programme).update(runs=False)
    starts = cohort_of(programme).starts_at
    now = {"started": starts, "soon": starts - 4 * DAY + MOMENT}.get(reason, NOW)

    found = waiting_list.why_nobody(cohort_of(programme), now=now)

    assert found == REASONS[reason]
    (outlook,) = waiting_list.outlooks(programme, waiting_list.queue(programme), now=now)
    assert outlook.why_nobody == found


@pytest.mark.parametrize("count", [1, 3])
def test_the_outlook_takes_as_many_queries_however_many_cohorts(count, django_assert_num_queries):
    programme = onward(total_places=20)
    for number in range(1, count):
        factories.CohortFactory(programme=programme, name=f"Another {number}")
    waiting(programme)
    queue = waiting_list.queue(programme)

    with django_assert_num_queries(5):
        waiting_list.outlooks(programme, queue, now=NOW)


def test_who_may_wait_for_another_date():
    programme = onward()
    later = factories.CohortFactory(programme=programme, name="Later")
    factories.SessionFactory(cohort=later, starts_at=NOW + 90 * DAY)
    undated = factories.CohortFactory(programme=programme, name="Undated")
    started = factories.CohortFactory(programme=programme, name="Started")
    off = factories.CohortFactory(programme=programme, name="Off")
    cannot = factories.CohortFactory(programme=programme, name="Cannot")
    application = scenarios.offered(programme)
    factories.SessionFactory(cohort=started, starts_at=NOW)
    Cohort.objects.filter(pk=off.pk).update(runs=False)
    application.preferences.filter(cohort=cannot).update(rank=None)

    found = offers.other_dates(application.places.get(), now=NOW)

    assert found == [later, undated]
    assert Application.objects.count() == 1
