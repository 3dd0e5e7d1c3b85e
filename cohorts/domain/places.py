"""A seat offered, accepted, declined, lapsed, taken back: each one verb, and what it does to the application."""

from __future__ import annotations

import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.utils import timezone

from applications.domain import nominations
from applications.domain.telling import tell_applicant
from applications.domain.workflow import Actor, Hand, change_state, require
from applications.models import Application, State, StateChange
from applications.models.applications import ENDED
from cohorts.domain import capacity
from cohorts.domain.calendar import attachment
from cohorts.domain.preferences import date_lines
from cohorts.models import Cohort, Place
from programmes.domain.access import require_reviewer
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_datetime
from programmes.domain.working_days import add_working_days
from programmes.models.programmes import OfferAnswer

Person = User | AnonymousUser
# One reminder, when no more than this is left to answer an offer, and not on the heels of the offer itself.
REMIND_BEFORE = datetime.timedelta(hours=48)
REST_AFTER_OFFER = datetime.timedelta(hours=24)


class OfferClosed(Refused):
    """There is no offer to answer, or its date has passed."""


def respond_by(now: datetime.datetime, working_days: int) -> datetime.datetime:
    """The end of the day that is so many working days after ``now``: the moment at which an offer lapses."""
    last_day = add_working_days(timezone.localdate(now), working_days)
    return timezone.make_aware(datetime.datetime.combine(last_day, datetime.time(23, 59)))


def give(application_id: int, cohort_id: int, *, user: Person, now: datetime.datetime) -> Place:
    """Give an applicant a seat: as an offer to be answered, or confirmed directly, as the programme is set up.

    Raises `CohortFull`, `ProgrammeFull`, `NotAllowedNow` from a state without an offer, or `Refused` where the
    applicant said that they cannot attend, or the cohort does not take place.
    """
    programme_id = Application.objects.values_list("programme_id", flat=True).get(pk=application_id)
    with transaction.atomic():
        cohort = capacity.lock(programme_id, cohort_id)
        application = nominations.lock_application(application_id)
        require_reviewer(user, application.programme.academy)
        directly = cohort.programme.offer_answer == OfferAnswer.CONFIRMED_DIRECTLY
        action = "give_place" if directly else "offer"
        require(application, action, Hand.STAFF)
        _require_suitable(application, cohort)
        numbers = capacity.next_numbers(cohort)
        place = Place.objects.create(
            application=application,
            cohort=cohort,
            programme=cohort.programme,
            status=Place.Status.CONFIRMED if directly else Place.Status.OFFERED,
            seat_number=numbers.seat,
            programme_number=numbers.programme,
            offered_at=now,
            answered_at=now if directly else None,
            respond_by=None if directly else respond_by(now, cohort.programme.offer_working_days),
        )
        change_state(
            application,
            State.CONFIRMED if directly else State.OFFERED,
            action=action,
            actor=Actor.staff(user),
            now=now,
            context=_context(place),
            attachments=[attachment(cohort, now=now)] if directly else [],
        )
        return place


def _require_suitable(application: Application, cohort: Cohort) -> None:
    if not cohort.runs:
        raise Refused(f"{cohort.name} does not take place.")
    preference = application.preferences.filter(cohort=cohort).first()
    if preference is not None and preference.rank is None:
        raise Refused(f"{application.name} cannot attend {cohort.name}: {preference.cannot_attend_reason}")


def _context(place: Place) -> dict[str, object]:
    cohort = place.cohort
    return {
        "cohort": cohort.name,
        "dates": "\n".join(date_lines(cohort)),
        "joining": "\n".join([*_joining_links(cohort), cohort.joining_details]).strip(),
        "respond_by": nhs_datetime(place.respond_by) if place.respond_by else "",
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


def _offered_place(application: Application) -> Place:
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
        place = _offered_place(application)
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
            context=_context(place),
            attachments=[attachment(place.cohort, now=now)],
        )
        return place


def decline(application_id: int, *, reason: str = "", now: datetime.datetime) -> Place:
    """The applicant does not take the offered seat, and may say why; seat and nomination are free at once."""
    with transaction.atomic():
        application, allowance = nominations.lock(application_id)
        place = _offered_place(application)
        change_state(
            application,
            State.DECLINED,
            action="decline",
            actor=Actor.applicant(application),
            reason=reason,
            now=now,
            context=_context(place),
        )
        nominations.move_up(allowance, now=now)
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
            application, State.LAPSED, action="lapse", actor=Actor.clock(), now=now, context=_context(place)
        )
        nominations.move_up(allowance, now=now)
        place.refresh_from_db()
        return place


def take_back(application_id: int, *, user: Person, reason: str, now: datetime.datetime) -> Application:
    """Staff take an offer or a confirmed place back; the applicant is shortlisted again."""
    with transaction.atomic():
        application = nominations.lock_application(application_id)
        require_reviewer(user, application.programme.academy)
        place = current_place(application)
        change_state(
            application,
            State.SHORTLISTED,
            action="take_back_offer",
            actor=Actor.staff(user),
            reason=reason,
            now=now,
            context=_context(place) if place else {},
        )
        return application


_FREED_AS = {State.DECLINED: Place.Status.DECLINED, State.LAPSED: Place.Status.LAPSED}


def free_seat(application: Application, change: StateChange, now: datetime.datetime) -> None:
    """Free the seat of an application that has ended or gone back; subscribed to every change of state."""
    to = State(change.to_state)
    if to not in ENDED and to != State.SHORTLISTED:
        return
    application.places.taken().update(
        status=_FREED_AS.get(to, Place.Status.RELEASED),
        seat_number=None,
        programme_number=None,
        answered_at=now,
        reason=change.reason,
    )


def offers_past_their_date(now: datetime.datetime) -> list[int]:
    """The applications whose offer was not answered in time."""
    rows = Place.objects.filter(status=Place.Status.OFFERED, respond_by__lt=now).order_by("pk")
    return list(rows.values_list("application_id", flat=True))


def offers_to_remind_of(now: datetime.datetime) -> list[int]:
    """The places offered whose applicant is to be reminded now: at most 48 hours are left, and no reminder went."""
    rows = Place.objects.filter(
        status=Place.Status.OFFERED,
        reminded_at=None,
        respond_by__range=(now, now + REMIND_BEFORE),
        offered_at__lte=now - REST_AFTER_OFFER,
    )
    return list(rows.order_by("pk").values_list("pk", flat=True))


def remind_of_offer(place_id: int, *, now: datetime.datetime) -> bool:
    """Remind an applicant of an offer, once; return whether a mail was queued."""
    with transaction.atomic():
        locked = Place.objects.select_for_update(of=("self",), no_key=True).select_related(
            "cohort__programme", "application__programme"
        )
        place = locked.get(pk=place_id)
        if place.status != Place.Status.OFFERED or place.reminded_at is not None:
            return False
        place.reminded_at = now
        place.save(update_fields=["reminded_at"])
        tell_applicant(
            place.application,
            "offer_reminder",
            occasion=f"place:{place.pk}",
            now=now,
            context=_context(place),
        )
        return True
