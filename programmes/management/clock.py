"""The embedded clock: keeps the times of ``CELERY_BEAT_SCHEDULE`` in this process, where there is no Redis."""

from __future__ import annotations

import datetime
import logging
import threading

from celery.schedules import BaseSchedule, schedule
from django.conf import settings
from django.db import close_old_connections

from config.celery import app

logger = logging.getLogger(__name__)


class Clock:
    """Runs each periodic task when it is due; a task that fails is logged, and the clock goes on."""

    def __init__(self) -> None:
        # A worker does this for itself: until an app's tasks are read, nobody knows them by their names.
        app.autodiscover_tasks(force=True)
        started = app.now()
        self._schedules: dict[str, BaseSchedule] = {}
        self._last_run: dict[str, datetime.datetime] = {}
        for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
            every = entry["schedule"]
            self._schedules[name] = every if isinstance(every, BaseSchedule) else schedule(every, app=app)
            self._last_run[name] = started

    def tick(self) -> list[str]:
        """Run what is due; return the names of the jobs that ran."""
        ran = []
        for name, times in self._schedules.items():
            if times.is_due(self._last_run[name]).is_due:
                self._last_run[name] = app.now()
                self._run(name)
                ran.append(name)
        return ran

    def run_all(self) -> list[str]:
        """Run every job now, due or not; return their names."""
        for name in self._schedules:
            self._last_run[name] = app.now()
            self._run(name)
        return list(self._schedules)

    def _run(self, name: str) -> None:
        try:
            app.tasks[settings.CELERY_BEAT_SCHEDULE[name]["task"]].apply(throw=True)
        except Exception:  # the next job and the next round must not suffer
            logger.exception("The job %s failed; it is tried again at its next time.", name)

    def run(self, stop: threading.Event, *, pause: float = 5.0) -> None:
        """Tick until ``stop`` is set, with ``pause`` seconds between two looks."""
        while not stop.wait(pause):
            self.tick()
            # As after each request: a connection that the server has dropped is not used again.
            close_old_connections()
