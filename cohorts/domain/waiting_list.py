"""Who is next when a seat falls free: the queue, staff's changes to it, and the offer onward.

The order is the published one: higher score first, then who joined earlier; staff may move someone, with a reason. A
freed seat is an offer, never a silent booking. The sweep looks at what is free, not at what freed it, so every way in
which a seat falls free is followed: withdrawal, decline, lapse, move, a raised maximum or total.

An ICS cannot get beyond its cap here: whoever waits holds one of the ICS's nominations already, numbered and unique
(`applications.domain.nominations`).
"""

from __future__ import annotations

import contextlib
import datetime
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import connection, transaction
from django.db.models import QuerySet

from applications.domain import conflicts, nominations
from applications.domain.actors import Actor
from applications.domain.reviews import scores
from applications.models import Application, State, StateChange
from cohorts.domain import capacity, deadlines, places
from cohorts.models import Cohort, Place, WaitingPlace
from programmes.domain import crowds, freshness
from programmes.domain.access import require_reviewer
from programmes.domain.announcements import Announcement
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_datetime, plural
from programmes.models import Programme

Person = User | AnonymousUser
# Nobody is given less than this to answer the offer of a freed seat.
LEAST_TO_ANSWER = datetime.timedelta(hours=24)
# After the commit of what may have freed a seat of a programme, or brought somebody to its waiting list: a hint that
# there is something to sweep. The sweep every minute is the promise.
seats_freed: Announcement[[int]] = Announcement()
_WITH_A_SEAT = (State.OFFERED, State.CONFIRMED)


@dataclass(frozen=True)
class Waiting:
    """One person in the queue: their position (1 is next), their score, and the cohorts they can attend, best first."""

    place: WaitingPlace
    application: Application
    position: int
    score: int
    cohort_ids: tuple[int, ...]


@dataclass(frozen=True)
class Outlook:
    """What becomes of the free seats of a cohort: who is offered one next, or why nobody is (empty if somebody is)."""

    cohort: Cohort
    free: int
    next_offers: tuple[Waiting, ...]
    why_nobody: str


def note_change(application: Application, change: StateChange, now: datetime.datetime) -> None:
    """Keep the place in the queue of whoever joins, and ask for a sweep; subscribed to every change of state.

    Who joins stands at the end of those with the same score. Who comes back because a decision was undone keeps the
    place they had.
    """
    joins = change.to_state == State.WAITLISTED
    if joins:
        fresh = {
            "programme": application.programme,
            "joined_at": now,
            "moved_to": None,
            "behind": [],
            "reason": "",
            "moved_by": None,
        }
        if change.action == "undo":
            WaitingPlace.objects.get_or_create(application=application, defaults=fresh)
        else:
            WaitingPlace.objects.update_or_create(application=application, defaults=fresh)
    if joins or (change.from_state in _WITH_A_SEAT and change.action != "accept"):
        ask_for_sweep(application.programme)


class _Hint:
    """Told once for each transaction that a programme's free seats are to be looked at."""

    def __init__(self, programme_id: int) -> None:
        self.programme_id = programme_id
        self.__qualname__ = "hint"  # Django names a failing on_commit function by it

    def __call__(self) -> None:
        seats_freed(self.programme_id)


def ask_for_sweep(programme: Programme) -> None:
    """Hint, once the running transaction is committed, that seats of a programme may have fallen free."""
    if not programme.offers_onward:
        return
    for _, waiting, *_ in connection.run_on_commit:
        if isinstance(waiting, _Hint) and waiting.programme_id == programme.pk:
            return
    transaction.on_commit(_Hint(programme.pk), robust=True)


def queue(programme: Programme) -> list[Waiting]:
    """The waiting list of a programme, in its order; three queries, however many wait.

    By score, then by the time of joining; then each person whom staff moved is put behind those who stood before them
    when they were moved, and are still there.
    """
    rows = _waiting(programme).select_related("application__ics", "application__organisation", "moved_by")
    known = scores(programme, states=[State.WAITLISTED])
    ordered = _in_order(rows.prefetch_related("application__preferences"), known)
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


# Their keys alone: of very many a process keeps nothing more.
_orders: freshness.Kept[int, array[int]] = freshness.Kept(freshness.PROGRAMMES, most=20)


def position_of(application: Application) -> int | None:
    """The position of an application on the waiting list, for its applicant to read; None where it is not on it.

    Where very many wait it is that of up to a minute ago, and somebody who has just joined is the last.
    """
    if application.state != State.WAITLISTED:
        return None
    programme = application.programme
    order = _orders.get(
        programme.pk, lambda: _keys_in_order(programme), if_=lambda order: len(order) > crowds.EXACT
    )
    with contextlib.suppress(ValueError):
        return order.index(application.pk) + 1
    return len(order) + 1


def _keys_in_order(programme: Programme) -> array[int]:
    named = ("application_id", "joined_at", "pk", "moved_to", "behind")
    rows: Iterable[Any] = _waiting(programme).values_list(*named, named=True)
    ordered = _in_order(rows, scores(programme, states=[State.WAITLISTED]))
    return array("q", (one.application_id for one in ordered))


def _waiting(programme: Programme) -> QuerySet[WaitingPlace]:
    return WaitingPlace.objects.filter(programme=programme, application__state=State.WAITLISTED)


def _in_order(rows: Iterable[WaitingPlace], known: Mapping[int, int]) -> list[WaitingPlace]:
    waiting = list(rows)
    here = {one.application_id for one in waiting}
    ordered = sorted(
        (one for one in waiting if one.moved_to is None),
        key=lambda one: (-known.get(one.application_id, 0), one.joined_at, one.pk),
    )
    moved = [(len(here.intersection(one.behind)), one) for one in waiting if one.moved_to is not None]
    for index, one in sorted(moved, key=lambda pair: (pair[0], pair[1].pk)):
        ordered.insert(index, one)
    return ordered


def move_to(
    application_id: int, position: int, *, user: Person, reason: str, now: datetime.datetime
) -> list[Waiting]:
    """Staff put someone at a position of the waiting list, with a reason that is kept; return the new queue.

    As those before them leave, they move up like everybody else. Raises `Refused` without a reason, for a position
    that the queue does not have, or for someone who does not wait.
    """
    if not reason.strip():
        raise Refused("Give a reason: it is kept with your name.")
    with transaction.atomic():
        # One move at a time: each is counted from the order that the one before it left.
        programme = capacity.lock_programme_of(application_id)
        application = nominations.lock_application(application_id)
        conflicts.require_may_decide(user, application)
        if application.state != State.WAITLISTED:
            raise Refused(f"{application.name} is not on the waiting list.")
        order = [one.place for one in queue(programme)]
        if not 1 <= position <= len(order):
            raise Refused(f"Choose a position from 1 to {len(order)}.")
        place = next(one for one in order if one.application_id == application_id)
        order.remove(place)
        order.insert(position - 1, place)
        place.moved_to = position
        place.reason = reason.strip()
        place.moved_by_id = user.pk
        changed_by(place, user)
        for index, one in enumerate(order):
            one.behind = [before.application_id for before in order[:index]]
            if one is not place and one.moved_to is not None:
                WaitingPlace.objects.filter(pk=one.pk).update(behind=one.behind)
        place.save()
        return queue(programme)


def set_offers_onward(programme_id: int, wanted: bool, *, user: Person) -> Programme:
    """Switch on or off that freed seats are offered to the waiting list without anyone watching."""
    with transaction.atomic():
        programme = capacity.lock_programme(programme_id)
        require_reviewer(user, programme)
        programme.offers_onward = wanted
        changed_by(programme, user)
        programme.save(update_fields=["offers_onward"])
        ask_for_sweep(programme)
        return programme


def programmes_to_sweep() -> list[int]:
    """The programmes whose free seats are offered onward and where somebody waits."""
    rows = Programme.objects.filter(offers_onward=True, applications__state=State.WAITLISTED)
    return list(rows.distinct().order_by("pk").values_list("pk", flat=True))


def offer_freed_seats(programme_id: int, *, now: datetime.datetime) -> list[Place]:
    """Offer every free seat of a programme to the next who can take it; return the offers.

    Safe to run twice at once: each offer is made with the programme locked.
    """
    return _offer_all(programme_id, actor=Actor.clock(), now=now)


def offer_now(programme_id: int, *, user: Person, now: datetime.datetime) -> list[Place]:
    """Staff offer the free seats to the waiting list once, also where that is not done by itself; return the offers.

    As with every decision of staff, the mails are held.
    """
    require_reviewer(user, Programme.objects.select_related("academy").get(pk=programme_id))
    return _offer_all(programme_id, actor=Actor.staff(user), now=now)


def _offer_all(programme_id: int, *, actor: Actor, now: datetime.datetime) -> list[Place]:
    offered: list[Place] = []
    while place := _offer_next(programme_id, actor=actor, now=now):
        offered.append(place)
    return offered


def _offer_next(programme_id: int, *, actor: Actor, now: datetime.datetime) -> Place | None:
    """Offer one free seat to the first in the queue who can take one; None where nobody can."""
    with transaction.atomic():
        programme = capacity.lock_programme(programme_id)
        if actor.user is None and not programme.offers_onward:
            return None
        free = _offerable(programme, now=now)
        for waiting in queue(programme) if free else ():
            wanted = _best(waiting, free)
            if wanted is None:
                continue
            cohort = capacity.lock_cohorts(programme, [wanted])[wanted]
            application = nominations.lock_application(waiting.application.pk)
            if application.state != State.WAITLISTED:
                # Left the list at this very moment: the next in the queue is asked.
                continue
            return places.seat(application, cohort, confirmed=False, action="offer", actor=actor, now=now)
        return None


def _best(one: Waiting, free: Mapping[int, int]) -> int | None:
    """The cohort that somebody likes best of those with a seat free; None where they can attend none of them."""
    return next((pk for pk in one.cohort_ids if free.get(pk)), None)


def _next_offers(waiting: Sequence[Waiting], free: Mapping[int, int]) -> Iterator[tuple[Waiting, int]]:
    """Who is offered which cohort, in the order of the queue: each the one they like best of what is left."""
    left = dict(free)
    for one in waiting:
        wanted = _best(one, left)
        if wanted is not None:
            left[wanted] -= 1
            yield one, wanted


def _offerable(programme: Programme, *, now: datetime.datetime) -> dict[int, int]:
    """The seats that can still be offered of each cohort of a locked programme that has any."""
    free = {pk: seats for pk, seats in capacity.free_seats(programme).items() if seats}
    if not free:
        return {}
    rows = Cohort.objects.filter(pk__in=free, runs=True).with_seats_taken().prefetch_related("sessions")
    cohorts = [_with(cohort, programme) for cohort in rows]
    return {one.pk: free[one.pk] for one in cohorts if not _too_late(one, now) and not _may_not_run(one)}


def _may_not_run(cohort: Cohort) -> bool:
    """Whether nobody sits in a cohort that needs several: a proposal fills it, which looks at its minimum.

    Reads ``seats_taken``.
    """
    return not getattr(cohort, "seats_taken", 0) and cohort.minimum > 1 and not cohort.certain


def _with(cohort: Cohort, programme: Programme) -> Cohort:
    cohort.programme = programme
    return cohort


def _too_late(cohort: Cohort, now: datetime.datetime) -> bool:
    last = deadlines.cut_off(cohort)
    return last is not None and now > last - LEAST_TO_ANSWER


def outlooks(programme: Programme, waiting: Sequence[Waiting], *, now: datetime.datetime) -> list[Outlook]:
    """What the next sweep does with each cohort of a programme, for staff to read; five queries, however many.

    ``waiting`` is the queue. Certain only while the programme is locked.
    """
    free = capacity.free_seats(programme)
    rows = Cohort.objects.filter(programme=programme).with_seats_taken().prefetch_related("sessions")
    cohorts = [_with(one, programme) for one in rows.order_by("pk")]
    offerable = {
        one.pk: free[one.pk]
        for one in cohorts
        if free[one.pk] and one.runs and not _too_late(one, now) and not _may_not_run(one)
    }
    places_left = _places_left(programme)
    coming: dict[int, list[Waiting]] = {one.pk: [] for one in cohorts}
    for one, cohort_id in list(_next_offers(waiting, offerable))[:places_left]:
        coming[cohort_id].append(one)
    return [
        Outlook(
            cohort=cohort,
            free=free[cohort.pk],
            next_offers=tuple(coming[cohort.pk]),
            why_nobody=_why_nobody(
                cohort, free[cohort.pk], getattr(cohort, "seats_taken", 0), waiting=waiting, now=now
            )
            or ("" if coming[cohort.pk] else "Those who can attend it are offered other dates first."),
        )
        for cohort in cohorts
    ]


def _places_left(programme: Programme) -> int | None:
    """How many more people the programme takes in all; None without a total."""
    if programme.total_places is None:
        return None
    return max(0, programme.total_places - Place.objects.counted().filter(programme=programme).count())


def why_nobody(cohort: Cohort, *, now: datetime.datetime) -> str:
    """Why no seat of a cohort is offered to the waiting list now, in a sentence; empty where one will be."""
    free = capacity.free_seats(cohort.programme)[cohort.pk]
    taken = cohort.places.taken().count()
    return _why_nobody(cohort, free, taken, waiting=queue(cohort.programme), now=now)


def _why_nobody(
    cohort: Cohort, free: int, taken: int, *, waiting: Sequence[Waiting], now: datetime.datetime
) -> str:
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
    if taken >= cohort.maximum:
        return f"No seat is free: all {cohort.maximum} are offered or confirmed."
    if not free:
        return f"All {programme.total_places} places of the programme are used, though this cohort has seats free."
    if not waiting:
        return "Nobody is on the waiting list."
    if not any(cohort.pk in one.cohort_ids for one in waiting):
        return f"None of the {plural(len(waiting), 'person', 'people')} on the waiting list can attend it."
    if not taken and cohort.minimum > 1 and not cohort.certain:
        return f"Nobody sits in it yet, and it needs {cohort.minimum} people: its places are given by a proposal."
    if not programme.offers_onward:
        return "Offering freed seats to the waiting list is switched off for this programme."
    return ""
