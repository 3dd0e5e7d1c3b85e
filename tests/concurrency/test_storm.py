"""Everybody at once on one programme, in every way: nothing but refusals, no deadlock, and every rule holds after."""

import random
from collections.abc import Callable
from functools import partial

import pytest

from applications.domain import approvals, nominations, reviews, submission
from applications.domain.actors import Actor
from applications.models import Application, Approval
from cohorts.domain import places
from programmes.domain.refused import Refused
from programmes.models import Programme
from programmes.models.programmes import NominationScope
from tests import factories, invariants, scenarios
from tests.concurrency.crowd import at_once, of_kind
from tests.factories import NOW

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

THREADS = 24
STEPS = 8


@pytest.fixture
def programme() -> Programme:
    """Five nominations an ICS, two cohorts of four and a total of six, and a line manager to be asked."""
    programme = factories.ProgrammeFactory(
        nomination_scope=NominationScope.ICS, nominations_allowed=5, total_places=6
    )
    factories.ApprovalStepFactory(programme=programme)
    for _ in range(2):
        factories.CohortFactory(programme=programme, maximum=4)
    return programme


def brought_up(programme: Programme) -> list[int]:
    """People of two systems in every stage before a place."""
    systems = [factories.IntegratedCareSystemFactory() for _ in range(2)]
    people = []
    for ics in systems:
        people += [scenarios.shortlisted(programme, ics=ics).pk for _ in range(4)]
        people += [scenarios.submitted(programme, ics=ics).pk for _ in range(4)]
        people += [scenarios.filled_in(programme, ics=ics).pk for _ in range(4)]
    return people


def anything(programme: Programme, people: list[int], dice: random.Random) -> Callable[[], object]:
    """Something that somebody could press now."""
    reviewer = scenarios.reviewer_of(programme)
    cohorts = list(programme.cohorts.values_list("pk", flat=True))

    def approval_of(pk: int) -> int:
        return Approval.objects.filter(application=pk).order_by("-pk").values_list("pk", flat=True)[0]

    said = {"reason": "Because", "now": NOW}
    ways: list[Callable[[int], object]] = [
        lambda pk: submission.submit(pk, now=NOW),
        lambda pk: approvals.support(approval_of(pk), name="Morgan", now=NOW),
        lambda pk: approvals.decline(approval_of(pk), name="Morgan", **said),
        lambda pk: approvals.pass_on(
            approval_of(pk), passed_by="Morgan", name="Lee", email=f"lee{pk}@example.org", now=NOW
        ),
        lambda pk: reviews.shortlist(pk, user=reviewer, now=NOW),
        lambda pk: reviews.turn_down(pk, user=reviewer, **said),
        lambda pk: reviews.reopen(pk, user=reviewer, **said),
        lambda pk: reviews.withdraw(pk, actor=Actor.staff(reviewer), **said),
        lambda pk: places.give(pk, dice.choice(cohorts), user=reviewer, now=NOW),
        lambda pk: places.give(pk, dice.choice(cohorts), user=reviewer, now=NOW),
        lambda pk: places.accept(pk, now=NOW),
        lambda pk: places.decline(pk, now=NOW),
        lambda pk: places.take_back(pk, user=reviewer, **said),
        lambda _: nominations.apply_limit(programme.pk, now=NOW),
    ]

    def steps() -> None:
        for _ in range(STEPS):
            try:
                dice.choice(ways)(dice.choice(people))
            except Refused:
                continue

    return steps


@pytest.mark.parametrize("seed", [1, 2])
def test_a_storm_of_everything_ends_without_a_deadlock_and_with_every_rule_kept(programme, seed):
    people = brought_up(programme)
    changes = sum(one.changes.count() for one in Application.objects.all())

    outcomes = at_once([anything(programme, people, random.Random(seed * 100 + n)) for n in range(THREADS)])

    assert of_kind(outcomes, Exception) == []
    assert invariants.broken() == []
    # It was a storm, and not a row of refusals.
    assert sum(one.changes.count() for one in Application.objects.all()) > changes + 20


def test_a_crowd_that_withdraws_while_others_submit_leaves_no_nomination_unused(programme):
    ics = factories.IntegratedCareSystemFactory()
    going = [scenarios.submitted(programme, ics=ics) for _ in range(10)]
    coming = [scenarios.filled_in(programme, ics=ics).pk for _ in range(20)]

    outcomes = at_once(
        [partial(scenarios.withdrawn, one) for one in going]
        + [partial(submission.submit, pk, now=NOW) for pk in coming]
    )

    assert of_kind(outcomes, Exception) == []
    numbers = Application.objects.nominated().values_list("nomination_number", flat=True)
    assert sorted(numbers) == [1, 2, 3, 4, 5]
    assert invariants.broken() == []
