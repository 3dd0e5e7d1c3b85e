import datetime

import pytest

from applications.domain.nominations import Nominations, of_everyone
from programmes.models.programmes import NominationScope
from tests import factories, scenarios
from tests.factories import NOW

pytestmark = pytest.mark.django_db

TODAY = NOW.date()


def test_every_ics_of_the_regions_is_listed_whether_or_not_it_has_nominated():
    programme = factories.ProgrammeFactory(limited=True, nominations_allowed=1)
    downs = factories.IntegratedCareSystemFactory(name="NHS Downs Integrated Care Board")
    factories.IntegratedCareSystemFactory(name="NHS Chilterns Integrated Care Board")
    elsewhere = factories.RegionFactory(name="Midlands", ods_code="Y60")
    factories.IntegratedCareSystemFactory(region=elsewhere)
    programme.regions.add(downs.region)
    for _ in range(3):
        scenarios.submitted(programme, ics=downs)

    rows = of_everyone(programme, day=TODAY)

    assert rows == [Nominations("Chilterns", 1, 0, 0), Nominations("Downs", 1, 1, 2)]
    assert [row.left for row in rows] == [1, 0]


def test_an_ics_that_has_ended_is_not_listed():
    programme = factories.ProgrammeFactory(limited=True)
    factories.IntegratedCareSystemFactory(valid_to=TODAY - datetime.timedelta(days=1))

    assert of_everyone(programme, day=TODAY) == []


def test_a_number_agreed_with_one_ics_is_shown():
    ics = factories.IntegratedCareSystemFactory(name="NHS Downs Integrated Care Board")
    programme = factories.ProgrammeFactory(limited=True)
    factories.NominationAllowanceFactory(programme=programme, ics=ics, allowed=7, reason="Agreed with us.")

    assert of_everyone(programme, day=TODAY) == [Nominations("Downs", 7, 0, 0)]


def test_regions_are_listed_once_where_regions_nominate():
    programme = factories.ProgrammeFactory(nomination_scope=NominationScope.REGION, nominations_allowed=9)
    systems = factories.IntegratedCareSystemFactory.create_batch(2)
    scenarios.submitted(programme, ics=systems[0])

    assert of_everyone(programme, day=TODAY) == [Nominations("South East", 9, 1, 0)]


@pytest.mark.parametrize("limits", [{}, {"nomination_scope": "organisation", "nominations_allowed": 2}])
def test_nobody_is_listed_where_there_is_no_complete_list(limits):
    factories.IntegratedCareSystemFactory()

    assert of_everyone(factories.ProgrammeFactory(**limits), day=TODAY) == []
