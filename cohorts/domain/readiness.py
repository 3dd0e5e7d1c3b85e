"""What a programme lacks before it is opened in its cohorts and their sessions."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

from cohorts.models import Cohort, Session
from programmes.domain.readiness import Missing, Step
from programmes.domain.wording import local_date, nhs_date, plural
from programmes.domain.working_days import is_working_day
from programmes.models import Programme


def missing(programme: Programme, now: datetime.datetime) -> list[Missing]:
    """The lines of the check list about cohorts; subscribed to ``readiness.contributions``. Two queries."""
    cohorts = list(programme.cohorts.filter(runs=True).prefetch_related("sessions"))
    if not cohorts:
        return [Missing("There is no cohort.", Step.COHORTS)]
    # Beside cohorts that are still to come, those of the past lack nothing.
    coming = [cohort for cohort in cohorts if not _has_begun(cohort, now)] or cohorts
    lines = [line for cohort in coming for line in _of_cohort(programme, cohort, now)]
    seats = sum(cohort.maximum for cohort in cohorts)
    total = programme.total_places
    if total is not None and total > seats:
        sentence = (
            f"The programme has {plural(total, 'place')}, and its cohorts have {plural(seats, 'seat')}."
        )
        lines.append(Missing(sentence, Step.COHORTS, must=False))
    return lines


def _has_begun(cohort: Cohort, now: datetime.datetime) -> bool:
    starts = [session.starts_at for session in cohort.sessions.all()]
    return bool(starts) and min(starts) <= now


def _of_cohort(programme: Programme, cohort: Cohort, now: datetime.datetime) -> Iterator[Missing]:
    sessions = list(cohort.sessions.all())
    if not sessions:
        yield Missing(f"{cohort.name} has no sessions.", Step.COHORTS)
        return
    starts = min(session.starts_at for session in sessions)
    if _has_begun(cohort, now):
        # In a programme that was opened, that time passes is nothing to put right.
        if not programme.published:
            yield Missing(f"{cohort.name} has begun: {nhs_date(starts)}.", Step.COHORTS)
    elif programme.closes_at and starts <= programme.closes_at:
        yield Missing(f"{cohort.name} begins before the deadline.", Step.COHORTS, must=False)
    for session in sessions:
        if not (session.venue_id or session.online or session.to_be_confirmed):
            sentence = f"{_named(session, cohort)} has no place: choose a venue, online, or to be confirmed."
            yield Missing(sentence, Step.COHORTS)
    for session in on_bank_holidays(sessions):
        sentence = (
            f"{_named(session, cohort)} is on a bank holiday: {nhs_date(session.starts_at, weekday=True)}."
        )
        yield Missing(sentence, Step.COHORTS, must=False)


def _named(session: Session, cohort: Cohort) -> str:
    return f"“{session.title}” of {cohort.name}"


def on_bank_holidays(sessions: Sequence[Session]) -> list[Session]:
    """The sessions on a weekday on which offices in England are closed."""
    days = [(session, local_date(session.starts_at)) for session in sessions]
    return [session for session, day in days if day.weekday() < 5 and not is_working_day(day)]
