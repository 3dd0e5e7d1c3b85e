"""Forty people who accept at one moment, while staff give the last seats to others."""

from functools import partial

import pytest

from applications.models import Application, State
from cohorts.domain import capacity, go_or_not, places
from cohorts.models import Place
from programmes.models import Message
from tests import factories, invariants, scenarios
from tests.concurrency.crowd import at_once, of_kind
from tests.factories import NOW

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_forty_accept_at_once_while_staff_give_the_last_two_seats_to_ten_others():
    cohort = factories.CohortFactory(minimum=30, maximum=42)
    factories.SessionFactory(cohort=cohort)
    user = scenarios.reviewer_of(cohort.programme)
    offered = [scenarios.offered(cohort.programme) for _ in range(40)]
    others = [scenarios.shortlisted(cohort.programme) for _ in range(10)]
    gives = [partial(places.give, one.pk, cohort.pk, user=user, now=NOW) for one in others]
    accepts = [partial(places.accept, one.pk, now=NOW) for one in offered]

    outcomes = at_once([*accepts, *gives])

    errors = of_kind(outcomes, Exception)
    assert [type(error) for error in errors] == [capacity.CohortFull] * 8
    assert Application.objects.filter(state=State.CONFIRMED).count() == 40
    assert Application.objects.filter(state=State.OFFERED).count() == 2
    assert sorted(Place.objects.taken().values_list("seat_number", flat=True)) == list(range(1, 43))
    assert Message.objects.filter(event="confirmed").count() == 40
    assert invariants.broken() == []


def test_a_cohort_that_reached_its_minimum_is_told_once_however_many_look_at_once():
    cohort = factories.CohortFactory(minimum=3)
    factories.SessionFactory(cohort=cohort)
    for _ in range(4):
        scenarios.confirmed(cohort.programme)

    outcomes = at_once([partial(go_or_not.settle, cohort.pk, now=NOW)] * 6)

    assert sorted(outcomes) == [0, 0, 0, 0, 0, 4]
    assert Message.objects.filter(event="cohort_runs").count() == 4
    assert invariants.broken() == []
