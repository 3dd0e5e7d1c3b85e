"""What loading a programme's file anew may not change, and what follows where it changes the nominations."""

import datetime

import pytest

from applications.domain import catalogue
from applications.models import Application, State
from programmes.domain.programme_file.faults import Spot
from programmes.domain.programme_file.fields import Entry
from programmes.domain.programme_file.saving import Tally
from programmes.models.programmes import NominationScope
from tests import factories, invariants, scenarios
from tests.factories import NOW

pytestmark = pytest.mark.django_db

LATER = NOW + datetime.timedelta(days=1)


def says(scope, allowed):
    spot = Spot("calm.yaml", "programme", 1, [])
    values = {"nomination_scope": scope, "nominations_allowed": allowed}
    return Entry(spot, {"nominations_allowed": spot.key("nominations_allowed", 7)}, values)


@pytest.fixture
def programme():
    """With two nominations an ICS, and four applications from one ICS."""
    programme = factories.ProgrammeFactory(nomination_scope=NominationScope.ICS, nominations_allowed=2)
    ics = factories.IntegratedCareSystemFactory(name="NHS Downs Integrated Care Board")
    for _ in range(4):
        scenarios.submitted(programme, ics=ics)
    return programme


def test_a_file_with_fewer_nominations_than_stand_is_faulty_and_the_fault_names_the_number(programme):
    (fault,) = catalogue.refuse_below_used(programme, says(NominationScope.ICS, 1))

    assert (fault.line, fault.wrong) == (
        7,
        "Downs already has 2 nominations: the number allowed cannot be 1.",
    )


def test_a_file_that_keeps_or_raises_the_number_is_not(programme):
    assert list(catalogue.refuse_below_used(programme, says(NominationScope.ICS, 2))) == []


def test_a_raised_number_moves_the_reserve_up_and_the_command_says_so(programme, time_machine):
    time_machine.move_to(LATER, tick=False)
    tally = Tally()
    programme.nominations_allowed = 3
    programme.save()

    catalogue.move_up(programme, says(NominationScope.ICS, 3), tally)
    catalogue.move_up(programme, says(NominationScope.ICS, 3), tally)

    assert tally.notes == ["A nomination came free: 1 application left the reserve."]
    states = Application.objects.order_by("pk").values_list("state", "nomination_number")
    assert list(states) == [*[(State.UNDER_REVIEW, number) for number in (1, 2, 3)], (State.RESERVE, None)]
    assert Application.objects.get(nomination_number=3).state_since == LATER
    assert invariants.broken() == []
