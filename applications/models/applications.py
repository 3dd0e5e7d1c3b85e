"""An application, and the states it can be in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import Q

from programmes.models import Academy, IntegratedCareSystem, Organisation, Programme, Sector


class State(models.TextChoices):
    """What an application waits on; approvals, reviews and places are rows of their own."""

    DRAFT = "draft", "Not yet submitted"
    AWAITING_APPROVAL = "awaiting_approval", "Awaiting approval"
    RESERVE = "reserve", "In reserve"
    UNDER_REVIEW = "under_review", "Under review"
    MORE_INFORMATION = "more_information", "More information asked for"
    SHORTLISTED = "shortlisted", "Shortlisted"
    WAITLISTED = "waitlisted", "On the waiting list"
    OFFERED = "offered", "Place offered"
    CONFIRMED = "confirmed", "Place confirmed"
    ATTENDED = "attended", "Attended"
    COMPLETED = "completed", "Completed"
    NOT_SUPPORTED = "not_supported", "Not supported by an approver"
    UNSUCCESSFUL = "unsuccessful", "Not successful"
    DECLINED = "declined", "Offer declined"
    LAPSED = "lapsed", "Offer lapsed"
    WITHDRAWN = "withdrawn", "Withdrawn"
    DID_NOT_COMPLETE = "did_not_complete", "Did not complete"


ENDED = frozenset(
    {
        State.NOT_SUPPORTED,
        State.UNSUCCESSFUL,
        State.DECLINED,
        State.LAPSED,
        State.WITHDRAWN,
        State.DID_NOT_COMPLETE,
    }
)
LIVE = frozenset(set(State) - ENDED)
SUBMITTED = frozenset(set(LIVE) - {State.DRAFT})
# The states that may hold a nomination; domain.md, "An application's states".
NOMINATED = frozenset(SUBMITTED - {State.RESERVE})


def _names(states: frozenset[State]) -> list[str]:
    """The values in a fixed order, so that constraints do not change from run to run."""
    return sorted(str(state.value) for state in states)


class ApplicationQuerySet(models.QuerySet["Application"]):
    def visible_to(self, user: User | AnonymousUser) -> ApplicationQuerySet:
        """What a member of staff may see: the submitted and started applications of their academies."""
        return self.filter(programme__academy__in=Academy.objects.visible_to(user))

    def live(self) -> ApplicationQuerySet:
        """Applications that have not ended."""
        return self.filter(state__in=_names(LIVE))

    def for_ics(self, ics: IntegratedCareSystem) -> ApplicationQuerySet:
        """Applications made from one ICS."""
        return self.filter(ics=ics)

    def nominated(self) -> ApplicationQuerySet:
        """Applications that hold a nomination."""
        return self.filter(nomination_number__isnull=False)

    def in_reserve(self) -> ApplicationQuerySet:
        """Applications in reserve, longest waiting first."""
        return self.filter(state=State.RESERVE).order_by("reserve_since", "pk")


class Application(models.Model):
    """One person's expression of interest in one programme."""

    reference = models.CharField(max_length=20, unique=True)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="applications")
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    state_since = models.DateTimeField()
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)

    # The applicant, as given.
    email = models.EmailField("work email address", max_length=254)
    email_key = models.CharField(max_length=254, editable=False)
    name = models.CharField("full name", max_length=150, blank=True)
    job_title = models.CharField(max_length=150, blank=True)
    phone = models.CharField("telephone number", max_length=40, blank=True)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="applications"
    )
    organisation_name = models.CharField(
        max_length=200, blank=True, help_text="As typed, where the organisation was not listed."
    )
    sector = models.CharField(max_length=20, choices=Sector, blank=True)
    ics = models.ForeignKey(
        IntegratedCareSystem,
        verbose_name="ICS",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="applications",
        help_text="As at submission.",
    )

    # The nomination: whose limit it counts against, and its number among them.
    nomination_key = models.CharField(max_length=60, blank=True)
    nomination_number = models.PositiveIntegerField(null=True, blank=True)
    reserve_since = models.DateTimeField(null=True, blank=True)

    # What staff asked, and what came back.
    information_wanted = models.TextField(blank=True)
    information_given = models.TextField(blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        ordering = ["-submitted_at", "-pk"]
        indexes = [
            models.Index(fields=["programme", "state"], name="application_by_state"),
            models.Index(fields=["email_key"], name="application_by_address"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "email_key"],
                condition=Q(state__in=_names(LIVE)),
                name="one_live_application_a_person",
            ),
            # With nulls distinct: the schema itself lets no sixth of five in, even if a lock is forgotten.
            models.UniqueConstraint(
                fields=["programme", "nomination_key", "nomination_number"], name="nomination_number_once"
            ),
            models.CheckConstraint(
                condition=Q(nomination_number__isnull=True)
                | (Q(nomination_number__gte=1) & ~Q(nomination_key="") & Q(state__in=_names(NOMINATED))),
                name="nomination_only_while_it_counts",
            ),
            models.CheckConstraint(
                condition=Q(state=State.DRAFT) | Q(submitted_at__isnull=False) | Q(state=State.WITHDRAWN),
                name="submitted_applications_have_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.RESERVE) | Q(reserve_since__isnull=False),
                name="reserve_has_a_place_in_the_queue",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.name or self.email}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep ``email_key`` in step with the address: people are compared without case."""
        self.email_key = self.email.strip().casefold()
        super().save(*args, **kwargs)

    @property
    def organisation_as_given(self) -> str:
        """The organisation's name, listed or typed."""
        return self.organisation.name if self.organisation else self.organisation_name

    @property
    def about(self) -> str:
        """The key under which mails about this application are kept."""
        return f"application:{self.pk}"
