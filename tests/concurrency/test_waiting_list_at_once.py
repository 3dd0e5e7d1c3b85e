"""Two sweeps of the waiting list at once, while seats fall free: one offer for each seat, never two, never none."""

from functools import partial

import pytest

from applications.models import Application, State
from cohorts.domain import capacity, places, waiting_list
from cohorts.models import Cohort, Place
from programmes.domain.refused import Refused
from tests import factories, invariants, scenarios
from tests.concurrency.crowd import at_once, of_kind
from tests.factories import NOW

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def no_hints(monkeypatch):
    """The sweeps are the test's own: none is asked for by what frees a seat."""
    monkeypatch.setattr(waiting_list.seats_freed, "_subscribers", [])


@pytest.fixture
def cohort():
    return factories.CohortFactory(maximum=8, programme__offers_onward=True)


def sweep(cohort):
    return waiting_list.offer_freed_seats(cohort.programme_id, now=NOW)


def offered_in_order(people):
    """Which of those who waited have an offer, by their number in the queue."""
    return [number for number, one in enumerate(people) if state_of(one) == State.OFFERED]


def state_of(application):
    return Application.objects.get(pk=application.pk).state


def test_two_sweeps_at_once_offer_each_seat_once_and_to_the_first(cohort):
    people = [scenarios.waitlisted(cohort.programme) for _ in range(12)]

    outcomes = at_once([partial(sweep, cohort)] * 4)

    assert of_kind(outcomes, Exception) == []
    assert sum(len(made) for made in outcomes) == 8
    assert offered_in_order(people) == list(range(8))
    assert sorted(Place.objects.taken().values_list("seat_number", flat=True)) == list(range(1, 9))
    assert invariants.broken() == []


def test_seats_given_back_while_two_sweeps_run_are_all_offered_onward(cohort):
    holders = [scenarios.offered(cohort.programme) for _ in range(8)]
    people = [scenarios.waitlisted(cohort.programme) for _ in range(12)]

    outcomes = at_once(
        [partial(places.decline, one.pk, now=NOW) for one in holders] + [partial(sweep, cohort)] * 3
    )
    sweep(cohort)

    assert of_kind(outcomes, Exception) == []
    assert offered_in_order(people) == list(range(8))
    assert Place.objects.taken().count() == 8
    assert invariants.broken() == []


def test_who_leaves_the_list_while_it_is_swept_gets_no_offer_and_leaves_no_seat_empty(cohort):
    people = [scenarios.waitlisted(cohort.programme) for _ in range(12)]

    outcomes = at_once(
        [partial(scenarios.withdrawn, one) for one in people[:4]] + [partial(sweep, cohort)] * 3
    )
    sweep(cohort)

    assert of_kind(outcomes, Exception) == []
    assert [state_of(one) for one in people[:4]] == [State.WITHDRAWN] * 4
    assert offered_in_order(people) == list(range(4, 12))
    assert invariants.broken() == []


def test_staff_who_offer_a_seat_at_the_moment_of_a_sweep_do_not_oversell(cohort):
    Cohort.objects.filter(pk=cohort.pk).update(maximum=1)
    waiting = [scenarios.waitlisted(cohort.programme) for _ in range(3)]
    suitable = [scenarios.shortlisted(cohort.programme) for _ in range(3)]
    user = scenarios.reviewer_of(cohort.programme)
    last = waiting[-1].pk

    outcomes = at_once(
        [partial(places.give, one.pk, cohort.pk, user=user, now=NOW) for one in suitable]
        + [partial(sweep, cohort)] * 2
        + [partial(waiting_list.move_to, last, 1, user=user, reason="First.", now=NOW)]
    )

    failed = of_kind(outcomes, Exception)
    assert {type(error) for error in failed} <= {capacity.CohortFull, Refused}
    assert Place.objects.taken().count() == 1
    assert invariants.broken() == []
