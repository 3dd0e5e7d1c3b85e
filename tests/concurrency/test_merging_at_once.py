"""A cohort is merged at the very moment at which others merge it, or people in it answer, withdraw or are offered."""

import datetime
from functools import partial
from typing import Any

import pytest

from applications.domain import reviews
from applications.domain.actors import Actor
from applications.domain.transitions import NotAllowedNow
from applications.models import State
from cohorts.domain import asking, go_or_not, places, waiting_list
from cohorts.models import Cohort, CohortDecision, Place
from programmes.domain.refused import Refused
from programmes.models import Message
from tests import factories, invariants, scenarios
from tests.cohorts.groups import cohort_at, newest, seated, waiting
from tests.concurrency.crowd import at_once, of_kind
from tests.factories import NOW

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def programme() -> Any:
    return factories.ProgrammeFactory()


@pytest.fixture
def first(programme: Any) -> Cohort:
    return cohort_at(programme, "First", minimum=12)


@pytest.fixture
def second(programme: Any) -> Cohort:
    return cohort_at(programme, "Second", NOW + datetime.timedelta(days=90), minimum=12)


def merge(one: Cohort, other: Cohort, user: Any) -> CohortDecision:
    return go_or_not.merge(one.pk, other.pk, reason="Too few people.", user=user, now=NOW)


def in_cohort(cohort: Cohort) -> set[int]:
    return set(Place.objects.taken().filter(cohort=cohort).values_list("application_id", flat=True))


def test_two_merges_of_one_cohort_at_once_are_one_merge(programme, first, second):
    third = cohort_at(programme, "Third", NOW + datetime.timedelta(days=120), minimum=12)
    people = seated(first, 5)
    user = scenarios.reviewer_of(programme)

    outcomes = at_once([partial(merge, first, into, user) for into in (second, third) * 3])

    (decision,) = of_kind(outcomes, CohortDecision)
    assert {error.sentence for error in of_kind(outcomes, Refused)} == {"First does not take place."}
    assert in_cohort(decision.into) == {one.pk for one in people}
    assert Message.objects.filter(event="moved").count() == 5
    assert invariants.broken() == []


def test_two_cohorts_merged_into_each_other_at_once_become_one(programme, first, second):
    people = {one.pk for one in [*seated(first, 4), *seated(second, 4)]}
    user = scenarios.reviewer_of(programme)

    outcomes = at_once([partial(merge, first, second, user), partial(merge, second, first, user)])

    (decision,) = of_kind(outcomes, CohortDecision)
    (refused,) = of_kind(outcomes, Refused)
    assert in_cohort(decision.into) == people
    assert refused.sentence == f"{decision.cohort.name} does not take place."
    assert invariants.broken() == []


def test_people_who_accept_while_their_cohort_is_merged_are_moved_as_what_they_are(programme, first, second):
    offered, confirmed = seated(first, 8, confirmed=False), seated(second, 8)
    user = scenarios.reviewer_of(programme)

    outcomes = at_once(
        [*(partial(places.accept, one.pk, now=NOW) for one in offered), partial(merge, first, second, user)]
    )

    assert of_kind(outcomes, Exception) == []
    assert in_cohort(second) == {one.pk for one in offered + confirmed}
    assert set(Place.objects.taken().filter(cohort=second).values_list("status", flat=True)) == {"confirmed"}
    # Whether it was certain by then or not: nobody was told of a certainty that another's mail denies.
    go_or_not.settle(second.pk, now=NOW)
    told = {message.context["certain"] for message in map(newest, offered + confirmed)}
    assert told == {""}
    assert invariants.broken() == []


def test_who_withdraws_while_the_cohort_is_merged_has_no_seat_in_either(programme, first, second):
    people = seated(first, 8)
    user = scenarios.reviewer_of(programme)
    leaving = people[:4]

    outcomes = at_once(
        [
            *(partial(reviews.withdraw, one.pk, actor=Actor.applicant(one), now=NOW) for one in leaving),
            partial(merge, first, second, user),
        ]
    )

    assert of_kind(outcomes, Exception) == []
    assert in_cohort(second) == {one.pk for one in people[4:]}
    assert in_cohort(first) == set()
    assert {type(one).objects.get(pk=one.pk).state for one in leaving} == {State.WITHDRAWN}
    assert invariants.broken() == []


def test_the_last_seats_are_not_given_twice_by_a_merge_and_a_sweep(programme, first):
    small = cohort_at(programme, "Small", NOW + datetime.timedelta(days=90), maximum=6)
    programme.offers_onward = True
    programme.save()
    people = seated(first, 4, ranked=[first, small])
    queue = [waiting(programme, ranked=[small]) for _ in range(4)]
    user = scenarios.reviewer_of(programme)

    at_once(
        [
            partial(merge, first, small, user),
            *[partial(waiting_list.offer_freed_seats, programme.pk, now=NOW)] * 3,
        ]
    )

    assert len(in_cohort(small)) == 6
    assert in_cohort(small) <= {one.pk for one in people + queue}
    assert invariants.broken() == []


def test_a_cohort_is_certain_for_everybody_who_accepts_at_that_moment(programme, first):
    seated(first, 12)
    late = seated(first, 6, confirmed=False)

    outcomes = at_once(
        [
            *(partial(places.accept, one.pk, now=NOW) for one in late),
            *[partial(go_or_not.settle, first.pk, now=NOW)] * 3,
        ]
    )

    assert of_kind(outcomes, Exception) == []
    assert sorted(outcome > 0 for outcome in of_kind(outcomes, int)) == [False, False, True]
    assert {newest(one).context["certain"] for one in late} == {""}


def test_a_question_asked_by_many_clocks_is_asked_once(first):
    near = NOW + datetime.timedelta(days=18)
    first.sessions.update(starts_at=near, ends_at=near + datetime.timedelta(hours=3))

    outcomes = at_once([partial(asking.ask, first.pk, now=NOW)] * 8)

    assert sorted(outcomes) == [False] * 7 + [True]
    assert asking.asked_by_mail(first).count() == 1


def test_a_place_taken_back_while_the_cohort_is_cancelled_ends_in_one_state(programme, first):
    people = seated(first, 6)
    user = scenarios.reviewer_of(programme)

    outcomes = at_once(
        [
            *(partial(places.take_back, one.pk, user=user, reason="Room lost", now=NOW) for one in people),
            partial(go_or_not.cancel, first.pk, reason="Venue closed.", user=user, now=NOW),
        ]
    )

    assert {type(error) for error in of_kind(outcomes, Exception)} <= {NotAllowedNow}
    assert in_cohort(first) == set()
    assert invariants.broken() == []
