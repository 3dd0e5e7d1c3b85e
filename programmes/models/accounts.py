"""Accounts of staff: invitations, where somebody is signed in, and what became of an account's protection."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from simple_history.models import HistoricalRecords

from programmes.models.academies import Academy, Role


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> InvitationQuerySet:
        """Invitations that were neither taken up nor withdrawn; their link may have expired."""
        return self.filter(accepted_at=None, withdrawn_at=None)


class Invitation(models.Model):
    """A colleague asked by mail to work in an academy, in a role; taken up by a link that works for seven days."""

    academy = models.ForeignKey(Academy, on_delete=models.CASCADE, related_name="invitations")
    name = models.CharField(max_length=150)
    address = models.EmailField("work address", max_length=150)
    role = models.CharField(max_length=20, choices=Role)
    programmes = models.ManyToManyField(
        "programmes.Programme",
        blank=True,
        related_name="+",
        verbose_name="only these programmes",
        help_text="Leave empty for all programmes of the academy. An administrator always has all of them.",
    )
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="invitations_sent"
    )
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    history = HistoricalRecords(m2m_fields=[programmes])
    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-invited_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                "academy",
                Lower("address"),
                condition=Q(accepted_at=None, withdrawn_at=None),
                name="invitation_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} to {self.academy}"

    @property
    def about(self) -> str:
        """The key under which the outbox keeps its mails."""
        return f"invitation:{self.pk}"


class SignIn(models.Model):
    """One browser in which a member of staff has signed in; deleting its session ends it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, db_index=True)
    browser = models.CharField(max_length=200, blank=True)
    signed_in_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-signed_in_at", "-pk"]
        indexes = [models.Index(fields=["user", "ended_at"], name="sign_in_open")]

    def __str__(self) -> str:
        return f"{self.user} at {self.signed_in_at:%Y-%m-%d %H:%M}"


class AccountChange(models.Model):
    """What was done to an account's protection, by whom and why: written once, and never changed."""

    class Kind(models.TextChoices):
        TWO_FACTOR_ON = "two_factor_on", "Two-factor sign-in set up"
        TWO_FACTOR_RESET = "two_factor_reset", "Two-factor sign-in reset"
        CODES_MADE = "codes_made", "Recovery codes made"
        CODE_USED = "code_used", "Signed in with a recovery code"
        SIGNED_OUT = "signed_out", "Signed out everywhere"
        PASSWORD_CHANGED = "password_changed", "Password changed"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="account_changes"
    )
    kind = models.CharField(max_length=20, choices=Kind)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.user}"
