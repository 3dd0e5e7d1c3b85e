"""Forty submissions from one ICS at one moment, with five nominations; and what holds without the lock."""

from functools import partial

import pytest
from django.db import IntegrityError

from applications.domain import approvals, nominations, reviews, starting, submission
from applications.domain.transitions import NotAllowedNow
from applications.models import Application, State
from programmes.domain.prepared import Prepared
from programmes.domain.refused import Refused
from programmes.models import NominationAllowance, Programme
from tests import factories, invariants, scenarios
from tests.concurrency.crowd import at_once, everyone_counts_before_anyone_writes, of_kind
from tests.factories import NOW

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PEOPLE = 40
# Enough to show what happens without the lock.
FEW = 12


@pytest.fixture
def programme() -> Programme:
    return factories.ProgrammeFactory(limited=True)


def drafts(programme: Programme, count: int) -> list[int]:
    """Drafts of one ICS, ready to be submitted."""
    ics = factories.IntegratedCareSystemFactory()
    return [scenarios.filled_in(programme, ics=ics).pk for _ in range(count)]


def submit(pk: int) -> Application:
    return submission.submit(pk, now=NOW)


def nominated(programme: Programme) -> list[int]:
    rows = Application.objects.filter(programme=programme, nomination_number__isnull=False)
    return sorted(rows.values_list("nomination_number", flat=True))


def test_forty_at_once_are_five_nominated_and_thirty_five_in_reserve_in_order(programme):
    people = drafts(programme, PEOPLE)

    outcomes = at_once([partial(submit, pk) for pk in people])

    assert of_kind(outcomes, Exception) == []
    assert nominated(programme) == [1, 2, 3, 4, 5]
    waiting = list(Application.objects.in_reserve())
    assert [nominations.position_in_reserve(one) for one in waiting] == list(range(1, 36))
    # What each was told in the receipt is what the status page says.
    told = scenarios.told_positions(waiting)
    assert told == list(range(1, 36))
    assert NominationAllowance.objects.count() == 1
    assert invariants.broken() == []


def test_without_the_lock_all_collide_and_the_schema_lets_no_sixth_in(programme, monkeypatch):
    people = drafts(programme, 4 + FEW)
    for pk in people[:4]:
        submit(pk)
    people = people[4:]
    # What the lock is for is seen where it is taken away: the same query, without it.
    unlocked = Prepared(
        lambda programme, counted: NominationAllowance.objects.filter(programme=programme, key=counted),
        **nominations._NOWHERE,
    )
    locked = nominations._allowance
    monkeypatch.setattr(nominations, "_allowance", unlocked)

    with everyone_counts_before_anyone_writes(monkeypatch, nominations, "take", FEW):
        outcomes = at_once([partial(submit, pk) for pk in people])

    # Each counted four and chose number five.
    assert len(of_kind(outcomes, IntegrityError)) == FEW - 1
    assert nominated(programme) == [1, 2, 3, 4, 5]

    # With the lock back, those who collided are in reserve at their next try.
    monkeypatch.setattr(nominations, "_allowance", locked)
    again = [pk for pk, outcome in zip(people, outcomes, strict=True) if isinstance(outcome, IntegrityError)]
    assert of_kind(at_once([partial(submit, pk) for pk in again]), Exception) == []
    assert nominated(programme) == [1, 2, 3, 4, 5]
    assert Application.objects.in_reserve().count() == FEW - 1
    assert invariants.broken() == []


def test_freed_nominations_go_each_to_one_of_those_in_reserve(programme):
    people = drafts(programme, 20)
    for pk in people:
        submit(pk)
    holders = list(Application.objects.nominated())

    outcomes = at_once([partial(scenarios.withdrawn, one) for one in holders])

    assert of_kind(outcomes, Exception) == []
    assert nominated(programme) == [1, 2, 3, 4, 5]
    # Those who waited longest.
    assert set(Application.objects.nominated().values_list("pk", flat=True)) == set(people[5:10])
    assert Application.objects.in_reserve().count() == 10
    assert invariants.broken() == []


def test_the_nominators_of_forty_saying_yes_at_once_confirm_five(programme):
    factories.ApprovalStepFactory(programme=programme, nominator=True)
    ics = factories.IntegratedCareSystemFactory()
    asked = [scenarios.submitted(programme, ics=ics).approvals.get().pk for _ in range(PEOPLE)]

    outcomes = at_once([partial(approvals.support, pk, name="Nora", now=NOW) for pk in asked])

    assert of_kind(outcomes, Exception) == []
    assert nominated(programme) == [1, 2, 3, 4, 5]
    assert Application.objects.in_reserve().count() == PEOPLE - 5
    assert invariants.broken() == []


def test_a_limit_lowered_while_people_submit_holds_for_whoever_was_not_counted_yet(programme):
    people = drafts(programme, 10)
    for pk in people[:3]:
        submit(pk)
    allowance = programme.allowances.get()
    administrator = scenarios.administrator_of(programme)

    outcomes = at_once(
        [partial(submit, pk) for pk in people[3:]]
        + [
            partial(
                nominations.set_allowance, allowance, 3, user=administrator, reason="Fewer rooms", now=NOW
            )
        ]
    )

    refusals = of_kind(outcomes, Exception)
    assert [type(one) for one in refusals] in ([], [nominations.AllowanceTooLow])
    assert nominated(programme) == ([1, 2, 3, 4, 5] if refusals else [1, 2, 3])
    assert invariants.broken() == []


def test_one_person_starting_many_times_at_once_has_one_application(programme):
    def start() -> None:
        starting.start(programme, email="sam@example.org", verdicts=[], now=NOW)

    outcomes = at_once([start] * 20)

    assert of_kind(outcomes, Exception) == []
    assert scenarios.mails(Application.objects.get()) == ["continue", "link_again"]


def test_one_application_submitted_many_times_at_once_is_submitted_once(programme):
    (pk,) = drafts(programme, 1)

    outcomes = at_once([partial(submit, pk)] * 10)

    assert len(of_kind(outcomes, Application)) == 1
    assert len(of_kind(outcomes, Refused)) == 9
    assert Application.objects.get().changes.count() == 1
    assert invariants.broken() == []


def test_two_approvers_answers_at_one_moment_are_both_heard_and_the_last_sends_on(programme):
    for _ in range(2):
        factories.ApprovalStepFactory(programme=programme)
    asked = [list(scenarios.submitted(programme).approvals.all()) for _ in range(10)]

    outcomes = at_once(
        [partial(approvals.support, one.pk, name="Morgan", now=NOW) for pair in asked for one in pair]
    )

    assert of_kind(outcomes, Exception) == []
    assert set(Application.objects.values_list("state", flat=True)) == {State.UNDER_REVIEW}
    assert {one.changes.filter(action="approve").count() for one in Application.objects.all()} == {1}
    assert invariants.broken() == []


def test_an_approvers_yes_and_no_at_one_moment_are_one_decision(programme):
    factories.ApprovalStepFactory(programme=programme)
    asked = [scenarios.submitted(programme).approvals.get().pk for _ in range(10)]

    outcomes = at_once(
        [partial(approvals.support, pk, name="Morgan", now=NOW) for pk in asked]
        + [partial(approvals.decline, pk, name="Morgan", reason="No", now=NOW) for pk in asked]
    )

    assert len(of_kind(outcomes, approvals.AlreadyAnswered)) == 10
    assert len(of_kind(outcomes, Exception)) == 10
    assert invariants.broken() == []


def test_a_decision_pressed_by_two_reviewers_at_once_is_taken_once(programme):
    people = [scenarios.submitted(programme).pk for _ in range(10)]
    one, other = (scenarios.reviewer_of(programme) for _ in range(2))

    outcomes = at_once(
        [partial(reviews.shortlist, pk, user=one, now=NOW) for pk in people]
        + [partial(reviews.turn_down, pk, user=other, reason="No", now=NOW) for pk in people]
    )

    # Turning down is possible after shortlisting, the other way round it is not.
    assert {type(error) for error in of_kind(outcomes, Exception)} <= {NotAllowedNow}
    assert set(Application.objects.values_list("state", flat=True)) == {State.UNSUCCESSFUL}
    assert invariants.broken() == []
