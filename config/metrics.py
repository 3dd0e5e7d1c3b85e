"""Figures for Prometheus, where METRICS_TOKEN is set: requests, the outbox and the clocks.

Requests are counted in each process, and added up over all processes of one gunicorn (`config/gunicorn.py`). The
outbox and the clocks are read from the database, so every host answers the same.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from config.files import free_bytes

# Seconds; a page that takes longer than the last but one is an alarm by itself.
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
FOLDER = "PROMETHEUS_MULTIPROC_DIR"


@dataclass(frozen=True)
class _Counted:
    """What this process counts: a counter and a histogram, in a registry of their own."""

    registry: Any
    requests: Any
    seconds: Any


_counted: _Counted | None = None
# A name can be taken once in a registry, and the first requests of a process come to several threads at once.
_making = threading.Lock()


def _own() -> _Counted:
    """What this process counts, made when it is first asked for."""
    global _counted  # noqa: PLW0603
    with _making:
        if _counted is None:
            from prometheus_client import CollectorRegistry, Counter, Histogram

            registry = CollectorRegistry()
            by_status = ["view", "method", "status"]
            _counted = _Counted(
                registry=registry,
                requests=Counter("cascade_requests", "Requests answered.", by_status, registry=registry),
                seconds=Histogram(
                    "cascade_request_seconds",
                    "How long requests took.",
                    ["view"],
                    buckets=BUCKETS,
                    registry=registry,
                ),
            )
        return _counted


def note_request(*, view: str, method: str, status: int, seconds: float) -> None:
    """Count one request by view, method and status, and how long it took; nothing where figures are off."""
    if not settings.METRICS_TOKEN:
        return
    own = _own()
    own.requests.labels(view, method, str(status)).inc()
    own.seconds.labels(view).observe(seconds)


class Stored:
    """What lies outside this process: in the database the outbox, the clocks and impossible states; the disk's room."""

    def collect(self) -> Iterator[Any]:
        """The figures; of a database that does not answer, that it does not."""
        from prometheus_client.core import GaugeMetricFamily

        try:
            figures = list(self._read())
        except DatabaseError:
            figures = []
        free = free_bytes(settings.MEDIA_ROOT)
        yield GaugeMetricFamily(
            "cascade_files_free_bytes", "Free on the disk that holds uploaded files.", free
        )
        yield GaugeMetricFamily("cascade_database_up", "Whether the database answers.", float(bool(figures)))
        yield from figures

    def _read(self) -> Iterator[Any]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        from programmes.domain import outbox
        from programmes.models import IntegrityReport, Message, PeriodicJob

        now = timezone.now()
        number, since = outbox.overdue(now)
        age = (now - since).total_seconds() if since else 0.0
        failed = Message.objects.filter(status=Message.Status.FAILED).count()
        yield GaugeMetricFamily("cascade_outbox_overdue", "Mails that should have gone.", number)
        yield GaugeMetricFamily(
            "cascade_outbox_oldest_seconds", "For how long the oldest of them waits.", age
        )
        yield GaugeMetricFamily("cascade_outbox_failed", "Mails that staff have to deal with.", failed)
        last = CounterMetricFamily("cascade_job_runs", "Runs of the periodic jobs.", labels=["job"])
        failures = CounterMetricFamily("cascade_job_failures", "Runs that failed.", labels=["job"])
        ended = GaugeMetricFamily("cascade_job_ended", "When it last ended, in Unix time.", labels=["job"])
        seconds = GaugeMetricFamily("cascade_job_seconds", "How long the last run took.", labels=["job"])
        for job in PeriodicJob.objects.all():
            last.add_metric([job.task], job.runs)
            failures.add_metric([job.task], job.failures)
            ended.add_metric([job.task], job.ended_at.timestamp())
            seconds.add_metric([job.task], job.seconds)
        yield from (last, failures, ended, seconds)
        report = IntegrityReport.objects.first()
        found = len(report.findings) if report else 0
        yield GaugeMetricFamily("cascade_integrity_findings", "What the last check found impossible.", found)


def page() -> bytes:
    """Every figure, in Prometheus's text format."""
    from prometheus_client import CollectorRegistry, generate_latest, multiprocess

    registry = CollectorRegistry()
    registry.register(Stored())
    if os.environ.get(FOLDER):
        multiprocess.MultiProcessCollector(registry)
        return generate_latest(registry)
    return generate_latest(registry) + generate_latest(_own().registry)
