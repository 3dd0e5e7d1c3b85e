"""From a proposal to offers, confirmed places and the waiting list: everybody is looked at again under the locks."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import prefetch_related_objects

from applications.domain import nominations
from applications.domain.actors import Actor
from applications.domain.workflow import change_state
from applications.models import Application, State
from cohorts.domain import capacity, places, waiting_list
from cohorts.domain.preferences import has_started
from cohorts.domain.proposals.situation import CANDIDATES
from cohorts.domain.proposals.working_out import has_stopped
from cohorts.models import Cohort, Proposal
from programmes.domain.access import require_reviewer
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_datetime, plural
from programmes.models import Message, Programme

Person = User | AnonymousUser
# More changes than this are made by a worker: the page would wait too long.
AT_ONCE = 60
# So long after it was handed over, another worker looks whether it was done.
A_WORKER_IS_AT_IT = datetime.timedelta(minutes=2)


@dataclass(frozen=True)
class Plan:
    """What a proposal would do: ``to_place`` by reference, in which cohort; ``to_wait``, by reference, for a seat.

    ``pinned``: of those to place, the ones whom staff put where they are. Whoever is left out stays as they are.
    """

    to_place: Mapping[str, str]
    to_wait: frozenset[str]
    pinned: frozenset[str]
    ranks: Mapping[str, tuple[str, ...]]


def plan_of(proposal: Proposal) -> Plan:
    """Read what a proposal that is worked out would do."""
    assignment: dict[str, str] = proposal.allocation["assignment"]
    pinned_by_staff = frozenset(proposal.chosen.get("pinned", {}))
    seated = proposal.problem["pinned"].keys() - pinned_by_staff
    left_out = set(proposal.problem["excluded"])
    ranks = {one["id"]: tuple(one["ranks"]) for one in proposal.problem["applicants"]}
    return Plan(
        to_place={who: key for who, key in sorted(assignment.items()) if who not in seated},
        to_wait=frozenset(ranks.keys() - assignment.keys() - left_out),
        pinned=pinned_by_staff,
        ranks=ranks,
    )


def is_large(proposal: Proposal) -> bool:
    """Whether so many people are changed by a proposal that a worker applies it."""
    plan = plan_of(proposal)
    return len(plan.to_place) + len(plan.to_wait) > AT_ONCE


def require_applicable(proposal: Proposal, *, now: datetime.datetime) -> None:
    """Raise `Refused` with the reason where a proposal cannot be applied (any more)."""
    if proposal.status == Proposal.Status.APPLIED:
        by = str(proposal.applied_by) if proposal.applied_by else "somebody"
        raise Refused(f"It was applied already, by {by} at {nhs_datetime(proposal.applied_at)}.")
    if proposal.status not in (Proposal.Status.READY, Proposal.Status.APPLYING):
        raise Refused(
            f"This proposal is “{proposal.get_status_display().lower()}” and cannot be applied. Propose again."
        )
    later = Proposal.objects.filter(
        programme=proposal.programme_id, status=Proposal.Status.APPLIED, applied_at__gte=proposal.made_at
    )
    if other := later.exclude(pk=proposal.pk).first():
        raise Refused(
            f"Proposal {other.pk} was applied at {nhs_datetime(other.applied_at)}, after this one was made. "
            "Propose again, from how things stand now."
        )


def begin_applying(proposal_id: int, *, user: Person, now: datetime.datetime) -> Proposal:
    """Hand a proposal to a worker to be applied; from then on nobody else applies it."""
    with transaction.atomic():
        proposal = locked(proposal_id, user)[1]
        if proposal.status == Proposal.Status.APPLYING and not has_stopped(proposal, now=now):
            raise Refused("It is being applied at this moment.")
        require_applicable(proposal, now=now)
        proposal.status = Proposal.Status.APPLYING
        proposal.step_at = now
        proposal.applied_by_id = user.pk
        proposal.problem_in_words = ""
        proposal.save()
        return proposal


def apply_handed_over(proposal_id: int, *, now: datetime.datetime) -> bool:
    """Apply a proposal that was handed to a worker, for the person who did; return whether it was applied.

    One that cannot be applied any more is ready again, with the sentence that says why.
    """
    proposal = Proposal.objects.select_related("applied_by").get(pk=proposal_id)
    if proposal.status != Proposal.Status.APPLYING:
        return False
    try:
        apply(proposal_id, user=proposal.applied_by or AnonymousUser(), now=now)
    except Refused as refused:
        Proposal.objects.filter(pk=proposal_id, status=Proposal.Status.APPLYING).update(
            status=Proposal.Status.READY, problem_in_words=refused.sentence, applied_by=None
        )
        return False
    return True


def handed_over(*, now: datetime.datetime) -> list[int]:
    """The proposals that a worker should have begun to apply by now."""
    rows = Proposal.objects.filter(status=Proposal.Status.APPLYING, step_at__lte=now - A_WORKER_IS_AT_IT)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def locked(proposal_id: int, user: Person) -> tuple[Programme, Proposal]:
    """Lock the programme, by which proposals are applied one after the other, and read the proposal afresh."""
    programme_id = Proposal.objects.values_list("programme_id", flat=True).get(pk=proposal_id)
    programme = capacity.lock_programme(programme_id)
    require_reviewer(user, programme)
    return programme, Proposal.objects.select_related("applied_by").get(pk=proposal_id)


@dataclass
class Report:
    """What became of each person, by reference; ``unsaid``: mails of before that this one overtook."""

    placed: list[str] = field(default_factory=list)
    waitlisted: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    unsaid: dict[str, list[str]] = field(default_factory=dict)
    short: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Application:
    """A proposal being applied: everything that is the same for everybody."""

    proposal: Proposal
    plan: Plan
    cohorts: Mapping[str, Cohort]
    directly: bool
    actor: Actor
    now: datetime.datetime
    report: Report


def apply(proposal_id: int, *, user: Person, now: datetime.datetime) -> Proposal:
    """Make the offers (or confirm the places) of a proposal, and put the other shortlisted on the waiting list.

    One transaction. Everybody is looked at again under the locks: whoever withdrew, moved on, changed their
    preferences or finds the seat gone is skipped, and named with the reason in ``report``. From then on freed seats
    are offered onward. Raises `Refused` where the proposal cannot be applied: applied before, or overtaken by
    another one.
    """
    with transaction.atomic():
        programme, proposal = locked(proposal_id, user)
        require_applicable(proposal, now=now)
        plan = plan_of(proposal)
        keys = set(plan.to_place.values())
        ids = programme.cohorts.filter(key__in=keys).values_list("pk", flat=True)
        cohorts = capacity.lock_cohorts(programme, ids)
        prefetch_related_objects(list(cohorts.values()), "sessions__venue")
        doing = _Application(
            proposal,
            plan,
            {cohort.key: cohort for cohort in cohorts.values()},
            places.confirms_directly(programme),
            Actor.staff(user),
            now,
            Report(),
        )
        for reference, pk in _people(programme, plan):
            application = nominations.lock_application(pk)
            try:
                _carry_out(application, doing)
            except Refused as refused:
                doing.report.skipped[reference] = refused.sentence
        doing.report.short += _under_their_minimum(cohorts.values())
        _keep(doing, user=user, onward_before=programme.offers_onward)
        waiting_list.set_offers_onward(programme.pk, True, user=user)
        return proposal


def _people(programme: Programme, plan: Plan) -> list[tuple[str, int]]:
    """Whom a plan is about, in the order in which applications are locked."""
    rows = Application.objects.filter(programme=programme).order_by("pk").values_list("reference", "pk")
    return [
        (reference, pk) for reference, pk in rows if reference in plan.to_place or reference in plan.to_wait
    ]


def _carry_out(application: Application, doing: _Application) -> None:
    """Do with a locked application what the plan says; raise `Refused` where that is not possible any more."""
    reference = application.reference
    if application.state not in CANDIDATES:
        raise Refused(f"{application.name} is “{application.get_state_display().lower()}” by now.")
    overtaken = Message.objects.about(application.about).held(doing.now).filter(event__in=_WHERE_THEY_STAND)
    unsaid = list(overtaken.values_list("event", flat=True))
    if reference in doing.plan.to_place:
        _place(application, doing)
        doing.report.placed.append(reference)
    elif application.state == State.SHORTLISTED:
        change_state(application, State.WAITLISTED, action="waitlist", actor=doing.actor, now=doing.now)
        doing.report.waitlisted.append(reference)
    else:
        return
    if unsaid:
        doing.report.unsaid[reference] = unsaid


# Mails that say where somebody stands: taken back unread by the next decision, they are due again if that is undone.
_WHERE_THEY_STAND = ("shortlisted", "waitlisted")


def _place(application: Application, doing: _Application) -> None:
    key = doing.plan.to_place[application.reference]
    cohort = doing.cohorts.get(key)
    if cohort is None or has_started(cohort, doing.now):
        raise Refused(f"{cohort.name if cohort else key} cannot take anyone any more.")
    places.require_can_attend(application, cohort)
    if application.reference not in doing.plan.pinned:
        _require_same_wishes(application, doing)
    places.seat(
        application,
        cohort,
        confirmed=doing.directly,
        action="give_place" if doing.directly else "offer",
        actor=doing.actor,
        now=doing.now,
    )


def _require_same_wishes(application: Application, doing: _Application) -> None:
    """Raise `Refused` where somebody's preferences among the cohorts of the proposal are others by now."""
    known = {one["id"] for one in doing.proposal.problem["cohorts"]}
    rows = application.preferences.filter(rank__isnull=False).order_by("rank")
    wishes = [key for key in rows.values_list("cohort__key", flat=True) if key in known]
    if tuple(wishes) != doing.plan.ranks[application.reference]:
        raise Refused(f"{application.name} has changed their preferences since.")


def _under_their_minimum(cohorts: Iterable[Cohort]) -> list[str]:
    """A sentence for each cohort that has people in it, and fewer than its minimum, now that all is done."""
    sentences = []
    for cohort in cohorts:
        taken = cohort.places.taken().count()
        if taken < cohort.minimum and not cohort.certain:
            people = plural(taken, "person", "people")
            sentences.append(f"{cohort.name} has {people} in it now: it needs {cohort.minimum}.")
    return sentences


def _keep(doing: _Application, *, user: Person, onward_before: bool) -> None:
    report = doing.report
    proposal = doing.proposal
    proposal.status = Proposal.Status.APPLIED
    proposal.applied_by_id = user.pk
    proposal.applied_at = doing.now
    proposal.problem_in_words = ""
    proposal.report = {
        "placed": report.placed,
        "waitlisted": report.waitlisted,
        "skipped": report.skipped,
        "unsaid": report.unsaid,
        "short": report.short,
        "offers_onward_before": onward_before,
    }
    proposal.save()
