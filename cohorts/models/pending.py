"""What has been decided about an application and is kept for the day on which everybody hears."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from applications.models import Application
from cohorts.models.cohorts import Cohort


class PendingDecision(models.Model):
    """A decision that staff have taken and not yet applied: until then the application stands where it stood."""

    class Kind(models.TextChoices):
        SHORTLIST = "shortlist", "Shortlist"
        WAITLIST = "waitlist", "Put on the waiting list"
        OFFER = "offer", "Give a place"
        TURN_DOWN = "turn_down", "Not successful"

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="pending_decision")
    kind = models.CharField(max_length=20, choices=Kind)
    reason = models.TextField(blank=True, help_text="The applicant reads it.")
    # Of a place: in which cohort; empty for the best of the applicant's own preferences that then has a seat.
    cohort = models.ForeignKey(
        Cohort, on_delete=models.CASCADE, null=True, blank=True, related_name="pending_decisions"
    )
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    # A decision that was applied or cleared is gone, and its history says what it was.
    history = HistoricalRecords()

    class Meta:
        ordering = ["application"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="turn_down") | ~Q(reason=""), name="pending_no_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(kind="offer") | Q(cohort__isnull=True), name="pending_cohort_of_a_place"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.application.reference}"
