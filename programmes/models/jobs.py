"""When each periodic job last ran: what tells an operator that the clocks are kept."""

from __future__ import annotations

from django.db import models


class PeriodicJob(models.Model):
    """One job of the clocks: when it last ended, how long it took, and how often it has run and failed."""

    task = models.CharField(max_length=150, unique=True)
    ended_at = models.DateTimeField()
    seconds = models.FloatField(help_text="How long the last run took.")
    runs = models.PositiveBigIntegerField(default=0)
    failures = models.PositiveBigIntegerField(default=0)
    failed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["task"]

    def __str__(self) -> str:
        return self.task
