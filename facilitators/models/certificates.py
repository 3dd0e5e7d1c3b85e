"""Certificates of a completed training."""

from __future__ import annotations

import datetime
import enum

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from applications.models import Application
from facilitators.models.deliveries import Participation
from programmes.models import Programme


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def visible_to(self, user: User | AnonymousUser) -> CertificateQuerySet:
        """The certificates of the academies in which a member of staff works."""
        return self.filter(application__programme__in=Programme.objects.visible_to(user))

    def valid(self) -> CertificateQuerySet:
        """Certificates that have not been revoked."""
        return self.filter(revoked_at__isnull=True)


class Worth(enum.Enum):
    """What a certificate is worth on a day, in a word."""

    VALID = "Valid"
    EXPIRED = "Expired"
    REVOKED = "Revoked"


class Certificate(models.Model):
    """That one person has completed a programme, in the words of the day on which it was issued."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="certificates")
    number = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=150, help_text="As given by the person.")
    programme = models.CharField(max_length=120)
    academy = models.CharField(max_length=120)
    dates = models.CharField(max_length=300, blank=True)
    attended = models.CharField(max_length=120, blank=True, help_text="Sessions and hours, in words.")
    issued_at = models.DateTimeField()
    # Both None where it does not expire. The first by its issue alone; the other moved by renewals, and kept by
    # `certificate_expiry.recount`. It is valid on that day, and not after it.
    first_expires_on = models.DateField(null=True, blank=True, editable=False)
    expires_on = models.DateField("valid until", null=True, blank=True, editable=False)
    # The last day of which its holder was reminded.
    reminded_of = models.DateField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=500, blank=True)
    history = HistoricalRecords(excluded_fields=["reminded_of"])

    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=Q(revoked_at__isnull=True), name="one_valid_certificate"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True) | ~Q(revoked_reason=""),
                name="certificate_revoked_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(first_expires_on__isnull=True, expires_on__isnull=True)
                | Q(
                    first_expires_on__isnull=False,
                    expires_on__isnull=False,
                    expires_on__gte=F("first_expires_on"),
                ),
                name="certificate_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}, {self.name}"

    @property
    def valid(self) -> bool:
        """Whether it has not been revoked."""
        return self.revoked_at is None

    def worth(self, today: datetime.date) -> Worth:
        """Whether it is valid on a day, has expired, or was revoked."""
        if not self.valid:
            return Worth.REVOKED
        over = self.expires_on is not None and self.expires_on < today
        return Worth.EXPIRED if over else Worth.VALID


class CertificateRenewal(models.Model):
    """That a certificate is valid for longer: by staff with a reason, or because its holder refreshed the training."""

    certificate = models.ForeignKey(Certificate, on_delete=models.CASCADE, related_name="renewals")
    from_on = models.DateField(help_text="The day from which it counts.")
    until_on = models.DateField(help_text="Its last day by this renewal.")
    # Goes with what was noted: it renews no longer when that is taken back.
    participation = models.OneToOneField(
        Participation, on_delete=models.CASCADE, null=True, blank=True, related_name="renewal"
    )
    reason = models.CharField(max_length=300, help_text="Why, or what was refreshed.")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField()
    history = HistoricalRecords()

    class Meta:
        ordering = ["-until_on", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(until_on__gt=F("from_on")), name="renewal_is_for_some_time"),
            models.CheckConstraint(condition=~Q(reason=""), name="renewal_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.certificate.number} until {self.until_on}"
