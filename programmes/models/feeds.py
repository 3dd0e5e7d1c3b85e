"""What leaves the portal and what comes in by file: keys of the feed, records of exports, files to import."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from programmes.models.academies import Academy


class FeedKeyQuerySet(models.QuerySet["FeedKey"]):
    def working(self, now: object) -> FeedKeyQuerySet:
        """Keys that open the feed at ``now``."""
        return self.filter(revoked_at=None).filter(Q(expires_at=None) | Q(expires_at__gt=now))


class FeedKey(models.Model):
    """A key with which a program reads the feed of one academy. The key itself is shown once and stored nowhere."""

    academy = models.ForeignKey(Academy, on_delete=models.CASCADE, related_name="feed_keys")
    name = models.CharField(max_length=100, help_text="What reads with it, such as “Power BI of the ICB”.")
    begins_with = models.CharField(max_length=12, editable=False)
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField("last used", null=True, blank=True, editable=False)
    # What it was last used for is no change of the key.
    history = HistoricalRecords(excluded_fields=["key_hash", "last_used_at"])
    objects = FeedKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "key of the feed"
        verbose_name_plural = "keys of the feed"
        ordering = ["academy", "name", "pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.academy})"


class ExportRecord(models.Model):
    """Who took which list out of the portal, and when. Written once, never changed."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="who"
    )
    academies = models.ManyToManyField(
        Academy, related_name="exports", help_text="Whose records it could hold."
    )
    at = models.DateTimeField("when")
    list_name = models.CharField("list", max_length=100)
    narrowed_by = models.TextField("filter", blank=True)
    columns = models.JSONField(default=list)
    rows = models.PositiveIntegerField(default=0)
    kind = models.CharField(max_length=10)
    sensitive = models.BooleanField("access needs included", default=False)

    class Meta:
        verbose_name = "export"
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.list_name}, {self.at:%d %B %Y}"


class ExportColumns(models.Model):
    """The columns that a member of staff last chose for a list: ticked the next time."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    list_name = models.CharField(max_length=100)
    columns = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "list_name"], name="export_columns_once")]

    def __str__(self) -> str:
        return f"{self.list_name} of {self.user}"


class ImportFile(models.Model):
    """A file that was sent to be imported: kept from its preview until it is confirmed, then only what it was."""

    class Kind(models.TextChoices):
        ORGANISATIONS = "organisations", "Organisations"
        NOMINEES = "nominees", "Nominees"
        FACILITATORS = "facilitators", "Facilitators trained earlier"

    kind = models.CharField(max_length=20, choices=Kind)
    programme = models.ForeignKey(
        "programmes.Programme", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=200)
    content = models.FileField(upload_to="imports/", blank=True)
    sha256 = models.CharField(max_length=64)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    sent_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    made = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-sent_at", "-pk"]

    def __str__(self) -> str:
        return self.name
