"""People who ask for places in a programme, brought there by verbs, for the tests of proposals."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from applications.domain import reviews
from applications.models import Application
from cohorts.domain import preferences, proposals
from cohorts.models import Cohort, Place, Proposal
from programmes.models import Message, Programme
from tests import factories, scenarios
from tests.factories import NOW

# When proposals are made: the mails of the shortlisting have gone.
LATER = NOW + datetime.timedelta(hours=1)
MINUTE = datetime.timedelta(minutes=1)


def programme_with(*maxima: int, minima: Sequence[int] = (), **kwargs: Any) -> Programme:
    """A programme with a cohort for each maximum, called Date 1, Date 2 and so on, a week apart."""
    programme = factories.ProgrammeFactory(**kwargs)
    for number, maximum in enumerate(maxima, start=1):
        cohort = factories.CohortFactory(
            programme=programme,
            key=f"date-{number}",
            name=f"Date {number}",
            maximum=maximum,
            minimum=minima[number - 1] if minima else 0,
        )
        starts_at = NOW + datetime.timedelta(days=60 + 7 * number)
        factories.SessionFactory(cohort=cohort, starts_at=starts_at)
    return programme


def cohort_of(programme: Programme, number: int) -> Cohort:
    return programme.cohorts.get(key=f"date-{number}")


def person(
    programme: Programme,
    name: str,
    *ranked: int,
    score: int = 0,
    cannot: Sequence[int] = (),
    now: datetime.datetime = NOW,
    **kwargs: Any,
) -> Application:
    """Shortlisted, with a score, and with dates in this order (all of them in theirs, if none is named)."""
    application = scenarios.under_review(programme, name=name, now=now, **kwargs)
    if ranked or cannot:
        preferences.save_preferences(
            application.pk,
            ranked=[cohort_of(programme, number) for number in ranked],
            cannot_attend={cohort_of(programme, number): "On leave." for number in cannot},
            now=now,
        )
    user = scenarios.reviewer_of(programme)
    if score:
        reviews.record_review(application.pk, user=user, outcome="suitable", score=score, now=now)
    return reviews.shortlist(application.pk, user=user, now=now)


def mails_have_gone() -> None:
    """Every mail queued so far counts as sent."""
    Message.objects.filter(status=Message.Status.QUEUED).update(status=Message.Status.SENT, sent_at=NOW)


def proposed(programme: Programme, *, now: datetime.datetime = LATER, **chosen: Any) -> Proposal:
    """A proposal as a reviewer makes it, with these choices."""
    return proposals.propose(
        programme.pk, user=scenarios.reviewer_of(programme), chosen=chosen or None, now=now
    )


def assignment(proposal: Proposal) -> dict[str, str]:
    """Who gets which date, by name."""
    names = dict(proposal.programme.applications.values_list("reference", "name"))
    return {names[who]: key for who, key in proposal.allocation["assignment"].items()}


def seats(programme: Programme) -> dict[str, str]:
    """Who has a seat in which cohort, by name."""
    rows = Place.objects.taken().filter(programme=programme)
    return dict(rows.values_list("application__name", "cohort__key"))


def states(programme: Programme) -> dict[str, str]:
    """The state of everybody, by name."""
    return dict(programme.applications.values_list("name", "state"))


def rivals() -> Programme:
    """A programme in which as many as possible leave the highest score waiting: 4 on date 2, or 3 with it on date 1."""
    programme = programme_with(3, 4, minima=[3, 4])
    person(programme, "High", 1, score=9)
    for name in ("Ann", "Bob"):
        person(programme, name, 2, 1, score=1)
    for name in ("Cat", "Dan"):
        person(programme, name, 2, score=1)
    return programme
