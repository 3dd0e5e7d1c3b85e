"""A proposal from the press of the button to its pages and its offers, with 60 candidates and with 3,000."""

import datetime
import random
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.test import Client
from django.urls import reverse

from benchmarks import Figure
from programmes.models import Programme

TRIES = 5


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = call()
    return time.perf_counter() - started, result


def _programme(people: int, cohorts: int) -> Programme:
    """A programme with shortlisted people, inserted at once: each can attend some of the cohorts."""
    from applications.models import Application, Review, State
    from cohorts.models import Preference
    from tests import factories, scenarios
    from tests.factories import NOW

    chance = random.Random(people)
    programme = factories.ProgrammeFactory()
    reviewer = scenarios.reviewer_of(programme)
    systems = [factories.IntegratedCareSystemFactory() for _ in range(12)]
    dates = []
    for number in range(cohorts):
        dates.append(
            factories.CohortFactory(programme=programme, minimum=0, maximum=max(8, people // cohorts // 2))
        )
        starts_at = NOW + datetime.timedelta(days=3650 + number)
        factories.SessionFactory(cohort=dates[-1], starts_at=starts_at)
    rows = [
        Application(
            reference=f"B{people}-{number:05}",
            programme=programme,
            state=State.SHORTLISTED,
            state_since=NOW,
            created_at=NOW,
            submitted_at=NOW + datetime.timedelta(seconds=number),
            email=f"person.{people}.{number}@example.org",
            email_key=f"person.{people}.{number}@example.org",
            name=f"Person {number}",
            job_title="Team lead",
            ics=chance.choice(systems),
        )
        for number in range(people)
    ]
    made = Application.objects.bulk_create(rows)
    Preference.objects.bulk_create(
        Preference(application=one, cohort=cohort, rank=rank)
        for one in made
        for rank, cohort in enumerate(chance.sample(dates, min(4, cohorts)), start=1)
    )
    Review.objects.bulk_create(
        Review(
            application=one,
            reviewer=reviewer,
            outcome=Review.Outcome.SUITABLE,
            score=chance.randrange(40, 100),
            created_at=NOW,
        )
        for one in made
    )
    return programme


def _page(client: Client, address: str) -> float:
    def get() -> None:
        response = client.get(address)
        if response.status_code != 200:
            raise RuntimeError(f"{address} answered {response.status_code}")

    return statistics.median(_timed(get)[0] for _ in range(TRIES))


def measure() -> Iterator[Figure]:
    """Yield seconds for each step of a small and of a large proposal."""
    from django.utils import timezone

    from cohorts.domain import proposals
    from tests import scenarios

    for people, cohorts in ((60, 2), (3000, 50)):
        programme = _programme(people, cohorts)
        user = scenarios.reviewer_of(programme)
        client = Client()
        client.force_login(user)
        size = f"{people:,} candidates, {cohorts} cohorts"
        now = timezone.now()
        gathered, proposal = _timed(partial(proposals.propose, programme.pk, user=user, now=now))
        if proposal.status != proposal.Status.READY:
            yield Figure(f"{size}: stored for a worker", gathered, "s", "")
            gathered, _ = _timed(partial(proposals.solve, proposal.pk))
            proposal.refresh_from_db()
        placed = len(proposal.allocation["assignment"])
        yield Figure(f"{size}: worked out", gathered, "s", f"{placed} placed, all three ways, and stored")
        result = reverse("admin:cohorts_proposal_change", args=[proposal.pk])
        yield Figure(f"{size}: the page of the result", _page(client, result), "s", f"median of {TRIES}")
        form = reverse("admin:cohorts_proposal_add") + f"?programme={programme.pk}"
        yield Figure(f"{size}: the form", _page(client, form), "s", f"median of {TRIES}")
        applied, _ = _timed(partial(proposals.apply, proposal.pk, user=user, now=now))
        yield Figure(f"{size}: applied", applied, "s", f"{applied / people * 1000:.1f} ms a person")
        report, _ = _timed(partial(client.get, result))
        yield Figure(f"{size}: the page of the report", report, "s", "once")
        undone, _ = _timed(partial(proposals.undo, proposal.pk, user=user, now=now))
        yield Figure(f"{size}: undone", undone, "s", f"{undone / people * 1000:.1f} ms a person")
