"""Clocks of the cohorts: each fetches ids and calls one verb."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from cohorts.domain import (
    access_needs,
    asking,
    go_or_not,
    offers,
    places,
    proposals,
    subscriptions,
    waiting_list,
)
from programmes.tasks import hint

logger = logging.getLogger(__name__)


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
    return sum(sweep_waiting_list(pk) for pk in waiting_list.programmes_to_sweep())


@shared_task
def sweep_waiting_list(programme_id: int) -> int:
    """Offer the free seats of one programme to its waiting list; return how many.

    One programme that cannot be swept must not keep the others waiting: it is logged, and tried again.
    """
    try:
        return len(waiting_list.offer_freed_seats(programme_id, now=timezone.now()))
    except Exception:
        logger.exception("The waiting list of programme %s could not be swept.", programme_id)
        return 0


def nudge(programme_id: int) -> None:
    """Ask a worker to look at a programme's free seats at once; the sweep every minute is the promise."""
    hint(sweep_waiting_list, programme_id)


@shared_task
def renew_calendar_addresses() -> int:
    """Let the calendar addresses of staff who still work here go on; return how many."""
    return subscriptions.renew_staff_addresses(now=timezone.now())


@shared_task
def erase_access_needs() -> int:
    """Erase what people needed for trainings that are over; return of how many people."""
    return access_needs.erase_what_is_over(timezone.now())


@shared_task
def settle_cohorts() -> int:
    """Tell the people of cohorts that have reached their minimum; return how many were told."""
    now = timezone.now()
    return sum(go_or_not.settle(pk, now=now) for pk in go_or_not.to_settle())


@shared_task
def ask_about_cohorts() -> int:
    """Ask staff about cohorts that have fewer people than they need; return how many mails were queued."""
    now = timezone.now()
    return sum(asking.ask(pk, now=now) for pk in asking.to_ask(now))


# Seconds: a large allocation takes longer than other jobs may.
_LONG = 30 * 60


@shared_task(time_limit=_LONG)
def solve_proposal(proposal_id: int) -> bool:
    """Work a proposal out; return whether it is ready."""
    return proposals.solve(proposal_id)


@shared_task(time_limit=_LONG)
def apply_proposal(proposal_id: int) -> bool:
    """Apply a proposal that was handed over; return whether it was applied."""
    return proposals.apply_handed_over(proposal_id, now=timezone.now())


@shared_task(time_limit=_LONG)
def work_on_proposals() -> int:
    """Work out and apply what no worker has taken yet; return how many were finished."""
    solved = [proposals.solve(pk) for pk in proposals.waiting()]
    now = timezone.now()
    applied = [proposals.apply_handed_over(pk, now=now) for pk in proposals.handed_over(now=now)]
    return sum(solved) + sum(applied)
