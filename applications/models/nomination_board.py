"""The nomination board of an ICS: its leads, what was done on it, and until when."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from simple_history.models import HistoricalRecords

from applications.models.applications import Application
from programmes.models import NominationAllowance, Programme


class NominationBoard(NominationAllowance):
    """The allowance of an ICS (or organisation, or region), as the page on which its nominations are put in order."""

    class Meta:
        proxy = True


class NominationLead(models.Model):
    """Somebody of an ICS who puts its nominations in order, by an emailed link."""

    allowance = models.ForeignKey(NominationAllowance, on_delete=models.CASCADE, related_name="leads")
    name = models.CharField("full name", max_length=150)
    email = models.EmailField("work email address", max_length=254)
    invited_at = models.DateTimeField()
    last_sent_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                "allowance",
                Lower("email"),
                condition=Q(revoked_at__isnull=True),
                name="lead_of_a_board_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.allowance.whose}"

    @property
    def about(self) -> str:
        """The key under which mails to this lead are kept."""
        return f"nomination_lead:{self.pk}"


class BoardEntry(models.Model):
    """One thing that was done on a board, or a note left there: written once, never changed."""

    class Kind(models.TextChoices):
        RANKED = "ranked", "Order changed"
        SWAPPED = "swapped", "Swapped"
        CONFIRMED = "confirmed", "Order confirmed"
        NOTE = "note", "Note"

    allowance = models.ForeignKey(NominationAllowance, on_delete=models.CASCADE, related_name="board_entries")
    kind = models.CharField(max_length=20, choices=Kind)
    text = models.TextField()
    application = models.ForeignKey(
        Application,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="board_entries",
        help_text="Whom a note is about; empty for the whole board.",
    )
    order = models.CharField(
        max_length=64, blank=True, help_text="Of a confirmation: which order was confirmed."
    )
    name = models.CharField(max_length=150, help_text="Who did it, in words.")
    lead = models.ForeignKey(NominationLead, on_delete=models.SET_NULL, null=True, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "board entries"
        ordering = ["at", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="board_entry_says_something")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.text}"


class BoardDeadline(models.Model):
    """Until when leads can change the nominations of a programme, where that is not its closing."""

    programme = models.OneToOneField(Programme, on_delete=models.CASCADE, related_name="board_deadline")
    open_until = models.DateTimeField()
    history = HistoricalRecords()

    def __str__(self) -> str:
        return f"Nominations of {self.programme} until {self.open_until:%d %B %Y}"
