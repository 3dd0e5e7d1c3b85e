"""A programme and everything an academy says about it."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from simple_history.models import HistoricalRecords

from programmes.models.academies import Academy, AcademyMember
from programmes.models.organisations import IntegratedCareSystem, Organisation, Region
from programmes.models.privacy import Keeping


class NominationScope(models.TextChoices):
    """Whose nominations are counted together against the programme's limit."""

    NONE = "none", "No limit on nominations"
    ICS = "ics", "Each ICS"
    ORGANISATION = "organisation", "Each organisation"
    REGION = "region", "Each region"


class OfferAnswer(models.TextChoices):
    """What giving a place means."""

    APPLICANT_ACCEPTS = "applicant_accepts", "The applicant accepts or declines by a date"
    CONFIRMED_DIRECTLY = "confirmed_directly", "The academy's decision confirms the place"


class AsksAccessNeeds(models.TextChoices):
    """Whether applicants are asked what they need in order to take part."""

    FACE_TO_FACE = "face_to_face", "If a session is held face to face"
    ALWAYS = "always", "Always"
    NEVER = "never", "Never"


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    def visible_to(self, user: User | AnonymousUser) -> ProgrammeQuerySet:
        """The programmes on which a member of staff works: their academies', or those they are limited to."""
        if getattr(user, "is_superuser", False) and user.is_active:
            return self.all()
        if not user.is_authenticated:
            return self.none()
        memberships = AcademyMember.objects.filter(user=user)
        unlimited = memberships.filter(programmes=None).values("academy")
        limited_to = memberships.filter(programmes__isnull=False).values("programmes")
        return self.filter(Q(academy__in=unlimited) | Q(pk__in=limited_to))

    def with_places_taken(self) -> ProgrammeQuerySet:
        """Each programme with ``places_taken``: how many of its places count against its total.

        Counted on their own, since a join would count them again for each row of another; of rows, not of keys, so
        that an index holds all that is read.
        """
        places: Any = self.model._meta.get_field("places").related_model
        of_it = places._default_manager.counted().filter(programme=OuterRef("pk")).order_by()
        number = of_it.values("programme").annotate(number=Count("*")).values("number")
        return self.annotate(places_taken=Coalesce(Subquery(number), 0))

    def published(self) -> ProgrammeQuerySet:
        """Programmes that the public may see."""
        return self.filter(published=True)

    def open_at(self, now: datetime.datetime) -> ProgrammeQuerySet:
        """Published programmes that take applications at ``now``."""
        return self.published().filter(
            Q(opens_at__isnull=True) | Q(opens_at__lte=now), Q(closes_at__isnull=True) | Q(closes_at__gt=now)
        )


class Programme(Keeping):
    """One train-the-trainer programme: data, loaded from a file in ``catalogue/`` or edited by staff."""

    academy = models.ForeignKey(Academy, on_delete=models.PROTECT, related_name="programmes")
    slug = models.SlugField(unique=True)
    code = models.CharField(
        max_length=6,
        unique=True,
        validators=[RegexValidator(r"^[A-Z]{2,6}$", "Use two to six capital letters.")],
        help_text="Begins every reference, as LSC in LSC-7K3QP.",
    )
    title = models.CharField(max_length=120)
    summary = models.CharField(max_length=400, help_text="One or two sentences for the list of programmes.")
    published = models.BooleanField(default=False)
    contact_name = models.CharField(max_length=120, blank=True)
    contact_email = models.EmailField("contact address")

    # Pages of Markdown, in the order in which an applicant asks.
    background = models.TextField(blank=True)
    offer = models.TextField(blank=True)
    benefits = models.TextField(blank=True)
    requirements = models.TextField(blank=True)
    time_commitment = models.TextField(blank=True)
    afterwards = models.TextField(blank=True, help_text="What a facilitator owes once trained.")
    selection = models.TextField(blank=True, help_text="Who decides, and how.")
    next_steps = models.TextField(blank=True)
    not_eligible_advice = models.TextField(blank=True, help_text="What else someone not eligible can do.")

    opens_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(
        null=True, blank=True, help_text="Empty: open until the places are given."
    )
    # Said on purpose, so that a deadline is not merely forgotten.
    open_until_full = models.BooleanField(
        "no deadline: open until the places are given",
        default=False,
        help_text="Then applications are taken until you close the programme.",
    )
    notify_by = models.DateField(null=True, blank=True, help_text="When applicants will have heard.")

    total_places = models.PositiveIntegerField(null=True, blank=True)
    nomination_scope = models.CharField(max_length=20, choices=NominationScope, default=NominationScope.NONE)
    nominations_allowed = models.PositiveIntegerField(null=True, blank=True)
    regions = models.ManyToManyField(
        Region, blank=True, related_name="programmes", help_text="Who may apply; none chosen means everyone."
    )
    approvals_needed = models.BooleanField(
        "somebody has to agree to each application",
        default=True,
        help_text="Switched off: no line manager, sponsor or nominator is asked, and that is meant so.",
    )
    offer_answer = models.CharField(max_length=20, choices=OfferAnswer, default=OfferAnswer.APPLICANT_ACCEPTS)
    offer_working_days = models.PositiveIntegerField(
        default=5, help_text="Working days in which an offer is answered."
    )

    spread = models.BooleanField(
        "spread places over ICSs",
        default=False,
        help_text="Among equal ways to give the places, prefer the one that spreads them most evenly.",
    )
    offers_onward = models.BooleanField(
        "offer freed seats to the waiting list",
        default=False,
        help_text="Seats that fall free are offered to the next person who can take them. "
        "Switched on when a proposal is applied.",
    )
    last_offer_days = models.PositiveIntegerField(
        default=3, help_text="Days before a cohort starts in which no freed seat is offered any more."
    )

    blind_reviews = models.BooleanField(
        "reviewers see other reviews only after their own",
        default=False,
        help_text="So that nobody is led by what a colleague wrote.",
    )

    asks_access_needs = models.CharField(
        "ask about access and dietary needs",
        max_length=20,
        choices=AsksAccessNeeds,
        default=AsksAccessNeeds.FACE_TO_FACE,
        help_text="Never used to decide. Seen by administrators and the organisers of the day, then erased.",
    )

    # What counts as attended.
    sessions_needed = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="How many sessions have to be attended. Empty: all that are not optional.",
    )
    late_counts = models.BooleanField(
        default=True, help_text="Someone who came late has attended the session."
    )
    left_early_counts = models.BooleanField(
        default=False, help_text="Someone who left early has attended the session."
    )

    history = HistoricalRecords()
    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        ordering = ["title"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True)
                | Q(closes_at__isnull=True)
                | Q(opens_at__lt=F("closes_at")),
                name="programme_opens_before_it_closes",
            ),
            models.CheckConstraint(
                condition=Q(open_until_full=False) | Q(closes_at__isnull=True),
                name="programme_without_deadline_has_none",
            ),
            models.CheckConstraint(
                condition=Q(nomination_scope="none", nominations_allowed__isnull=True)
                | (
                    ~Q(nomination_scope="none")
                    & Q(nominations_allowed__isnull=False, nominations_allowed__gte=1)
                ),
                name="programme_nomination_limit_has_a_number",
            ),
            models.CheckConstraint(
                condition=Q(total_places__isnull=True) | Q(total_places__gte=1),
                name="programme_total_places_at_least_one",
            ),
            models.CheckConstraint(
                condition=Q(sessions_needed__isnull=True) | Q(sessions_needed__gte=1),
                name="programme_needs_a_session",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def is_open(self, now: datetime.datetime) -> bool:
        """Whether applications may be submitted at ``now``; the closing minute itself is too late."""
        return self.published and not self.opens_later(now) and not self.has_closed(now)

    def opens_later(self, now: datetime.datetime) -> bool:
        """Whether ``now`` is before the opening."""
        return self.opens_at is not None and now < self.opens_at

    def has_closed(self, now: datetime.datetime) -> bool:
        """Whether ``now`` is at or after the deadline."""
        return self.closes_at is not None and now >= self.closes_at

    @property
    def limits_nominations(self) -> bool:
        """Whether an ICS (or organisation, or region) has only so many nominations."""
        return self.nomination_scope != NominationScope.NONE


class NominationAllowance(models.Model):
    """The nominations of one ICS (or organisation, or region) for a programme: the row that is locked.

    ``allowed`` is empty while the programme's own number holds; staff may set another with a reason.
    """

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="allowances")
    key = models.CharField(max_length=60, help_text="Such as ics:QKS.")
    ics = models.ForeignKey(IntegratedCareSystem, on_delete=models.PROTECT, null=True, blank=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, null=True, blank=True)
    allowed = models.PositiveIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="allowance_once"),
            models.CheckConstraint(
                condition=Q(allowed__isnull=True) | ~Q(reason=""), name="allowance_change_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.whose} ({self.programme})"

    @property
    def whose(self) -> str:
        """The name of the ICS, organisation or region."""
        return str(self.ics or self.organisation or self.region or self.key.partition(":")[2])

    @property
    def limit(self) -> int | None:
        """How many nominations may stand; None where the programme sets no limit."""
        return self.programme.nominations_allowed if self.allowed is None else self.allowed
