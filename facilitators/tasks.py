"""Clocks of the facilitators: each fetches ids and calls one verb."""

from __future__ import annotations

import datetime
import logging

from celery import shared_task
from django.utils import timezone

from facilitators.domain import bookings, circle_asking, commitments, cover, reminders

logger = logging.getLogger(__name__)


@shared_task
def turn_years() -> int:
    """Make the new year of what facilitators owe every year; return for how many trainings it was looked at."""
    now = timezone.now()
    due = commitments.to_turn(now)
    for start in range(0, len(due), commitments.BATCH):
        commitments.recount(due[start : start + commitments.BATCH], now=now)
    return len(due)


@shared_task
def remind_of_commitments() -> int:
    """Remind facilitators of what they owe; return how many mails were queued.

    One who cannot be reminded must not keep the others waiting: it is logged, and tried again the next night.
    """
    now = timezone.now()
    return sum(_remind(pk, now) for pk in reminders.to_remind(now))


def _remind(facilitator_id: int, now: datetime.datetime) -> bool:
    try:
        return reminders.remind(facilitator_id, now=now)
    except Exception:
        logger.exception("Facilitator %s could not be reminded.", facilitator_id)
        return False


@shared_task
def ask_about_circles() -> int:
    """Ask those who lead circles with too few bookings what becomes of them; return how many circles."""
    now = timezone.now()
    return sum(circle_asking.ask(pk, now=now) for pk in circle_asking.to_ask(now))


@shared_task
def remind_of_circles() -> int:
    """Remind people of the circles that they have a place in; return how many mails were queued."""
    now = timezone.now()
    return sum(bookings.remind(pk, now=now) for pk in bookings.to_remind(now))


@shared_task
def look_for_cover() -> int:
    """Ask the next people to cover, and stop looking where the time for it is over; return for how many circles."""
    now = timezone.now()
    return sum(_look_for_cover(pk, now) for pk in cover.to_look_into())


def _look_for_cover(request_id: int, now: datetime.datetime) -> bool:
    """One request that cannot be looked into must not keep the others waiting: it is logged, and tried again."""
    try:
        return cover.look_into(request_id, now=now)
    except Exception:
        logger.exception("Cover request %s could not be looked into.", request_id)
        return False
