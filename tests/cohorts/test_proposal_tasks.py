"""Workers on proposals: what was asked of them, and what nobody took in time."""

import datetime

import pytest
import time_machine

from cohorts import tasks
from cohorts.domain import proposals
from cohorts.domain.proposals import working_out
from cohorts.models import Proposal
from tests import scenarios
from tests.cohorts.proposing import LATER, MINUTE, mails_have_gone, person, programme_with, proposed, seats

pytestmark = pytest.mark.django_db
Status = Proposal.Status


@pytest.fixture(autouse=True)
def later():
    with time_machine.travel(LATER + MINUTE, tick=False):
        yield


@pytest.fixture
def waiting(monkeypatch):
    """A proposal that is too large to be worked out at once."""
    monkeypatch.setattr(working_out, "AT_ONCE", 1)
    programme = programme_with(1, 1)
    person(programme, "Ann"), person(programme, "Bob")
    mails_have_gone()
    return proposed(programme)


def test_a_worker_works_a_proposal_out_and_applies_it_once_it_is_handed_over(waiting):
    assert tasks.solve_proposal.delay(waiting.pk).get() is True
    proposals.begin_applying(waiting.pk, user=scenarios.reviewer_of(waiting.programme), now=LATER + MINUTE)

    assert tasks.apply_proposal.delay(waiting.pk).get() is True

    waiting.refresh_from_db()
    assert (waiting.status, waiting.applied_at) == (Status.APPLIED, LATER + MINUTE)
    assert sorted(seats(waiting.programme)) == ["Ann", "Bob"]


def test_the_clock_takes_up_what_no_worker_heard_of(waiting):
    worked_out = tasks.work_on_proposals()
    proposals.begin_applying(waiting.pk, user=scenarios.reviewer_of(waiting.programme), now=LATER + MINUTE)
    too_early = tasks.work_on_proposals()

    with time_machine.travel(LATER + MINUTE + datetime.timedelta(minutes=2), tick=False):
        applied = tasks.work_on_proposals()

    waiting.refresh_from_db()
    assert (worked_out, too_early, applied) == (1, 0, 1)
    assert waiting.status == Status.APPLIED
