"""Whether a cohort runs for certain, and what the people in it are told until it does.

A cohort with a minimum runs for certain once so many people are confirmed, or staff have said that it runs anyway.
Until then nobody is told more than that.
"""

from __future__ import annotations

import datetime

from cohorts.models import Cohort
from programmes.domain.wording import local_date, nhs_date, plural

# So many days before a cohort starts staff are asked what to do with one under its minimum; the last is the day by
# which it is decided.
ASK_DAYS = (21, 14)


def about(cohort: Cohort) -> str:
    """The key under which mails about a cohort as a whole are kept."""
    return f"cohort:{cohort.pk}"


def decided_by(cohort: Cohort) -> datetime.date | None:
    """The day by which it is decided whether a cohort runs: 14 days before it starts, or as staff extended it."""
    if cohort.decide_by is not None:
        return cohort.decide_by
    if cohort.starts_at is None:
        return None
    return local_date(cohort.starts_at) - datetime.timedelta(days=min(ASK_DAYS))


def in_words(cohort: Cohort, *, now: datetime.datetime) -> str:
    """What someone with a place is told while the cohort is not certain; empty once it is."""
    if cohort.certain:
        return ""
    people = plural(cohort.minimum, "person", "people")
    needs = f"This cohort runs if {people} have confirmed their places"
    by = decided_by(cohort)
    if by is None or by < local_date(now):
        return f"{needs}. We will email you either way."
    return f"{needs} by {nhs_date(by)}. We will email you either way."
