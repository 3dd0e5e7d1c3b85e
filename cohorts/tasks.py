"""Clocks of the cohorts: each fetches ids and calls one verb."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from cohorts.domain import places


@shared_task
def lapse_offers() -> int:
    """End the offers that were not answered in time; return how many."""
    now = timezone.now()
    return sum(places.lapse(pk, now=now) is not None for pk in places.offers_past_their_date(now))


@shared_task
def remind_of_offers() -> int:
    """Remind applicants of offers that end soon; return how many mails were queued."""
    now = timezone.now()
    return sum(places.remind_of_offer(pk, now=now) for pk in places.offers_to_remind_of(now))
