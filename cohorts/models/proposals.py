"""Proposals: who could get which date, as the engine found it, kept with its input so that it can be checked."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import models

from programmes.models import Programme


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def visible_to(self, user: User | AnonymousUser) -> ProposalQuerySet:
        """The proposals of the academies in which a member of staff works."""
        return self.filter(programme__in=Programme.objects.visible_to(user))


class Proposal(models.Model):
    """One proposal for a programme: what was asked, what came out, and what became of it."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting to be worked out"
        RUNNING = "running", "Being worked out"
        READY = "ready", "Ready"
        FAILED = "failed", "Could not be worked out"
        CANCELLED = "cancelled", "Cancelled"
        APPLYING = "applying", "Being applied"
        APPLIED = "applied", "Applied"
        UNDONE = "undone", "Applied and undone"

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="proposals")
    status = models.CharField(max_length=20, choices=Status, default=Status.WAITING)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="proposals_made"
    )
    made_at = models.DateTimeField()
    # What staff chose: {"runs": {cohort key: auto, must_run or closed}, "pinned": {reference: cohort key},
    # "excluded": {reference: reason}, "spread": bool, "order": placed_first or score_first, "order_reason": text}.
    chosen = models.JSONField(default=dict)
    # The engine's whole input and output (cohorts/domain/allocation.py), as its JSON face has them.
    problem = models.JSONField(default=dict)
    problem_hash = models.CharField(max_length=64, blank=True)
    allocation = models.JSONField(default=dict)
    # The same problem as first come, first served would have it, and in the other order of the first two aims.
    first_come = models.JSONField(default=dict)
    other_order = models.JSONField(default=dict)
    solver = models.CharField(max_length=60, blank=True)
    solved_at = models.DateTimeField(null=True, blank=True)
    step = models.CharField(max_length=120, blank=True, help_text="What is being done, in words.")
    step_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was last heard of: a worker that has died says no more."
    )
    steps_done = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=0)
    problem_in_words = models.TextField(blank=True, help_text="Why it could not be worked out.")
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    applied_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    # {"placed": [reference], "waitlisted": [reference], "skipped": {reference: why}}, and the same of an undoing.
    report = models.JSONField(default=dict)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"Proposal {self.pk} for {self.programme}"
