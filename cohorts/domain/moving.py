"""Moving someone with a seat from one cohort to another: both locked in the order of their ids, one mail."""

from __future__ import annotations

import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from applications.domain import conflicts, nominations
from applications.domain.actors import Actor, Hand
from applications.domain.transitions import require
from applications.models import Application
from cohorts.domain import capacity, places
from cohorts.domain.preferences import has_started
from cohorts.models import Cohort, Place
from programmes.domain.refused import Refused

Person = User | AnonymousUser


def move(
    application_id: int, cohort_id: int, *, user: Person, reason: str = "", now: datetime.datetime
) -> Place:
    """Move a person with a seat into another cohort of the programme; an offer stays an offer, with a new date.

    One mail takes the old dates out of the calendar and puts the new ones in. Raises `CohortFull`, `NotAllowedNow`
    for someone without a seat, `Refused` where they are in that cohort already, cannot attend it, or it has started.
    """
    held = Place.objects.taken().filter(application=application_id).values_list("cohort_id", flat=True)
    with transaction.atomic():
        programme = capacity.lock_programme_of(application_id)
        cohorts = capacity.lock_cohorts(programme, {*held, cohort_id})
        application = nominations.lock_application(application_id)
        conflicts.require_may_decide(user, application)
        require(application, "move", Hand.STAFF)
        return move_locked(application, cohorts[cohort_id], actor=Actor.staff(user), reason=reason, now=now)


def move_locked(
    application: Application,
    cohort: Cohort,
    *,
    actor: Actor,
    reason: str,
    now: datetime.datetime,
    action: str = "move",
    confirmed: bool | None = None,
) -> Place:
    """Move a locked application into a locked cohort by an action of the workflow, which needs a seat to leave.

    ``confirmed`` None keeps what the place was: offered or confirmed.
    """
    left = places.current_place(application)
    if left is None:
        raise Refused(f"{application.name} has no seat to be moved from.")
    if left.cohort_id == cohort.pk:
        raise Refused(f"{application.name} is in {cohort.name} already.")
    places.require_can_attend(application, cohort)
    require_not_started(cohort, now=now)
    places.release(application, reason=f"Moved to {cohort.name}. {reason}".strip(), now=now)
    return places.seat(
        application,
        cohort,
        confirmed=left.status == Place.Status.CONFIRMED if confirmed is None else confirmed,
        action=action,
        actor=actor,
        reason=reason,
        now=now,
        context={"left": left.cohort.name},
    )


def require_not_started(cohort: Cohort, *, now: datetime.datetime) -> None:
    """Raise `Refused` where a cohort has begun: its first session cannot be attended any more."""
    if has_started(cohort, now):
        raise Refused(f"{cohort.name} has started already. Choose another cohort.")
