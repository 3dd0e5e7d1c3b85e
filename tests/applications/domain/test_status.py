"""Where an application stands, in words."""

import datetime

import pytest

from applications.domain import approvals, status
from applications.domain.status import PUBLIC_NAMES, Standing, standing
from applications.models import Application, State
from programmes.models.parts import Approver
from programmes.models.programmes import NominationScope
from tests import factories, scenarios
from tests.factories import NOW

pytestmark = pytest.mark.django_db

LATER = NOW + datetime.timedelta(hours=3)


def read(application):
    """As a view reads it."""
    return Application.objects.select_related("programme__academy").get(pk=application.pk)


def test_every_state_has_a_name_for_the_public_and_every_one_that_waits_says_what_is_next():
    assert set(PUBLIC_NAMES) == set(State)
    assert set(status._NEXT) == set(State) - {
        State.COMPLETED,
        State.NOT_SUPPORTED,
        State.UNSUCCESSFUL,
        State.DECLINED,
        State.LAPSED,
        State.WITHDRAWN,
        State.DID_NOT_COMPLETE,
    }


@pytest.mark.parametrize(
    ("scenario", "name", "who"),
    [
        (scenarios.filled_in, "Not yet submitted", "you"),
        (scenarios.under_review, "Being reviewed", "Coastal Academy"),
        (scenarios.more_information, "More information needed", "you"),
        (scenarios.shortlisted, "Suitable, waiting for a place", "Coastal Academy"),
        (scenarios.offered, "Place offered", "you"),
        (scenarios.confirmed, "Place confirmed", "the training"),
    ],
)
def test_standing_says_who_it_waits_on_without_a_query(scenario, name, who, django_assert_num_queries):
    programme = factories.CohortFactory(programme__academy__name="Coastal Academy").programme
    application = read(scenario(programme))

    with django_assert_num_queries(0):
        found = standing(application)

    assert found == Standing(name, who, NOW, status._NEXT[State(application.state)])


def test_standing_of_what_has_ended_waits_on_nobody():
    application = read(scenarios.withdrawn(scenarios.submitted(factories.ProgrammeFactory())))

    assert standing(application) == Standing("Withdrawn", "", NOW, "")


@pytest.mark.parametrize("people", [1, 3])
def test_standing_names_everyone_asked_and_since_when_in_one_query(people, django_assert_num_queries):
    programme = factories.ProgrammeFactory()
    for approver in (Approver.LINE_MANAGER, Approver.SPONSOR, Approver.ACADEMY_CONTACT)[:people]:
        factories.ApprovalStepFactory(programme=programme, approver=approver)
    application = read(scenarios.submitted(programme))

    with django_assert_num_queries(1):
        found = standing(application)

    who = [
        "Morgan Line manager (line manager)",
        "Morgan Sponsor (sponsor)",
        "Morgan Academy contact (academy contact)",
    ]
    assert (found.who, found.since, len(found.pending)) == (" and ".join(who[:people]), NOW, people)


def test_standing_waits_since_the_person_asked_now_was_asked():
    application = scenarios.submitted(factories.ApprovalStepFactory().programme)
    approvals.pass_on(
        application.approvals.get().pk, passed_by="Morgan", name="Lee", email="lee@example.org", now=LATER
    )

    found = standing(read(application))

    assert (found.who, found.since) == ("Lee (line manager)", LATER)


def test_standing_in_reserve_gives_the_position_and_who_is_asked_meanwhile_in_two_queries(
    django_assert_num_queries,
):
    programme = factories.ProgrammeFactory(nomination_scope=NominationScope.ICS, nominations_allowed=1)
    factories.ApprovalStepFactory(programme=programme)
    ics = factories.IntegratedCareSystemFactory()
    *_, last = [scenarios.submitted(programme, ics=ics) for _ in range(3)]
    application = read(last)

    with django_assert_num_queries(2):
        found = standing(application)

    assert (found.name, found.who, found.position, len(found.pending)) == (
        "In reserve",
        "a free nomination",
        2,
        1,
    )
