"""Several who keep, or apply, decisions at one moment: each stands once, and is carried out once."""

from functools import partial

import pytest

from applications.models import State, StateChange
from cohorts.domain import pending
from cohorts.domain.pending import ChangedMeanwhile
from cohorts.models import PendingDecision
from programmes.models import Message
from tests import factories, invariants, scenarios
from tests.concurrency.crowd import at_once, everyone_counts_before_anyone_writes, of_kind
from tests.factories import NOW

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_two_who_apply_at_once_carry_out_each_decision_once():
    programme = factories.ProgrammeFactory(limited=True, nominations_allowed=50)
    cohort = factories.CohortFactory(programme=programme, maximum=3)
    made = [scenarios.under_review(programme) for _ in range(12)]
    user = scenarios.reviewer_of(programme)
    for number, application in enumerate(made):
        kind = ("shortlist", "turn_down", "offer", "waitlist")[number % 4]
        pending.keep(application.pk, user=user, kind=kind, reason="Too many.", now=NOW)
    seen = {row.pk: row.decided_at for row in pending.of_programme(programme)}
    apply = partial(pending.apply_together, programme, seen=seen, user=user, now=NOW)

    reports = at_once([apply] * 4)

    done = [row.pk for report in reports for row, _ in report.done]
    assert sorted(done) == sorted(row.pk for row in made)
    changes = StateChange.objects.filter(actor_user=user).values_list("application", "to_state")
    assert len(changes) == len(set(changes))
    ends = {State.SHORTLISTED, State.UNSUCCESSFUL, State.OFFERED, State.WAITLISTED}
    assert {row.state for row in programme.applications.all()} == ends
    assert cohort.places.taken().count() == 3
    told = Message.objects.filter(event__in=["unsuccessful", "offer", "waitlisted"])
    assert told.exclude(status=Message.Status.DISCARDED).count() == 9
    assert invariants.broken() == []


def test_of_several_who_keep_the_first_decision_at_once_one_does_and_the_others_look_again(monkeypatch):
    application = scenarios.under_review(factories.ProgrammeFactory())
    users = [scenarios.reviewer_of(application.programme) for _ in range(5)]
    calls = [partial(pending.keep, application.pk, user=user, kind="shortlist", now=NOW) for user in users]

    # None of them finds a decision: the worst moment.
    with everyone_counts_before_anyone_writes(monkeypatch, pending, "_fill", len(calls)):
        outcomes = at_once(calls)

    (kept,) = of_kind(outcomes, PendingDecision)
    assert PendingDecision.objects.get() == kept
    assert [refused.sentence for refused in of_kind(outcomes, ChangedMeanwhile)] == [
        "Somebody else decided on this application at this moment. Look at it, and decide again."
    ] * 4
    assert kept.history.count() == 1
