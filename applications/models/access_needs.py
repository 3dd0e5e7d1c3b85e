"""What somebody needs in order to take part: special-category data, kept apart from everything else."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from applications.models.applications import Application


class AccessNeeds(models.Model):
    """Adjustments, access and dietary needs of one applicant, in their own words; erased first.

    There is no history of it, on purpose: a history would keep what was taken out. Only the applicant writes here.
    """

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="access_needs")
    prefer_not_to_say = models.BooleanField(default=False)
    adjustments = models.TextField(blank=True)
    access = models.TextField(blank=True)
    dietary = models.TextField(blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "access needs"

    def __str__(self) -> str:
        return f"Access needs of {self.application.reference}"

    @property
    def said(self) -> bool:
        """Whether anything is needed, as far as was said."""
        return bool(self.adjustments or self.access or self.dietary)


class AccessNeedsRead(models.Model):
    """That somebody looked at access needs: who, when, and whose. Written once, never changed."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, null=True, blank=True, related_name="access_needs_reads"
    )
    about = models.CharField(max_length=200, help_text="The application, the cohort or the export.")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.about}, read {self.at:%d %B %Y}"
