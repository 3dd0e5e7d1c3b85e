"""Two who press “Apply together” at one moment: each decision is carried out once."""

from functools import partial

import pytest

from applications.models import State, StateChange
from cohorts.domain import pending
from programmes.models import Message
from tests import factories, invariants, scenarios
from tests.concurrency.crowd import at_once
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
