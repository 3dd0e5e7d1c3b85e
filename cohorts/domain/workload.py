"""Which cohorts, offers, waiting people and registers wait on the academy's staff."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from applications.domain.workload import to_review
from applications.models import Application, State
from cohorts.models import Attendance, Cohort, CohortDecision, PendingDecision, Place, Preference, Session
from programmes.domain.workload import Waiting

# An offer that ends so soon is worth a telephone call.
SOON = datetime.timedelta(hours=48)


def _offers_ending(now: datetime.datetime) -> QuerySet[Any]:
    ending = Place.objects.filter(
        application=OuterRef("pk"),
        status=Place.Status.OFFERED,
        respond_by__gte=now,
        respond_by__lt=now + SOON,
    )
    return Application.objects.filter(Exists(ending), state=State.OFFERED).annotate(
        ends=Subquery(ending.values("respond_by")[:1])
    )


def _kept() -> Exists:
    """Whether a decision was taken, and is kept to be applied together with others."""
    return Exists(PendingDecision.objects.filter(application=OuterRef("pk")))


def _to_review(now: datetime.datetime) -> QuerySet[Any]:
    return to_review(now).filter(~_kept())


def _to_apply(now: datetime.datetime) -> QuerySet[Any]:
    return Application.objects.filter(_kept()).annotate(decided=F("pending_decision__decided_at"))


def _first_session() -> QuerySet[Any]:
    return Session.objects.filter(cohort=OuterRef("pk")).order_by("starts_at").values("starts_at")[:1]


def _ahead(now: datetime.datetime) -> QuerySet[Any]:
    """The cohorts that take place and have not begun, with ``starts`` and ``seats_taken``."""
    rows: QuerySet[Any] = Cohort.objects.with_seats_taken().annotate(starts=Subquery(_first_session()))
    return rows.filter(runs=True, starts__gt=now)


def _under_minimum(now: datetime.datetime) -> QuerySet[Any]:
    """Of published programmes alone: nobody can apply to one that is still being set up."""
    last = CohortDecision.objects.filter(cohort=OuterRef("pk")).order_by("-pk").values("kind")[:1]
    under = _ahead(now).filter(programme__published=True, minimum__gte=1, seats_taken__lt=F("minimum"))
    decided: QuerySet[Any] = under.annotate(decided=Coalesce(Subquery(last), Value("")))
    return decided.exclude(decided=CohortDecision.Kind.RUN_ANYWAY)


def _seats_for_waiting(now: datetime.datetime, programmes: Collection[int] | None = None) -> QuerySet[Any]:
    """Who is on the waiting list, and can attend a cohort that has a free seat in a programme with a free place.

    With ``programmes`` only cohorts of those are looked at.
    """
    given = Place.objects.counted().filter(programme=OuterRef("programme")).order_by().values("programme")
    free = _ahead(now).annotate(
        given=Coalesce(Subquery(given.annotate(number=Count("*")).values("number")), 0)
    )
    free = free.filter(
        Q(programme__total_places=None) | Q(given__lt=F("programme__total_places")),
        seats_taken__lt=F("maximum"),
    )
    if programmes is not None:
        free = free.filter(programme__in=programmes)
    # Read at once: in one query with the people it would be counted for each of them.
    cohorts = list(free.values_list("pk", flat=True))
    can = Preference.objects.filter(application=OuterRef("pk"), rank__isnull=False, cohort__in=cohorts)
    return Application.objects.filter(Exists(can), state=State.WAITLISTED)


def _to_mark(now: datetime.datetime) -> QuerySet[Any]:
    """Past sessions of cohorts that are not closed, in which somebody with a place has not been marked."""
    said = Attendance.objects.filter(
        session=OuterRef(OuterRef("pk")), application=OuterRef("application")
    ).exclude(mark=Attendance.Mark.EXPECTED)
    unmarked = Place.objects.filter(~Exists(said), cohort=OuterRef("cohort"), status=Place.Status.CONFIRMED)
    return Session.objects.filter(
        Exists(unmarked), ends_at__lte=now, cohort__runs=True, cohort__closed_at=None, optional=False
    )


def _to_close(now: datetime.datetime) -> QuerySet[Any]:
    """Cohorts whose sessions are over, and whose people still have a confirmed place."""
    last = Session.objects.filter(cohort=OuterRef("pk")).order_by("-ends_at").values("ends_at")[:1]
    seated = Place.objects.filter(cohort=OuterRef("pk"), status=Place.Status.CONFIRMED)
    rows = Cohort.objects.annotate(ended=Subquery(last))
    return rows.filter(Exists(seated), runs=True, closed_at=None, ended__lte=now)


WAITING = (
    # Here, because the applications know nothing of decisions that are kept.
    Waiting(
        "to-review",
        "application to review",
        "applications to review",
        Application,
        _to_review,
        order=10,
        moment="state_since",
    ),
    Waiting(
        "to-apply",
        "decision that has not been applied",
        "decisions that have not been applied",
        Application,
        _to_apply,
        order=30,
        moment="decided",
    ),
    Waiting(
        "offers-ending",
        "offer that ends within 48 hours",
        "offers that end within 48 hours",
        Application,
        _offers_ending,
        order=60,
        moment="ends",
        due=True,
    ),
    Waiting(
        "under-minimum",
        "cohort under its minimum",
        "cohorts under their minimum",
        Cohort,
        _under_minimum,
        order=70,
        moment="starts",
        due=True,
    ),
    Waiting(
        "seat-for-waiting",
        "person on the waiting list who could have a free seat",
        "people on the waiting list who could have a free seat",
        Application,
        _seats_for_waiting,
        order=90,
        moment="state_since",
        by_programme=True,
    ),
    Waiting(
        "to-mark",
        "register to mark",
        "registers to mark",
        Session,
        _to_mark,
        order=130,
        programme="cohort__programme",
        moment="ends_at",
    ),
    Waiting(
        "to-close",
        "cohort that is over, to be closed",
        "cohorts that are over, to be closed",
        Cohort,
        _to_close,
        order=135,
        moment="ended",
    ),
)
