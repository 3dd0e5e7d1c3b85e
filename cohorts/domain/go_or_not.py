"""Does a cohort run? When it has reached its minimum its people are told; when it has not, staff decide.

They are asked in `cohorts.domain.asking`. Each choice is one verb that does the whole job. It is kept as a
`CohortDecision` with its reason and who made it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Count, F, Q

from applications.domain import nominations
from applications.domain.actors import Actor
from applications.domain.telling import tell_applicant
from applications.domain.workflow import change_state
from applications.models import State
from cohorts.domain import capacity, certainty, moving, places, plans
from cohorts.domain.calendar import publish
from cohorts.models import Cohort, CohortDecision, Place
from programmes.domain.access import require_reviewer
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.wording import local_date, nhs_date, plural
from programmes.models import Message

Person = User | AnonymousUser
Kind = CohortDecision.Kind


# Certain, or not yet.
def to_settle() -> list[int]:
    """The cohorts that have reached their minimum and whose people have not been told that they run."""
    confirmed = Count("places", filter=Q(places__status=Place.Status.CONFIRMED))
    rows = Cohort.objects.filter(runs=True, minimum__gte=1, certain_at=None).annotate(confirmed=confirmed)
    return list(rows.filter(confirmed__gte=F("minimum")).order_by("pk").values_list("pk", flat=True))


def settle(cohort_id: int, *, now: datetime.datetime) -> int:
    """Make a cohort that has reached its minimum certain, and tell the people in it; return how many were told."""
    with transaction.atomic():
        cohort = capacity.lock_with_people([cohort_id])[cohort_id]
        confirmed = _confirmed(cohort)
        # A decision that can still be taken back makes nothing certain.
        settled = len(confirmed) - len(_not_told_yet(confirmed, now=now))
        if cohort.certain or not cohort.runs or settled < cohort.minimum:
            return 0
        return make_certain(cohort, now=now)


def make_certain(cohort: Cohort, *, now: datetime.datetime) -> int:
    """Tell everyone confirmed in a cohort, it and its people locked, that it runs; with their calendar up to date.

    Whose place itself is still in a held mail reads it there, and only there. Returns how many are told.
    """
    cohort.certain_at = now
    cohort.save(update_fields=["certain_at"])
    confirmed = _confirmed(cohort)
    waiting = _not_told_yet(confirmed, now=now)
    _correct_what_waits(confirmed, now=now)
    told = [place for place in confirmed if place.application.about not in waiting]
    for place in told:
        tell_applicant(
            place.application,
            "cohort_runs",
            occasion=f"{certainty.about(cohort)}:{now.isoformat()}",
            now=now,
            context=places.place_context(place, now=now),
            attachments=[publish(place, now=now)],
        )
    return len(told)


def _confirmed(cohort: Cohort) -> list[Place]:
    rows = cohort.places.filter(status=Place.Status.CONFIRMED).select_related("application__programme")
    confirmed = list(rows.order_by("pk"))
    for place in confirmed:
        place.cohort = cohort
    return confirmed


def _not_told_yet(confirmed: Iterable[Place], *, now: datetime.datetime) -> set[str]:
    """Whose mail that gives them the place, or moves it, is still held: the keys of what it is about."""
    held = Message.objects.held(now).filter(event__in=["confirmed", "moved"])
    return set(held.about(*(place.application.about for place in confirmed)).values_list("about", flat=True))


def _correct_what_waits(confirmed: Iterable[Place], *, now: datetime.datetime) -> None:
    """Mails that are still held do not say any more "runs if … by": they would be read after the newer one."""
    for place in confirmed:
        text = certainty.in_words(place.cohort, now=now)
        for message in Message.objects.select_for_update().held(now).about(place.application.about):
            if message.context.get("certain"):
                message.context["certain"] = text
                message.save(update_fields=["context"])


# Staff decide.
def run_anyway(cohort_id: int, *, reason: str, user: Person, now: datetime.datetime) -> CohortDecision:
    """Let a cohort run with fewer people than its minimum; those confirmed are told that it is certain now."""
    with transaction.atomic():
        cohort = _to_decide([cohort_id], Kind.RUN_ANYWAY, reason=reason, user=user, now=now)[cohort_id]
        told = make_certain(cohort, now=now) if cohort.certain_at is None else 0
        people = plural(told, "person was", "people were")
        report = f"{people} told that it runs." if told else "Nobody had to be told."
        return _keep(cohort, Kind.RUN_ANYWAY, reason=reason, user=user, now=now, report=report)


def extend(
    cohort_id: int, *, until: datetime.date, reason: str, user: Person, now: datetime.datetime
) -> CohortDecision:
    """Give a cohort until a later day to reach its minimum; those confirmed are told the new day.

    Raises `Refused` unless the day is later than the one that stands and than today, and before the start.
    """
    with transaction.atomic():
        cohort = _to_decide([cohort_id], Kind.EXTEND, reason=reason, user=user, now=now)[cohort_id]
        starts, stands = cohort.starts_at, certainty.decided_by(cohort)
        assert starts is not None and stands is not None
        if until <= max(stands, local_date(now)):
            raise Refused(
                f"Choose a day after today and after {nhs_date(stands)}, by which it is to be decided now."
            )
        if until >= local_date(starts):
            raise Refused(f"{cohort.name} starts on {nhs_date(starts)}: choose an earlier day.")
        cohort.decide_by = until
        _save(cohort, ["decide_by"], user=user)
        told = _confirmed(cohort)
        _correct_what_waits(told, now=now)
        for place in told:
            tell_applicant(
                place.application,
                "cohort_decided_later",
                occasion=f"{certainty.about(cohort)}:{now.isoformat()}",
                now=now,
                context=places.place_context(place, now=now),
            )
        people = plural(len(told), "person was", "people were")
        report = f"{people} told the new day." if told else "Nobody had to be told."
        return _keep(cohort, Kind.EXTEND, reason=reason, user=user, now=now, report=report, until=until)


def merge(
    cohort_id: int, into_id: int, *, reason: str, user: Person, now: datetime.datetime
) -> CohortDecision:
    """Move the people of a cohort into another one and take it off; confirmed stay confirmed, offered stay offered.

    Whoever cannot attend the other one, or finds no seat there, goes to the waiting list. Where the other one reaches
    its minimum by it, those already there are told that it runs; those moved read so in their one mail.
    """
    return _take_over(Kind.MERGE, cohort_id, into_id, reason=reason, user=user, now=now)


def roll_over(
    cohort_id: int, into_id: int, *, reason: str, user: Person, now: datetime.datetime
) -> CohortDecision:
    """Offer the people of a cohort a place in a later one, with a fresh date to answer by; approvals stay.

    Whoever cannot attend the later one, or finds no seat there, goes to the waiting list.
    """
    return _take_over(Kind.ROLL_OVER, cohort_id, into_id, reason=reason, user=user, now=now)


def _take_over(
    kind: CohortDecision.Kind,
    cohort_id: int,
    into_id: int,
    *,
    reason: str,
    user: Person,
    now: datetime.datetime,
) -> CohortDecision:
    with transaction.atomic():
        cohorts = _to_decide([cohort_id, into_id], kind, reason=reason, user=user, now=now)
        cohort, into = cohorts[cohort_id], cohorts.get(into_id)
        if into is None:
            raise Refused(f"Choose a cohort of {cohort.programme.title}.")
        if sentence := plans.impossible_into(cohort, into, kind, now=now):
            raise Refused(sentence)
        plan = plans.plan(cohort, into, kind)
        if plan.impossible:
            raise Refused(plan.impossible)
        taken, report = len(plan.come) + len(plan.stay), plans.report(plan)
        if plan.makes_certain:
            # First: the mails of those who come say what is true by then.
            make_certain(into, now=now)
        for one in plan.come:
            moving.move_locked(
                nominations.lock_application(one.application_id),
                into,
                actor=Actor.staff(user),
                reason=reason.strip(),
                now=now,
                action="move" if kind == Kind.MERGE else "roll_over",
                confirmed=None if kind == Kind.MERGE else False,
            )
        _call_off(cohort, plan, reason=reason, user=user, now=now)
        return _keep(cohort, kind, reason=reason, user=user, now=now, report=report, into=into, taken=taken)


def cancel(cohort_id: int, *, reason: str, user: Person, now: datetime.datetime) -> CohortDecision:
    """Cancel a cohort: everyone in it goes to the waiting list, its dates leave their calendars, approvers are told."""
    with transaction.atomic():
        cohort = _to_decide([cohort_id], Kind.CANCEL, reason=reason, user=user, now=now)[cohort_id]
        plan = plans.plan(cohort, None, Kind.CANCEL)
        report = plans.report(plan)
        _call_off(cohort, plan, reason=reason, user=user, now=now)
        return _keep(
            cohort, Kind.CANCEL, reason=reason, user=user, now=now, report=report, taken=len(plan.stay)
        )


def _to_decide(
    cohort_ids: list[int], kind: CohortDecision.Kind, *, reason: str, user: Person, now: datetime.datetime
) -> dict[int, Cohort]:
    """Lock the cohorts of a choice, the one decided on first; refuse what cannot be, or has no reason."""
    if not reason.strip():
        raise Refused("Give a reason: it is kept with your name.")
    cohorts = capacity.lock_with_people(cohort_ids)
    cohort = cohorts[cohort_ids[0]]
    require_reviewer(user, cohort.programme)
    if sentence := plans.impossible(cohort, kind, now=now):
        raise Refused(sentence)
    return cohorts


def _call_off(cohort: Cohort, plan: plans.Plan, *, reason: str, user: Person, now: datetime.datetime) -> None:
    """Send those who stay behind to the waiting list, and take the cohort off."""
    for one in plan.stay:
        application = nominations.lock_application(one.application_id)
        place = places.current_place(application)
        assert place is not None
        change_state(
            application,
            State.WAITLISTED,
            action="cancel_cohort",
            actor=Actor.staff(user),
            reason=reason,
            now=now,
            context=places.place_context(place, now=now),
        )
        # Not held: a seat that is offered to them a minute later would take the mail back, and with it the file that
        # takes the dates out of their calendar.
        Message.objects.held(now).about(application.about).update(not_before=now)
    cohort.runs = False
    cohort.cancelled_at = now
    # Should it be set up to run once more, it starts afresh.
    cohort.certain_at = None
    cohort.decide_by = None
    _save(cohort, ["runs", "cancelled_at", "certain_at", "decide_by"], user=user)


def _save(cohort: Cohort, fields: list[str], *, user: Person) -> None:
    changed_by(cohort, user)
    cohort.save(update_fields=fields)


def _keep(
    cohort: Cohort,
    kind: CohortDecision.Kind,
    *,
    reason: str,
    user: Person,
    now: datetime.datetime,
    report: str,
    until: datetime.date | None = None,
    into: Cohort | None = None,
    taken: int | None = None,
) -> CohortDecision:
    return CohortDecision.objects.create(
        cohort=cohort,
        kind=kind,
        reason=reason.strip(),
        decided_at=now,
        decided_by_id=user.pk,
        until=until,
        into=into,
        seats_taken=cohort.places.taken().count() if taken is None else taken,
        report=report,
    )
