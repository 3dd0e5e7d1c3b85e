"""How long an offer stands, and until when a freed seat is offered at all."""

from __future__ import annotations

import datetime

from django.utils import timezone

from cohorts.models import Cohort
from programmes.domain.working_days import add_working_days

# An offer for a cohort that starts this soon is answered within two working days.
NEAR = datetime.timedelta(days=14)
NEAR_WORKING_DAYS = 2


def respond_by(now: datetime.datetime, working_days: int) -> datetime.datetime:
    """The end of the day that is so many working days after ``now``: the moment at which an offer lapses."""
    last_day = add_working_days(timezone.localdate(now), working_days)
    return timezone.make_aware(datetime.datetime.combine(last_day, datetime.time(23, 59)))


def cut_off(cohort: Cohort) -> datetime.datetime | None:
    """After this moment no freed seat is offered any more; None while the cohort has no date."""
    if cohort.starts_at is None:
        return None
    return cohort.starts_at - datetime.timedelta(days=cohort.programme.last_offer_days)


def answer_by(cohort: Cohort, *, now: datetime.datetime) -> datetime.datetime:
    """Until when an offer made ``now`` is answered: the programme's working days, fewer near the start.

    Never after the cut-off; an offer that staff make after it stands until the cohort starts.
    """
    days = cohort.programme.offer_working_days
    starts, last = cohort.starts_at, cut_off(cohort)
    if starts is None or last is None or starts <= now:
        return respond_by(now, days)
    if starts - now <= NEAR:
        days = min(days, NEAR_WORKING_DAYS)
    return min(respond_by(now, days), last if now < last else starts)
