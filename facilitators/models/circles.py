"""The calendar of circles, and who has a place in which."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from facilitators.models.people import Training
from programmes.models import IntegratedCareSystem, Organisation, Programme, Sector
from programmes.models.people import canonical


class Topic(models.Model):
    """What a circle is about."""

    class Status(models.TextChoices):
        ON_OFFER = "on_offer", "On offer"
        IN_DESIGN = "in_design", "In design"
        RETIRED = "retired", "No longer offered"

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="topics")
    key = models.SlugField(max_length=50)
    position = models.PositiveIntegerField(default=0)
    name = models.CharField(max_length=150)
    summary = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=20, choices=Status, default=Status.ON_OFFER)
    history = HistoricalRecords()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["programme", "key"], name="topic_key_once")]

    def __str__(self) -> str:
        return self.name


class Series(models.Model):
    """Circles that were put on the calendar together."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="series")
    name = models.CharField(max_length=150)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "series"

    def __str__(self) -> str:
        return self.name


class CircleQuerySet(models.QuerySet["Circle"]):
    def visible_to(self, user: User | AnonymousUser) -> CircleQuerySet:
        """The circles of the academies in which a member of staff works."""
        return self.filter(programme__in=Programme.objects.visible_to(user))

    def on_calendar(self) -> CircleQuerySet:
        """Circles that everybody sees: of published programmes, and not drafts."""
        return self.filter(programme__published=True).exclude(state=Circle.State.DRAFT)

    def ahead(self, now: datetime.datetime) -> CircleQuerySet:
        """Circles that are planned and have not begun."""
        return self.filter(state=Circle.State.PLANNED, starts_at__gt=now)


class Circle(models.Model):
    """One entry of the calendar: a topic, a time, a place, and so many seats."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PLANNED = "planned", "Planned"
        CANCELLED = "cancelled", "Cancelled"
        HELD = "held", "Held"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="circles")
    reference = models.CharField(max_length=20, unique=True, help_text="In its public address.")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="circles")
    series = models.ForeignKey(
        Series, on_delete=models.SET_NULL, null=True, blank=True, related_name="circles"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    online = models.BooleanField(default=True)
    joining_link = models.URLField(blank=True, help_text="Only for those who have a place.")
    place = models.CharField(max_length=200, blank=True, help_text="Name and town of where it is held.")
    postcode = models.CharField(max_length=10, blank=True)
    # None: open to all. Whose circle it is, where it is an ICS's own, is `ics` as well.
    ics = models.ForeignKey(
        IntegratedCareSystem,
        verbose_name="ICS",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="circles",
    )
    only_for_ics = models.BooleanField("only for staff of this ICS", default=False)
    minimum = models.PositiveIntegerField()
    maximum = models.PositiveIntegerField()
    details = models.TextField(blank=True, help_text="Markdown, on its public page.")
    state = models.CharField(max_length=20, choices=State, default=State.PLANNED)
    # When its facilitators were asked about too few bookings, and said that it goes ahead.
    asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    goes_ahead_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancelled_reason = models.CharField(max_length=300, blank=True)
    feedback_asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Counts changes of time and place, for calendars that hold it already.
    sequence = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(editable=False)
    created_by = models.CharField(max_length=150, editable=False, help_text="Who, in words.")
    history = HistoricalRecords()
    objects = CircleQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="circle_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(minimum__gte=1, minimum__lte=F("maximum")), name="circle_minimum_fits"
            ),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | (Q(cancelled_at__isnull=False) & ~Q(cancelled_reason="")),
                name="circle_cancelled_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(only_for_ics=False) | Q(ics__isnull=False), name="circle_only_for_a_named_ics"
            ),
        ]
        indexes = [models.Index(fields=["state", "starts_at"], name="circle_by_start")]

    def __str__(self) -> str:
        return f"{self.topic.name}, {self.reference}"


class CircleFacilitator(models.Model):
    """Somebody who leads a circle. Who hands it over in a cover request keeps the row, with ``stood_down_at``."""

    circle = models.ForeignKey(Circle, on_delete=models.CASCADE, related_name="leads")
    training = models.ForeignKey(Training, on_delete=models.PROTECT, related_name="circles")
    added_at = models.DateTimeField()
    stood_down_at = models.DateTimeField(null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["circle", "training"], name="leads_a_circle_once")]

    def __str__(self) -> str:
        return f"{self.training.facilitator.name} leads {self.circle}"


class BookingQuerySet(models.QuerySet["Booking"]):
    def visible_to(self, user: User | AnonymousUser) -> BookingQuerySet:
        """The bookings of the academies in which a member of staff works."""
        return self.filter(circle__programme__in=Programme.objects.visible_to(user))

    def seated(self) -> BookingQuerySet:
        """Bookings that hold a seat."""
        return self.filter(state=Booking.State.BOOKED)

    def waiting(self) -> BookingQuerySet:
        """Bookings on the waiting list, longest waiting first."""
        return self.filter(state=Booking.State.WAITING).order_by("booked_at", "pk")

    def mentioning(self, word: str) -> BookingQuerySet:
        """Bookings in whose name, address or circle's reference a word stands, or a part of one."""
        circles = Circle.objects.filter(reference__contains=word.upper()).order_by().values("pk")
        return self.filter(
            Q(name__icontains=word) | Q(email__icontains=word) | Q(circle__in=circles),
        )


class Booking(models.Model):
    """One person's place in a circle, or on its waiting list."""

    class State(models.TextChoices):
        BOOKED = "booked", "Booked"
        WAITING = "waiting", "On the waiting list"
        CANCELLED = "cancelled", "Cancelled"
        # Came without having booked; the register noted it, and holds no address of theirs.
        WALKED_IN = "walked_in", "Came without booking"

    circle = models.ForeignKey(Circle, on_delete=models.PROTECT, related_name="bookings")
    name = models.CharField("full name", max_length=150)
    email = models.EmailField("work email address", max_length=254, blank=True)
    address_key = models.CharField(max_length=254, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    organisation_name = models.CharField(max_length=200, blank=True)
    sector = models.CharField(max_length=20, choices=Sector, default=Sector.OTHER)
    ics = models.ForeignKey(IntegratedCareSystem, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=20, choices=State)
    # The lowest free one from 1, so that code which forgets the lock collides and does not oversell.
    seat_number = models.PositiveIntegerField(null=True, blank=True)
    booked_at = models.DateTimeField()
    seated_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.CharField(max_length=150, blank=True, help_text="Who, in words.")
    reminded_at = models.DateTimeField(null=True, blank=True)
    # From the register; None until it was taken.
    came = models.BooleanField(null=True, blank=True)
    marked_at = models.DateTimeField(null=True, blank=True)
    marked_by = models.CharField(max_length=150, blank=True)
    history = HistoricalRecords()
    objects = BookingQuerySet.as_manager()

    class Meta:
        ordering = ["circle", "seat_number", "booked_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["circle", "seat_number"], name="circle_seat_once"),
            models.UniqueConstraint(
                fields=["circle", "address_key"],
                condition=Q(state__in=["booked", "waiting"]),
                name="booked_once_a_circle",
            ),
            models.CheckConstraint(
                condition=Q(state="booked", seat_number__isnull=False, seat_number__gte=1)
                | (~Q(state="booked") & Q(seat_number__isnull=True)),
                name="booked_with_a_seat",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.circle}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the key by which a second booking is found in step with the address."""
        self.address_key = canonical(self.email)
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "address_key"}
        super().save(*args, **kwargs)

    @property
    def about_key(self) -> str:
        """The key under which mails about this booking are kept."""
        return f"booking:{self.pk}"

    @property
    def works_at(self) -> str:
        """The organisation as listed, or as given."""
        return self.organisation.name if self.organisation else self.organisation_name

    def position(self) -> int:
        """The place of a booking that waits on the waiting list of its circle, from 1; one query."""
        before = Q(booked_at__lt=self.booked_at) | Q(booked_at=self.booked_at, pk__lt=self.pk)
        return Booking.objects.waiting().filter(before, circle=self.circle_id).count() + 1


class CoverRequest(models.Model):
    """A facilitator who cannot come to a circle, and who is asked to come instead: the first to accept has it."""

    class State(models.TextChoices):
        OPEN = "open", "Looking"
        FOUND = "found", "Found"
        NOT_FOUND = "not_found", "Nobody found"
        WITHDRAWN = "withdrawn", "No longer needed"

    lead = models.ForeignKey(CircleFacilitator, on_delete=models.CASCADE, related_name="cover_requests")
    reason = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField()
    find_by = models.DateTimeField(help_text="Then staff and the other facilitators are asked what to do.")
    state = models.CharField(max_length=20, choices=State, default=State.OPEN)
    found = models.ForeignKey(
        Training, on_delete=models.PROTECT, null=True, blank=True, related_name="covers"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["lead"], condition=Q(state="open"), name="one_open_cover_request_a_lead"
            ),
            models.CheckConstraint(
                condition=Q(state="found", found__isnull=False) | (~Q(state="found") & Q(found__isnull=True)),
                name="cover_found_names_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"Cover for {self.lead.training.facilitator.name}, {self.lead.circle}"


class CoverAsked(models.Model):
    """One facilitator who was asked to cover, and what they answered."""

    class Answer(models.TextChoices):
        NONE = "none", "Not answered"
        YES = "yes", "Accepted"
        NO = "no", "Cannot"
        TOO_LATE = "too_late", "Accepted after somebody else"

    request = models.ForeignKey(CoverRequest, on_delete=models.CASCADE, related_name="asked")
    training = models.ForeignKey(Training, on_delete=models.CASCADE, related_name="cover_asked")
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=20, choices=Answer, default=Answer.NONE)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["request", "training"], name="asked_to_cover_once"),
            models.UniqueConstraint(
                fields=["request"], condition=Q(answer="yes"), name="one_accepts_a_cover_request"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.training.facilitator.name}: {self.request}"
