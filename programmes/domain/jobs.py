"""What is kept of the periodic jobs, so that a clock that has stopped is seen: one row a job, written as it ends."""

from __future__ import annotations

import datetime

from django.db.models import F, Max

from programmes.models import PeriodicJob


def ended(task: str, *, now: datetime.datetime, seconds: float, failed: bool) -> None:
    """Write down that a periodic job has ended: when, after how many seconds, and whether it failed."""
    values = {"ended_at": now, "seconds": seconds, **({"failed_at": now} if failed else {})}
    rows = PeriodicJob.objects.filter(task=task)
    counts = {"runs": F("runs") + 1, "failures": F("failures") + int(failed)}
    if rows.update(**values, **counts):
        return
    # Two hosts may run it for the first time at once: one makes the row, both count.
    PeriodicJob.objects.bulk_create(
        [PeriodicJob(task=task, ended_at=now, seconds=seconds)], ignore_conflicts=True
    )
    rows.update(**values, **counts)


def last_beat() -> datetime.datetime | None:
    """When any periodic job last ended; None before the first. The sweep of the outbox ends every 15 seconds."""
    found: datetime.datetime | None = PeriodicJob.objects.aggregate(last=Max("ended_at"))["last"]
    return found
