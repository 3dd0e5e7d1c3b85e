import datetime

import pytest

from cohorts.domain.on_offer import ProgrammeOnOffer, on_offer
from programmes.models import Programme
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)


def offered(programme: Programme) -> ProgrammeOnOffer:
    (offer,) = on_offer(Programme.objects.filter(pk=programme.pk))
    return offer


def take_seats(cohort, count):
    for number in range(1, count + 1):
        application = factories.ApplicationFactory(programme=cohort.programme)
        taken = Programme.objects.get(pk=cohort.programme.pk).places.count()
        factories.PlaceFactory(
            application=application, cohort=cohort, seat_number=number, programme_number=taken + 1
        )


def test_seats_left_are_counted_from_places():
    cohort = factories.CohortFactory(maximum=3)
    take_seats(cohort, 2)

    offer = offered(cohort.programme)

    assert [one.seats_left for one in offer.cohorts] == [1]
    assert offer.places_left is None
    assert not offer.full


def test_seats_left_are_never_more_than_the_places_left_in_the_programme():
    programme = factories.ProgrammeFactory(total_places=4)
    first, _ = factories.CohortFactory.create_batch(2, programme=programme, maximum=3)
    take_seats(first, 2)

    offer = offered(programme)

    assert offer.places_left == 2
    assert [one.seats_left for one in offer.cohorts] == [1, 2]


def test_a_programme_without_places_left_is_full_in_every_cohort():
    programme = factories.ProgrammeFactory(total_places=1)
    cohort = factories.CohortFactory(programme=programme)
    take_seats(cohort, 1)

    offer = offered(programme)

    assert offer.full
    assert [one.full for one in offer.cohorts] == [True]


def test_a_programme_is_full_when_each_cohort_is():
    cohort = factories.CohortFactory(maximum=1)
    take_seats(cohort, 1)

    assert offered(cohort.programme).full


def test_a_programme_without_cohorts_is_not_full_and_has_no_dates():
    offer = offered(factories.ProgrammeFactory())

    assert not offer.full
    assert not offer.has_dates
    assert offer.where == []


def test_a_declined_place_takes_no_seat():
    cohort = factories.CohortFactory(maximum=1)
    application = factories.ApplicationFactory(programme=cohort.programme)
    factories.PlaceFactory(
        application=application, cohort=cohort, status="declined", seat_number=None, programme_number=None
    )

    assert [one.seats_left for one in offered(cohort.programme).cohorts] == [1]


def test_cohorts_stand_by_date_and_those_without_dates_last():
    programme = factories.ProgrammeFactory()
    undated = factories.CohortFactory(programme=programme)
    late = factories.SessionFactory(cohort__programme=programme, starts_at=NOW + 9 * DAY).cohort
    early = factories.SessionFactory(cohort__programme=programme, starts_at=NOW + 2 * DAY).cohort

    assert [one.cohort for one in offered(programme).cohorts] == [early, late, undated]


def test_a_cohort_that_does_not_run_is_not_on_offer():
    cohort = factories.CohortFactory(runs=False)

    assert offered(cohort.programme).cohorts == ()


def test_each_place_is_named_once():
    cohort = factories.CohortFactory()
    venue = factories.VenueFactory(name="Guildhall", postcode="BN7 2XX")
    factories.SessionFactory(cohort=cohort)
    for number in (1, 2):
        factories.SessionFactory(cohort=cohort, venue=venue, online=False, starts_at=NOW + number * 90 * DAY)

    offer = offered(cohort.programme)

    assert offer.where == ["Online", "Guildhall, BN7 2XX"]
    assert offer.has_dates


def test_hours_are_those_of_every_main_session():
    cohort = factories.CohortFactory()
    first = factories.SessionFactory(cohort=cohort)
    factories.SessionFactory(cohort=cohort, starts_at=first.starts_at + DAY)
    factories.SessionFactory(cohort=cohort, starts_at=first.starts_at + 2 * DAY + DAY / 24, optional=True)

    (one,) = offered(cohort.programme).cohorts

    assert one.hours == first
    assert len(one.main_sessions) == 2


def test_hours_are_not_said_where_they_differ():
    cohort = factories.CohortFactory()
    first = factories.SessionFactory(cohort=cohort)
    factories.SessionFactory(cohort=cohort, starts_at=first.starts_at + DAY + DAY / 24)

    (one,) = offered(cohort.programme).cohorts

    assert one.hours is None


@pytest.mark.parametrize(("starts_at", "over"), [(NOW - DAY, True), (NOW, False), (NOW + DAY, False)])
def test_a_cohort_is_over_when_its_last_session_has_ended(starts_at, over):
    cohort = factories.SessionFactory(starts_at=starts_at).cohort

    (one,) = offered(cohort.programme).cohorts

    assert one.is_over(NOW) is over


def test_a_cohort_without_dates_is_not_over():
    (one,) = offered(factories.CohortFactory().programme).cohorts

    assert one.is_over(NOW) is False


@pytest.mark.parametrize("count", [1, 3])
def test_five_queries_however_many_programmes(count, django_assert_num_queries):
    for _ in range(count):
        factories.SessionFactory(venue=factories.VenueFactory(), online=False)

    with django_assert_num_queries(5):
        offers = on_offer(Programme.objects.published())
        shown = [(offer.programme.academy.name, offer.where, offer.full) for offer in offers]

    assert len(shown) == count
