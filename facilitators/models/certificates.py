"""Certificates of a completed training."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from applications.models import Application
from programmes.models import Programme


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def visible_to(self, user: User | AnonymousUser) -> CertificateQuerySet:
        """The certificates of the academies in which a member of staff works."""
        return self.filter(application__programme__in=Programme.objects.visible_to(user))

    def valid(self) -> CertificateQuerySet:
        """Certificates that have not been revoked."""
        return self.filter(revoked_at__isnull=True)


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
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=500, blank=True)
    history = HistoricalRecords()

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
        ]

    def __str__(self) -> str:
        return f"{self.number}, {self.name}"

    @property
    def valid(self) -> bool:
        """Whether it has not been revoked."""
        return self.revoked_at is None

    @property
    def initials(self) -> str:
        """The first letters of the name: enough to compare with a certificate in hand, and no more."""
        return "".join(word[0].upper() for word in self.name.replace("-", " ").split())
