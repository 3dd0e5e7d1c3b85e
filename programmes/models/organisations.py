"""Where people work: regions, Integrated Care Systems and organisations."""

from __future__ import annotations

import datetime

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords


class Region(models.Model):
    """A region of NHS England."""

    name = models.CharField(max_length=100, unique=True)
    ods_code = models.CharField("ODS code", max_length=10, unique=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class IntegratedCareSystemQuerySet(models.QuerySet["IntegratedCareSystem"]):
    def valid_on(self, day: datetime.date) -> IntegratedCareSystemQuerySet:
        """The systems that exist on ``day``."""
        return self.filter(valid_from__lte=day).filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day))


class IntegratedCareSystem(models.Model):
    """An ICS, as the Integrated Care Board that leads it.

    Dated data, never an enumeration: boards merged and split on 1 April 2026 and may do so again.
    """

    code = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=200)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="systems")
    ons_code = models.CharField("ONS code", max_length=20, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    successors = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="predecessors")
    history = HistoricalRecords()

    objects = IntegratedCareSystemQuerySet.as_manager()

    class Meta:
        verbose_name = "Integrated Care System"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=models.F("valid_from")),
                name="ics_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return self.short_name

    @property
    def short_name(self) -> str:
        """The name as people say it: without "NHS" and "Integrated Care Board"."""
        return self.name.removeprefix("NHS ").removesuffix(" Integrated Care Board")


class Sector(models.TextChoices):
    """Kinds of organisation that the programmes are open to (source pages: health, social care, …)."""

    NHS_TRUST = "nhs_trust", "NHS trust or foundation trust"
    PRIMARY_CARE = "primary_care", "Primary care"
    ICB = "icb", "Integrated Care Board"
    SOCIAL_CARE = "social_care", "Social care"
    LOCAL_AUTHORITY = "local_authority", "Local authority"
    EMERGENCY = "emergency", "Emergency services"
    CHARITY = "charity", "Charity or community organisation"
    HOSPICE = "hospice", "Hospice"
    OTHER = "other", "Other"


class Organisation(models.Model):
    """An employer; applicants whose employer is not listed type its name, and staff match it later."""

    name = models.CharField(max_length=200)
    sector = models.CharField(max_length=20, choices=Sector)
    ics = models.ForeignKey(
        IntegratedCareSystem,
        verbose_name="ICS",
        on_delete=models.PROTECT,
        related_name="organisations",
        null=True,
        blank=True,
    )
    ods_code = models.CharField("ODS code", max_length=10, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["name", "ics"], name="organisation_once_an_ics")]

    def __str__(self) -> str:
        return self.name
