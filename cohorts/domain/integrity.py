"""What must be true of cohorts, places, waiting lists, calendars and proposals.

Each rule reads in a fixed number of queries, whatever the number of applications, and fetches only those it names.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from applications.domain.integrity import breach
from applications.models import Application, State
from cohorts.models import Cohort, Place, Proposal, WaitingPlace
from programmes.domain.integrity import Breach, Rule
from programmes.domain.wording import nhs_date, plural
from programmes.models import Programme

Status = Place.Status
# The one state in which an application has a place that is offered, confirmed or attended.
_STATES: dict[str, tuple[State, ...]] = {
    Status.OFFERED: (State.OFFERED,),
    Status.CONFIRMED: (State.CONFIRMED,),
    Status.ATTENDED: (State.ATTENDED, State.COMPLETED),
}
# Offers lapse within a quarter of an hour, and proposals speak every few seconds.
_LATE = datetime.timedelta(hours=2)


def _of_cohort(cohort: Cohort, sentence: str, what_to_do: str) -> Breach:
    return Breach(
        f"{cohort} ({cohort.programme})",
        f"{cohort} of {cohort.programme}: {sentence}",
        what_to_do,
        cohort.programme.academy_id,
        f"cohort:{cohort.pk}",
    )


def _cohorts() -> QuerySet[Any]:
    return Cohort.objects.with_seats_taken().select_related("programme").order_by("pk")


def _overfull_cohorts(now: datetime.datetime) -> Iterator[Breach]:
    # A number may stand above a maximum that was lowered since; there are never more of them than it allows.
    for cohort in _cohorts().filter(seats_taken__gt=F("maximum")):
        yield _of_cohort(
            cohort,
            f"{plural(cohort.seats_taken, 'seat')} taken where {cohort.maximum} are allowed.",
            "Raise its maximum if the room allows, or move somebody to another cohort.",
        )


def _people_where_nothing_happens(now: datetime.datetime) -> Iterator[Breach]:
    for cohort in _cohorts().filter(runs=False, seats_taken__gt=0):
        yield _of_cohort(
            cohort,
            f"it does not take place, and has {plural(cohort.seats_taken, 'seat')} taken.",
            "Move them to another cohort, or let it take place.",
        )


def _overfull_programmes(now: datetime.datetime) -> Iterator[Breach]:
    counted = Count("places", filter=Q(places__programme_number__isnull=False))
    rows: QuerySet[Any] = Programme.objects.filter(total_places__isnull=False).annotate(counted=counted)
    for programme in rows.filter(counted__gt=F("total_places")).order_by("pk"):
        yield Breach(
            str(programme),
            f"{programme}: {plural(programme.counted, 'place')} given where there are {programme.total_places}.",
            "Raise the total of the programme, or take a place back.",
            programme.academy_id,
            f"programme:{programme.pk}",
        )


def _applications(*conditions: Any, **values: Any) -> QuerySet[Application]:
    return Application.objects.filter(*conditions, **values).select_related("programme").order_by("pk")


def _states_without_their_place(now: datetime.datetime) -> Iterator[Breach]:
    for status, states in _STATES.items():
        own = Place.objects.filter(application=OuterRef("pk"), status=status)
        for one in _applications(~Exists(own), state__in=states):
            yield breach(
                one, f"is “{one.get_state_display().lower()}”, and has no place of which that is so."
            )


def _places_without_their_state(now: datetime.datetime) -> Iterator[Breach]:
    unlike = Q()
    for status, states in _STATES.items():
        unlike |= Q(status=status) & ~Q(application__state__in=states)
    for place in _places(unlike):
        yield breach(
            place.application,
            f"is “{place.application.get_state_display().lower()}”, and its place in {place.cohort} is "
            f"“{place.get_status_display().lower()}”.",
        )


def _places(*conditions: Any, **values: Any) -> QuerySet[Place]:
    rows = Place.objects.filter(*conditions, **values)
    return rows.select_related("application__programme", "cohort").order_by("pk")


def _places_of_another_programme(now: datetime.datetime) -> Iterator[Breach]:
    unlike = ~Q(programme=F("application__programme")) | ~Q(programme=F("cohort__programme"))
    for place in _places(unlike):
        yield breach(place.application, f"has a place in {place.cohort}, which is of another programme.")


def _waiting_without_a_position(now: datetime.datetime) -> Iterator[Breach]:
    queued = WaitingPlace.objects.filter(application=OuterRef("pk"), programme=OuterRef("programme"))
    for one in _applications(~Exists(queued), state=State.WAITLISTED):
        yield breach(one, "is on the waiting list and has no position in it.")


def _calendars(now: datetime.datetime) -> Iterator[Breach]:
    """Whoever has a confirmed place was sent its dates, and nobody else is left with dates in the calendar."""
    trained = (State.ATTENDED, State.COMPLETED, State.DID_NOT_COMPLETE)
    unlike = Q(in_calendar=True) & ~Q(status=Status.CONFIRMED) | Q(in_calendar=False, status=Status.CONFIRMED)
    for place in _places(unlike).exclude(application__state__in=trained):
        has = "still has" if place.in_calendar else "was never sent"
        yield breach(
            place.application,
            f"{has} the dates of {place.cohort} for the calendar.",
            "Tell the person the dates.",
        )


def _offers_past_their_date(now: datetime.datetime) -> Iterator[Breach]:
    for place in _places(status=Status.OFFERED, respond_by__lt=now - _LATE):
        yield breach(
            place.application,
            f"was to answer by {nhs_date(place.respond_by)}, and the offer still stands.",
            "See that the job worker runs: docs/running.md, “The clocks”.",
        )


def _proposals_stuck(now: datetime.datetime) -> Iterator[Breach]:
    under_way = (Proposal.Status.WAITING, Proposal.Status.RUNNING, Proposal.Status.APPLYING)
    silent = Q(step_at__lt=now - _LATE) | Q(step_at=None, made_at__lt=now - _LATE)
    for proposal in Proposal.objects.filter(silent, status__in=under_way).select_related("programme"):
        yield Breach(
            str(proposal),
            f"{proposal} is “{proposal.get_status_display().lower()}”, and nobody is at it.",
            "Start it again on its page; see that the job worker runs.",
            proposal.programme.academy_id,
            f"proposal:{proposal.pk}",
        )


RULES = (
    Rule("overfull-cohort", "No more seats are taken than a cohort has.", _overfull_cohorts),
    Rule(
        "people-where-nothing-happens",
        "Nobody has a seat in a cohort that does not take place.",
        _people_where_nothing_happens,
    ),
    Rule("overfull-programme", "No more places are given than a programme has.", _overfull_programmes),
    Rule(
        "state-without-its-place",
        "Offered, confirmed and attended applications have such a place.",
        _states_without_their_place,
    ),
    Rule(
        "place-without-its-state",
        "Offered, confirmed and attended places are of such applications.",
        _places_without_their_state,
    ),
    Rule(
        "place-of-another-programme",
        "A place is in a cohort of the application's programme.",
        _places_of_another_programme,
    ),
    Rule(
        "waiting-without-a-position",
        "Whoever is on the waiting list has a position in it.",
        _waiting_without_a_position,
    ),
    Rule("calendar", "Confirmed people, and only they, were sent the dates.", _calendars),
    Rule("offer-past-its-date", "An offer that is not answered in time lapses.", _offers_past_their_date),
    Rule("proposal-stuck", "A proposal that is under way gets on.", _proposals_stuck),
)
