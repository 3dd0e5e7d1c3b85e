"""A programme's own number of nominations: not lowered below what stands, and raised for those in reserve."""

import pytest

from applications.domain import nominations
from applications.models import State
from programmes.models.programmes import NominationScope
from tests import factories, scenarios
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def ics():
    return factories.IntegratedCareSystemFactory(name="NHS Sussex Integrated Care Board")


@pytest.fixture
def programme():
    return factories.ProgrammeFactory(limited=True)


@pytest.mark.parametrize("allowed", [2, 3, None])
def test_a_number_at_or_above_the_nominations_that_stand_is_allowed(programme, ics, allowed):
    for _ in range(2):
        scenarios.submitted(programme, ics=ics)

    assert nominations.require_limit(programme, scope=NominationScope.ICS, allowed=allowed) is None


def test_a_number_below_the_nominations_that_stand_is_refused_naming_it(programme, ics):
    for _ in range(2):
        scenarios.submitted(programme, ics=ics)

    with pytest.raises(nominations.AllowanceTooLow) as refused:
        nominations.require_limit(programme, scope=NominationScope.ICS, allowed=1)

    assert refused.value.sentence == "Sussex already has 2 nominations: the number allowed cannot be 1."


def test_an_ics_with_a_number_of_its_own_keeps_it(programme, ics):
    for _ in range(2):
        scenarios.submitted(programme, ics=ics)
    programme.allowances.update(allowed=4, reason="Large.")

    assert nominations.require_limit(programme, scope=NominationScope.ICS, allowed=1) is None


def test_whose_nominations_are_counted_is_changed_only_before_any_are(programme, ics):
    before = nominations.require_limit(programme, scope=NominationScope.REGION, allowed=5)
    scenarios.submitted(programme, ics=ics)

    with pytest.raises(nominations.AllowanceTooLow, match="cannot change any more"):
        nominations.require_limit(programme, scope=NominationScope.REGION, allowed=5)

    assert before is None


def test_a_raised_number_moves_up_who_waits_and_no_more(programme, ics):
    programme.nominations_allowed = 1
    programme.save()
    applications = [scenarios.submitted(programme, ics=ics) for _ in range(3)]
    programme.nominations_allowed = 2
    programme.save()

    moved = nominations.apply_limit(programme.pk, now=NOW)

    for application in applications:
        application.refresh_from_db()
    assert moved == [applications[1]]
    assert [application.state for application in applications] == [
        State.UNDER_REVIEW,
        State.UNDER_REVIEW,
        State.RESERVE,
    ]
