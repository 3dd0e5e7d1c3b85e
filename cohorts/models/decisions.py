"""What staff decided about a cohort that had fewer people than its minimum."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from cohorts.models.cohorts import Cohort


class CohortDecision(models.Model):
    """One decision on whether a cohort runs: kept with its reason and the name of who made it."""

    class Kind(models.TextChoices):
        RUN_ANYWAY = "run_anyway", "Run anyway"
        EXTEND = "extend", "Give it longer"
        MERGE = "merge", "Merge into another cohort"
        ROLL_OVER = "roll_over", "Roll over to a later cohort"
        CANCEL = "cancel", "Cancel"

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=20, choices=Kind)
    reason = models.TextField()
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    until = models.DateField(null=True, blank=True)
    into = models.ForeignKey(Cohort, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    seats_taken = models.PositiveIntegerField(help_text="How many seats were taken then.")
    report = models.TextField(blank=True, help_text="What was done, and who could not come, in words.")

    class Meta:
        ordering = ["decided_at", "pk"]

    def __str__(self) -> str:
        return f"{self.cohort}: {self.get_kind_display().lower()}"
