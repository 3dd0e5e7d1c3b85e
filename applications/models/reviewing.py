"""What reviewing leaves behind besides the review: points, notes, conflicts of interest, and who is who."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from applications.models.applications import Application
from applications.models.record import Review
from programmes.models import RubricCriterion


class Points(models.Model):
    """What a review gave for one criterion of the rubric, with the criterion as it read then."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="points")
    criterion = models.ForeignKey(RubricCriterion, on_delete=models.SET_NULL, null=True, related_name="+")
    text = models.CharField(max_length=200)
    weight = models.PositiveIntegerField()
    maximum = models.PositiveIntegerField()
    given = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "points"
        constraints = [
            models.CheckConstraint(condition=Q(given__lte=F("maximum")), name="points_at_most_the_maximum")
        ]

    def __str__(self) -> str:
        return f"{self.text}: {self.given} of {self.maximum}"


class StaffNote(models.Model):
    """What a member of staff noted about an application, apart from reviews; never sent to anybody."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="staff_notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="staff_notes")
    text = models.TextField(help_text="Read by staff of the academy only.")
    written_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True, blank=True)
    history = HistoricalRecords(cascade_delete_history=True)

    class Meta:
        ordering = ["written_at", "pk"]

    def __str__(self) -> str:
        return f"Note of {self.author} on {self.application.reference}"


class ConflictOfInterest(models.Model):
    """A reviewer is too close to an applicant to decide: declared by themselves, lifted by an administrator."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="conflicts")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="conflicts_of_interest"
    )
    reason = models.TextField()
    declared_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    lifted_reason = models.TextField(blank=True)
    history = HistoricalRecords(cascade_delete_history=True)

    class Meta:
        ordering = ["declared_at", "pk"]
        verbose_name_plural = "conflicts of interest"
        constraints = [
            models.UniqueConstraint(
                fields=["application", "reviewer"],
                condition=Q(lifted_at__isnull=True),
                name="one_conflict_a_reviewer",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True) | ~Q(lifted_reason=""),
                name="conflict_lifted_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer} on {self.application.reference}"


class NotTheSamePerson(models.Model):
    """Staff looked at two applications that seemed to be one person's, and they are not; the lower key first."""

    one = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    said_at = models.DateTimeField()
    history = HistoricalRecords(cascade_delete_history=True)

    class Meta:
        verbose_name_plural = "not the same person"
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="not_the_same_once"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="not_the_same_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.one.reference} and {self.other.reference}"


class Merge(models.Model):
    """One application merged into another of the same person; the one that was merged ended as withdrawn."""

    kept = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="merged_into_this")
    merged = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="merged_as")
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    merged_at = models.DateTimeField()
    report = models.TextField(help_text="What was carried over, in words.")

    class Meta:
        ordering = ["merged_at", "pk"]

    def __str__(self) -> str:
        return f"{self.merged.reference} merged into {self.kept.reference}"
