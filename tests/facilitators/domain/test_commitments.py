"""What facilitators owe: from obligations, with pauses, counted from the rows, waived."""

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from facilitators.domain import commitments, owed
from facilitators.domain.delivering import deliveries
from facilitators.domain.delivering.delivery_rows import Given
from facilitators.models import Commitment, Participation, Pause
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Obligation
from tests import factories
from tests.facilitators.delivering import logged, trained
from tests.factories import NOW
from tests.scenarios import reviewer_of

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
LATER = NOW + datetime.timedelta(days=3 * 365)


def day(text):
    return datetime.date.fromisoformat(text)


def paused(training, first, last, now=LATER):
    Pause.objects.create(training=training, from_on=day(first), until_on=day(last), reason="Leave")
    commitments.recount([training.pk], now=now)


def the(training, key="deliver"):
    return Commitment.objects.get(training=training, key=key)


def attended(training, held_on, kind="attend", unit="session"):
    Participation.objects.create(training=training, kind=kind, unit=unit, held_on=day(held_on), what="A set")
    commitments.recount([training.pk], now=LATER)


# What is owed.
def test_a_window_of_months_ends_on_the_same_day_of_the_month():
    training = trained(trained_on=day("2024-02-29"))

    found = the(training)

    assert (found.starts_on, found.first_due_on, found.due_on) == (
        day("2024-02-29"),
        day("2025-02-28"),
        day("2025-02-28"),
    )
    assert found.description == "Deliver at least 3 sessions in 12 months."
    assert (found.at_least, found.unit, found.window) == (3, "session", "within_months")


@pytest.mark.parametrize("window", ["once", "standing"])
def test_what_has_no_window_has_no_end(window):
    training = trained(window=window, months=None)

    assert (the(training).first_due_on, the(training).due_on) == (None, None)


def test_beginning_again_adds_nothing():
    training = trained()

    commitments.begin(training, now=NOW)

    assert training.commitments.count() == 1


def test_an_obligation_that_comes_later_is_not_owed_by_those_who_began_before():
    training = trained()
    factories.ObligationFactory(programme=training.programme, key="new")

    commitments.recount([training.pk], now=NOW)

    assert list(training.commitments.values_list("key", flat=True)) == ["deliver"]


def test_every_year_is_made_when_it_turns_and_made_up_after_an_outage():
    training = trained(window="every_year", months=None, trained_on=day("2024-02-29"))
    assert [row.starts_on for row in training.commitments.all()] == [day("2026-02-28")]
    assert commitments.to_turn(datetime.datetime(2027, 2, 27, 12, tzinfo=datetime.UTC)) in ([], [training.pk])

    now = datetime.datetime(2029, 6, 1, 12, tzinfo=datetime.UTC)
    assert commitments.to_turn(now) == [training.pk]
    commitments.recount([training.pk], now=now)

    assert [(row.starts_on, row.due_on) for row in training.commitments.order_by("starts_on")] == [
        (day("2026-02-28"), day("2027-02-27")),
        (day("2027-02-28"), day("2028-02-28")),
        (day("2028-02-29"), day("2029-02-27")),
        (day("2029-02-28"), day("2030-02-27")),
    ]
    assert commitments.to_turn(now) == []


@pytest.mark.parametrize(("moment", "years"), [("2027-10-04T23:00+01:00", 1), ("2027-10-05T00:30+01:00", 2)])
def test_the_year_turns_on_the_anniversary_of_the_training(moment, years):
    training = trained(window="every_year", months=None)

    commitments.recount([training.pk], now=datetime.datetime.fromisoformat(moment))

    assert training.commitments.count() == years


def test_no_year_is_made_for_who_has_left_or_without_the_obligation():
    left = trained(window="every_year", months=None)
    left.ended_on, left.ended_reason = day("2027-10-04"), "Moved"
    left.save()
    dropped = trained(window="every_year", months=None)
    dropped.programme.obligations.all().delete()

    commitments.recount([left.pk, dropped.pk], now=LATER)

    assert (left.commitments.count(), dropped.commitments.count()) == (1, 1)
    assert commitments.to_turn(LATER) == []


# What counts.
def test_three_deliveries_meet_three():
    training = trained()

    for held_on in ("2026-10-05", "2027-10-05", "2027-03-01"):
        logged(training, held_on)

    assert (the(training).done, the(training).met_on) == (3, day("2027-10-05"))


def test_a_delivery_before_the_training_does_not_count():
    training = trained(at_least=1)

    logged(training, "2026-10-04")

    assert (the(training).done, the(training).met_on) == (0, None)


@pytest.mark.parametrize(
    ("kind", "role", "done"),
    [
        ("deliver", "led", 1),
        ("deliver", "led_jointly", 1),
        ("deliver", "observed", 0),
        ("co_deliver", "led", 0),
        ("co_deliver", "led_jointly", 1),
        ("co_deliver", "observed", 0),
        ("observe", "led", 0),
        ("observe", "observed", 1),
        ("attend", "led", 0),
    ],
)
def test_what_somebody_did_decides_what_it_counts_for(kind, role, done):
    training = trained(kind=kind)

    logged(training, "2026-11-01", role=role)

    assert the(training).done == done


@pytest.mark.parametrize(("unit", "done"), [("programme", 1), ("session", 0), ("day", 0)])
def test_a_programme_counts_as_a_programme_and_not_as_a_session(unit, done):
    training = trained(unit="programme")

    logged(training, "2026-11-01", unit=unit)

    assert the(training).done == done


@pytest.mark.parametrize(("people", "done"), [(5, 0), (6, 1), (7, 1)])
def test_a_delivery_to_fewer_people_than_asked_does_not_count(people, done):
    training = trained(people_at_least=6)

    logged(training, "2026-11-01", people={"hospice": people - 2, "charity": 2})

    assert the(training).done == done


def test_people_reached_count_by_person():
    training = trained(unit="person", at_least=20)

    logged(training, "2026-11-01", people={"hospice": 12})
    logged(training, "2026-11-02", unit="programme", people={"charity": 8})

    assert (the(training).done, the(training).met_on) == (20, day("2026-11-02"))


@pytest.mark.parametrize("kind", ["attend", "evaluate", "refresh"])
def test_what_is_no_delivery_counts_by_its_kind_and_unit(kind):
    training = trained(kind=kind, at_least=1)
    attended(training, "2026-11-01", kind=kind, unit="day")
    assert the(training).done == 0

    attended(training, "2026-11-02", kind=kind)

    assert (the(training).done, the(training).met_on) == (1, day("2026-11-02"))


def test_a_delivery_of_another_programme_does_not_count():
    training = trained()
    other = factories.TrainingFactory(facilitator=training.facilitator)

    logged(other, "2026-11-01")

    assert the(training).done == 0


def test_drafts_and_what_was_taken_back_do_not_count():
    training = trained()
    logged(training, "2026-11-01", draft=True)
    back = logged(training, "2026-11-02")
    assert the(training).done == 1

    deliveries.take_back(back.pk, reason="Typed twice", training_id=training.pk, now=LATER)

    assert the(training).done == 0


def test_a_delivery_after_the_window_meets_it_late():
    training = trained(at_least=1)

    logged(training, "2027-10-06")

    found = the(training)
    assert (found.done, found.met_on) == (1, day("2027-10-06"))
    how = owed.stands(found, today=LATER.date(), paused=False)
    assert how == owed.Stands.MET_LATE
    assert owed.sentence(found, how) == (
        "Met late, on 6 October 2027: 1 session done; it was due on 5 October 2027."
    )


def test_a_delivery_corrected_after_the_window_counts_by_its_own_day():
    training = trained(at_least=1)
    delivery = logged(training, "2027-10-06", now=LATER)

    deliveries.correct(delivery.pk, Given(day("2027-10-05")), training_id=training.pk, now=LATER)

    assert the(training).met_on == day("2027-10-05")
    assert owed.stands(the(training), today=LATER.date(), paused=False) == owed.Stands.MET


def test_of_those_that_stand_for_each_other_one_is_enough():
    training = factories.TrainingFactory()
    for key, kind, window in (
        ("deliver", "deliver", "within_months"),
        ("observe", "observe", "within_months"),
        ("stand", "attend", "standing"),
    ):
        factories.ObligationFactory(
            programme=training.programme, key=key, kind=kind, window=window, at_least=1, one_of="either"
        )
    commitments.begin(training, now=NOW)

    delivery = logged(training, "2026-11-01", role="observed")

    assert {row.key: (row.done, row.met_on) for row in training.commitments.all()} == {
        "deliver": (0, day("2026-11-01")),
        "observe": (1, day("2026-11-01")),
        "stand": (0, None),
    }
    assert owed.sentence(the(training), owed.Stands.MET) == (
        "Met on 1 November 2026 by another commitment that stands for it: 0 of at least 1 session done, until "
        "5 October 2027."
    )
    deliveries.take_back(delivery.pk, reason="A slip", training_id=training.pk, now=LATER)
    assert the(training).met_on is None


# Pauses.
def test_sixty_days_of_pause_move_the_due_date_by_sixty_days():
    training = trained()

    paused(training, "2027-01-01", "2027-03-01")

    assert the(training).first_due_on == day("2027-10-05")
    assert the(training).due_on == day("2027-12-04")


def test_a_pause_lets_a_delivery_count_that_was_late():
    training = trained(at_least=1)
    logged(training, "2027-12-04")
    assert owed.stands(the(training), today=LATER.date(), paused=False) == owed.Stands.MET_LATE

    paused(training, "2027-01-01", "2027-03-01")

    assert owed.stands(the(training), today=LATER.date(), paused=False) == owed.Stands.MET


# By staff.
def test_staff_waive_with_a_reason_and_take_it_back():
    training = trained()
    user = reviewer_of(training.programme)

    commitments.waive(the(training).pk, user=user, reason=" On long leave. ", now=NOW)

    found = the(training)
    assert (found.waived_on, found.waived_reason) == (TODAY, "On long leave.")
    assert found.history.first().history_user == user
    assert list(Commitment.objects.open()) == []
    commitments.ask_again(found.pk, user=user, now=NOW)
    assert (the(training).waived_on, the(training).waived_reason) == (None, "")


def test_what_cannot_be_waived_is_not():
    training = trained(at_least=1)
    user = reviewer_of(training.programme)
    pk = the(training).pk

    with pytest.raises(Refused, match="Give a reason"):
        commitments.waive(pk, user=user, reason=" ", now=NOW)
    with pytest.raises(Refused, match="not waived"):
        commitments.ask_again(pk, user=user, now=NOW)
    with pytest.raises(NotAllowed):
        commitments.waive(pk, user=factories.UserFactory(), reason="Ill", now=NOW)
    commitments.waive(pk, user=user, reason="Ill", now=NOW)
    with pytest.raises(Refused, match="waived already"):
        commitments.waive(pk, user=user, reason="Ill", now=NOW)
    commitments.ask_again(pk, user=user, now=NOW)
    logged(training, "2026-11-01")
    with pytest.raises(Refused, match="is met"):
        commitments.waive(pk, user=user, reason="Ill", now=NOW)


# In words.
def test_how_it_stands_in_words_and_in_a_query_is_the_same():
    training = trained()
    today = day("2027-07-05")
    commitment = the(training)
    seen = {}

    def look(name, on, paused=False):
        how = owed.stands(the(training), today=on, paused=paused)
        rows = {
            one: Commitment.objects.filter(owed.standing_as(one, today=on), training=training).count()
            for one in owed.Stands
        }
        assert rows == {one: int(one == how) for one in owed.Stands}
        seen[name] = (how.value, owed.sentence(the(training), how))

    look("on track", day("2027-07-04"))
    look("due", today)
    look("last day", day("2027-10-05"))
    look("overdue", day("2027-10-06"))
    paused(training, "2027-12-01", "2027-12-02")
    look("paused", day("2027-12-01"), paused=True)
    commitments.waive(commitment.pk, user=reviewer_of(training.programme), reason="On leave.", now=NOW)
    look("waived", today)
    commitments.ask_again(commitment.pk, user=reviewer_of(training.programme), now=NOW)
    training.ended_on, training.ended_reason = TODAY, "Moved away"
    training.save()
    look("ended", today)
    training.ended_on, training.ended_reason = None, ""
    training.save()
    for held_on in ("2026-10-05", "2026-10-06", "2026-10-07"):
        logged(training, held_on)
    look("met", today)

    todo = "0 sessions done, 3 sessions still to do."
    assert seen == {
        "on track": (
            "on_track",
            "0 of at least 3 sessions done, until 5 October 2027: 3 sessions still to do.",
        ),
        "due": ("due", f"Due on 5 October 2027: {todo}"),
        "last day": ("due", f"Due on 5 October 2027: {todo}"),
        "overdue": ("overdue", f"Overdue: it was due on 5 October 2027. {todo}"),
        "paused": (
            "paused",
            "Paused: nothing is owed in these days. 0 of at least 3 sessions done, until 5 October 2027, which each "
            "day of the pause moves on.",
        ),
        "waived": ("waived", "Waived on 5 October 2026: On leave."),
        "ended": ("ended", "No longer owed, since the facilitator has left the programme: 0 sessions done."),
        "met": ("met", "Met on 7 October 2026: 3 of at least 3 sessions done, until 5 October 2027."),
    }


def test_met_late_is_found_by_a_query():
    training = trained(at_least=1)
    logged(training, "2027-10-06")

    rows = {
        one: Commitment.objects.filter(owed.standing_as(one, today=LATER.date())).count()
        for one in owed.Stands
    }

    assert rows == {one: int(one == owed.Stands.MET_LATE) for one in owed.Stands}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"at_least": 3, "unit": "programme"}, "at least 3 programmes"),
        ({"at_least": None, "unit": "day"}, "at least 1 day"),
        ({"at_least": 3, "at_most": 5}, "3 to 5 sessions"),
        ({"at_least": 3, "at_most": 3}, "at least 3 sessions"),
        ({"window": "standing", "months": None, "unit": "person"}, "people, as they come"),
    ],
)
def test_how_much_is_asked_in_words(values, said):
    assert owed.quantity(the(trained(**values))) == said


def test_what_stands_without_an_end_says_so():
    training = trained(window="standing", months=None, at_least=None)
    logged(training, "2026-11-01")
    found = the(training)

    how = owed.stands(found, today=LATER.date(), paused=False)

    assert (how, owed.left(found)) == (owed.Stands.ON_TRACK, 0)
    assert owed.sentence(found, how) == ("Goes on for as long as you are a facilitator: 1 session so far.")


class TestCountingAgain(TestCase):
    """Whatever was logged, in whatever order: the columns are what a plain look at the rows says."""

    @settings(max_examples=25)
    @given(
        st.lists(
            st.tuples(
                st.integers(-5, 800),
                st.sampled_from(["led", "led_jointly", "observed"]),
                st.sampled_from(["session", "programme"]),
                st.integers(0, 9),
                st.booleans(),
            ),
            max_size=8,
        ),
        st.sampled_from(["deliver", "co_deliver", "observe"]),
        st.integers(1, 3),
        st.one_of(st.none(), st.integers(1, 9)),
    )
    def test_a_recount_is_what_the_rows_say(self, done, kind, least, people_at_least):
        training = trained(kind=kind, at_least=least, people_at_least=people_at_least)
        for after, role, unit, people, back in done:
            held_on = TODAY + datetime.timedelta(days=after)
            delivery = logged(training, held_on.isoformat(), role=role, unit=unit, people={"other": people})
            if back:
                deliveries.take_back(delivery.pk, reason="A slip", training_id=training.pk, now=LATER)

        roles = {"deliver": {"led", "led_jointly"}, "co_deliver": {"led_jointly"}, "observe": {"observed"}}
        days = sorted(
            TODAY + datetime.timedelta(days=after)
            for after, role, unit, people, back in done
            if role in roles[kind]
            and unit == Obligation.Unit.SESSION
            and people >= (people_at_least or 0)
            and not back
            and after >= 0
        )
        inside = [one for one in days if one <= day("2027-10-05")]
        late = [one for one in days if one > day("2027-10-05")][: max(least - len(inside), 0)]
        found = the(training)
        assert found.done == len(inside) + len(late)
        assert found.met_on == (days[least - 1] if len(days) >= least else None)
