"""Open offers: who is reminded, and what staff can do with one that is not answered, or was not."""

from __future__ import annotations

import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from applications.domain import nominations
from applications.domain.telling import tell_applicant
from applications.domain.workflow import Actor, Hand, require
from applications.models import Application
from cohorts.domain import capacity, places
from cohorts.models import Place
from programmes.domain.access import require_reviewer
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_datetime

Person = User | AnonymousUser
# One reminder, when no more than this is left to answer an offer, and not on the heels of the offer itself.
REMIND_BEFORE = datetime.timedelta(hours=48)
REST_AFTER_OFFER = datetime.timedelta(hours=24)


def extend(application_id: int, *, until: datetime.datetime, user: Person, now: datetime.datetime) -> Place:
    """Staff give an applicant longer to answer an offer; the applicant is told, and reminded once more.

    Raises `Refused` where the new date is not later than the old one and than ``now``, or after the start.
    """
    with transaction.atomic():
        application = nominations.lock_application(application_id)
        require_reviewer(user, application.programme.academy)
        place = places.offered_place(application)
        if until <= now or (place.respond_by and until <= place.respond_by):
            stands = f", {nhs_datetime(place.respond_by)}" if place.respond_by else ""
            raise Refused(f"Choose a time later than now and than the one that stands{stands}.")
        starts = place.cohort.starts_at
        if starts and until > starts:
            raise Refused(f"{place.cohort.name} starts at {nhs_datetime(starts)}: choose an earlier time.")
        place.respond_by = until
        place.reminded_at = None
        place.save(update_fields=["respond_by", "reminded_at"])
        tell_applicant(
            application,
            "offer_extended",
            occasion=f"place:{place.pk}:{until.isoformat()}",
            now=now,
            context=places.place_context(place, now=now),
        )
        return place


def offer_again(application_id: int, *, user: Person, now: datetime.datetime) -> Place:
    """Offer a place that was declined, or not answered in time, once more.

    Raises `CohortFull`, `ProgrammeFull`, or `Refused` where the ICS has no nomination left for it.
    """
    programme_id = Application.objects.values_list("programme_id", flat=True).get(pk=application_id)
    with transaction.atomic():
        programme = capacity.lock_programme(programme_id)
        before = Application.objects.select_related("programme", "ics__region", "organisation")
        allowance = nominations.lock_allowance(before.get(pk=application_id))
        last = Place.objects.filter(application=application_id).order_by("-pk").first()
        if last is None:
            raise Refused("No place was offered to this person before.")
        cohort = capacity.lock_cohorts(programme, [last.cohort_id])[last.cohort_id]
        application = nominations.lock_application(application_id)
        require_reviewer(user, application.programme.academy)
        require_no_other(application)
        require(application, "offer_again", Hand.STAFF)
        if allowance is not None and not nominations.take(application, allowance):
            raise Refused(
                f"All {allowance.limit} nominations of {allowance.whose} are used. Reopen the application "
                "instead: it then waits in reserve."
            )
        return places.seat(
            application, cohort, confirmed=False, action="offer_again", actor=Actor.staff(user), now=now
        )


def require_no_other(application: Application) -> None:
    """Raise `Refused` where the person has another application in hand in the same programme."""
    others = Application.objects.live().filter(
        programme=application.programme_id, email_key=application.email_key
    )
    if other := others.exclude(pk=application.pk).first():
        raise Refused(f"This person has another application in hand, {other.reference}. Decide on that one.")


def past_their_date(now: datetime.datetime) -> list[int]:
    """The applications whose offer was not answered in time."""
    rows = Place.objects.filter(status=Place.Status.OFFERED, respond_by__lt=now).order_by("pk")
    return list(rows.values_list("application_id", flat=True))


def to_remind_of(now: datetime.datetime) -> list[int]:
    """The places offered whose applicant is to be reminded now: at most 48 hours are left, and no reminder went."""
    rows = Place.objects.filter(
        status=Place.Status.OFFERED,
        reminded_at=None,
        respond_by__range=(now, now + REMIND_BEFORE),
        offered_at__lte=now - REST_AFTER_OFFER,
    )
    return list(rows.order_by("pk").values_list("pk", flat=True))


def remind(place_id: int, *, now: datetime.datetime) -> bool:
    """Remind an applicant of an offer, once; return whether a mail was queued."""
    with transaction.atomic():
        Place.objects.select_for_update(no_key=True).only("pk").get(pk=place_id)
        rows = Place.objects.select_related("cohort__programme", "application__programme")
        place = rows.get(pk=place_id)
        if place.status != Place.Status.OFFERED or place.reminded_at is not None:
            return False
        place.reminded_at = now
        place.save(update_fields=["reminded_at"])
        tell_applicant(
            place.application,
            "offer_reminder",
            occasion=f"place:{place.pk}:{place.respond_by}",
            now=now,
            context=places.place_context(place, now=now),
        )
        return True
