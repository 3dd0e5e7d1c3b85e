"""Two leads, staff, withdrawals and submissions on one nomination board at one moment: never six, no number lost."""

import datetime
from functools import partial

import pytest
from django.db import IntegrityError

from applications.domain import (
    nomination_board,
    nomination_leads,
    nomination_order,
    nominations,
    reviews,
    submission,
)
from applications.domain.nomination_order import By, ReadOnly, Stale
from applications.models import Application, BoardEntry, NominationLead
from programmes.domain.refused import Refused
from programmes.models import NominationAllowance, Programme
from tests import factories, invariants, scenarios
from tests.concurrency.crowd import at_once, everyone_counts_before_anyone_writes, of_kind
from tests.factories import NOW

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PEOPLE = 10


@pytest.fixture
def programme() -> Programme:
    return factories.ProgrammeFactory(limited=True)


@pytest.fixture
def people(programme) -> list[Application]:
    """Ten of one ICS: five nominated, five in reserve."""
    ics = factories.IntegratedCareSystemFactory()
    return [
        scenarios.submitted(
            programme, ics=ics, name=f"Person {number}", now=NOW - datetime.timedelta(minutes=PEOPLE - number)
        )
        for number in range(PEOPLE)
    ]


@pytest.fixture
def allowance(programme, people) -> NominationAllowance:
    return programme.allowances.get()


@pytest.fixture
def leads(allowance) -> list[By]:
    user = scenarios.reviewer_of(allowance.programme)
    return [
        By.link_of(
            nomination_leads.invite(allowance.pk, name=name, email=f"{name}@example.org", user=user, now=NOW),
            name=name,
        )
        for name in ("lee", "mo")
    ]


def order(allowance: NominationAllowance) -> str:
    return nomination_board.read(allowance.pk, now=NOW).order


def swap(allowance, by, put, take, seen=None):
    return partial(
        nomination_order.swap,
        allowance.pk,
        put=put.pk,
        take=take.pk,
        by=by,
        seen=seen or order(allowance),
        now=NOW,
    )


def nominated() -> list[int]:
    return sorted(Application.objects.nominated().values_list("nomination_number", flat=True))


def test_two_leads_who_swap_at_once_leave_five_and_one_of_them_sees_the_board_again(allowance, people, leads):
    seen = order(allowance)

    outcomes = at_once(
        [
            swap(allowance, leads[0], people[0], people[5], seen),
            swap(allowance, leads[1], people[1], people[6], seen),
        ]
    )

    assert (len(of_kind(outcomes, tuple)), len(of_kind(outcomes, Stale))) == (1, 1)
    assert nominated() == [1, 2, 3, 4, 5]
    assert BoardEntry.objects.count() == 1
    assert invariants.broken() == []


def test_many_who_change_the_order_at_once_change_it_one_after_the_other(allowance, people, leads):
    seen = order(allowance)
    one = partial(nomination_order.rank, allowance.pk, {people[9].pk: 1}, seen=seen, now=NOW)

    outcomes = at_once([partial(one, by=leads[number % 2]) for number in range(10)])

    assert (len(of_kind(outcomes, BoardEntry)), len(of_kind(outcomes, Stale))) == (1, 9)
    board = nomination_board.read(allowance.pk, now=NOW)
    assert [candidate.application for candidate in board.reserve] == [people[9], *people[5:9]]
    assert invariants.broken() == []


@pytest.mark.parametrize("who", ["the one who goes", "the one who comes", "another who is nominated"])
def test_a_swap_against_a_withdrawal_loses_no_number(allowance, people, leads, who):
    gone = people[{"the one who goes": 0, "the one who comes": 5, "another who is nominated": 3}[who]]

    outcomes = at_once([swap(allowance, leads[0], people[0], people[5]), partial(scenarios.withdrawn, gone)])

    # Whichever came first, the other was refused or went on from there.
    assert {type(error) for error in of_kind(outcomes, Exception)} <= {Stale}
    assert Application.objects.get(pk=gone.pk).state == "withdrawn"
    assert nominated() == [1, 2, 3, 4, 5]
    assert invariants.broken() == []


def test_swaps_withdrawals_submissions_and_decisions_at_once_neither_lock_up_nor_break_a_rule(
    programme, allowance, people, leads
):
    reviewer = scenarios.reviewer_of(programme)
    drafts = [scenarios.filled_in(programme, ics=allowance.ics).pk for _ in range(4)]

    outcomes = at_once(
        [
            swap(allowance, leads[0], people[0], people[5]),
            swap(allowance, leads[1], people[1], people[6]),
            swap(allowance, By.staff(reviewer), people[2], people[7]),
            *[partial(scenarios.withdrawn, people[number]) for number in (3, 8)],
            *[partial(submission.submit, pk, now=NOW) for pk in drafts],
            *[partial(reviews.shortlist, people[number].pk, user=reviewer, now=NOW) for number in (0, 1, 4)],
            partial(reviews.turn_down, people[4].pk, user=reviewer, reason="No", now=NOW),
        ]
    )

    errors = of_kind(outcomes, Exception)
    assert [error for error in errors if not isinstance(error, Refused)] == []
    assert nominated() == [1, 2, 3, 4, 5]
    assert invariants.broken() == []


def test_without_the_lock_two_swaps_collide_and_the_schema_lets_no_sixth_in(
    allowance, people, leads, monkeypatch
):
    seen = order(allowance)
    rows = Application.objects.select_related("programme__academy")
    # The locks are taken out to show that the tests above would fail without them, and what the schema itself promises.
    monkeypatch.setattr(nominations, "lock_with_programme", lambda pk: allowance)
    monkeypatch.setattr(nominations, "lock_application", lambda pk: rows.get(pk=pk))
    monkeypatch.setattr(nomination_order, "_lock_people", lambda allowance: None)

    with everyone_counts_before_anyone_writes(monkeypatch, nominations, "join_reserve", 2):
        outcomes = at_once(
            [
                swap(allowance, leads[0], people[0], people[5], seen),
                swap(allowance, leads[1], people[0], people[6], seen),
            ]
        )

    # Both saw the same order, and handed the same number on.
    assert [type(error) for error in of_kind(outcomes, Exception)] == [IntegrityError]
    assert nominated() == [1, 2, 3, 4, 5]


def test_a_lead_who_is_let_go_at_that_moment_has_swapped_or_has_not(allowance, people, leads):
    user = scenarios.reviewer_of(allowance.programme)
    lead = leads[0].lead
    assert lead

    outcomes = at_once(
        [
            swap(allowance, leads[0], people[0], people[5]),
            partial(nomination_leads.revoke, lead.pk, user=user, now=NOW),
        ]
    )

    assert {type(error) for error in of_kind(outcomes, Exception)} <= {ReadOnly}
    assert NominationLead.objects.get(pk=lead.pk).revoked_at == NOW
    assert nominated() == [1, 2, 3, 4, 5]
    assert invariants.broken() == []


def test_one_lead_named_by_two_at_once_is_one(allowance):
    user = scenarios.reviewer_of(allowance.programme)
    invite = partial(
        nomination_leads.invite, allowance.pk, name="Lee", email="lee@example.org", user=user, now=NOW
    )

    outcomes = at_once([invite] * 6)

    assert (len(of_kind(outcomes, NominationLead)), len(of_kind(outcomes, Refused))) == (1, 5)
