"""The nomination board of an ICS: its leads, who is named on it, what was done there, and until when."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from simple_history.models import HistoricalRecords

from applications.models.applications import Application
from programmes.models import NominationAllowance, Programme
from programmes.models.people import canonical


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


class NomineeQuerySet(models.QuerySet["Nominee"]):
    def listed(self) -> NomineeQuerySet:
        """Who has not been taken off the list."""
        return self.filter(removed_at=None)

    def waiting(self) -> NomineeQuerySet:
        """Who is named, and has not applied."""
        return self.listed().filter(application=None)


class Nominee(models.Model):
    """Somebody whom an ICS names before they apply: told of it once, and no nomination before an application.

    A person is one row a programme. Who is taken off the list keeps it, so that it is known who was told what.
    """

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="nominees")
    nomination_key = models.CharField(max_length=60, help_text="Such as ics:QKS, as of its allowance.")
    name = models.CharField("full name", max_length=150)
    email = models.EmailField("work email address", max_length=254)
    address_key = models.CharField(max_length=254, editable=False)
    rank = models.PositiveIntegerField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    added_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    application = models.ForeignKey(
        Application, on_delete=models.SET_NULL, null=True, blank=True, related_name="nominees"
    )
    history = HistoricalRecords()
    objects = NomineeQuerySet.as_manager()

    class Meta:
        ordering = [models.F("rank").asc(nulls_last=True), "pk"]
        indexes = [models.Index(fields=["programme", "nomination_key"], name="nominees_of_a_board")]
        constraints = [
            models.UniqueConstraint(fields=["programme", "address_key"], name="nominee_once_a_programme"),
            models.CheckConstraint(
                condition=Q(rank__isnull=True) | Q(rank__gte=1), name="nominee_rank_from_1"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.email})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the key in step with the address."""
        self.address_key = canonical(self.email)
        super().save(*args, **kwargs)

    @property
    def about(self) -> str:
        """The key under which mails to this person are kept."""
        return f"nominee:{self.pk}"


class BoardEntry(models.Model):
    """One thing that was done on a board, or a note left there: written once, never changed."""

    class Kind(models.TextChoices):
        RANKED = "ranked", "Order changed"
        SWAPPED = "swapped", "Swapped"
        CONFIRMED = "confirmed", "Order confirmed"
        NOTE = "note", "Note"
        LISTED = "listed", "List of those named changed"

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
