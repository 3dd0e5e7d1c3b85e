"""The register of facilitators: who was trained in what, and when they pause."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from applications.models import Application
from programmes.models import IntegratedCareSystem, Organisation, Programme
from programmes.models.people import canonical, name_key


class FacilitatorQuerySet(models.QuerySet["Facilitator"]):
    def visible_to(self, user: User | AnonymousUser) -> FacilitatorQuerySet:
        """The people trained in a programme of the academies in which a member of staff works."""
        trained = Training.objects.visible_to(user).filter(facilitator=models.OuterRef("pk"))
        return self.filter(models.Exists(trained))

    def in_directory(self) -> FacilitatorQuerySet:
        """Those who agreed to be shown to other facilitators."""
        return self.filter(in_directory_since__isnull=False)


class Facilitator(models.Model):
    """Somebody who was trained: one entry, in however many programmes. Known by the work address, without its case."""

    class Delivers(models.TextChoices):
        BOTH = "both", "In person or online"
        IN_PERSON = "in_person", "In person"
        ONLINE = "online", "Online"

    name = models.CharField("full name", max_length=150)
    email = models.EmailField("work email address", max_length=254)
    address_key = models.CharField(max_length=254, unique=True, editable=False)
    name_key = models.CharField(max_length=150, editable=False, db_index=True)
    phone = models.CharField(max_length=40, blank=True)
    job_title = models.CharField(max_length=150, blank=True)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.SET_NULL, null=True, blank=True, related_name="facilitators"
    )
    organisation_name = models.CharField(max_length=200, blank=True, help_text="Where it is not listed.")
    ics = models.ForeignKey(
        IntegratedCareSystem,
        verbose_name="ICS",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="facilitators",
    )
    languages = models.CharField(max_length=200, blank=True, help_text="Besides English, such as: Gujarati.")
    places = models.CharField(max_length=200, blank=True, help_text="Towns or sites they can travel to.")
    delivers = models.CharField(max_length=20, choices=Delivers, default=Delivers.BOTH)
    availability = models.CharField(max_length=300, blank=True, help_text="Such as: Tuesdays and Thursdays.")
    about = models.CharField(max_length=600, blank=True, help_text="For other facilitators to read.")
    # The directory shows nobody who has not agreed to it, and of the rest only what each ticked.
    in_directory_since = models.DateTimeField(null=True, blank=True, editable=False)
    shows_email = models.BooleanField("show my email address", default=False)
    shows_phone = models.BooleanField("show my phone number", default=False)
    created_at = models.DateTimeField(editable=False)
    history = HistoricalRecords()
    objects = FacilitatorQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the keys by which the person is found again in step with address and name."""
        self.address_key, self.name_key = canonical(self.email), name_key(self.name)
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "address_key", "name_key"}
        super().save(*args, **kwargs)

    @property
    def about_key(self) -> str:
        """The key under which mails to this person are kept."""
        return f"facilitator:{self.pk}"

    @property
    def works_at(self) -> str:
        """The organisation as listed, or as given; empty where neither is known."""
        return self.organisation.name if self.organisation else self.organisation_name


class FormerEntry(models.Model):
    """An entry that was joined with another one, being the same person: by its address the other is found.

    Written once, when the two are joined (`joining.join`), and never changed.
    """

    facilitator = models.ForeignKey(Facilitator, on_delete=models.CASCADE, related_name="former_entries")
    name = models.CharField(max_length=150)
    email = models.EmailField(max_length=254)
    address_key = models.CharField(max_length=254, unique=True, editable=False)
    reason = models.CharField(max_length=300)
    joined_at = models.DateTimeField()
    joined_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "former entries"
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="joined_with_a_reason")]

    def __str__(self) -> str:
        return f"{self.name}, {self.email}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the key by which the entry is found in step with the address."""
        self.address_key = canonical(self.email)
        super().save(*args, **kwargs)


class TrainingQuerySet(models.QuerySet["Training"]):
    def visible_to(self, user: User | AnonymousUser) -> TrainingQuerySet:
        """The trainings in programmes of the academies in which a member of staff works."""
        return self.filter(programme__in=Programme.objects.visible_to(user))

    def going_on(self) -> TrainingQuerySet:
        """Trainings whose facilitator has not left the programme."""
        return self.filter(ended_on__isnull=True)


class Training(models.Model):
    """That one person is trained in one programme: through an application here, or earlier and elsewhere."""

    facilitator = models.ForeignKey(Facilitator, on_delete=models.CASCADE, related_name="trainings")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="trainings")
    application = models.OneToOneField(
        Application, on_delete=models.SET_NULL, null=True, blank=True, related_name="training"
    )
    # Where two entries were joined that had each completed one: everything but the certificates goes by the first.
    also_by = models.ManyToManyField(Application, blank=True, related_name="also_trains")
    trained_on = models.DateField(help_text="The last day of the training: windows count from it.")
    trained_by = models.CharField(max_length=200, blank=True, help_text="Where it was not trained here.")
    # Left the programme, by their own wish or as staff noted.
    ended_on = models.DateField(null=True, blank=True)
    ended_reason = models.CharField(max_length=300, blank=True)
    registered_at = models.DateTimeField(editable=False)
    # Kept by `standing.recount` from the deliveries and pauses; an integrity rule counts them again. ``lapses_on`` is
    # the first day on which the facilitator has lapsed.
    delivered = models.PositiveIntegerField(default=0, editable=False)
    last_delivered_on = models.DateField(null=True, blank=True, editable=False)
    lapses_on = models.DateField(null=True, blank=True, editable=False)
    history = HistoricalRecords(excluded_fields=["delivered", "last_delivered_on", "lapses_on"])
    objects = TrainingQuerySet.as_manager()

    class Meta:
        ordering = ["-trained_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["facilitator", "programme"], name="trained_once_a_programme"),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | ~Q(ended_reason=""), name="training_ended_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facilitator.name}, {self.programme}"


class Pause(models.Model):
    """A time in which a facilitator owes nothing; both days are part of it. Where pauses overlap, a day counts once."""

    training = models.ForeignKey(Training, on_delete=models.CASCADE, related_name="pauses")
    from_on = models.DateField("first day")
    until_on = models.DateField("last day")
    reason = models.CharField(max_length=300)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    history = HistoricalRecords()

    class Meta:
        ordering = ["from_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__gte=F("from_on")), name="pause_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="pause_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.training.facilitator.name} pauses from {self.from_on} until {self.until_on}"


class Facilitation(models.Model):
    """How a programme's facilitators work after the training; without a row, as the defaults say."""

    programme = models.OneToOneField(Programme, on_delete=models.CASCADE, related_name="facilitation")
    circles = models.BooleanField(
        default=False, help_text="Its deliveries are put on the public calendar and booked there."
    )
    circle_minimum = models.PositiveIntegerField(default=6)
    circle_maximum = models.PositiveIntegerField(default=25)
    facilitators_at_least = models.PositiveIntegerField(default=1, help_text="For each circle.")
    facilitators_at_most = models.PositiveIntegerField(default=2, help_text="For each circle.")
    decide_days_before = models.PositiveIntegerField(
        default=3, help_text="When facilitators of a circle under its minimum are asked what to do."
    )
    deliveries_until_active = models.PositiveIntegerField(
        default=1, help_text="A facilitator is provisional until they have delivered so often."
    )
    lapses_after_months = models.PositiveIntegerField(
        null=True, blank=True, help_text="Without a delivery in so many months a facilitator lapses."
    )
    valid_months = models.PositiveIntegerField(
        "certificates are valid for months",
        null=True,
        blank=True,
        help_text="From the day on which one is issued, or renewed. Empty: certificates do not expire.",
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = verbose_name_plural = "facilitation"
        constraints = [
            models.CheckConstraint(
                condition=Q(circle_minimum__gte=1, circle_minimum__lte=F("circle_maximum")),
                name="circle_sizes_in_order",
            ),
            models.CheckConstraint(
                condition=Q(facilitators_at_least__gte=1)
                & Q(facilitators_at_least__lte=F("facilitators_at_most")),
                name="circle_facilitators_in_order",
            ),
            models.CheckConstraint(
                condition=Q(valid_months__isnull=True) | Q(valid_months__gte=1),
                name="certificates_valid_for_a_month",
            ),
        ]

    def __str__(self) -> str:
        return f"Facilitation of {self.programme}"
