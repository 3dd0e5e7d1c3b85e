"""The Celery application; its settings are the ``CELERY_*`` names in ``config/settings.py``.

A job's log lines carry its own reference and that of the request that caused it. When a job of the clocks ends, that
is written down (`programmes.domain.jobs`).
"""

from __future__ import annotations

import logging
import os
import time
from contextvars import Token
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

logger = logging.getLogger(__name__)

app = Celery("cascade")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# The jobs that run in this process now: when each began, and what puts its reference down.
_running: dict[str, tuple[float, Token[Any]]] = {}


@signals.setup_logging.connect
def leave_logging_alone(**_: Any) -> None:
    """Keep the log as the settings have it: Celery would put handlers of its own, which scrub nothing."""


@signals.before_task_publish.connect
def name_the_request(headers: dict[str, Any], **_: Any) -> None:
    """Send the request's reference with a job that it causes."""
    from programmes.domain import tracing

    if request := tracing.fields().get("request"):
        headers["cascade_request"] = request


@signals.task_prerun.connect
def job_begins(task_id: str, task: Any, **_: Any) -> None:
    """Take a job in hand: its lines carry its reference."""
    from programmes.domain import tracing

    names = {"task": task_id, "job": task.name}
    if request := task.request.get("cascade_request"):
        names["request"] = request
    _running[task_id] = (time.monotonic(), tracing.enter(**names))


@signals.task_postrun.connect
def job_ends(task_id: str, task: Any, state: str | None = None, **_: Any) -> None:
    """Write down that a job of the clocks has ended; put its reference down."""
    from django.conf import settings
    from django.utils import timezone

    from programmes.domain import jobs, tracing

    started, token = _running.pop(task_id)
    seconds = time.monotonic() - started
    try:
        logger.debug("%s ended as %s in %.2f s", task.name, state, seconds)
        if any(entry["task"] == task.name for entry in settings.CELERY_BEAT_SCHEDULE.values()):
            jobs.ended(task.name, now=timezone.now(), seconds=seconds, failed=state != "SUCCESS")
    except Exception:  # what was done is done, whether or not it can be noted
        logger.warning("It could not be noted that %s ended.", task.name, exc_info=True)
    finally:
        tracing.leave(token)
