"""Clocks of the facilitators: each fetches ids and calls one verb."""

from __future__ import annotations

import datetime
import logging

from celery import shared_task
from django.utils import timezone

from facilitators.domain import certificate_expiry, commitments, reminders
from facilitators.domain.calendar import bookings, circle_asking
from facilitators.domain.community import digest
from facilitators.domain.covering import cover
from facilitators.domain.evaluation import asking

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
def ask_about_held_circles() -> int:
    """Ask those who came to a circle what they thought of it; return how many mails were queued."""
    now = timezone.now()
    return sum(asking.ask_about_circle(pk, now=now) for pk in asking.circles_to_ask_about(now))


@shared_task
def ask_how_it_goes() -> int:
    """Ask facilitators how it goes, 3, 6 and 12 months after the training; return how many mails were queued."""
    now = timezone.now()
    due = asking.trainings_to_ask(now)
    return sum(asking.ask_facilitator(pk, moment, now=now) for pk, moment in due)


@shared_task
def remind_of_certificates() -> int:
    """Tell holders that their certificate expires; return how many mails were queued."""
    now = timezone.now()
    return sum(certificate_expiry.remind(pk, now=now) for pk in certificate_expiry.to_remind(now))


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


@shared_task
def send_noticeboard_digests() -> int:
    """Mail what is new on the noticeboard to whoever had no such mail for a week; return how many mails were queued."""
    now = timezone.now()
    return sum(_send_digest(pk, now) for pk in digest.to_mail(now))


def _send_digest(facilitator_id: int, now: datetime.datetime) -> bool:
    """One that cannot be mailed must not keep the others waiting: it is logged, and tried again the next day."""
    try:
        return digest.send(facilitator_id, now=now)
    except Exception:
        logger.exception("Facilitator %s could not be mailed what is on the noticeboard.", facilitator_id)
        return False
