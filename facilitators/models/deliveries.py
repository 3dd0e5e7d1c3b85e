"""What facilitators owe, and what they delivered."""

from __future__ import annotations

import datetime
import secrets

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from facilitators.models.circles import Circle, Topic
from facilitators.models.people import Facilitator, Training
from programmes.models import IntegratedCareSystem, Obligation, Programme, Sector


class CommitmentQuerySet(models.QuerySet["Commitment"]):
    def visible_to(self, user: User | AnonymousUser) -> CommitmentQuerySet:
        """The commitments in programmes of the academies in which a member of staff works."""
        return self.filter(training__programme__in=Programme.objects.visible_to(user))

    def open(self) -> CommitmentQuerySet:
        """Commitments that are still owed: neither met nor waived, by somebody who has not left."""
        return self.filter(met_on__isnull=True, waived_on__isnull=True, training__ended_on__isnull=True)

    def overdue(self, today: datetime.date) -> CommitmentQuerySet:
        """Commitments still owed whose last day has passed."""
        return self.open().filter(due_on__lt=today)


class Commitment(models.Model):
    """What one facilitator owes in one window, in the words of the day on which it began.

    ``first_due_on`` is the window's last day by itself; ``due_on`` the same moved by pauses. Both are None for a
    commitment that stands without an end.
    """

    training = models.ForeignKey(Training, on_delete=models.CASCADE, related_name="commitments")
    obligation = models.ForeignKey(Obligation, on_delete=models.SET_NULL, null=True, related_name="+")
    key = models.SlugField(max_length=50, help_text="Of the obligation.")
    kind = models.CharField(max_length=20, choices=Obligation.Kind)
    at_least = models.PositiveIntegerField(default=1)
    at_most = models.PositiveIntegerField(null=True, blank=True)
    unit = models.CharField(max_length=20, choices=Obligation.Unit)
    window = models.CharField(
        max_length=20, choices=Obligation.Window, default=Obligation.Window.WITHIN_MONTHS
    )
    people_at_least = models.PositiveIntegerField(
        null=True, blank=True, help_text="A delivery to fewer people does not count."
    )
    one_of = models.CharField(
        max_length=50, blank=True, help_text="Of those with the same word here, one met is enough."
    )
    attends = models.CharField(max_length=20, choices=Obligation.Attends, blank=True)
    description = models.CharField(max_length=400)
    starts_on = models.DateField()
    first_due_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    # Written by one function, from the rows that count; an integrity rule counts them again.
    done = models.PositiveIntegerField(default=0, editable=False)
    met_on = models.DateField(null=True, blank=True, editable=False)
    waived_on = models.DateField(null=True, blank=True)
    waived_reason = models.CharField(max_length=300, blank=True)
    history = HistoricalRecords()
    objects = CommitmentQuerySet.as_manager()

    class Meta:
        ordering = [F("due_on").asc(nulls_last=True), "pk"]
        constraints = [
            models.UniqueConstraint(fields=["training", "key", "starts_on"], name="commitment_once_a_window"),
            models.CheckConstraint(
                condition=Q(waived_on__isnull=True) | ~Q(waived_reason=""),
                name="commitment_waived_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(first_due_on__isnull=True, due_on__isnull=True)
                | Q(
                    first_due_on__isnull=False,
                    due_on__isnull=False,
                    first_due_on__gte=F("starts_on"),
                    due_on__gte=F("first_due_on"),
                ),
                name="commitment_dates_in_order",
            ),
        ]
        indexes = [models.Index(fields=["due_on"], name="commitment_by_due_date")]

    def __str__(self) -> str:
        return f"{self.training.facilitator.name}: {self.description}"


class CommitmentReminder(models.Model):
    """That a facilitator was reminded of a commitment so many months after it began: each once."""

    commitment = models.ForeignKey(Commitment, on_delete=models.CASCADE, related_name="reminders")
    months = models.PositiveIntegerField()
    sent_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["commitment", "months"], name="commitment_reminded_once")
        ]

    def __str__(self) -> str:
        return f"Reminder after {self.months} months: {self.commitment}"


def evidence_path(delivery: Delivery, filename: str) -> str:
    """Where evidence is kept: never by the name it came with."""
    return f"deliveries/{secrets.token_hex(16)}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, user: User | AnonymousUser) -> DeliveryQuerySet:
        """The deliveries of the academies in which a member of staff works."""
        return self.filter(programme__in=Programme.objects.visible_to(user))

    def counted(self) -> DeliveryQuerySet:
        """Deliveries that count: logged or confirmed, and neither a draft nor taken back."""
        return self.filter(state__in=[Delivery.State.LOGGED, Delivery.State.CONFIRMED])

    def mentioning(self, word: str) -> DeliveryQuerySet:
        """Deliveries at whose place, or in whose credited facilitators' names or addresses, a part of a word stands.

        The facilitators are searched first, each once: there are many more credits than people.
        """
        people = Facilitator.objects.filter(Q(name__icontains=word) | Q(email__icontains=word)).order_by()
        credited = DeliveryCredit.objects.filter(training__facilitator__in=people.values("pk"))
        in_place = ~Q(place="") & Q(place__icontains=word)
        return self.filter(Q(pk__in=credited.order_by().values("delivery")) | in_place)


class Delivery(models.Model):
    """One thing that facilitators did: a session, a whole programme, a day, for the people it reached."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        LOGGED = "logged", "Logged"
        CONFIRMED = "confirmed", "Confirmed"
        TAKEN_BACK = "taken_back", "Taken back"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="deliveries")
    # What was typed twice, or sent twice, is one delivery.
    sent_as = models.UUIDField(unique=True, editable=False)
    # A circle's register makes its one delivery.
    circle = models.OneToOneField(
        Circle, on_delete=models.PROTECT, null=True, blank=True, related_name="delivery"
    )
    topic = models.ForeignKey(Topic, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    unit = models.CharField(max_length=20, choices=Obligation.Unit, default=Obligation.Unit.SESSION)
    held_on = models.DateField()
    online = models.BooleanField(default=False)
    place = models.CharField(max_length=200, blank=True)
    ics = models.ForeignKey(
        IntegratedCareSystem, on_delete=models.PROTECT, null=True, blank=True, related_name="deliveries"
    )
    how_it_went = models.PositiveSmallIntegerField(null=True, blank=True, help_text="From 1 to 5.")
    notes = models.TextField(blank=True)
    evidence = models.FileField(upload_to=evidence_path, blank=True)
    evidence_name = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=20, choices=State, default=State.LOGGED)
    logged_by = models.ForeignKey(Facilitator, on_delete=models.SET_NULL, null=True, related_name="logged")
    logged_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.CharField(max_length=150, blank=True, help_text="Who, or which register, in words.")
    taken_back_reason = models.CharField(max_length=300, blank=True)
    # Said by who logged it, when asked: another one than those of the same day.
    said_to_differ = models.BooleanField(default=False, editable=False)
    history = HistoricalRecords()
    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-held_on", "-pk"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(confirmed_at__isnull=False),
                name="delivery_confirmed_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="taken_back") | ~Q(taken_back_reason=""),
                name="delivery_taken_back_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(how_it_went__isnull=True) | Q(how_it_went__gte=1, how_it_went__lte=5),
                name="delivery_went_from_1_to_5",
            ),
        ]
        indexes = [
            models.Index(fields=["programme", "held_on"], name="delivery_by_programme"),
            # The list of staff, the latest first.
            models.Index(fields=["held_on", "id"], name="delivery_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.programme} on {self.held_on}"


class DeliveryCredit(models.Model):
    """One facilitator to whom a delivery is credited, and what they did in it."""

    class Role(models.TextChoices):
        LED = "led", "Led it"
        LED_JOINTLY = "led_jointly", "Led it with somebody"
        OBSERVED = "observed", "Observed"

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="credits")
    training = models.ForeignKey(Training, on_delete=models.CASCADE, related_name="credits")
    role = models.CharField(max_length=20, choices=Role, default=Role.LED)
    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "training"], name="credited_once_a_delivery")
        ]

    def __str__(self) -> str:
        return f"{self.training.facilitator.name}: {self.delivery}"


class Reach(models.Model):
    """How many people of one sector a delivery reached."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="reached")
    sector = models.CharField(max_length=20, choices=Sector)
    people = models.PositiveIntegerField()
    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "people reached"
        constraints = [models.UniqueConstraint(fields=["delivery", "sector"], name="reach_once_a_sector")]

    def __str__(self) -> str:
        return f"{self.people} of {self.get_sector_display()}"


class Participation(models.Model):
    """What somebody attended, evaluated or refreshed, that is no delivery and counts towards a commitment."""

    training = models.ForeignKey(Training, on_delete=models.CASCADE, related_name="participations")
    kind = models.CharField(
        max_length=20,
        choices=[
            (kind.value, kind.label)
            for kind in (Obligation.Kind.ATTEND, Obligation.Kind.EVALUATE, Obligation.Kind.REFRESH)
        ],
    )
    unit = models.CharField(max_length=20, choices=Obligation.Unit, default=Obligation.Unit.SESSION)
    # Which meeting it was, where a commitment can ask for it.
    attends = models.CharField(max_length=20, choices=Obligation.Attends, blank=True)
    held_on = models.DateField()
    what = models.CharField(max_length=200)
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # What made it, such as "action_learning:12", so that it is made once; empty where staff noted it.
    source = models.CharField(max_length=60, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["-held_on", "-pk"]
        verbose_name = "participation"
        constraints = [
            models.UniqueConstraint(
                fields=["training", "source"], condition=~Q(source=""), name="participation_once_a_source"
            )
        ]

    def __str__(self) -> str:
        return f"{self.training.facilitator.name}: {self.what}"
