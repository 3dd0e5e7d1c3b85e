"""The pages of ICSs: from a list, from an organisation, with or without a session."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import factories
from tests.factories import NOW
from tests.staff.reading import text_of


@pytest.fixture
def fay(desk):
    ics = factories.IntegratedCareSystemFactory(name="Home")
    return factories.TrainingFactory(programme=desk.programme, facilitator__ics=ics)


def test_the_page_of_an_ics_is_found_without_a_session(desk, reviewer, fay):
    elsewhere = factories.TrainingFactory(facilitator__ics=fay.facilitator.ics).programme
    factories.TrainingFactory(programme=desk.programme, facilitator__ics=None)
    gone = factories.IntegratedCareSystemFactory(name="NHS Gone Integrated Care Board")
    factories.TrainingFactory(
        programme=desk.programme, facilitator__ics=gone, ended_on=NOW.date(), ended_reason="Moved"
    )
    organisation = factories.OrganisationFactory(ics=fay.facilitator.ics)
    every = reverse("admin:facilitators_implementationsession_ics_list")
    own = f"{every}?ics={fay.facilitator.ics_id}"
    sessions = reviewer.get(reverse("admin:facilitators_implementationsession_changelist"))
    of_organisation = desk.client("administrator").get(
        reverse("admin:programmes_organisation_change", args=[organisation.pk])
    )

    listed, narrowed, none, nonsense = (
        reviewer.get(address) for address in (every, own, f"{every}?ics={gone.pk}", f"{every}?ics=x")
    )
    page_of_it = reverse(
        "admin:facilitators_implementationsession_ics", args=[desk.programme.pk, fay.facilitator.ics_id]
    )

    assert f'href="{every}"' in sessions.content.decode()
    assert f'href="{own}"' in of_organisation.content.decode()
    assert listed.content.decode().count('scope="row"') == 1
    assert listed.context["rows"] == narrowed.context["rows"] == nonsense.context["rows"]
    assert f'href="{page_of_it}"' in narrowed.content.decode()
    assert "Nobody of this ICS is a facilitator of a programme of yours." in text_of(none)
    assert "1 facilitator" in text_of(reviewer.get(page_of_it))
    assert reviewer.get(page_of_it.replace(f"/{desk.programme.pk}/", f"/{elsewhere.pk}/")).status_code == 404


def test_the_list_of_icss_keeps_its_number_of_queries(desk, reviewer):
    every = reverse("admin:facilitators_implementationsession_ics_list")
    found = []

    for _ in range(3):
        factories.TrainingFactory(
            programme=desk.programme, facilitator__ics=factories.IntegratedCareSystemFactory()
        )
        with CaptureQueriesContext(connection) as queries:
            assert reviewer.get(every).status_code == 200
        found.append(len(queries))

    assert found[1] == found[2]
