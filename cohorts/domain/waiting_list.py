"""Who is next when a seat falls free: the queue, staff's changes to it, and the offer onward.

The order is the published one: higher score first, then who joined earlier; staff may move someone, with a reason. A
freed seat is an offer, never a silent booking. The sweep looks at what is free, not at what freed it, so every way in
which a seat falls free is followed: withdrawal, decline, lapse, move, a raised maximum or total.

An ICS cannot get beyond its cap here: whoever waits holds one of the ICS's nominations already, numbered and unique
(`applications.domain.nominations`).
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from applications.domain import nominations
from applications.domain.reviews import scores
from applications.domain.workflow import Actor
from applications.models import Application, State, StateChange
from cohorts.domain import capacity, deadlines, places
from cohorts.models import Cohort, Place, WaitingPlace
from programmes.domain.access import require_reviewer
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_datetime, plural
from programmes.models import Programme

Person = User | AnonymousUser
# Nobody is given less than this to answer the offer of a freed seat.
LEAST_TO_ANSWER = datetime.timedelta(hours=24)


@dataclass(frozen=True)
class Waiting:
    """One person in the queue: their position (1 is next), their score, and the cohorts they can attend, best first."""

    place: WaitingPlace
    application: Application
    position: int
    score: int
    cohort_ids: tuple[int, ...]


def note_change(application: Application, change: StateChange, now: datetime.datetime) -> None:
    """Put whoever joins the waiting list at the end of those with the same score; subscribed to every change of state.

    Who comes back because a decision was undone keeps the place they had.
    """
    if change.to_state != State.WAITLISTED:
        return
    fresh = {
        "programme": application.programme,
        "joined_at": now,
        "moved_to": None,
        "reason": "",
        "moved_by": None,
    }
    if change.action == "undo":
        WaitingPlace.objects.get_or_create(application=application, defaults=fresh)
    else:
        WaitingPlace.objects.update_or_create(application=application, defaults=fresh)


def queue(programme: Programme) -> list[Waiting]:
    """The waiting list of a programme, in its order; three queries, however many wait.

    By score, then by the time of joining; then each person whom staff moved is put where staff said.
    """
    rows = WaitingPlace.objects.filter(programme=programme, application__state=State.WAITLISTED)
    waiting = list(
        rows.select_related("application__ics", "application__organisation", "moved_by").prefetch_related(
            "application__preferences"
        )
    )
    known = scores(programme)
    ordered = sorted(
        (one for one in waiting if one.moved_to is None),
        key=lambda one: (-known.get(one.application_id, 0), one.joined_at, one.pk),
    )
    for one in sorted(
        (one for one in waiting if one.moved_to is not None), key=lambda one: (one.moved_to, one.pk)
    ):
        ordered.insert(min((one.moved_to or 1) - 1, len(ordered)), one)
    return [
        Waiting(
            place=one,
            application=one.application,
            position=position,
            score=known.get(one.application_id, 0),
            cohort_ids=tuple(
                row.cohort_id for row in one.application.preferences.all() if row.rank is not None
            ),
        )
        for position, one in enumerate(ordered, start=1)
    ]


def position_of(application: Application) -> int | None:
    """The position of an application on the waiting list; None where it is not on it."""
    for waiting in queue(application.programme):
        if waiting.application.pk == application.pk:
            return waiting.position
    return None


def move_to(
    application_id: int, position: int, *, user: Person, reason: str, now: datetime.datetime
) -> list[Waiting]:
    """Staff put someone at a position of the waiting list, with a reason that is kept; return the new queue.

    Raises `Refused` without a reason, for a position that the queue does not have, or for someone who does not wait.
    """
    if not reason.strip():
        raise Refused("Give a reason: it is kept with your name.")
    with transaction.atomic():
        application = nominations.lock_application(application_id)
        require_reviewer(user, application.programme.academy)
        if application.state != State.WAITLISTED:
            raise Refused(f"{application.name} is not on the waiting list.")
        length = WaitingPlace.objects.filter(
            programme=application.programme, application__state=State.WAITLISTED
        ).count()
        if not 1 <= position <= length:
            raise Refused(f"Choose a position from 1 to {length}.")
        place = application.waiting_place
        place.moved_to = position
        place.reason = reason.strip()
        place.moved_by_id = user.pk
        # django-simple-history's own way to name who did it.
        setattr(place, "_history_user", user)  # noqa: B010
        place.save()
        return queue(application.programme)


def set_offers_onward(programme_id: int, wanted: bool, *, user: Person) -> Programme:
    """Switch on or off that freed seats are offered to the waiting list without anyone watching."""
    with transaction.atomic():
        programme = capacity.lock_programme(programme_id)
        require_reviewer(user, programme.academy)
        programme.offers_onward = wanted
        setattr(programme, "_history_user", user)  # noqa: B010
        programme.save(update_fields=["offers_onward"])
        return programme


def programmes_to_sweep() -> list[int]:
    """The programmes whose free seats are offered onward and where somebody waits."""
    rows = Programme.objects.filter(offers_onward=True, applications__state=State.WAITLISTED)
    return list(rows.distinct().order_by("pk").values_list("pk", flat=True))


def offer_freed_seats(programme_id: int, *, now: datetime.datetime) -> list[Place]:
    """Offer every free seat of a programme to the next who can take it; return the offers.

    Safe to run twice at once: each offer is made with the programme locked.
    """
    offered: list[Place] = []
    while place := _offer_next(programme_id, now=now):
        offered.append(place)
    return offered


def _offer_next(programme_id: int, *, now: datetime.datetime) -> Place | None:
    """Offer one free seat to the first in the queue who can take one; None where nobody can."""
    with transaction.atomic():
        programme = capacity.lock_programme(programme_id)
        if not programme.offers_onward:
            return None
        free = _offerable(programme, now=now)
        for waiting in queue(programme) if free else []:
            wanted = next((pk for pk in waiting.cohort_ids if pk in free), None)
            if wanted is None:
                continue
            cohort = capacity.lock_cohorts(programme, [wanted])[wanted]
            application = nominations.lock_application(waiting.application.pk)
            if application.state != State.WAITLISTED:
                # Left the list at this very moment: the next in the queue is asked.
                continue
            return places.seat(
                application, cohort, confirmed=False, action="offer", actor=Actor.clock(), now=now
            )
        return None


def _offerable(programme: Programme, *, now: datetime.datetime) -> set[int]:
    """The cohorts of a locked programme with a seat that can still be offered."""
    free = {pk for pk, seats in capacity.free_seats(programme).items() if seats}
    if not free:
        return set()
    cohorts = Cohort.objects.filter(pk__in=free, runs=True).prefetch_related("sessions")
    return {cohort.pk for cohort in cohorts if not _too_late(_with(cohort, programme), now)}


def _with(cohort: Cohort, programme: Programme) -> Cohort:
    cohort.programme = programme
    return cohort


def _too_late(cohort: Cohort, now: datetime.datetime) -> bool:
    last = deadlines.cut_off(cohort)
    return last is not None and now > last - LEAST_TO_ANSWER


def why_nobody(cohort: Cohort, *, now: datetime.datetime) -> str:
    """Why no seat of a cohort is offered to the waiting list now, in a sentence; empty where one will be."""
    programme = cohort.programme
    if not cohort.runs:
        return "It does not take place."
    if cohort.starts_at is not None and cohort.starts_at <= now:
        return "It has started."
    if _too_late(cohort, now):
        last = deadlines.cut_off(cohort)
        assert last is not None
        return (
            f"It starts soon: no freed seat is offered in the last {plural(programme.last_offer_days, 'day')} before "
            f"(the cut-off is {nhs_datetime(last)}), and nobody is given less than a day to answer."
        )
    taken = cohort.places.taken().count()
    if taken >= cohort.maximum:
        return f"No seat is free: all {cohort.maximum} are offered or confirmed."
    if not capacity.free_seats(programme).get(cohort.pk):
        return f"All {programme.total_places} places of the programme are used, though this cohort has seats free."
    waiting = queue(programme)
    if not waiting:
        return "Nobody is on the waiting list."
    if not any(cohort.pk in one.cohort_ids for one in waiting):
        return f"None of the {plural(len(waiting), 'person', 'people')} on the waiting list can attend it."
    if not programme.offers_onward:
        return "Offering freed seats to the waiting list is switched off for this programme."
    return ""
