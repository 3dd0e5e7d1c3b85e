"""Who came to which session."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from applications.models import Application
from cohorts.models.cohorts import Session


class Attendance(models.Model):
    """One person at one session: what was marked, by whom and when; or that they are expected to make one up."""

    class Mark(models.TextChoices):
        EXPECTED = "expected", "Expected"
        PRESENT = "present", "Present"
        LATE = "late", "Came late"
        LEFT_EARLY = "left_early", "Left early"
        ABSENT = "absent", "Absent"
        EXCUSED = "excused", "Excused"

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="attendances")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="attendances")
    mark = models.CharField(max_length=20, choices=Mark, default=Mark.EXPECTED)
    marked_at = models.DateTimeField()
    marked_by = models.CharField(max_length=150, help_text="Who marked it, in words.")
    note = models.CharField(max_length=300, blank=True)
    # The session that was missed and is made up in this one.
    makes_up = models.ForeignKey(
        Session, on_delete=models.CASCADE, null=True, blank=True, related_name="made_up_by"
    )
    # A mark that is corrected keeps what it was, and who said so.
    history = HistoricalRecords()

    class Meta:
        ordering = ["session", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["session", "application"], name="attendance_once_a_session"),
            models.CheckConstraint(
                condition=Q(makes_up__isnull=True) | ~Q(makes_up=F("session")),
                name="attendance_makes_up_another_session",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application.reference} at {self.session}: {self.get_mark_display().lower()}"
