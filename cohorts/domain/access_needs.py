"""What people need in order to take part: asked for only where it matters, read by few, erased first.

Adjustments, access and dietary needs say something of somebody's health or belief: special-category data (UK GDPR,
article 9). They are kept apart from the application, are part of no decision, list, mail or feed, and have no history.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Max, Q

from applications.domain import definition, nominations
from applications.models import AccessNeeds, AccessNeedsRead, Application, State
from applications.models.applications import ENDED
from cohorts.models import Cohort, Place, Session
from programmes.domain import access
from programmes.domain.refused import Refused
from programmes.models import Programme
from programmes.models.programmes import AsksAccessNeeds

Person = User | AnonymousUser

# Where no date is known, what was given is erased so long after it was given last.
_WITHOUT_DATES = datetime.timedelta(days=365)
_OVER = ENDED | {State.ATTENDED, State.COMPLETED}


@dataclass(frozen=True)
class Needs:
    """What somebody said: that they would rather not say, or what they need (all empty: nothing)."""

    prefer_not_to_say: bool = False
    adjustments: str = ""
    access: str = ""
    dietary: str = ""


@dataclass(frozen=True)
class ThoseComing:
    """What the people with a confirmed place in a cohort need, and how many said what."""

    people: list[AccessNeeds]
    confirmed: int
    nothing: int
    not_said: int

    @property
    def unknown(self) -> int:
        """How many were not asked, or left the question out."""
        return self.confirmed - len(self.people) - self.nothing - self.not_said


def asked_by(programme: Programme) -> bool:
    """Whether applicants to a programme are asked: always, never, or where a session is held face to face."""
    if programme.asks_access_needs != AsksAccessNeeds.FACE_TO_FACE:
        return programme.asks_access_needs == AsksAccessNeeds.ALWAYS
    definition.read_parts(programme, "cohorts__sessions")
    running = [cohort for cohort in programme.cohorts.all() if cohort.runs]
    return any(not session.online for cohort in running for session in cohort.sessions.all())


def of(application: Application) -> AccessNeeds | None:
    """What an applicant said; None where nothing was said, or it has been erased."""
    if Application.access_needs.is_cached(application):
        return getattr(application, "access_needs", None)
    return AccessNeeds.objects.filter(application=application).first()


def why_not_changeable(application: Application, now: datetime.datetime) -> str:
    """Why an applicant cannot say any more what they need, in a sentence; empty where they can."""
    if application.state in _OVER:
        return "The training is over for you, or your application has ended: nothing more is asked."
    if not asked_by(definition.of(application)):
        return "This programme does not ask what you need to take part."
    if application.state == State.DRAFT:
        return ""
    starts = Session.objects.filter(cohort__places__in=application.places.taken()).order_by("starts_at")
    first = starts.values_list("starts_at", flat=True).first()
    if first is not None and first <= now:
        contact = application.programme.contact_email
        return f"The training has begun. Write to {contact} if there is something that you need."
    return ""


def say(application_id: int, needs: Needs, *, now: datetime.datetime) -> AccessNeeds:
    """Keep what an applicant needs, in place of what they said before. Raises `Refused` once the training has begun."""
    with transaction.atomic():
        application = nominations.lock_application(application_id)
        if why := why_not_changeable(application, now):
            raise Refused(why)
        said = not needs.prefer_not_to_say
        values = {
            "prefer_not_to_say": needs.prefer_not_to_say,
            "adjustments": needs.adjustments if said else "",
            "access": needs.access if said else "",
            "dietary": needs.dietary if said else "",
            "updated_at": now,
        }
        (kept,) = AccessNeeds.objects.bulk_create(
            [AccessNeeds(application=application, **values)],
            update_conflicts=True,
            unique_fields=["application"],
            update_fields=list(values),
        )
        return kept


def remove(application_id: int) -> bool:
    """Erase what an applicant said, at their wish and at any time; return whether there was anything."""
    return bool(AccessNeeds.objects.filter(application=application_id).delete()[0])


def may_read(user: Person, application: Application) -> bool:
    """Whether ``user`` may read what an applicant needs: an administrator of the programme's academy."""
    return access.can_administer(user, application.programme)


def read(application: Application, *, user: User, now: datetime.datetime) -> AccessNeeds | None:
    """What an applicant needs, for an administrator; that it was read is kept. Raises `NotAllowed` for others."""
    if not may_read(user, application):
        raise access.NotAllowed("Only an administrator of the academy can read what an applicant needs.")
    AccessNeedsRead.objects.create(user=user, application=application, about=application.reference, at=now)
    return of(application)


def may_read_cohort(user: Person, cohort: Cohort) -> bool:
    """Whether ``user`` may read what those coming need: whoever organises the day, a reviewer of the programme."""
    return access.can_review(user, cohort.programme)


def read_cohort(cohort: Cohort, *, user: User, now: datetime.datetime) -> ThoseComing:
    """What the people with a confirmed place need, for the organiser; that it was read is kept.

    Raises `NotAllowed` for anybody else.
    """
    if not may_read_cohort(user, cohort):
        raise access.NotAllowed("Only those who organise the training can read what people need.")
    AccessNeedsRead.objects.create(user=user, about=f"{cohort}, {cohort.programme}"[:200], at=now)
    confirmed = Place.objects.filter(cohort=cohort, status=Place.Status.CONFIRMED)
    rows = AccessNeeds.objects.filter(application__in=confirmed.values("application"))
    needs = list(rows.select_related("application").order_by("application__name", "application__pk"))
    return ThoseComing(
        people=[one for one in needs if one.said],
        confirmed=confirmed.count(),
        nothing=sum(not one.said and not one.prefer_not_to_say for one in needs),
        not_said=sum(one.prefer_not_to_say for one in needs),
    )


def erase_access_needs(before: datetime.datetime) -> int:
    """Erase what was needed for trainings that ended before a moment; return of how many people.

    The training is that of somebody's place; without one, the last of the programme. An application that ended
    before that moment needs nothing any more; where no date is known at all, a year is waited.
    """
    held = Q(
        application__places__status__in=[
            Place.Status.OFFERED,
            Place.Status.CONFIRMED,
            Place.Status.ATTENDED,
        ]
    )
    rows = AccessNeeds.objects.annotate(
        own=Max("application__places__cohort__sessions__ends_at", filter=held),
        last=Max("application__programme__cohorts__sessions__ends_at"),
    )
    ended = Q(application__state__in=[state.value for state in ENDED], application__state_since__lt=before)
    over = Q(own__lt=before) | Q(own=None, last__lt=before)
    unknown = Q(own=None, last=None, updated_at__lt=before - _WITHOUT_DATES)
    found = list(rows.filter(ended | over | unknown).values_list("pk", flat=True))
    return AccessNeeds.objects.filter(pk__in=found).delete()[0]


def erase_what_is_over(now: datetime.datetime) -> int:
    """Erase what has been kept as long as the setting ``ACCESS_NEEDS_KEEP_DAYS`` allows; return of how many people."""
    return erase_access_needs(now - datetime.timedelta(days=settings.ACCESS_NEEDS_KEEP_DAYS))
