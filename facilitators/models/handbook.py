"""Handbooks and other materials: their versions, who has agreed to the copyright, and who holds which version."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from applications.models import Application
from facilitators.models.people import Training
from programmes.models import Programme


class Resource(models.Model):
    """One thing to fetch, such as the handbook: what it is, and to whom it is open."""

    class OpenTo(models.TextChoices):
        FACILITATORS = "facilitators", "Facilitators of the programme"
        PLACED = "placed", "Everybody who has a place, and facilitators"
        EVERYONE = "everyone", "Everyone"

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="resources")
    key = models.SlugField(max_length=50, help_text="In its address.")
    title = models.CharField(max_length=150)
    summary = models.CharField(max_length=500, blank=True)
    open_to = models.CharField(max_length=20, choices=OpenTo, default=OpenTo.FACILITATORS)
    acknowledgement = models.TextField(
        blank=True,
        help_text="What facilitators agree to by name and date before their first download; empty for nothing.",
    )
    offered = models.BooleanField(default=True, help_text="Untick what is no longer to be fetched.")
    position = models.PositiveIntegerField(default=0)
    history = HistoricalRecords()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="resource_key_once"),
            models.CheckConstraint(
                condition=Q(acknowledgement="") | Q(open_to="facilitators"),
                name="acknowledged_by_facilitators_alone",
            ),
        ]

    def __str__(self) -> str:
        return self.title


def version_path(version: ResourceVersion, filename: str) -> str:
    """Where the file of a version is kept: never by the name it came with."""
    return f"resources/{secrets.token_hex(16)}"


class ResourceVersion(models.Model):
    """A version of it. One that is not published is a draft that staff look at first."""

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    file = models.FileField(upload_to=version_path)
    file_name = models.CharField(max_length=200)
    note = models.TextField(blank=True, help_text="What is new, for those who hold an older version.")
    # What had to be agreed to when it was published; empty for nothing.
    wording = models.TextField(blank=True, editable=False)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    history = HistoricalRecords()

    class Meta:
        ordering = ["resource", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["resource", "number"], name="resource_version_once"),
            models.UniqueConstraint(
                fields=["resource"], condition=Q(published_at__isnull=True), name="one_draft_of_a_resource"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource.title}, version {self.number}"


class Acknowledgement(models.Model):
    """That somebody agreed to the words that stand in front of a version, by name and date; never changed."""

    version = models.ForeignKey(ResourceVersion, on_delete=models.PROTECT, related_name="acknowledgements")
    training = models.ForeignKey(Training, on_delete=models.CASCADE, related_name="acknowledgements")
    wording = models.TextField()
    typed_name = models.CharField(max_length=150)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "training"], name="acknowledged_once_a_version")
        ]

    def __str__(self) -> str:
        return f"{self.typed_name}: {self.version}"


class DownloadQuerySet(models.QuerySet["Download"]):
    def visible_to(self, user: User | AnonymousUser) -> DownloadQuerySet:
        """The downloads in programmes of the academies in which a member of staff works."""
        return self.filter(version__resource__programme__in=Programme.objects.visible_to(user))


class Download(models.Model):
    """That somebody holds a version: a facilitator, or somebody with a place. Of the public nothing is kept."""

    version = models.ForeignKey(ResourceVersion, on_delete=models.PROTECT, related_name="downloads")
    training = models.ForeignKey(
        Training, on_delete=models.CASCADE, null=True, blank=True, related_name="downloads"
    )
    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, null=True, blank=True, related_name="downloads"
    )
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    objects = DownloadQuerySet.as_manager()

    class Meta:
        ordering = ["-first_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "training"], name="held_once_by_a_facilitator"),
            models.UniqueConstraint(fields=["version", "application"], name="held_once_by_an_applicant"),
            models.CheckConstraint(
                condition=Q(training__isnull=False, application__isnull=True)
                | Q(training__isnull=True, application__isnull=False),
                name="download_by_one_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holder}: {self.version}"

    @property
    def holder(self) -> str:
        """Whose it is, by name."""
        if self.training is not None:
            return self.training.facilitator.name
        return self.application.name if self.application is not None else ""
