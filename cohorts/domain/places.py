"""A seat given, accepted, declined, lapsed, taken back: each one verb, and what it does to the application."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from applications.domain import conflicts, nominations
from applications.domain.actors import Actor
from applications.domain.transitions import require
from applications.domain.workflow import change_state
from applications.models import Application, State, StateChange
from applications.models.applications import ENDED
from cohorts.domain import capacity, certainty, deadlines
from cohorts.domain.preferences import date_lines
from cohorts.models import Cohort, Place, Preference
from cohorts.models.places import PlaceQuerySet
from programmes.domain.prepared import Prepared
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_datetime
from programmes.models import Programme
from programmes.models.programmes import OfferAnswer

Person = User | AnonymousUser


_said_of = Prepared(
    lambda application, cohort: Preference.objects.filter(application=application, cohort=cohort),
    application=-1,
    cohort=-2,
)


class OfferClosed(Refused):
    """There is no offer to answer, or its date has passed."""


def seat(
    application: Application,
    cohort: Cohort,
    *,
    confirmed: bool,
    action: str,
    actor: Actor,
    now: datetime.datetime,
    reason: str = "",
    context: Mapping[str, object] | None = None,
) -> Place:
    """Give a locked application a seat in a locked cohort, offered or ``confirmed``, by an action of the workflow.

    The one way into a seat. Raises `CohortFull` or `ProgrammeFull`, `NotAllowedNow` where the workflow has no such
    step, `Refused` where the cohort does not take place.
    """
    require(application, action, actor.hand)
    if not cohort.runs:
        raise Refused(f"{cohort.name} does not take place.")
    numbers = capacity.next_numbers(cohort)
    place = Place.objects.create(
        application=application,
        cohort=cohort,
        programme=cohort.programme,
        status=Place.Status.CONFIRMED if confirmed else Place.Status.OFFERED,
        seat_number=numbers.seat,
        programme_number=numbers.programme,
        offered_at=now,
        answered_at=now if confirmed else None,
        respond_by=None if confirmed else deadlines.answer_by(cohort, now=now),
    )
    change_state(
        application,
        State.CONFIRMED if confirmed else State.OFFERED,
        action=action,
        actor=actor,
        reason=reason,
        now=now,
        context={**place_context(place, now=now), **(context or {})},
    )
    return place


def give(application_id: int, cohort_id: int, *, user: Person, now: datetime.datetime) -> Place:
    """Give an applicant a seat: as an offer to be answered, or confirmed directly, as the programme is set up.

    Raises `CohortFull`, `ProgrammeFull`, `NotAllowedNow` from a state without an offer, or `Refused` where the
    applicant said that they cannot attend, or the cohort does not take place.
    """
    with transaction.atomic():
        cohort = capacity.lock_for(application_id, cohort_id)
        application = nominations.lock_application(application_id)
        conflicts.require_may_decide(user, application)
        require_can_attend(application, cohort)
        directly = confirms_directly(cohort.programme)
        return seat(
            application,
            cohort,
            confirmed=directly,
            action="give_place" if directly else "offer",
            actor=Actor.staff(user),
            now=now,
        )


def confirms_directly(programme: Programme) -> bool:
    """Whether the academy's decision confirms a place, without an answer of the applicant."""
    return programme.offer_answer == OfferAnswer.CONFIRMED_DIRECTLY


def require_can_attend(application: Application, cohort: Cohort) -> None:
    """Raise `Refused`, with the applicant's own reason, where they said that they cannot attend a cohort."""
    preference = _said_of.first(application=application.pk, cohort=cohort.pk)
    if preference is not None and preference.rank is None:
        raise Refused(f"{application.name} cannot attend {cohort.name}: {preference.cannot_attend_reason}")


def place_context(place: Place, *, now: datetime.datetime) -> dict[str, object]:
    """What the mails about a place say of it."""
    cohort = place.cohort
    return {
        "cohort": cohort.name,
        "dates": "\n".join(date_lines(cohort)),
        "joining": "\n".join([*_joining_links(cohort), cohort.joining_details]).strip(),
        "respond_by": nhs_datetime(place.respond_by) if place.respond_by else "",
        "certain": certainty.in_words(cohort, now=now),
    }


def _joining_links(cohort: Cohort) -> list[str]:
    return [
        f"{session.title}: {session.joining_link}"
        for session in cohort.sessions.all()
        if session.joining_link
    ]


def current_place(application: Application) -> Place | None:
    """The seat that an application holds, offered or confirmed; None without one."""
    return application.places.taken().select_related("cohort__programme").first()


def offered_place(application: Application) -> Place:
    """The offer that an application has; raises `OfferClosed` without one."""
    place = application.places.select_related("cohort__programme").filter(status=Place.Status.OFFERED).first()
    if place is None:
        raise OfferClosed(
            f"There is no offer to answer: your application is “{application.get_state_display().lower()}”."
        )
    return place


def accept(application_id: int, *, now: datetime.datetime) -> Place:
    """The applicant takes the offered seat; the line manager is told. Raises `OfferClosed` after its date."""
    with transaction.atomic():
        application = nominations.lock_application(application_id)
        place = offered_place(application)
        if place.respond_by and now > place.respond_by:
            raise OfferClosed(
                f"The offer could be accepted until {nhs_datetime(place.respond_by)}. "
                f"Write to {application.programme.contact_email}: the academy can open it again."
            )
        place.status = Place.Status.CONFIRMED
        place.answered_at = now
        place.save()
        change_state(
            application,
            State.CONFIRMED,
            action="accept",
            actor=Actor.applicant(application),
            now=now,
            context=place_context(place, now=now),
        )
        return place


def decline(application_id: int, *, reason: str = "", now: datetime.datetime) -> Place:
    """The applicant does not take the offered seat, and may say why; seat and nomination are free at once."""
    with transaction.atomic():
        application, allowance = nominations.lock(application_id)
        place = offered_place(application)
        change_state(
            application,
            State.DECLINED,
            action="decline",
            actor=Actor.applicant(application),
            reason=reason,
            now=now,
            context=place_context(place, now=now),
        )
        nominations.move_up(allowance, now=now)
        place.refresh_from_db()
        return place


def ask_other_date(application_id: int, *, reason: str, now: datetime.datetime) -> Place:
    """The applicant gives an offered seat back and waits for another date; the seat is free at once.

    The cohort counts from now on as one they cannot attend, so it is not offered to them again. Raises `OfferClosed`
    without an offer, `Refused` without a reason.
    """
    if not reason.strip():
        raise Refused("Say why you cannot attend these dates: it helps the academy to plan others.")
    with transaction.atomic():
        application = nominations.lock_application(application_id)
        place = offered_place(application)
        cannot = {"rank": None, "cannot_attend_reason": reason.strip()[:300]}
        application.preferences.update_or_create(cohort=place.cohort, defaults=cannot)
        change_state(
            application,
            State.WAITLISTED,
            action="ask_other_date",
            actor=Actor.applicant(application),
            reason=reason,
            now=now,
            context=place_context(place, now=now),
        )
        place.refresh_from_db()
        return place


def lapse(application_id: int, *, now: datetime.datetime) -> Place | None:
    """End an offer that was not answered in time; None where it was answered meanwhile."""
    with transaction.atomic():
        application, allowance = nominations.lock(application_id)
        late = application.places.filter(status=Place.Status.OFFERED, respond_by__lt=now)
        place = late.select_related("cohort__programme").first()
        if place is None:
            return None
        change_state(
            application,
            State.LAPSED,
            action="lapse",
            actor=Actor.clock(),
            now=now,
            context=place_context(place, now=now),
        )
        nominations.move_up(allowance, now=now)
        place.refresh_from_db()
        return place


def take_back(application_id: int, *, user: Person, reason: str, now: datetime.datetime) -> Application:
    """Staff take an offer or a confirmed place back; the applicant is shortlisted again."""
    with transaction.atomic():
        application = nominations.lock_application(application_id)
        conflicts.require_may_decide(user, application)
        place = current_place(application)
        change_state(
            application,
            State.SHORTLISTED,
            action="take_back_offer",
            actor=Actor.staff(user),
            reason=reason,
            now=now,
            context=place_context(place, now=now) if place else {},
        )
        return application


_FREED_AS = {State.DECLINED: Place.Status.DECLINED, State.LAPSED: Place.Status.LAPSED}


def free_seat(application: Application, change: StateChange, now: datetime.datetime) -> None:
    """Free the seat of an application that has ended, gone back or been trained.

    Subscribed to every change of state. A place that was attended still counts against the programme's total.
    """
    to = State(change.to_state)
    if to == State.ATTENDED:
        application.places.taken().update(status=Place.Status.ATTENDED, seat_number=None)
    elif to in ENDED or to in (State.SHORTLISTED, State.WAITLISTED):
        freed = _FREED_AS.get(to, Place.Status.RELEASED)
        _free(application.places.counted(), freed, reason=change.reason, now=now)


def release(application: Application, *, reason: str, now: datetime.datetime) -> None:
    """Free the seat of a locked application that is about to get another one."""
    _free(application.places.taken(), Place.Status.RELEASED, reason=reason, now=now)


def _free(places: PlaceQuerySet, status: Place.Status, *, reason: str, now: datetime.datetime) -> None:
    places.update(status=status, seat_number=None, programme_number=None, answered_at=now, reason=reason)
