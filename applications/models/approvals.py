"""Who must agree to an application, and what they said."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from applications.models.applications import Application
from programmes.models import ApprovalStep
from programmes.models.parts import ApprovalMethod, Approver


class Decision(models.TextChoices):
    """What has come of an approval."""

    NOT_ASKED = "not_asked", "Not asked yet"
    PENDING = "pending", "Waiting for an answer"
    DECLARED = "declared", "Declared by the applicant"
    SUPPORTED = "supported", "Supported"
    DECLINED = "declined", "Not supported"
    OVERRIDDEN = "overridden", "Agreed by the academy instead"
    REROUTED = "rerouted", "Passed to somebody else"
    CANCELLED = "cancelled", "No longer needed"


# What counts as agreed, and what still has a say: one row a step.
AGREED = (Decision.DECLARED, Decision.SUPPORTED, Decision.OVERRIDDEN)
CURRENT = (Decision.NOT_ASKED, Decision.PENDING, *AGREED, Decision.DECLINED)


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def current(self) -> ApprovalQuerySet:
        """The rows that count: not those passed on or no longer needed."""
        return self.filter(decision__in=CURRENT)

    def pending(self) -> ApprovalQuerySet:
        """Asked and not yet answered."""
        return self.filter(decision=Decision.PENDING)


class Approval(models.Model):
    """One agreement: by the applicant's word, or by an approver's answer to an emailed link."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="approvals")
    step = models.ForeignKey(ApprovalStep, on_delete=models.SET_NULL, null=True)
    # The wording when it was asked.
    approver = models.CharField(max_length=20, choices=Approver)
    method = models.CharField(max_length=20, choices=ApprovalMethod)
    statement = models.CharField(max_length=500)

    name = models.CharField(max_length=150, blank=True)
    email = models.EmailField("work email address", max_length=254, blank=True)
    decision = models.CharField(max_length=20, choices=Decision, default=Decision.NOT_ASKED)
    reason = models.TextField(blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_name = models.CharField(max_length=150, blank=True, help_text="As typed by whoever answered.")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        help_text="Of the academy.",
    )

    chasers_sent = models.PositiveIntegerField(default=0)
    last_mailed_at = models.DateTimeField(null=True, blank=True)
    more_time_until = models.DateField(null=True, blank=True)
    address_failed = models.BooleanField(default=False, help_text="A mail to this address was refused.")
    rerouted_to = models.OneToOneField(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="rerouted_from"
    )

    # Who is asked can be corrected: the history says who it was before, and goes when the approval goes.
    history = HistoricalRecords(
        cascade_delete_history=True, excluded_fields=["chasers_sent", "last_mailed_at", "rerouted_to"]
    )
    objects = ApprovalQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["asked_at"], condition=Q(decision=Decision.PENDING), name="approval_pending"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "step"],
                condition=Q(decision__in=[str(decision.value) for decision in CURRENT]),
                name="one_approval_a_step_counts",
            ),
            models.CheckConstraint(
                condition=~Q(decision__in=["declined", "overridden", "rerouted"]) | ~Q(reason=""),
                name="approval_refusal_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_approver_display()} of {self.application.reference}"

    @property
    def about(self) -> str:
        """The key under which mails about this approval are kept."""
        return f"approval:{self.pk}"

    @property
    def is_current(self) -> bool:
        """Whether it counts: not passed on, and still needed."""
        return self.decision in CURRENT

    def waits_for_more_time(self, today: datetime.date) -> bool:
        """Whether the approver asked for time that is not over on ``today``."""
        return self.more_time_until is not None and today <= self.more_time_until
