"""How long what is held on people is kept: holds, what each night took away, and what was done for one person."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from simple_history.models import HistoricalRecords

from programmes.models.academies import Academy

# The longest that can be said, by the unit with which a field's name ends.
MOST = {"days": 730, "months": 240}


def _kept(
    label: str, default: int, help_text: str, unit: str = "months"
) -> models.PositiveIntegerField[int, int]:
    """A field that says how long something is kept: from 1 to `MOST` of a unit."""
    limits = [MinValueValidator(1), MaxValueValidator(MOST[unit])]
    return models.PositiveIntegerField(label, default=default, help_text=help_text, validators=limits)


class Keeping(models.Model):
    """How long a programme keeps what it holds on people, by what became of them. Nothing is kept for ever."""

    keep_drafts_days = _kept(
        "drafts never submitted", 90, "Days after the last change, before it is made anonymous.", "days"
    )
    keep_withdrawn_months = _kept(
        "withdrawn", 6, "Months after an application was withdrawn, before it is made anonymous."
    )
    keep_unplaced_months = _kept(
        "not given a place", 12, "Months after the end of an application that led to no place."
    )
    keep_trained_months = _kept(
        "completed, or not completed", 36, "Months after the training; longer while in the register."
    )
    keep_register_months = _kept(
        "register of facilitators", 24, "Months after a facilitator has left or lapsed."
    )
    keep_bookings_days = _kept("bookings of circles", 180, "Days after the circle.", "days")
    keep_nominees_months = _kept(
        "named by an ICS and never applied", 6, "Months after they were put on the list."
    )
    keep_mails_months = _kept("text of mails", 12, "Months after a mail was sent, before its text goes.")

    class Meta:
        abstract = True


class HoldQuerySet(models.QuerySet["Hold"]):
    def standing(self) -> HoldQuerySet:
        """Holds that were not lifted."""
        return self.filter(lifted_at=None)


class Hold(models.Model):
    """Why what an academy holds on somebody is kept longer: neither retention nor erasure touches it meanwhile."""

    class Kind(models.TextChoices):
        COMPLAINT = "complaint", "A complaint"
        LEGAL = "legal", "A legal claim, or a duty to keep it"
        OTHER = "other", "Another reason"

    academy = models.ForeignKey(Academy, on_delete=models.PROTECT, related_name="holds")
    address = models.EmailField("email address", max_length=254)
    kind = models.CharField("because of", max_length=20, choices=Kind)
    reason = models.CharField(max_length=500)
    put_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    put_at = models.DateTimeField("since", editable=False)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    lifted_at = models.DateTimeField("lifted", null=True, editable=False)
    lifted_reason = models.CharField("why it is lifted", max_length=500, blank=True)
    history = HistoricalRecords()
    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = "hold"
        verbose_name_plural = "personal data and holds"
        ordering = ["-put_at", "-pk"]
        indexes = [models.Index(Lower("address"), name="hold_by_address")]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="hold_has_a_reason"),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True) | ~Q(lifted_reason=""), name="hold_lifted_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"Hold on {self.address}"


class RetentionReport(models.Model):
    """What one run of the retention took away: how many, by programme and outcome; nobody is named."""

    started_at = models.DateTimeField(db_index=True)
    seconds = models.FloatField(help_text="How long it took.")
    started_by = models.CharField(max_length=150, help_text="Who or what ran it, in words.")
    # Each {"programme": primary key or None, "outcome": key, "gone": number, "held": number}.
    counts = models.JSONField(default=list)

    class Meta:
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"Retention of {self.started_at:%d %B %Y, %H:%M}"


class PrivacyAct(models.Model):
    """That somebody's data was handed out or erased: who did so, when and why; never whose it was."""

    class Kind(models.TextChoices):
        EXPORTED = "exported", "Everything held was handed out"
        ERASED = "erased", "Everything held was erased"

    kind = models.CharField(max_length=20, choices=Kind)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    by_words = models.CharField(max_length=150, help_text="Who, in words.")
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    # Records by what they are, such as {"applications.Application": 2}.
    counts = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.at:%d %B %Y}"
