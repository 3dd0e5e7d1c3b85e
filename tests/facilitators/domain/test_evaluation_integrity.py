"""Every rule about evaluations and renewals finds what it is there for, and nothing else."""

import datetime

import pytest

from facilitators.domain.evaluation import integrity
from facilitators.models import Certificate, EvaluationResponse, Moment
from tests import factories, invariants, scenarios
from tests.cohorts.seats import programme_with
from tests.facilitators.evaluating import given, question

pytestmark = pytest.mark.django_db


@pytest.fixture
def response(db):
    programme = programme_with()
    factories.FacilitationFactory(programme=programme, circles=False, valid_months=12)
    scenarios.completed(programme, name="Sam")
    rating = question(programme, Moment.MONTHS_3)
    made = given(programme, Moment.MONTHS_3, {rating: "4"})
    assert invariants.broken() == []
    return made


BREAKS = {
    "evaluation-of-another-programme": lambda one: EvaluationResponse.objects.filter(pk=one.pk).update(
        programme=factories.ProgrammeFactory()
    ),
    "evaluation-given": lambda one: EvaluationResponse.objects.filter(pk=one.pk).update(given_at=None),
    "certificate-valid-as-renewed": lambda one: Certificate.objects.update(
        expires_on=datetime.date(2050, 1, 1)
    ),
}


def test_every_rule_is_tried():
    assert sorted(BREAKS) == sorted(rule.name for rule in integrity.RULES)


@pytest.mark.parametrize("name", BREAKS)
def test_a_rule_finds_what_breaks_it_alone(response, name):
    BREAKS[name](response)

    assert [one.partition(":")[0] for one in invariants.broken()] == [name]
