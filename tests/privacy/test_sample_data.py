"""The demo’s people, years later: what is over goes, what goes on stays, and nothing becomes impossible."""

import datetime

import pytest

from applications.models import Application
from programmes.domain import integrity
from programmes.domain.privacy import retention
from programmes.management import samples
from tests import factories
from tests.invariants import OF_THE_CLOCK
from tests.privacy import seeding

pytestmark = pytest.mark.django_db

LIVE = ("awaiting_approval", "reserve", "under_review", "more_information", "shortlisted", "waitlisted")


def test_years_later_what_is_over_is_anonymous_and_every_figure_stands():
    samples.make(factories.NOW)
    later = factories.NOW + datetime.timedelta(days=20 * 365)
    wrong = set(integrity.broken(later, leaving_out=OF_THE_CLOCK))
    before = seeding.figures(frozenset({"programmes.Message", "programmes.SignIn"}))
    going_on = Application.objects.filter(state__in=(*LIVE, "offered", "confirmed"))
    names = sorted(going_on.values_list("name", flat=True))

    first = retention.run(later, started_by="A test")
    second = retention.run(later, started_by="A test")

    after = seeding.figures(frozenset({"programmes.Message", "programmes.SignIn"}))
    assert sum(one["gone"] for one in first.counts) > 30
    assert sum(one["gone"] for one in second.counts) == 0
    assert sorted(going_on.values_list("name", flat=True)) == names
    assert {label for label in before if before[label] != after[label]} == {"programmes.RetentionReport"}
    assert set(integrity.broken(later, leaving_out=OF_THE_CLOCK)) == wrong
