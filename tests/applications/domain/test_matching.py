"""An organisation that was typed becomes one of the list."""

import pytest

from applications.domain import matching, nominations
from applications.models import Application, State
from programmes.domain.refused import Refused
from programmes.models.programmes import NominationScope
from tests import factories, scenarios
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme():
    """Each organisation may nominate one."""
    return factories.ProgrammeFactory(nomination_scope=NominationScope.ORGANISATION, nominations_allowed=1)


@pytest.fixture
def listed():
    return factories.OrganisationFactory(name="Downs Hospice Ltd", sector="charity")


def match(application, organisation):
    user = scenarios.reviewer_of(application.programme)
    return matching.match_organisation(application.pk, organisation, user=user, now=NOW)


def counts(application):
    application.refresh_from_db()
    return application.state, application.nomination_key, application.nomination_number


def test_a_match_sets_organisation_and_sector_and_keeps_what_was_typed(listed):
    application = scenarios.submitted(factories.ProgrammeFactory())

    matched = match(application, listed)

    assert (matched.organisation, matched.sector, matched.organisation_name) == (
        listed,
        "charity",
        "Downs Hospice",
    )


def test_a_draft_is_matched_before_anything_is_counted(programme, listed):
    application = scenarios.filled_in(programme)

    match(application, listed)

    assert counts(application) == (State.DRAFT, "", None)
    assert programme.allowances.count() == 0


def test_a_nomination_counts_against_the_listed_organisation_from_then_on(programme, listed):
    application = scenarios.submitted(programme)
    waiting = scenarios.submitted(programme)

    match(application, listed)

    assert counts(application) == (State.UNDER_REVIEW, f"organisation:{listed.pk}", 1)
    assert counts(waiting) == (State.UNDER_REVIEW, "organisation:downs hospice", 1)


def test_somebody_in_reserve_moves_up_where_the_listed_organisation_has_one_left(programme, listed):
    scenarios.submitted(programme)
    waiting = scenarios.submitted(programme)

    match(waiting, listed)

    assert counts(waiting) == (State.UNDER_REVIEW, f"organisation:{listed.pk}", 1)


def test_who_is_matched_into_a_reserve_that_is_in_order_stands_last(programme, listed):
    match(scenarios.submitted(programme), listed)
    _, *waiting = (scenarios.submitted(programme) for _ in range(4))
    for place, application in enumerate(waiting[:2], 1):
        match(application, listed)
        Application.objects.filter(pk=application.pk).update(nomination_rank=place)
    Application.objects.filter(pk=waiting[2].pk).update(nomination_rank=1)

    match(waiting[2], listed)

    stand = [nominations.position_in_reserve(Application.objects.get(pk=one.pk)) for one in waiting]
    assert stand == [1, 2, 3]


def test_a_match_that_would_be_one_nomination_too_many_is_refused(programme, listed):
    first = scenarios.submitted(programme)
    match(first, listed)
    second = scenarios.submitted(programme)

    with pytest.raises(Refused, match="Downs Hospice Ltd has used its nominations"):
        match(second, listed)

    assert counts(second) == (State.UNDER_REVIEW, "organisation:downs hospice", 1)
    assert second.organisation is None


def test_an_organisation_that_is_listed_is_not_matched_again(listed):
    application = scenarios.submitted(factories.ProgrammeFactory())
    match(application, listed)

    with pytest.raises(Refused, match=f"{application.reference} is at Downs Hospice Ltd already"):
        match(application, factories.OrganisationFactory())

    assert Application.objects.get().organisation == listed


def test_a_viewer_matches_nothing(listed):
    application = scenarios.submitted(factories.ProgrammeFactory())
    viewer = factories.AcademyMemberFactory(academy=application.programme.academy, role="viewer").user

    with pytest.raises(Refused, match="does not include decisions"):
        matching.match_organisation(application.pk, listed, user=viewer, now=NOW)

    assert Application.objects.get().organisation is None


def test_those_who_typed_the_same_are_found_in_the_academy_alone(listed):
    programme = factories.ProgrammeFactory()
    application = scenarios.submitted(programme)
    same = scenarios.submitted(factories.ProgrammeFactory(academy=programme.academy))
    scenarios.submitted(factories.ProgrammeFactory())
    match(scenarios.submitted(programme), listed)
    Application.objects.filter(pk=same.pk).update(organisation_name="DOWNS hospice")

    assert list(matching.typed_alike(application)) == [same]
