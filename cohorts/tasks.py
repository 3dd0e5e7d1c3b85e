"""Clocks of the cohorts: each fetches ids and calls one verb."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from cohorts.domain import go_or_not, offers, places, waiting_list


@shared_task
def lapse_offers() -> int:
    """End the offers that were not answered in time; return how many."""
    now = timezone.now()
    return sum(places.lapse(pk, now=now) is not None for pk in offers.past_their_date(now))


@shared_task
def remind_of_offers() -> int:
    """Remind applicants of offers that end soon; return how many mails were queued."""
    now = timezone.now()
    return sum(offers.remind(pk, now=now) for pk in offers.to_remind_of(now))


@shared_task
def offer_freed_seats() -> int:
    """Offer seats that fell free to the waiting lists; return how many."""
    now = timezone.now()
    return sum(len(waiting_list.offer_freed_seats(pk, now=now)) for pk in waiting_list.programmes_to_sweep())


@shared_task
def settle_cohorts() -> int:
    """Tell the people of cohorts that have reached their minimum; return how many were told."""
    now = timezone.now()
    return sum(go_or_not.settle(pk, now=now) for pk in go_or_not.to_settle())
