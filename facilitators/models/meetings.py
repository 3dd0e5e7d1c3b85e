"""What facilitators meet for besides circles: the session in which an ICS plans its circles, and action learning."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from facilitators.models.people import Training
from programmes.models import IntegratedCareSystem, Programme


class Meeting(models.Model):
    """When and where something is held."""

    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    online = models.BooleanField(default=True)
    joining_link = models.URLField(blank=True, help_text="Only for those who are invited.")
    place = models.CharField(max_length=200, blank=True, help_text="Name, town and postcode.")
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancelled_reason = models.CharField(max_length=300, blank=True)
    # Counts changes of time and place, for calendars that hold it already.
    sequence = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True


class ImplementationSessionQuerySet(models.QuerySet["ImplementationSession"]):
    def visible_to(self, user: User | AnonymousUser) -> ImplementationSessionQuerySet:
        """The sessions in programmes of the academies in which a member of staff works."""
        return self.filter(programme__in=Programme.objects.visible_to(user))


class ImplementationSession(Meeting):
    """The session in which the facilitators of an ICS agree how a programme is delivered there."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="implementation_sessions")
    ics = models.ForeignKey(
        IntegratedCareSystem,
        verbose_name="ICS",
        on_delete=models.PROTECT,
        related_name="implementation_sessions",
    )
    # What was agreed in it.
    delivery_model = models.TextField(blank=True, help_text="Markdown: who does what, how often, for whom.")
    agreed_calendar = models.TextField("calendar", blank=True, help_text="Markdown: the dates agreed.")
    history = HistoricalRecords()
    objects = ImplementationSessionQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="implementation_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True) | ~Q(cancelled_reason=""),
                name="implementation_cancelled_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Implementation session of {self.ics.short_name}, {self.programme}"


class Guest(models.Model):
    """A facilitator who is invited to an implementation session: the answer, and whether they came."""

    class Answer(models.TextChoices):
        NONE = "none", "Not answered"
        YES = "yes", "Comes"
        NO = "no", "Cannot come"

    session = models.ForeignKey(ImplementationSession, on_delete=models.CASCADE, related_name="guests")
    training = models.ForeignKey(Training, on_delete=models.CASCADE, related_name="invited_to")
    invited_at = models.DateTimeField()
    answer = models.CharField(max_length=10, choices=Answer, default=Answer.NONE)
    answered_at = models.DateTimeField(null=True, blank=True)
    # From the register; None until it was taken.
    came = models.BooleanField(null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["training__facilitator__name", "pk"]
        constraints = [models.UniqueConstraint(fields=["session", "training"], name="invited_once_a_session")]

    def __str__(self) -> str:
        return f"{self.training.facilitator.name}: {self.session}"


class LearningSetQuerySet(models.QuerySet["LearningSet"]):
    def visible_to(self, user: User | AnonymousUser) -> LearningSetQuerySet:
        """The sets in programmes of the academies in which a member of staff works."""
        return self.filter(programme__in=Programme.objects.visible_to(user))


class LearningSet(models.Model):
    """An action learning set: a few facilitators who meet several times over some months."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="learning_sets")
    name = models.CharField(max_length=150)
    about = models.TextField(blank=True, help_text="Markdown, for its members.")
    history = HistoricalRecords()
    objects = LearningSetQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = "action learning set"
        constraints = [models.UniqueConstraint(fields=["programme", "name"], name="learning_set_named_once")]

    def __str__(self) -> str:
        return self.name


class SetMember(models.Model):
    """A facilitator in an action learning set; who leaves it keeps what they attended."""

    learning_set = models.ForeignKey(LearningSet, on_delete=models.CASCADE, related_name="members")
    training = models.ForeignKey(Training, on_delete=models.CASCADE, related_name="learning_sets")
    added_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["training__facilitator__name", "pk"]
        constraints = [models.UniqueConstraint(fields=["learning_set", "training"], name="in_a_set_once")]

    def __str__(self) -> str:
        return f"{self.training.facilitator.name}: {self.learning_set}"


class SetMeeting(Meeting):
    """One date of an action learning set."""

    learning_set = models.ForeignKey(LearningSet, on_delete=models.CASCADE, related_name="meetings")
    history = HistoricalRecords()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="set_meeting_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True) | ~Q(cancelled_reason=""),
                name="set_meeting_cancelled_with_a_reason",
            ),
            models.UniqueConstraint(fields=["learning_set", "starts_at"], name="set_meets_once_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.learning_set}, {self.starts_at:%Y-%m-%d}"


class SetAttendance(models.Model):
    """Whether a member came to a date of their set."""

    meeting = models.ForeignKey(SetMeeting, on_delete=models.CASCADE, related_name="attendance")
    training = models.ForeignKey(Training, on_delete=models.CASCADE, related_name="set_attendance")
    came = models.BooleanField()
    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["meeting", "training"], name="set_marked_once")]

    def __str__(self) -> str:
        return f"{self.training.facilitator.name}: {self.meeting}"
