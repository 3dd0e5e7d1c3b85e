"""Open offers: who is reminded, and what staff can do with one that is not answered, or was not."""

from __future__ import annotations

import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Q

from applications.domain import conflicts, nominations
from applications.domain.actors import Actor, Hand
from applications.domain.telling import tell_applicant
from applications.domain.transitions import require
from applications.models import Application
from cohorts.domain import capacity, moving, places
from cohorts.domain.preferences import has_started
from cohorts.models import Cohort, Place
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_datetime

Person = User | AnonymousUser
# One reminder, sent in office hours: at least so long before the offer ends,
REMIND_BEFORE = datetime.timedelta(hours=48)
# and at most so long; not within a day of the offer itself, where that leaves the time for it.
REMIND_FROM = datetime.timedelta(hours=72)
REST_AFTER_OFFER = datetime.timedelta(hours=24)
# From the last reminders of one day to the first of the next, in the longest night of the year, and a little more.
NIGHT = datetime.timedelta(hours=17)


def extend(application_id: int, *, until: datetime.datetime, user: Person, now: datetime.datetime) -> Place:
    """Staff give an applicant longer to answer an offer; the applicant is told, and reminded when it ends soon.

    Raises `Refused` where the new date is not later than the old one and than ``now``, or after the start.
    """
    with transaction.atomic():
        application = nominations.lock_application(application_id)
        conflicts.require_may_decide(user, application)
        place = places.offered_place(application)
        if until <= now or (place.respond_by and until <= place.respond_by):
            stands = f", {nhs_datetime(place.respond_by)}" if place.respond_by else ""
            raise Refused(f"Choose a time later than now and than the one that stands{stands}.")
        starts = place.cohort.starts_at
        if starts and until > starts:
            raise Refused(f"{place.cohort.name} starts at {nhs_datetime(starts)}: choose an earlier time.")
        place.respond_by = until
        # This mail says until when; where little time is left, it is the reminder.
        place.reminded_at = None if until - now > REMIND_FROM + REST_AFTER_OFFER else now
        place.save(update_fields=["respond_by", "reminded_at"])
        # For programs that ask the feed what has changed.
        Application.objects.filter(pk=application.pk).update(changed_at=now)
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

    Raises `CohortFull`, `ProgrammeFull`, or `Refused` where the cohort has started, or the ICS has no nomination left.
    """
    with transaction.atomic():
        programme = capacity.lock_programme_of(application_id)
        before = Application.objects.select_related("programme", "ics__region", "organisation")
        allowance = nominations.lock_allowance(before.get(pk=application_id))
        last = Place.objects.filter(application=application_id).order_by("-pk").first()
        if last is None:
            raise Refused("No place was offered to this person before.")
        cohort = capacity.lock_cohorts(programme, [last.cohort_id])[last.cohort_id]
        application = nominations.lock_application(application_id)
        conflicts.require_may_decide(user, application)
        require_no_other(application)
        require(application, "offer_again", Hand.STAFF)
        moving.require_not_started(cohort, now=now)
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


def remind_from(offered_at: datetime.datetime, respond_by: datetime.datetime) -> datetime.datetime:
    """From when on the applicant is reminded of an offer: between 72 and 48 hours before it ends, in office hours.

    A day after the offer, or earlier where office hours could else be missed; an offer of less than 72 hours is
    reminded of in its middle.
    """
    if respond_by - offered_at < REMIND_FROM:
        return offered_at + (respond_by - offered_at) / 2
    rested = min(offered_at + REST_AFTER_OFFER, respond_by - REMIND_BEFORE - NIGHT)
    return max(respond_by - REMIND_FROM, rested)


def to_remind_of(now: datetime.datetime) -> list[int]:
    """The places offered whose applicant is to be reminded now, and has not been."""
    rows = Place.objects.filter(
        status=Place.Status.OFFERED, reminded_at=None, respond_by__range=(now, now + REMIND_FROM)
    )
    return [
        pk
        for pk, offered_at, respond_by in rows.order_by("pk").values_list("pk", "offered_at", "respond_by")
        if respond_by and now >= remind_from(offered_at, respond_by)
    ]


def other_dates(place: Place, *, now: datetime.datetime) -> list[Cohort]:
    """The cohorts that someone who cannot take an offered place can wait for, with their sessions, by date.

    They take place, have not started, and the person has not said that they cannot attend them.
    """
    cannot = Q(preferences__application=place.application_id, preferences__rank=None)
    rows = Cohort.objects.filter(programme=place.programme_id, runs=True).exclude(pk=place.cohort_id)
    cohorts = [
        one
        for one in rows.exclude(pk__in=Cohort.objects.filter(cannot)).prefetch_related("sessions__venue")
        if not has_started(one, now)
    ]
    return sorted(cohorts, key=lambda one: (one.starts_at is None, one.starts_at, one.pk))


def remind(place_id: int, *, now: datetime.datetime) -> bool:
    """Remind an applicant of an offer, once; return whether a mail was queued."""
    with transaction.atomic():
        rows = Place.objects.select_related("cohort__programme", "application__programme")
        nominations.lock_application(rows.get(pk=place_id).application_id)
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
