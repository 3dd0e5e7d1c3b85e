"""The record: reviews, and every change of state."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from applications.models.applications import Application, State


class Review(models.Model):
    """What a member of staff thought of an application."""

    class Outcome(models.TextChoices):
        SUITABLE = "suitable", "Suitable"
        UNSURE = "unsure", "Unsure"
        NOT_SUITABLE = "not_suitable", "Not suitable"

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews")
    outcome = models.CharField(max_length=20, choices=Outcome)
    score = models.PositiveIntegerField(null=True, blank=True)
    notes = models.TextField(blank=True, help_text="Read by staff of the academy only.")
    created_at = models.DateTimeField()
    # What a reviewer said last counts; what they said before stays on the record.
    latest = models.BooleanField(default=True, editable=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "reviewer"],
                condition=Q(latest=True),
                name="one_latest_review_a_reviewer",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}: {self.reviewer}"


class StateChange(models.Model):
    """One change of an application's state: written by ``change_state`` and by nothing else."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="changes")
    action = models.CharField(max_length=30)
    from_state = models.CharField(max_length=20, choices=State)
    to_state = models.CharField(max_length=20, choices=State)
    actor = models.CharField(max_length=150, help_text="Who did it, in words.")
    actor_user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    reason = models.TextField(blank=True)
    note = models.TextField(blank=True, help_text="What followed, such as a mail taken back.")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="state_change_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_from_state_display()} → {self.get_to_state_display()}"
