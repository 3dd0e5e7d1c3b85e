"""Closing a cohort's register: who attended goes on to complete, and who did not is told what comes instead.

Staff see everything before it happens. It can be done again for people marked later; and someone who was wrongly taken
to have missed the training is put right from the register as it is corrected.
"""

from __future__ import annotations

import datetime
import enum
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import prefetch_related_objects

from applications.domain import nominations
from applications.domain.actors import Actor, Hand
from applications.domain.transitions import find_transition, require
from applications.domain.workflow import change_state
from applications.models import Application, State
from applications.models.applications import ENDED
from cohorts.domain import attended, capacity, deadlines, offers, places, register
from cohorts.domain.attended import Outcome, Verdict
from cohorts.models import Cohort, Place
from programmes.domain.access import require_reviewer
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_date

Person = User | AnonymousUser
DID_NOT_ATTEND = "Did not attend"


class Instead(enum.StrEnum):
    """What someone who did not attend gets instead."""

    OFFER = "offer"
    WAIT = "wait"
    END = "end"


@dataclass(frozen=True)
class Choice:
    """What staff chose for someone who did not attend: a cohort to offer, or a reason where it ends."""

    instead: Instead
    cohort_id: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Judged:
    """One person and what the register says; of someone who missed it also the cohorts that could be offered.

    ``suggested`` is the next of them with a seat for this person, once those above are served.
    """

    application: Application
    verdict: Verdict
    cohorts: tuple[Cohort, ...] = ()
    suggested: Cohort | None = None


@dataclass
class Preview:
    """What closing a cohort would do, by what the register says; ``after_all`` are those who can be put right."""

    attended: list[Judged] = field(default_factory=list)
    missed: list[Judged] = field(default_factory=list)
    open: list[Judged] = field(default_factory=list)
    after_all: list[Judged] = field(default_factory=list)


@dataclass
class Closed:
    """What closing did."""

    attended: list[Application] = field(default_factory=list)
    missed: list[Application] = field(default_factory=list)


def why_not_yet(cohort: Cohort, *, now: datetime.datetime) -> str:
    """Why a cohort cannot be closed at ``now``, in a sentence; empty where it can. Reads prefetched sessions."""
    needed = attended.needed_sessions(cohort)
    if not cohort.runs or not needed:
        return f"{cohort.name} has no sessions that anybody needs to attend."
    last = max(session.ends_at for session in needed)
    return f"{cohort.name} can be closed once it is over, on {nhs_date(last)}." if now < last else ""


def preview(cohort: Cohort, *, now: datetime.datetime) -> Preview:
    """Who attended, who did not and what they could be offered, and of whom the register does not say yet."""
    prefetch_related_objects([cohort], "sessions")
    found = Preview()
    seated = Place.objects.filter(cohort=cohort, status=Place.Status.CONFIRMED)
    people = [place.application for place in seated.select_related("application__organisation")]
    missed = _missed_before(cohort)
    judged = attended.verdicts(cohort, [one.pk for one in (*people, *missed)])
    people.sort(key=lambda one: (one.name.casefold(), one.pk))
    for application in people:
        one = Judged(application, judged[application.pk])
        {
            Outcome.ATTENDED: found.attended,
            Outcome.MISSED: found.missed,
            Outcome.OPEN: found.open,
        }[one.verdict.outcome].append(one)
    found.missed = _with_cohorts(cohort, found.missed, now=now)
    found.after_all = [
        Judged(one, judged[one.pk]) for one in missed if judged[one.pk].outcome == Outcome.ATTENDED
    ]
    return found


def _missed_before(cohort: Cohort) -> list[Application]:
    """Those whom an earlier closing found not to have attended this cohort, and who can still be put right."""
    row = find_transition(State.WAITLISTED, "attend")
    assert row is not None
    rows = Application.objects.filter(
        places__cohort=cohort,
        places__status=Place.Status.RELEASED,
        state__in=[*row.sources, State.CONFIRMED],
        changes__action__in=["miss", "not_complete"],
    )
    here = Place.objects.filter(cohort=cohort, status__in=attended.IN_COHORT).values("application")
    return list(rows.exclude(pk__in=here).select_related("organisation").distinct().order_by("name", "pk"))


def _with_cohorts(cohort: Cohort, missed: Iterable[Judged], *, now: datetime.datetime) -> list[Judged]:
    later = later_cohorts(cohort, now=now)
    free = dict(later)
    cannot: dict[int, set[int]] = {}
    rows = Application.objects.filter(pk__in=[one.application.pk for one in missed])
    for pk, cohort_id in rows.filter(preferences__rank__isnull=True, preferences__isnull=False).values_list(
        "pk", "preferences__cohort"
    ):
        cannot.setdefault(pk, set()).add(cohort_id)
    found = []
    for one in missed:
        possible = tuple(other for other in later if other.pk not in cannot.get(one.application.pk, ()))
        suggested = next((other for other in possible if free[other]), None)
        if suggested is not None:
            free[suggested] -= 1
        found.append(Judged(one.application, one.verdict, possible, suggested))
    return found


def later_cohorts(cohort: Cohort, *, now: datetime.datetime) -> dict[Cohort, int]:
    """The cohorts of the same programme that run and can still be offered, by date, with their free seats.

    The total of the programme does not matter here: who gets such a seat gives one back.
    """
    rows = Cohort.objects.filter(programme=cohort.programme_id, runs=True).exclude(pk=cohort.pk)
    found = []
    for other in rows.with_seats_taken().prefetch_related("sessions"):
        other.programme = cohort.programme
        last = deadlines.cut_off(other)
        free = other.maximum - getattr(other, "seats_taken", 0)
        if other.starts_at is not None and last is not None and now < last and free > 0:
            found.append((other.starts_at, other.pk, other, free))
    return {other: free for _, _, other, free in sorted(found, key=lambda row: row[:2])}


def close(
    cohort_id: int,
    *,
    seen: Collection[int],
    choices: Mapping[int, Choice],
    user: Person,
    now: datetime.datetime,
) -> Closed:
    """Do what was seen: who attended goes on, and of those who did not each gets what was chosen.

    Args:
        cohort_id: The cohort.
        seen: The applications of those who attended, as the page showed them.
        choices: What staff chose for each application of those who did not.
        user: The member of staff.
        now: The moment.

    Raises:
        Refused: Before the last session that counts is over, or where the register has changed since it was seen.
        CohortFull: Where a cohort that was chosen has no seat left; nothing is done then.

    """
    programme_id = Cohort.objects.values_list("programme_id", flat=True).get(pk=cohort_id)
    with transaction.atomic():
        programme = capacity.lock_programme(programme_id)
        allowances = {one.key: one for one in nominations.lock_allowances(programme_id)}
        wanted = {choice.cohort_id for choice in choices.values() if choice.cohort_id is not None}
        cohorts = capacity.lock_cohorts(programme, {cohort_id, *wanted})
        cohort = cohorts[cohort_id]
        register.lock_sessions(*cohort.sessions.values_list("pk", flat=True))
        require_reviewer(user, programme)
        if why := why_not_yet(cohort, now=now):
            raise Refused(why)
        found = preview(cohort, now=now)
        _require_as_seen(found, seen, choices)
        closed = Closed()
        by_id = sorted([*found.attended, *found.missed], key=lambda one: one.application.pk)
        for one in by_id:
            application = nominations.lock_application(one.application.pk)
            if one.verdict.outcome == Outcome.ATTENDED:
                _attended(application, cohort, user=user, now=now)
                closed.attended.append(application)
            else:
                _missed(application, cohort, choices[application.pk], cohorts, user=user, now=now)
                closed.missed.append(application)
        for application in closed.missed:
            if application.state in ENDED:
                nominations.move_up(allowances.get(application.nomination_key), now=now)
        cohort.closed_at = now
        changed_by(cohort, user)
        cohort.save(update_fields=["closed_at"])
        return closed


def _require_as_seen(found: Preview, seen: Collection[int], choices: Mapping[int, Choice]) -> None:
    attended_now = {one.application.pk for one in found.attended}
    missed_now = {one.application.pk for one in found.missed}
    if attended_now != set(seen) or missed_now != set(choices):
        raise Refused(
            "The register, or who is in the cohort, was changed while you looked at this page. Nothing has been done: "
            "look at it again, and then close it."
        )


def _attended(application: Application, cohort: Cohort, *, user: Person, now: datetime.datetime) -> None:
    change_state(
        application,
        State.ATTENDED,
        action="attend",
        actor=Actor.staff(user),
        now=now,
        context={"cohort": cohort.name},
    )


def _missed(
    application: Application,
    left: Cohort,
    choice: Choice,
    cohorts: Mapping[int, Cohort],
    *,
    user: Person,
    now: datetime.datetime,
) -> None:
    actor = Actor.staff(user)
    if choice.instead == Instead.END:
        change_state(
            application,
            State.DID_NOT_COMPLETE,
            action="not_complete",
            actor=actor,
            reason=choice.reason,
            now=now,
        )
    elif choice.instead == Instead.WAIT:
        change_state(
            application,
            State.WAITLISTED,
            action="miss",
            actor=actor,
            reason=DID_NOT_ATTEND,
            now=now,
            context={"left": left.name},
        )
    else:
        cohort = cohorts.get(choice.cohort_id or 0)
        if cohort is None or cohort not in later_cohorts(left, now=now):
            raise Refused(
                f"The cohort chosen for {application.name} can no longer be offered: it is full, it starts too soon "
                "or it does not take place. Nothing has been done: choose again."
            )
        places.require_can_attend(application, cohort)
        places.release(application, reason=DID_NOT_ATTEND, now=now)
        places.seat(
            application,
            cohort,
            confirmed=False,
            action="miss",
            actor=actor,
            reason=DID_NOT_ATTEND,
            now=now,
            context={"left": left.name},
        )


def put_right(
    application_id: int, cohort_id: int, *, user: Person, reason: str, now: datetime.datetime
) -> Application:
    """Someone who was taken to have missed a cohort attended it after all, as the corrected register says.

    The seat they hold elsewhere is free at once. Raises `Refused` where the register does not say so, where the
    nomination they need is used by somebody else, or where every place of the programme is.
    """
    programme_id = Cohort.objects.values_list("programme_id", flat=True).get(pk=cohort_id)
    with transaction.atomic():
        programme = capacity.lock_programme(programme_id)
        before = Application.objects.select_related("programme", "ics__region", "organisation")
        allowance = nominations.lock_allowance(before.get(pk=application_id))
        held = Place.objects.taken().filter(application=application_id).values_list("cohort_id", flat=True)
        cohort = capacity.lock_cohorts(programme, {cohort_id, *held})[cohort_id]
        register.lock_sessions(*cohort.sessions.values_list("pk", flat=True))
        application = nominations.lock_application(application_id)
        require_reviewer(user, programme)
        require(application, "attend", Hand.STAFF)
        left = application.places.filter(cohort=cohort, status=Place.Status.RELEASED).order_by("-pk").first()
        said = attended.verdicts(cohort, [application_id])[application_id]
        if left is None or said.outcome != Outcome.ATTENDED:
            raise Refused(
                f"By the register of {cohort.name}, {application.name} has not attended: {said.sentence}. "
                "Correct the register first."
            )
        if application.state in ENDED:
            offers.require_no_other(application)
            if allowance is not None and not nominations.take(application, allowance):
                raise Refused(
                    f"Every nomination of {allowance.whose} is used: {allowance.limit} of {allowance.limit}."
                )
        places.release(application, reason=f"Attended {cohort.name} after all", now=now)
        left.programme_number = capacity.next_place(programme)
        left.status = Place.Status.ATTENDED
        left.save(update_fields=["programme_number", "status"])
        change_state(
            application,
            State.ATTENDED,
            action="attend",
            actor=Actor.staff(user),
            reason=reason,
            now=now,
            context={"cohort": cohort.name},
        )
        return application
