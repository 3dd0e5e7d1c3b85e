"""What a programme asks and offers, read once for many requests.

An applicant's pages read a dozen tables of which nothing changes for weeks. Each process keeps them until a change is
told (`programmes/domain/freshness.py`). For showing only: a verb that decides reads under its lock.
"""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet, prefetch_related_objects

from applications.models import Application
from programmes.domain import freshness
from programmes.models import Programme

# What the steps of an application are made of.
PARTS = ("approval_steps", "questions", "declarations", "cohorts__sessions__venue")

_kept: freshness.Kept[int, Programme] = freshness.Kept(freshness.PROGRAMMES)


def applications() -> QuerySet[Application]:
    """Applications with their ICS and organisation; with their programme only where none is kept to be handed over."""
    rows = Application.objects.select_related("ics__region", "organisation")
    return rows if settings.KEEP_PAGES else rows.select_related("programme__academy")


def hand_over(application: Application) -> Application:
    """Give an application its programme with its academy and `PARTS`, where that is kept; it has its own where not."""
    if settings.KEEP_PAGES:
        key = application.programme_id
        application.programme = _kept.get(key, lambda: _read(key))
    return application


def _read(programme_id: int) -> Programme:
    programme = Programme.objects.select_related("academy").get(pk=programme_id)
    prefetch_related_objects([programme], *PARTS)
    return programme
