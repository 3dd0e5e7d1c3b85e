"""Which cohorts an applicant can attend, best first, and which they cannot, and why."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

from django.db import transaction
from simple_history.utils import bulk_create_with_history

from applications.domain import definition, nominations
from applications.domain.submission import require_changeable
from applications.models import Application
from cohorts.models import Cohort, Preference, Session
from programmes.domain.prepared import Prepared
from programmes.domain.record import by_whom
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_date, time_range

# What was chosen before, read under the application's lock.
_preferences = Prepared(
    lambda application: Preference.objects.filter(application=application), application=-1
)


def has_started(cohort: Cohort, now: datetime.datetime) -> bool:
    """Whether the first session of a cohort has begun: too late to choose it. Reads prefetched sessions."""
    starts_at = cohort.starts_at
    return starts_at is not None and starts_at <= now


def cohorts_on_offer(application: Application, *, now: datetime.datetime) -> list[Cohort]:
    """The cohorts of the programme that take place and have not started, with their sessions, by date."""
    definition.read_parts(application.programme, "cohorts__sessions__venue")
    running = [cohort for cohort in application.programme.cohorts.all() if cohort.runs]
    cohorts = [cohort for cohort in running if not has_started(cohort, now)]
    return sorted(cohorts, key=lambda cohort: (cohort.starts_at is None, cohort.starts_at, cohort.pk))


def save_preferences(
    application_id: int,
    *,
    ranked: Sequence[Cohort],
    cannot_attend: Mapping[Cohort, str],
    now: datetime.datetime,
) -> Application:
    """Keep the cohorts that the applicant can attend, best first, and the reasons for those they cannot.

    Raises `Refused` where a cohort is named twice or has started, or none can be attended.
    """
    named = [*ranked, *cannot_attend]
    if len({cohort.pk for cohort in named}) != len(named):
        raise Refused("Give each cohort once: its own preference, or that you cannot attend it.")
    if not ranked:
        raise Refused(
            "Choose at least one cohort that you can attend. A place needs all the dates of one cohort."
        )
    for cohort in ranked:
        if has_started(cohort, now):
            raise Refused(f"{cohort.name} has started already. Choose another cohort.")
    with transaction.atomic():
        application = nominations.lock_application(application_id)
        require_changeable(application, now)
        before = _preferences(application=application.pk)
        kept = {(one.cohort_id, one.rank, one.cannot_attend_reason) for one in before}
        wanted = [
            Preference(application=application, cohort=cohort, rank=rank)
            for rank, cohort in enumerate(ranked, start=1)
        ] + [
            Preference(application=application, cohort=cohort, cannot_attend_reason=reason)
            for cohort, reason in cannot_attend.items()
        ]
        if kept == {(one.cohort_id, one.rank, one.cannot_attend_reason) for one in wanted}:
            return application
        if kept:
            application.preferences.all().delete()
        bulk_create_with_history(wanted, Preference, default_change_reason=by_whom())
        # For programs that ask the feed what has changed.
        Application.objects.filter(pk=application.pk).update(changed_at=now)
        return application


def missing(application: Application) -> list[str]:
    """What an applicant must still say about the cohorts before submitting: sentences for the check page."""
    running = {cohort.pk for cohort in definition.of(application).cohorts.all() if cohort.runs}
    wanted = {chosen.cohort_id for chosen in application.preferences.all() if chosen.rank is not None}
    if not running or running & wanted:
        return []
    return ["Say which cohorts you can attend."]


def date_lines(cohort: Cohort) -> list[str]:
    """The sessions of a cohort, a line each: when and where."""
    return [date_line(session) for session in cohort.sessions.all()]


def date_line(session: Session) -> str:
    """When and where a session is, and whether it is optional."""
    when = f"{nhs_date(session.starts_at, weekday=True)}, {time_range(session.starts_at, session.ends_at)}"
    line = f"{when} ({session.where})"
    return f"{line}, optional" if session.optional else line


def dates_wanted(application: Application) -> list[str]:
    """The dates that an applicant can attend, a line each, for the mail to an approver."""
    programme = definition.of(application)
    definition.read_parts(programme, "cohorts__sessions__venue")
    cohorts = {cohort.pk: cohort for cohort in programme.cohorts.all()}
    ranks = {chosen.cohort_id: chosen.rank for chosen in application.preferences.all() if chosen.rank}
    wanted = [cohorts[pk] for pk in sorted(ranks, key=ranks.__getitem__) if pk in cohorts]
    return [f"{cohort.name}: {line}" for cohort in wanted for line in date_lines(cohort)]
