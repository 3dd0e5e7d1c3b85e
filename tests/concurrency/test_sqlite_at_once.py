"""The embedded database under a crowd: writers queue, and none is told that the database is locked."""

from functools import partial

import pytest
from django.db import connection

from applications.domain import nominations, submission
from applications.models import Application, State
from cohorts.domain import capacity, places
from cohorts.models import Place
from tests import factories, invariants, scenarios
from tests.concurrency.crowd import at_once, of_kind
from tests.factories import NOW

pytestmark = [
    pytest.mark.skipif(connection.vendor != "sqlite", reason="It is about SQLite"),
    pytest.mark.django_db(transaction=True),
]


def test_twenty_submissions_at_once_are_five_nominated_and_fifteen_in_reserve():
    programme, ics = factories.ProgrammeFactory(limited=True), factories.IntegratedCareSystemFactory()
    people = [scenarios.filled_in(programme, ics=ics).pk for _ in range(20)]

    outcomes = at_once([partial(submission.submit, pk, now=NOW) for pk in people])

    assert of_kind(outcomes, Exception) == []
    assert Application.objects.filter(state=State.UNDER_REVIEW).count() == 5
    waiting = list(Application.objects.in_reserve())
    assert [nominations.position_in_reserve(one) for one in waiting] == list(range(1, 16))
    assert scenarios.told_positions(waiting) == list(range(1, 16))
    assert invariants.broken() == []


def test_twenty_offers_at_once_for_five_seats_seat_five():
    cohort = factories.CohortFactory(maximum=5)
    people = [scenarios.shortlisted(cohort.programme).pk for _ in range(20)]
    user = scenarios.reviewer_of(cohort.programme)

    outcomes = at_once([partial(places.give, pk, cohort.pk, user=user, now=NOW) for pk in people])

    assert (len(of_kind(outcomes, Place)), len(of_kind(outcomes, capacity.CohortFull))) == (5, 15)
    assert invariants.broken() == []
