"""Does a cohort run? When it has reached its minimum its people are told; when it has not, staff are asked, and decide.

Each choice is one verb that does the whole job. It is kept as a `CohortDecision` with its reason and who made it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Count, F, Q, prefetch_related_objects

from applications.domain import nominations
from applications.domain.telling import tell_applicant
from applications.domain.workflow import Actor, change_state
from applications.models import Application, State
from cohorts.domain import capacity, certainty, moving, places, plans
from cohorts.domain.calendar import publish
from cohorts.domain.preferences import date_lines, has_started
from cohorts.models import Cohort, CohortDecision, Place
from programmes.domain import messages
from programmes.domain.access import require_reviewer
from programmes.domain.refused import Refused
from programmes.domain.wording import local_date, nhs_date, plural
from programmes.models import Message
from programmes.models.messages import MessageQuerySet

Person = User | AnonymousUser
Kind = CohortDecision.Kind


def about(cohort: Cohort) -> str:
    """The key under which mails to staff about a cohort are kept."""
    return f"cohort:{cohort.pk}"


# Certain, or not yet.
def to_settle() -> list[int]:
    """The cohorts that have reached their minimum and whose people have not been told that they run."""
    confirmed = Count("places", filter=Q(places__status=Place.Status.CONFIRMED))
    rows = Cohort.objects.filter(runs=True, minimum__gte=1, certain_at=None).annotate(confirmed=confirmed)
    return list(rows.filter(confirmed__gte=F("minimum")).order_by("pk").values_list("pk", flat=True))


def settle(cohort_id: int, *, now: datetime.datetime) -> int:
    """Make a cohort that has reached its minimum certain, and tell the people in it; return how many were told."""
    with transaction.atomic():
        cohort = _lock([cohort_id])[cohort_id]
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
            occasion=f"{about(cohort)}:{now.isoformat()}",
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


def _lock(cohort_ids: Iterable[int]) -> dict[int, Cohort]:
    """Lock some cohorts of one programme, and the applications with a seat in them, in the order of ids.

    Nobody accepts, declines or withdraws between the counting and the telling. Cohorts of another programme than the
    first one's are not among those returned.
    """
    wanted = list(cohort_ids)
    programme_id = Cohort.objects.values_list("programme_id", flat=True).get(pk=wanted[0])
    cohorts = capacity.lock_cohorts(capacity.lock_programme(programme_id), wanted)
    seated = Place.objects.taken().filter(cohort__in=cohorts).values_list("application_id", flat=True)
    # Evaluated, so that they are locked: one table, in the order of ids.
    list(
        Application.objects.select_for_update(no_key=True)
        .filter(pk__in=list(seated))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    prefetch_related_objects(list(cohorts.values()), "sessions__venue")
    return cohorts


# Staff are asked.
def ask_days(cohort: Cohort) -> list[datetime.date]:
    """The days on which staff are asked about a cohort under its minimum: set days before it starts.

    Where staff gave it longer, that day alone. Reads its sessions.
    """
    if cohort.decide_by is not None:
        return [cohort.decide_by]
    if cohort.starts_at is None:
        return []
    starts = local_date(cohort.starts_at)
    return sorted(starts - datetime.timedelta(days=days) for days in certainty.ASK_DAYS)


def day_due(cohort: Cohort, *, now: datetime.datetime) -> datetime.date | None:
    """The last of these days that has come; None before the first of them, and once the cohort has started."""
    if has_started(cohort, now):
        return None
    return max((day for day in ask_days(cohort) if day <= local_date(now)), default=None)


def to_ask(now: datetime.datetime) -> list[int]:
    """The cohorts that staff are to be asked about: a day has come, and fewer are confirmed or offered than needed.

    Not those that staff have decided to run anyway. One that was asked about on its last day is among them: `ask`
    asks once.
    """
    taken = Count("places", filter=Q(places__seat_number__isnull=False))
    rows = Cohort.objects.filter(runs=True, minimum__gte=1).annotate(taken=taken)
    under = rows.filter(taken__lt=F("minimum")).prefetch_related("sessions")
    return [
        cohort.pk
        for cohort in under.order_by("pk")
        if day_due(cohort, now=now) and not plans.decided_to_run(cohort)
    ]


def ask(cohort_id: int, *, now: datetime.datetime) -> bool:
    """Ask staff by mail, once for each day, what becomes of a cohort; return whether a mail was queued.

    A day that was missed is caught up; of two missed days only the last, so that two mails never come together.
    """
    with transaction.atomic():
        cohort = _lock([cohort_id])[cohort_id]
        day = day_due(cohort, now=now)
        taken = cohort.places.taken().count()
        if day is None or not cohort.runs or taken >= cohort.minimum or plans.decided_to_run(cohort):
            return False
        asked = asked_by_mail(cohort).count()
        academy = cohort.programme.academy
        messages.queue(
            "cohort_under_minimum",
            occasion=f"{about(cohort)}:{day.isoformat()}",
            to_address=academy.contact_email,
            to_name=academy.name,
            programme=cohort.programme,
            about=about(cohort),
            now=now,
            context={
                "cohort": cohort.name,
                "dates": "\n".join(date_lines(cohort)),
                "numbers": numbers_in_words(cohort, now=now),
            },
        )
        return asked_by_mail(cohort).count() > asked


def asked_by_mail(cohort: Cohort) -> MessageQuerySet:
    """The mails in which staff were asked about a cohort, oldest first."""
    return Message.objects.about(about(cohort)).filter(event="cohort_under_minimum").order_by("pk")


def numbers_in_words(cohort: Cohort, *, now: datetime.datetime) -> str:
    """How a cohort stands against its minimum, for staff: people, days left, and what its people were told."""
    confirmed = cohort.places.filter(status=Place.Status.CONFIRMED).count()
    offered = cohort.places.filter(status=Place.Status.OFFERED).count()
    lines = [
        f"{cohort.name} needs {plural(cohort.minimum, 'person', 'people')}. "
        f"{confirmed} {'has' if confirmed == 1 else 'have'} confirmed, "
        f"and {offered} {'has' if offered == 1 else 'have'} an offer to answer."
    ]
    if cohort.starts_at is not None:
        days = (local_date(cohort.starts_at) - local_date(now)).days
        lines.append(f"It starts on {nhs_date(cohort.starts_at)}, in {plural(days, 'day')}.")
    if cohort.certain:
        lines.append("Its people have been told that it runs; some have left since.")
    elif by := certainty.decided_by(cohort):
        lines.append(f"The people in it were told that it is decided by {nhs_date(by)}.")
    return " ".join(lines)


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
                occasion=f"{about(cohort)}:{now.isoformat()}",
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
    cohorts = _lock(cohort_ids)
    cohort = cohorts[cohort_ids[0]]
    require_reviewer(user, cohort.programme.academy)
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
    # django-simple-history's own way to name who did it.
    setattr(cohort, "_history_user", user)  # noqa: B010
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
