"""Forty offers at one moment for twenty seats; and what holds without the lock."""

from functools import partial

import pytest
from django.db import IntegrityError

from applications.domain.transitions import NotAllowedNow
from applications.models import Application, State
from cohorts.domain import capacity, offers, places
from cohorts.models import Cohort, Place
from tests import factories, invariants, scenarios
from tests.concurrency.crowd import at_once, everyone_counts_before_anyone_writes, of_kind
from tests.factories import NOW

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PEOPLE = 40
# Enough to show what happens without the lock.
FEW = 12


@pytest.fixture
def cohort() -> Cohort:
    return factories.CohortFactory(maximum=20)


def give(application: Application, cohort: Cohort, user: object) -> Place:
    return places.give(application.pk, cohort.pk, user=user, now=NOW)


def shortlisted(cohort: Cohort, count: int) -> list[Application]:
    return [scenarios.shortlisted(cohort.programme) for _ in range(count)]


def seats(cohort: Cohort) -> list[int | None]:
    return sorted(Place.objects.taken().filter(cohort=cohort).values_list("seat_number", flat=True))


def test_forty_offers_at_once_seat_twenty_and_the_others_are_told_so(cohort):
    people = shortlisted(cohort, PEOPLE)
    user = scenarios.reviewer_of(cohort.programme)

    outcomes = at_once([partial(give, one, cohort, user) for one in people])

    full = of_kind(outcomes, Exception)
    assert {type(error) for error in full} == {capacity.CohortFull}
    assert {error.sentence for error in full} == {
        f"{cohort.name} is full: all 20 seats are offered or confirmed."
    }
    assert (len(full), seats(cohort)) == (20, list(range(1, 21)))
    assert Application.objects.filter(state=State.OFFERED).count() == 20
    assert Application.objects.filter(state=State.SHORTLISTED).count() == 20
    assert invariants.broken() == []


def test_the_total_of_the_programme_holds_across_two_cohorts(cohort):
    cohort.programme.total_places = 30
    cohort.programme.save()
    other = factories.CohortFactory(programme=cohort.programme, maximum=20)
    people = shortlisted(cohort, PEOPLE)
    user = scenarios.reviewer_of(cohort.programme)

    outcomes = at_once(
        [partial(give, one, (cohort, other)[number % 2], user) for number, one in enumerate(people)]
    )

    assert {type(error) for error in of_kind(outcomes, Exception)} == {capacity.ProgrammeFull}
    assert sorted(Place.objects.taken().values_list("programme_number", flat=True)) == list(range(1, 31))
    assert max(len(seats(cohort)), len(seats(other))) <= 20
    assert invariants.broken() == []


def without_locks(application_id: int, cohort_id: int) -> Cohort:
    """In place of the lock: only so is it seen that the lock is needed, and what the schema holds back without it."""
    return Cohort.objects.select_related("programme").get(
        pk=cohort_id, programme__applications=application_id
    )


def test_without_the_lock_all_collide_and_the_schema_lets_no_twenty_first_in(cohort, monkeypatch):
    seated, people = shortlisted(cohort, 19), shortlisted(cohort, FEW)
    user = scenarios.reviewer_of(cohort.programme)
    for one in seated:
        give(one, cohort, user)
    lock = capacity.lock_for
    monkeypatch.setattr(capacity, "lock_for", without_locks)

    with everyone_counts_before_anyone_writes(monkeypatch, capacity, "next_numbers", FEW):
        outcomes = at_once([partial(give, one, cohort, user) for one in people])

    # Each counted nineteen and chose number twenty.
    assert len(of_kind(outcomes, IntegrityError)) == FEW - 1
    assert seats(cohort) == list(range(1, 21))

    # With the lock back, those who collided are told at their next try.
    monkeypatch.setattr(capacity, "lock_for", lock)
    again = [
        one for one, outcome in zip(people, outcomes, strict=True) if isinstance(outcome, IntegrityError)
    ]
    outcomes = at_once([partial(give, one, cohort, user) for one in again])
    assert {type(outcome) for outcome in outcomes} == {capacity.CohortFull}
    assert invariants.broken() == []


def test_without_the_lock_the_schema_lets_no_place_beyond_the_total_in(cohort, monkeypatch):
    cohort.programme.total_places = 10
    cohort.programme.save()
    others = [factories.CohortFactory(programme=cohort.programme) for _ in range(10)]
    seated, people = shortlisted(cohort, 9), shortlisted(cohort, 10)
    user = scenarios.reviewer_of(cohort.programme)
    for one in seated:
        give(one, cohort, user)
    monkeypatch.setattr(capacity, "lock_for", without_locks)

    with everyone_counts_before_anyone_writes(monkeypatch, capacity, "next_numbers", 10):
        # Each in a cohort of their own: only the programme is full.
        outcomes = at_once(
            [partial(give, one, where, user) for one, where in zip(people, others, strict=True)]
        )

    assert len(of_kind(outcomes, IntegrityError)) == 9
    assert Place.objects.taken().count() == 10
    assert invariants.broken() == []


def test_each_of_twenty_offers_accepted_twice_at_one_moment_is_accepted_once(cohort):
    people = shortlisted(cohort, 20)
    user = scenarios.reviewer_of(cohort.programme)
    for one in people:
        give(one, cohort, user)

    outcomes = at_once([partial(places.accept, one.pk, now=NOW) for one in people * 2])

    assert len(of_kind(outcomes, Place)) == 20
    assert len(of_kind(outcomes, places.OfferClosed)) == 20
    assert seats(cohort) == list(range(1, 21))
    assert {one.changes.filter(action="accept").count() for one in people} == {1}
    assert invariants.broken() == []


def test_accepting_declining_and_taking_back_at_one_moment_leave_one_outcome_each(cohort):
    people = shortlisted(cohort, 12)
    user = scenarios.reviewer_of(cohort.programme)
    for one in people:
        give(one, cohort, user)

    outcomes = at_once(
        [partial(places.accept, one.pk, now=NOW) for one in people]
        + [partial(places.decline, one.pk, now=NOW) for one in people]
        + [partial(places.take_back, one.pk, user=user, reason="Room lost", now=NOW) for one in people]
    )

    assert {type(error) for error in of_kind(outcomes, Exception)} <= {
        places.OfferClosed,
        NotAllowedNow,
    }
    assert invariants.broken() == []
    again = shortlisted(cohort, 8)
    at_once([partial(give, one, cohort, user) for one in again])
    assert invariants.broken() == []


def test_one_person_is_not_given_two_seats_at_one_moment(cohort):
    other = factories.CohortFactory(programme=cohort.programme)
    (person,) = shortlisted(cohort, 1)
    user = scenarios.reviewer_of(cohort.programme)

    outcomes = at_once([partial(give, person, where, user) for where in (cohort, other) * 5])

    assert len(of_kind(outcomes, Place)) == 1
    assert len(of_kind(outcomes, NotAllowedNow)) == 9
    assert invariants.broken() == []


def test_a_reminder_asked_for_by_many_clocks_is_sent_once(cohort):
    person = scenarios.offered(cohort.programme)
    place = Place.objects.get().pk

    outcomes = at_once([partial(offers.remind, place, now=NOW)] * 10)

    assert sorted(outcomes) == [False] * 9 + [True]
    assert scenarios.mails(person).count("offer_reminder") == 1
