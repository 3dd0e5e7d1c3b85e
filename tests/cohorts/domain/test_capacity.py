"""Whether there is a seat, and what may not be lowered below what is taken."""

import pytest
from django.db import IntegrityError, transaction

from cohorts.domain import capacity
from cohorts.domain.capacity import MaximumTooLow, Numbers
from cohorts.models import Cohort, Place
from programmes.domain.refused import Refused
from programmes.models import Programme
from tests import factories, scenarios

pytestmark = pytest.mark.django_db


@pytest.fixture
def cohort():
    """With two of its three seats taken."""
    cohort = factories.CohortFactory(name="Cohort 1", maximum=3, programme__title="Calm Conversations")
    for _ in range(2):
        scenarios.offered(cohort.programme)
    return cohort


def test_lock_reads_the_cohort_of_its_own_programme_afresh(cohort):
    stale = Cohort.objects.get()
    Cohort.objects.update(maximum=9)

    locked = capacity.lock(cohort.programme_id, stale.pk)

    assert (locked.maximum, locked.programme) == (9, cohort.programme)
    with pytest.raises(Cohort.DoesNotExist):
        capacity.lock(factories.ProgrammeFactory().pk, cohort.pk)


def test_the_lock_for_an_application_is_that_of_its_own_programme():
    cohort = factories.CohortFactory()
    application = factories.ApplicationFactory(programme=cohort.programme)

    with transaction.atomic():
        locked = capacity.lock_for(application.pk, cohort.pk)
        with pytest.raises(Cohort.DoesNotExist):
            capacity.lock_for(factories.ApplicationFactory().pk, cohort.pk)
        with pytest.raises(Programme.DoesNotExist):
            capacity.lock_for(application.pk + 1000, cohort.pk)

    assert (locked, locked.programme) == (cohort, application.programme)


def test_next_numbers_are_the_lowest_free_ones_of_the_cohort_and_of_the_programme(cohort):
    other = factories.CohortFactory(programme=cohort.programme)

    assert capacity.next_numbers(cohort) == Numbers(seat=3, programme=3)
    assert capacity.next_numbers(other) == Numbers(seat=1, programme=3)


def test_the_schema_has_each_seat_and_each_place_once(cohort):
    taken = Place.objects.filter(seat_number=1).get()
    numbers = [(1, 9), (9, 1)]

    for seat, number in numbers:
        with pytest.raises(IntegrityError), transaction.atomic():
            factories.PlaceFactory(
                application__programme=cohort.programme,
                cohort=taken.cohort,
                seat_number=seat,
                programme_number=number,
            )


def test_the_schema_has_one_seat_a_person(cohort):
    application = Place.objects.filter(seat_number=1).get().application

    with pytest.raises(IntegrityError), transaction.atomic():
        factories.PlaceFactory(application=application, cohort=cohort, seat_number=3, programme_number=3)


def test_a_maximum_is_not_lowered_below_the_seats_taken(cohort):
    capacity.require_maximum(cohort, 2)

    with pytest.raises(MaximumTooLow) as refused:
        capacity.require_maximum(cohort, 1)

    assert refused.value.sentence == "Cohort 1 has 2 seats taken: its maximum cannot be 1."


def test_a_total_is_not_lowered_below_the_places_taken(cohort):
    capacity.require_total_places(cohort.programme, None)
    capacity.require_total_places(cohort.programme, 2)

    with pytest.raises(MaximumTooLow) as refused:
        capacity.require_total_places(cohort.programme, 1)

    assert refused.value.sentence == ("Calm Conversations has 2 places taken: the total cannot be 1.")


def test_a_cohort_with_people_in_it_is_not_called_off(cohort):
    capacity.require_nobody_seated(factories.CohortFactory())

    with pytest.raises(Refused) as refused:
        capacity.require_nobody_seated(cohort)

    assert refused.value.sentence.startswith("Cohort 1 has 2 seats taken.")
