"""Which cohorts people can attend, and who has a seat."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from applications.models import Application
from cohorts.models.cohorts import Cohort
from programmes.models import Programme


class Preference(models.Model):
    """What an applicant said of one cohort: a rank (1 is best), or that they cannot attend, and why."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="preferences")
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="preferences")
    rank = models.PositiveIntegerField(null=True, blank=True)
    cannot_attend_reason = models.CharField(max_length=300, blank=True)
    # Choices are replaced as a whole: their history is what was chosen before, without the reasons typed.
    history = HistoricalRecords(excluded_fields=["cannot_attend_reason"])

    class Meta:
        ordering = ["rank", "pk"]
        indexes = [models.Index(fields=["cohort", "rank"], name="preference_by_cohort")]
        constraints = [
            models.UniqueConstraint(fields=["application", "cohort"], name="preference_once_a_cohort"),
            models.UniqueConstraint(fields=["application", "rank"], name="preference_rank_once"),
            models.CheckConstraint(
                condition=Q(rank__isnull=True) | Q(rank__gte=1), name="preference_rank_from_1"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cohort}: {self.rank or 'cannot attend'}"


class PlaceQuerySet(models.QuerySet["Place"]):
    def taken(self) -> PlaceQuerySet:
        """Places that hold a seat: offered or confirmed."""
        return self.filter(seat_number__isnull=False)

    def counted(self) -> PlaceQuerySet:
        """Places that count against the programme's total: those that hold a seat, and those that were attended."""
        return self.filter(programme_number__isnull=False)


class Place(models.Model):
    """A seat in a cohort, offered to or held by one applicant; freed places keep their row."""

    class Status(models.TextChoices):
        OFFERED = "offered", "Offered"
        CONFIRMED = "confirmed", "Confirmed"
        DECLINED = "declined", "Declined"
        ATTENDED = "attended", "Attended"
        LAPSED = "lapsed", "Lapsed"
        RELEASED = "released", "Released"

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="places")
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="places")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="places")
    status = models.CharField(max_length=20, choices=Status)
    # The lowest free numbers in the cohort and in the programme: see cohorts/domain/capacity.py.
    seat_number = models.PositiveIntegerField(null=True, blank=True)
    programme_number = models.PositiveIntegerField(null=True, blank=True)
    offered_at = models.DateTimeField()
    respond_by = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)
    # Whether the person's calendar holds the sessions, and the number of the last file sent about this place.
    in_calendar = models.BooleanField(default=False)
    calendar_sequence = models.PositiveIntegerField(default=0)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        ordering = ["cohort", "seat_number"]
        indexes = [
            models.Index(fields=["respond_by"], condition=Q(status="offered"), name="place_to_be_answered"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["cohort", "seat_number"], name="seat_number_once"),
            models.UniqueConstraint(fields=["programme", "programme_number"], name="programme_number_once"),
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(status__in=["offered", "confirmed"]),
                name="one_seat_a_person",
            ),
            models.CheckConstraint(
                # "Not null" is said, because a check that compares with null lets the row through.
                condition=Q(
                    status__in=["offered", "confirmed"],
                    seat_number__isnull=False,
                    seat_number__gte=1,
                    programme_number__isnull=False,
                    programme_number__gte=1,
                )
                # A place that was attended frees its seat, and still counts against the programme's total.
                | Q(
                    status="attended",
                    seat_number__isnull=True,
                    programme_number__isnull=False,
                    programme_number__gte=1,
                )
                | Q(
                    status__in=["declined", "lapsed", "released"],
                    seat_number__isnull=True,
                    programme_number__isnull=True,
                ),
                name="seat_number_while_taken",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application.reference} in {self.cohort}"


class WaitingPlace(models.Model):
    """A place in the queue of a programme's waiting list: there while the application waits."""

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="waiting_place")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="waiting_places")
    joined_at = models.DateTimeField()
    # Set by staff, with the reason: the position in the queue that this person was given whatever the score.
    moved_to = models.PositiveIntegerField(null=True, blank=True)
    # The applications that stood before it then: as they leave, the person moves up.
    behind = models.JSONField(default=list, blank=True, editable=False)
    reason = models.CharField(max_length=300, blank=True)
    moved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    history = HistoricalRecords()

    class Meta:
        ordering = ["joined_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(moved_to__isnull=True)
                | (Q(moved_to__isnull=False, moved_to__gte=1) & ~Q(reason="")),
                name="waiting_place_moved_with_a_reason",
            )
        ]

    def __str__(self) -> str:
        return f"{self.application.reference} waits since {self.joined_at:%d %B %Y}"
