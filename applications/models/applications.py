"""An application, and the states it can be in."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone
from simple_history.models import HistoricalRecords

from programmes.models import IntegratedCareSystem, Organisation, Programme, Sector
from programmes.models.people import canonical, name_key


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


class Step(models.IntegerChoices):
    """How far an application has ever come; an end, or a step back, takes nothing from that."""

    STARTED = 0, "Started"
    SUBMITTED = 1, "Submitted"
    APPROVED = 2, "Approved"
    SHORTLISTED = 3, "Found suitable"
    OFFERED = 4, "Given a place"
    CONFIRMED = 5, "Confirmed"
    ATTENDED = 6, "Attended"
    COMPLETED = 7, "Completed"


# What a state says of how far an application has come; ends say nothing.
STEPS: dict[str, Step] = {
    State.DRAFT: Step.STARTED,
    State.AWAITING_APPROVAL: Step.SUBMITTED,
    State.RESERVE: Step.SUBMITTED,
    State.UNDER_REVIEW: Step.APPROVED,
    State.MORE_INFORMATION: Step.APPROVED,
    State.SHORTLISTED: Step.SHORTLISTED,
    State.WAITLISTED: Step.SHORTLISTED,
    State.OFFERED: Step.OFFERED,
    State.CONFIRMED: Step.CONFIRMED,
    State.ATTENDED: Step.ATTENDED,
    State.COMPLETED: Step.COMPLETED,
}
# The academy's first decision is that an application comes to one of these.
DECIDED = frozenset({State.SHORTLISTED, State.WAITLISTED, State.OFFERED, State.CONFIRMED, State.UNSUCCESSFUL})


def _names(states: frozenset[State]) -> list[str]:
    """The values in a fixed order, so that constraints do not change from run to run."""
    return sorted(str(state.value) for state in states)


class ApplicationQuerySet(models.QuerySet["Application"]):
    def visible_to(self, user: User | AnonymousUser) -> ApplicationQuerySet:
        """What a member of staff may see: the submitted and started applications of their academies."""
        return self.filter(programme__in=Programme.objects.visible_to(user))

    def live(self) -> ApplicationQuerySet:
        """Applications that have not ended."""
        return self.filter(state__in=_names(LIVE))

    def for_ics(self, ics: IntegratedCareSystem) -> ApplicationQuerySet:
        """Applications made from one ICS."""
        return self.filter(ics=ics)

    def nominated(self) -> ApplicationQuerySet:
        """Applications that hold a nomination."""
        return self.filter(nomination_number__isnull=False)

    def mentioning(self, word: str) -> ApplicationQuerySet:
        """Applications in whose reference, name, address or organisation a word stands, or a part of one.

        Compared with keys that have one case already, and with each listed organisation once: with many applications
        most of a search was spent on folding the case of every name. A name is found without its accents as well.
        """
        in_name = Q(name__icontains=word)
        if parts := name_key(word).split():
            in_name = Q(*(Q(name_key__contains=part) for part in parts))
        listed = list(
            Organisation.objects.filter(name__icontains=word).order_by().values_list("pk", flat=True)
        )
        return self.filter(
            in_name
            | Q(email_key__contains=word.casefold())
            | Q(reference__contains=word.upper())
            | Q(organisation__in=listed)
            | (~Q(organisation_name="") & Q(organisation_name__icontains=word))
        )

    def in_reserve(self) -> ApplicationQuerySet:
        """Applications in reserve: by the rank that their ICS gave them, then longest waiting first."""
        rank = models.F("nomination_rank").asc(nulls_last=True)
        return self.filter(state=State.RESERVE).order_by(rank, "reserve_since", "pk")


class Application(models.Model):
    """One person's expression of interest in one programme."""

    reference = models.CharField(max_length=20, unique=True)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="applications")
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    state_since = models.DateTimeField()
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    # For programs that ask what has changed since they last looked: cohorts/domain/feed.py.
    changed_at = models.DateTimeField(auto_now=True, editable=False)

    # The applicant, as given.
    email = models.EmailField("work email address", max_length=254)
    email_key = models.CharField(max_length=254, editable=False)
    # Under these the same person is found again, however the address and the name are spelled.
    address_key = models.CharField(max_length=254, editable=False, blank=True)
    name_key = models.CharField(max_length=150, editable=False, blank=True)
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
    # The place that the ICS gave it, among the nominated or in the reserve; without one, after those that have one.
    nomination_rank = models.PositiveIntegerField(null=True, blank=True, editable=False)

    # For the figures of the home page, kept by `change_state`: how far it has ever come; when the academy first
    # decided, and how many days after the submission that was.
    furthest = models.PositiveSmallIntegerField(choices=Step, default=Step.STARTED, editable=False)
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    decided_after_days = models.IntegerField(null=True, blank=True, editable=False)

    # What staff asked, and what came back.
    information_wanted = models.TextField(blank=True)
    information_given = models.TextField(blank=True)

    # Of the details and the nomination; what became of the state is kept as `StateChange`. It goes when the
    # application goes.
    history = HistoricalRecords(
        cascade_delete_history=True,
        excluded_fields=[
            "state",
            "state_since",
            "furthest",
            "decided_at",
            "decided_after_days",
            "changed_at",
            "email_key",
            "address_key",
            "name_key",
            "reserve_since",
            "nomination_rank",
        ],
    )
    objects = ApplicationQuerySet.as_manager()

    class Meta:
        ordering = ["-submitted_at", "-pk"]
        indexes = [
            models.Index(fields=["programme", "state", "state_since"], name="application_by_state"),
            models.Index(fields=["programme", "furthest"], name="application_by_step"),
            # Whether a programme has anybody from an ICS, however many others have.
            models.Index(fields=["programme", "ics"], name="application_by_system"),
            models.Index(
                fields=["programme", "decided_at", "decided_after_days"], name="application_decided"
            ),
            # The staff's list, newest first, stops after a page of these; drafts are not on it.
            models.Index(
                fields=["-submitted_at", "-id"], condition=~Q(state=State.DRAFT), name="application_listed"
            ),
            models.Index(
                fields=["programme", "nomination_key", "state", "nomination_number"],
                condition=~Q(nomination_key=""),
                name="application_nominations",
            ),
            # Whichever way the list is ordered by name.
            models.Index(fields=["name"], condition=~Q(state=State.DRAFT), name="application_by_name"),
            models.Index(fields=["email_key"], name="application_by_address"),
            models.Index(fields=["address_key", "programme"], name="application_same_address"),
            models.Index(fields=["name_key", "programme"], name="application_same_name"),
            models.Index(Upper("organisation_name"), name="application_same_typed"),
            models.Index(
                fields=["programme"],
                condition=Q(organisation__isnull=True) & ~Q(organisation_name=""),
                name="application_to_match",
            ),
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
        """Keep the keys in step with the address and the name: people are compared without case."""
        self.email_key = self.email.strip().casefold()
        self.address_key = canonical(self.email)
        self.name_key = name_key(self.name)
        super().save(*args, **kwargs)

    def come_to(self, state: State, now: datetime.datetime) -> None:
        """Be in a state from ``now`` on, and keep how far that is and when the academy first decided; not yet saved."""
        self.state = state
        self.state_since = now
        self.furthest = max(self.furthest, STEPS.get(state, Step.STARTED))
        if state in DECIDED and self.decided_at is None:
            self.decided_at = now
            submitted = self.submitted_at or self.created_at
            self.decided_after_days = (timezone.localdate(now) - timezone.localdate(submitted)).days

    @property
    def organisation_as_given(self) -> str:
        """The organisation's name, listed or typed."""
        return self.organisation.name if self.organisation else self.organisation_name

    @property
    def about(self) -> str:
        """The key under which mails about this application are kept."""
        return f"application:{self.pk}"
