"""Clocks and nudges of the outbox: each fetches nothing and calls one verb."""

from __future__ import annotations

import logging
import time
from typing import Any

from celery import shared_task
from django.utils import timezone

from programmes.domain import integrity, outbox
from programmes.domain.privacy import others, reporting

logger = logging.getLogger(__name__)

# After a broker that did not answer, how long this process does not ask it again. The sweep sends meanwhile.
_PAUSE = 15.0
_silent_until = 0.0


@shared_task
def sweep_outbox() -> int:
    """Send every mail that is due; return how many were sent."""
    return outbox.send_due()


@shared_task
def check_integrity() -> int:
    """Look for impossible states, for the home page; return how many were found."""
    return len(integrity.check(timezone.now(), started_by="The daily job").findings)


# Seconds: after a long outage there is much to look through.
@shared_task(time_limit=30 * 60)
def make_anonymous() -> int:
    """Make anonymous what has been kept for long enough; return how many records."""
    now = timezone.now()
    others.throw_away(now)
    report = reporting.run_and_tell(now, started_by="The nightly job")
    return sum(one["gone"] for one in report.counts)


@shared_task
def send_messages(pks: list[int]) -> int:
    """Send these mails now, unless they are held or somebody else sends them."""
    return outbox.send_these(pks)


def nudge(pks: list[int]) -> None:
    """Ask a worker to send these mails at once; a broker out of reach costs one short wait and no mail."""
    hint(send_messages, pks)


def hint(task: Any, *arguments: object) -> None:
    """Ask a worker to run a task at once that a clock runs soon anyway; a failure is only logged."""
    global _silent_until  # noqa: PLW0603
    if time.monotonic() < _silent_until:
        return
    try:
        task.delay(*arguments)
    except Exception as error:  # noqa: BLE001  brokers fail in many ways, and none may reach the page
        _silent_until = time.monotonic() + _PAUSE
        logger.warning("The job broker does not answer (%s); the sweep will send.", type(error).__name__)
