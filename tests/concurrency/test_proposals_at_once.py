"""Two staff apply two proposals at one moment, and one person presses twice: each seat once, one mail a person."""

from collections import Counter
from functools import partial

import pytest

from applications.models import Application, State
from cohorts.domain import places, proposals, waiting_list
from cohorts.models import Place, Proposal
from programmes.domain.refused import Refused
from programmes.models import Message, Programme
from tests import factories, invariants, scenarios
from tests.cohorts.proposing import LATER, MINUTE, mails_have_gone, programme_with, proposed
from tests.concurrency.crowd import at_once, of_kind

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PEOPLE = 12
APPLIED = LATER + MINUTE


@pytest.fixture(autouse=True)
def no_sweep(monkeypatch):
    """The waiting list is not looked at in between: the sweep has a clock of its own, and tests of its own."""
    monkeypatch.setattr(waiting_list.seats_freed, "_subscribers", [])


@pytest.fixture
def programme(settings) -> Programme:
    """Two dates of 4 and 3 seats, 6 places in total, at most 2 of an ICS; twelve people of four ICSs ask."""
    settings.DECISION_HOLD_MINUTES = 10
    programme = programme_with(4, 3, total_places=6, limited=True)
    systems = factories.IntegratedCareSystemFactory.create_batch(4)
    for number in range(PEOPLE):
        scenarios.shortlisted(programme, ics=systems[number % 4])
    mails_have_gone()
    return programme


def apply(proposal: Proposal) -> Proposal:
    return proposals.apply(proposal.pk, user=scenarios.reviewer_of(proposal.programme), now=APPLIED)


def mails_waiting() -> Counter[str]:
    return Counter(Message.objects.filter(status=Message.Status.QUEUED).values_list("about", flat=True))


def test_two_staff_apply_two_proposals_at_once(programme):
    other_way = dict.fromkeys(_references(programme)[-3:], "date-2")
    one, two = proposed(programme), proposed(programme, pinned=other_way)

    outcomes = at_once([partial(apply, one), partial(apply, two)])

    (refused,) = of_kind(outcomes, Refused)
    (applied,) = of_kind(outcomes, Proposal)
    assert refused.sentence.startswith(f"Proposal {applied.pk} was applied at")
    assert set(Place.objects.taken().values_list("application__reference", "cohort__key")) == set(
        applied.allocation["assignment"].items()
    )
    assert Application.objects.filter(state=State.OFFERED).count() == 6
    assert Application.objects.filter(state=State.WAITLISTED).count() == 6
    assert set(mails_waiting().values()) == {1}
    assert len(mails_waiting()) == PEOPLE
    assert invariants.broken() == []


def test_one_proposal_applied_by_many_at_once_is_applied_once(programme):
    proposal = proposed(programme)

    outcomes = at_once([partial(apply, proposal)] * 6)

    assert len(of_kind(outcomes, Proposal)) == 1
    assert {str(one)[:22] for one in of_kind(outcomes, Refused)} == {"It was applied already"}
    assert set(mails_waiting().values()) == {1}
    assert invariants.broken() == []


def test_seats_given_by_hand_at_the_same_moment_are_skipped_and_no_cap_breaks(programme):
    proposal = proposed(programme)
    people = Application.objects.filter(reference__in=proposal.allocation["assignment"])
    last = programme.applications.exclude(reference__in=proposal.allocation["assignment"])
    cohort = programme.cohorts.get(key="date-1")
    user = scenarios.reviewer_of(programme)

    by_hand = [partial(places.give, one.pk, cohort.pk, user=user, now=APPLIED) for one in [*people, *last]]
    outcomes = at_once([partial(apply, proposal), *by_hand])

    (applied,) = of_kind(outcomes, Proposal)
    given = len(of_kind(outcomes, Place))
    assert len(of_kind(outcomes, Refused)) == PEOPLE - given
    assert (
        len(applied.report["placed"]) + len(applied.report["waitlisted"]) + len(applied.report["skipped"])
        == PEOPLE
    )
    assert Place.objects.taken().filter(cohort=cohort).count() <= 4
    assert Place.objects.taken().count() <= 6
    assert set(mails_waiting().values()) == {1}
    assert invariants.broken() == []


def test_undone_by_two_at_once_everybody_is_back_once(programme):
    proposal = apply(proposed(programme))
    user = scenarios.reviewer_of(programme)

    outcomes = at_once([partial(proposals.undo, proposal.pk, user=user, now=APPLIED + MINUTE)] * 4)

    assert len(of_kind(outcomes, Proposal)) == 1
    assert len(of_kind(outcomes, Refused)) == 3
    assert Application.objects.filter(state=State.SHORTLISTED).count() == PEOPLE
    assert (Place.objects.taken().count(), mails_waiting()) == (0, Counter())
    assert invariants.broken() == []


def _references(programme: Programme) -> list[str]:
    return list(programme.applications.order_by("pk").values_list("reference", flat=True))
