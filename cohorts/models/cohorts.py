"""When and where a programme happens."""

from __future__ import annotations

import datetime
from typing import Any
from urllib.parse import quote_plus

from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from simple_history.models import HistoricalRecords

from programmes.models import Academy, Programme


class Venue(models.Model):
    """A place where people meet."""

    academy = models.ForeignKey(Academy, on_delete=models.CASCADE, related_name="venues")
    name = models.CharField(max_length=150)
    address = models.CharField(max_length=300)
    postcode = models.CharField(max_length=10)
    town = models.CharField(
        max_length=80, blank=True, help_text="Such as Leicester: how demand is counted for a place."
    )
    map_link = models.URLField(blank=True, help_text="Empty: a map is found by the postcode.")
    notes = models.TextField(blank=True, help_text="Access, parking, public transport. Markdown.")
    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["academy", "name", "postcode"], name="venue_once_an_academy")
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.postcode}"

    @property
    def map_address(self) -> str:
        """The address of a map: as given, or found by the postcode."""
        return self.map_link or f"https://www.openstreetmap.org/search?query={quote_plus(self.postcode)}"


class CohortQuerySet(models.QuerySet["Cohort"]):
    def visible_to(self, user: User | AnonymousUser) -> CohortQuerySet:
        """The cohorts of the academies in which a member of staff works."""
        return self.filter(programme__in=Programme.objects.visible_to(user))

    def with_seats_taken(self) -> CohortQuerySet:
        """Each cohort with ``seats_taken``, counted from its places."""
        return self.annotate(seats_taken=self._count_of("places", Q(seat_number__isnull=False)))

    def with_confirmed(self) -> CohortQuerySet:
        """Each cohort with ``confirmed``: how many of its places are."""
        return self.annotate(confirmed=self._count_of("places", Q(status="confirmed")))

    def with_first_preferences(self) -> CohortQuerySet:
        """Each cohort with ``first_preferences``: how many want it first."""
        return self.annotate(first_preferences=self._count_of("preferences", Q(rank=1)))

    def _count_of(self, rows: str, which: Q) -> Coalesce:
        """How many of a cohort's rows there are, counted on their own: joins of two kinds would multiply.

        Of rows, not of keys, so that an index holds all that is read. Not to be joined with an aggregate: the query
        would group by it, and so count again for each row that it joins.
        """
        related: Any = self.model._meta.get_field(rows).related_model
        of_it = related._default_manager.filter(which, cohort=OuterRef("pk")).order_by().values("cohort")
        return Coalesce(Subquery(of_it.annotate(number=Count("*")).values("number")), 0)


class Cohort(models.Model):
    """A dated group of people who are trained together."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="cohorts")
    key = models.SlugField(max_length=50)
    name = models.CharField(max_length=120)
    minimum = models.PositiveIntegerField(default=0)
    maximum = models.PositiveIntegerField()
    runs = models.BooleanField(default=True, help_text="Off: the cohort does not take place.")
    joining_details = models.TextField(
        blank=True, help_text="Markdown, for the people placed only: joining link, what to bring, pre-work."
    )
    # Until then people are told that the cohort runs if its minimum is reached.
    certain_at = models.DateTimeField(null=True, blank=True, editable=False)
    # When staff have given themselves longer to reach the minimum.
    decide_by = models.DateField(null=True, blank=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # What its sessions were before changes whose mails are still held: see cohorts/domain/session_changes.py.
    untold_changes = models.JSONField(null=True, blank=True, editable=False)
    history = HistoricalRecords(excluded_fields=["untold_changes"])
    objects = CohortQuerySet.as_manager()

    class Meta:
        ordering = ["programme", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="cohort_key_once"),
            models.CheckConstraint(condition=Q(maximum__gte=1), name="cohort_has_room"),
            models.CheckConstraint(condition=Q(minimum__lte=F("maximum")), name="cohort_minimum_fits"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def certain(self) -> bool:
        """Whether it runs whatever happens: it has no minimum, has reached it, or staff have said so."""
        return self.minimum == 0 or self.certain_at is not None

    @property
    def location(self) -> str:
        """The town where it is held, or "Online"; empty while neither is known. Reads prefetched sessions."""
        sessions = list(self.sessions.all())
        towns = [one.venue.town or one.venue.name for one in sessions if one.venue]
        return towns[0] if towns else "Online" if any(one.online for one in sessions) else ""

    @property
    def starts_at(self) -> datetime.datetime | None:
        """The start of the first session; None while none is set. Reads prefetched sessions."""
        return min((session.starts_at for session in self.sessions.all()), default=None)

    @property
    def ends_at(self) -> datetime.datetime | None:
        """The end of the last session; None while none is set. Reads prefetched sessions."""
        return max((session.ends_at for session in self.sessions.all()), default=None)


class Session(models.Model):
    """One meeting of a cohort."""

    class Kind(models.TextChoices):
        TRAINING = "training", "Training"
        OBSERVATION = "observation", "Take part as a delegate"
        IMPLEMENTATION = "implementation", "Local implementation"
        ACTION_LEARNING = "action_learning", "Action learning set"

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="sessions")
    key = models.SlugField(max_length=50)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.TRAINING)
    title = models.CharField(max_length=150)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, null=True, blank=True, related_name="sessions")
    online = models.BooleanField(default=False)
    joining_link = models.URLField(blank=True, help_text="Shown only to the people placed.")
    optional = models.BooleanField(default=False)
    to_be_confirmed = models.BooleanField(default=False)
    # Counts the changes of date and place, for calendars that already hold the session.
    sequence = models.PositiveIntegerField(default=0)
    history = HistoricalRecords()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["cohort", "key"], name="session_key_once"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="session_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def where(self) -> str:
        """The place in a few words, without the joining link."""
        if self.venue:
            return f"{self.venue.name}, {self.venue.address}, {self.venue.postcode}"
        return "Online" if self.online else "To be confirmed"
