"""A cohort is not switched off over the heads of the people in it."""

import pytest

from cohorts.domain import capacity
from programmes.domain.refused import Refused
from tests import factories, scenarios

pytestmark = pytest.mark.django_db


def test_a_cohort_with_people_in_it_must_run():
    programme = factories.ProgrammeFactory()
    cohort = factories.CohortFactory(programme=programme, name="Spring")
    scenarios.offered(programme)

    with pytest.raises(Refused) as refused:
        capacity.require_nobody_seated(cohort)

    assert refused.value.sentence == (
        "Spring has 1 seat taken. Take it back first: the person is then told, and can be offered another cohort."
    )


def test_an_empty_cohort_need_not_run():
    assert capacity.require_nobody_seated(factories.CohortFactory()) is None
