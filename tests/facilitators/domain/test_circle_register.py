"""The register of a circle: marked, added to, finished, corrected, and what it makes."""

import datetime

import pytest

from facilitators.domain.calendar import bookings, circle_register, circles
from facilitators.domain.calendar.circle_register import WalkIn
from facilitators.models import Booking, Delivery
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from tests import factories, invariants
from tests.facilitators import circle_world as world
from tests.facilitators.circle_world import STARTS, book, fresh
from tests.factories import NOW
from tests.scenarios import reviewer_of

pytestmark = pytest.mark.django_db

HOUR = datetime.timedelta(hours=1)
AFTER = STARTS + 2 * HOUR


@pytest.fixture
def circle(db):
    fay = world.lead(circle_minimum=1)
    glyn = factories.TrainingFactory(programme=fay.programme)
    made = world.circle(fay, glyn, minimum=1)
    book(made, 1, 2, 3)
    return made


def mark(circle, said, seen=None, by="Fay", **other):
    rows = {row.name[-1]: row for row in circle_register.roster(circle)}
    before = (
        {row.pk: None for row in rows.values()} if seen is None else {rows[k].pk: v for k, v in seen.items()}
    )
    marks = {rows[key].pk: came for key, came in said.items()}
    return circle_register.mark(circle.pk, marks, seen=before, by=by, **{"now": AFTER, **other})


def came(circle):
    return [(row.name, row.came, row.marked_by) for row in circle_register.roster(circle)]


def reached(circle):
    return dict(
        Delivery.objects.get(circle=circle).reached.order_by("sector").values_list("sector", "people")
    )


def test_mark_writes_what_is_said_and_everyone_else_came(circle):
    outcome = mark(circle, {"2": False}, others_came=True)

    assert came(circle) == [
        ("Person 01", True, "Fay"),
        ("Person 02", False, "Fay"),
        ("Person 03", True, "Fay"),
    ]
    assert [row.name for row in outcome.written] == ["Person 01", "Person 02", "Person 03"]
    assert fresh(outcome.written[0]).marked_at == AFTER
    assert Delivery.objects.count() == 0


def test_two_who_mark_lose_nothing_and_are_asked_where_they_differ(circle):
    mark(circle, {"1": True, "2": True}, by="Fay")

    outcome = mark(circle, {"1": True, "2": False, "3": True}, by="Glyn")

    assert came(circle) == [
        ("Person 01", True, "Fay"),
        ("Person 02", True, "Fay"),
        ("Person 03", True, "Glyn"),
    ]
    assert [(clash.booking.name, clash.booking.marked_by, clash.yours) for clash in outcome.clashes] == [
        ("Person 02", "Fay", False)
    ]
    # Having seen it, Glyn can change it.
    mark(circle, {"2": False}, seen={"2": True}, by="Glyn")
    assert came(circle)[1] == ("Person 02", False, "Glyn")


def test_who_was_not_on_the_page_is_not_marked(circle):
    mark(circle, {"1": True, "2": True}, seen={"1": None}, others_came=True)

    assert [row[1] for row in came(circle)] == [True, None, None]


def test_finish_holds_the_circle_and_counts_for_both_leads(circle):
    mark(circle, {"2": False}, others_came=True)

    circle_register.finish(circle.pk, by="Fay", now=AFTER)
    circle_register.finish(circle.pk, by="Glyn", now=AFTER)

    delivery = Delivery.objects.get()
    assert (fresh(circle).state, delivery.circle, delivery.state) == ("held", circle, "confirmed")
    assert reached(circle) == {"charity": 2}
    assert {credit.training for credit in delivery.credits.all()} == set(circles.leading(circle))
    assert invariants.broken() == []


def test_a_register_corrected_afterwards_changes_the_same_delivery(circle):
    mark(circle, {}, others_came=True)
    circle_register.finish(circle.pk, by="Fay", now=AFTER)

    mark(circle, {"1": False}, seen={"1": True}, by="Glyn", now=AFTER + HOUR)
    circle_register.add_walk_in(circle.pk, WalkIn("Wyn", "icb"), by="Glyn", now=AFTER + HOUR)
    mark(circle, {"1": False}, seen={"1": False}, by="Glyn", now=AFTER + HOUR)

    assert reached(circle) == {"charity": 2, "icb": 1}
    history = Booking.objects.get(name="Person 01").history.order_by("history_id")
    assert [(row.came, row.marked_by) for row in history][-2:] == [(True, "Fay"), (False, "Glyn")]
    assert invariants.broken() == []


def test_a_walk_in_is_noted_once_however_often_it_is_sent(circle):
    ics = factories.IntegratedCareSystemFactory()
    first = circle_register.add_walk_in(circle.pk, WalkIn("Wyn Evans", "icb", ics), by="Fay", now=AFTER)

    again = circle_register.add_walk_in(circle.pk, WalkIn("evans, WYN", "icb"), by="Fay", now=AFTER)
    other = circle_register.add_walk_in(circle.pk, WalkIn("Ann Evans", "icb"), by="Fay", now=AFTER)

    assert (first.state, first.came, first.seat_number, first.email, first.ics) == (
        "walked_in",
        True,
        None,
        "",
        ics,
    )
    assert (again, other == first) == (first, False)
    with pytest.raises(Refused, match="Person 01 has booked"):
        circle_register.add_walk_in(circle.pk, WalkIn("Person 01", "icb"), by="Fay", now=AFTER)
    assert Booking.objects.filter(state="walked_in").count() == 2
    assert str(first) == f"Wyn Evans: {circle}"


def test_finish_needs_everybody_marked_somebody_there_and_the_circle_begun(circle):
    with pytest.raises(Refused, match="begins at 09:00"):
        circle_register.finish(circle.pk, by="Fay", now=STARTS - HOUR)
    mark(circle, {"1": False, "2": False})
    with pytest.raises(Refused, match="1 person is not marked"):
        circle_register.finish(circle.pk, by="Fay", now=AFTER)
    mark(circle, {"3": False})
    with pytest.raises(Refused, match="Nobody came"):
        circle_register.finish(circle.pk, by="Fay", now=AFTER)

    assert (fresh(circle).state, Delivery.objects.count()) == ("planned", 0)


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        (datetime.datetime(2026, 11, 2, 23, 59, tzinfo=datetime.UTC), "can be marked from that day on"),
        (AFTER + datetime.timedelta(days=30, seconds=1), "can be put right for 30 days"),
    ],
)
def test_a_lead_marks_from_the_day_and_for_30_days(circle, now, sentence):
    with pytest.raises(Refused, match=sentence):
        mark(circle, {"1": True}, now=now)
    mark(circle, {"1": True}, now=datetime.datetime(2026, 11, 3, 0, 0, tzinfo=datetime.UTC))
    mark(circle, {"2": True}, now=AFTER + datetime.timedelta(days=30))

    assert [row[1] for row in came(circle)] == [True, True, None]


def test_staff_mark_later_with_the_role_and_nobody_without_a_name(circle):
    late = AFTER + datetime.timedelta(days=300)
    viewer = factories.AcademyMemberFactory(academy=circle.programme.academy, role="viewer").user

    with pytest.raises(NotAllowed):
        mark(circle, {"1": True}, now=late, user=viewer)
    with pytest.raises(Refused, match="Enter your name"):
        mark(circle, {"1": True}, by=" ")
    reviewer = reviewer_of(circle.programme)
    mark(circle, {"1": True}, by="Robin", now=late, user=reviewer)

    assert came(circle)[0] == ("Person 01", True, "Robin")
    assert Booking.objects.get(name="Person 01").history.first().history_user == reviewer


def test_a_cancelled_circle_has_no_register(circle):
    circles.cancel(circle.pk, reason="Ill.", by="Fay", now=NOW)

    with pytest.raises(Refused, match="has no register"):
        circle_register.add_walk_in(circle.pk, WalkIn("Wyn", "icb"), by="Fay", now=AFTER)

    assert circle_register.roster(circle) == []


def test_who_cancelled_or_waits_is_not_on_the_register(circle):
    row = Booking.objects.get(name="Person 02")
    bookings.cancel(row.pk, now=NOW + HOUR)

    assert [one[0] for one in came(circle)] == ["Person 01", "Person 03"]
