"""Decided now, told later: decisions that staff keep for the day on which everybody hears, and apply together.

A decision that is kept changes nothing for the applicant. It is locked before anything else of the application
(docs/decisions/0005), so that of two people who apply it at once one does.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from applications.domain import conflicts, reviews
from applications.domain.actors import Actor
from applications.domain.transitions import find_transition
from applications.models import Application, State
from cohorts.domain import capacity, places
from cohorts.models import Cohort, PendingDecision
from programmes.domain import access
from programmes.domain.access import Person
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_date, nhs_datetime
from programmes.models import Programme

Kind = PendingDecision.Kind
# More at once would keep a page waiting too long; the others are applied after them.
AT_ONCE = 200


class ChangedMeanwhile(Refused):
    """The decision is not the one that was looked at, or is no longer there."""


def keep(
    application_id: int,
    *,
    user: Person,
    kind: str,
    reason: str = "",
    cohort_id: int | None = None,
    now: datetime.datetime,
) -> PendingDecision:
    """Decide, and keep it for later; a decision that was kept before is replaced, and stays in the history.

    ``reason`` is what the applicant will read of a no; ``cohort_id`` where the place is, without one in the best of
    the applicant's preferences that then has a seat. Raises `NotAllowed` and `ConflictDeclared`, `Refused` where
    it could not be applied from the application's state as it is now, or lacks what it needs, and `ChangedMeanwhile`
    where somebody else keeps one at the same moment.
    """
    with transaction.atomic():
        kept = _locked().filter(application=application_id).first() or PendingDecision()
        _fill(kept, application_id, user=user, kind=kind, reason=reason, cohort_id=cohort_id, now=now)
        changed_by(kept, user)
        try:
            # A savepoint: there was no row to lock, and somebody else may write the first at this moment.
            with transaction.atomic():
                kept.save()
        except IntegrityError as twice:
            raise ChangedMeanwhile(
                "Somebody else decided on this application at this moment. Look at it, and decide again."
            ) from twice
        return kept


def decide(
    application_id: int,
    *,
    user: Person,
    kind: str,
    reason: str = "",
    cohort_id: int | None = None,
    now: datetime.datetime,
) -> Cohort | None:
    """Decide and apply it at once; return the cohort of a place. What was kept for later is replaced by it.

    Takes and raises what `keep` does, and what the decision's own verb raises.
    """
    with transaction.atomic():
        kept = _locked().filter(application=application_id).first()
        decision = PendingDecision()
        _fill(decision, application_id, user=user, kind=kind, reason=reason, cohort_id=cohort_id, now=now)
        if kept is not None:
            changed_by(kept, user)
            kept.delete()
        return _carry_out(decision, user=user, now=now)


def _fill(
    kept: PendingDecision,
    application_id: int,
    *,
    user: Person,
    kind: str,
    reason: str,
    cohort_id: int | None,
    now: datetime.datetime,
) -> None:
    """Write a decision into its row, unsaved; raise what makes it no decision."""
    application = Application.objects.select_related("programme__academy").get(pk=application_id)
    conflicts.require_may_decide(user, application)
    if why := _impossible(application, Kind(kind)):
        raise Refused(why)
    if kind == Kind.TURN_DOWN and not reason.strip():
        raise Refused("Enter the reason. The applicant reads it.")
    if cohort_id is not None:
        cohort = Cohort.objects.filter(pk=cohort_id, programme=application.programme_id).first()
        if cohort is None or not cohort.runs:
            raise Refused("Choose a cohort of this programme that takes place.")
        places.require_can_attend(application, cohort)
    kept.application, kept.kind, kept.cohort_id = application, Kind(kind), cohort_id
    kept.reason = reason.strip() if kind == Kind.TURN_DOWN else ""
    assert isinstance(user, User)  # nobody else holds a role
    kept.decided_by, kept.decided_at = user, now


def clear(application_id: int, *, user: Person) -> None:
    """Take back a decision that was kept; nobody hears of it. Raises `ChangedMeanwhile` where there is none."""
    with transaction.atomic():
        kept = _locked().filter(application=application_id).first()
        if kept is None:
            raise ChangedMeanwhile(
                "There is no decision to clear any more: it was applied or cleared meanwhile."
            )
        conflicts.require_may_decide(user, kept.application)
        changed_by(kept, user)
        kept.delete()


def _locked() -> QuerySet[PendingDecision]:
    return PendingDecision.objects.select_for_update(of=("self",)).select_related(
        "application__programme__academy", "decided_by", "cohort"
    )


def possible(application: Application) -> list[Kind]:
    """What can be decided on an application as it stands, at once or to be kept."""
    return [kind for kind in Kind if not _impossible(application, kind)]


def impossible(kept: PendingDecision) -> str:
    """Why a decision that was kept cannot be applied any more, as far as it can be told beforehand; or nothing."""
    if why := _impossible(kept.application, Kind(kept.kind)):
        return why
    if kept.cohort is not None and not kept.cohort.runs:
        return f"{kept.cohort.name} does not take place."
    return ""


def action_of(application: Application, kind: Kind) -> str:
    """The action of the workflow that a decision takes in the end."""
    if kind != Kind.OFFER:
        return kind.value
    return "give_place" if places.confirms_directly(application.programme) else "offer"


def _through_the_shortlist(application: Application, kind: Kind) -> bool:
    """Whether the workflow asks for the shortlist between the application's state and the decision."""
    return (
        find_transition(application.state, action_of(application, kind)) is None
        and find_transition(State.SHORTLISTED, action_of(application, kind)) is not None
        and find_transition(application.state, "shortlist") is not None
    )


def _impossible(application: Application, kind: Kind) -> str:
    directly = find_transition(application.state, action_of(application, kind))
    if directly is not None or _through_the_shortlist(application, kind):
        return ""
    return (
        f"{application.reference} is “{application.get_state_display().lower()}”: "
        f"“{kind.label.lower()}” is not possible from there."
    )


def of_programme(programme: Programme) -> QuerySet[PendingDecision]:
    """The decisions that are kept for a programme, in the order in which the applications were submitted."""
    rows = PendingDecision.objects.filter(application__programme=programme)
    related = ("application__programme__academy", "application__organisation", "decided_by", "cohort")
    return rows.select_related(*related).order_by("application__submitted_at", "application_id")


@dataclass
class Applied:
    """What became of the decisions that were applied: done, or left as they were and why; and how many are left."""

    done: list[tuple[Application, str]] = field(default_factory=list)
    skipped: list[tuple[Application, str]] = field(default_factory=list)
    left: int = 0


def apply_together(
    programme: Programme, *, seen: Mapping[int, datetime.datetime], user: Person, now: datetime.datetime
) -> Applied:
    """Apply the decisions kept for a programme, each in a transaction of its own; every mail is due at one moment.

    ``seen`` is when each was decided, by its key in the database, as somebody looked at it: one that was changed or
    applied meanwhile, or is not possible any more, is left and named. At most `AT_ONCE` of them, the first ones;
    ``left`` says how many of those seen are still there. Raises `NotAllowed` without the role.
    """
    access.require_reviewer(user, programme)
    report = Applied()
    batch = list(of_programme(programme).filter(pk__in=seen)[:AT_ONCE])
    for kept in batch:
        try:
            said = _apply(kept.pk, decided_at=seen[kept.pk], user=user, now=now)
        except Refused as refused:
            report.skipped.append((kept.application, refused.sentence))
        else:
            report.done.append((kept.application, said))
    tried = {kept.pk for kept in batch}
    report.left = of_programme(programme).filter(pk__in=seen.keys() - tried).count()
    return report


def _apply(pk: int, *, decided_at: datetime.datetime, user: Person, now: datetime.datetime) -> str:
    """Carry out one decision, and say in the record who had decided it and when."""
    with transaction.atomic():
        kept = _locked().filter(pk=pk).first()
        if kept is None:
            raise ChangedMeanwhile("It was applied or cleared by somebody else at this moment.")
        if kept.decided_at != decided_at:
            raise ChangedMeanwhile("It was decided anew meanwhile: look at it, and apply it then.")
        application = kept.application
        if why := impossible(kept):
            raise Refused(why)
        changed_by(kept, user)
        kept.delete()
        cohort = _carry_out(kept, user=user, now=now)
        who = Actor.staff(kept.decided_by).name
        change = application.changes.latest("at", "pk")
        decided = f"Decided by {who} on {nhs_date(kept.decided_at)} and kept for this day."
        change.note = f"{decided} {change.note}".strip()
        change.save(update_fields=["note"])
        return f"{kept.get_kind_display()}: {cohort.name}" if cohort else kept.get_kind_display()


def _carry_out(kept: PendingDecision, *, user: Person, now: datetime.datetime) -> Cohort | None:
    """Call the verb of the decision; return the cohort of a place."""
    application = kept.application
    if kept.kind == Kind.OFFER:
        return _give(kept, user=user, now=now)
    if kept.kind == Kind.TURN_DOWN:
        reviews.turn_down(application.pk, user=user, reason=kept.reason, now=now)
        return None
    if kept.kind == Kind.SHORTLIST or _through_the_shortlist(application, Kind(kept.kind)):
        reviews.shortlist(application.pk, user=user, now=now)
    if kept.kind == Kind.WAITLIST:
        reviews.put_on_waiting_list(application.pk, user=user, now=now)
    return None


def _give(kept: PendingDecision, *, user: Person, now: datetime.datetime) -> Cohort:
    application = kept.application
    full: Refused | None = None
    for cohort_id in _cohorts_wanted(kept):
        try:
            # A savepoint: what is locked for a cohort that is full is let go before the next is locked.
            with transaction.atomic():
                cohort = capacity.lock(application.programme_id, cohort_id)
                if _through_the_shortlist(application, Kind.OFFER):
                    reviews.shortlist(application.pk, user=user, now=now)
                places.give(application.pk, cohort_id, user=user, now=now)
                return cohort
        except capacity.CohortFull as refused:
            full = full or refused
    raise full or Refused(
        f"{application.name or application.email} gave no preference: decide again, and choose a cohort."
    )


def _cohorts_wanted(kept: PendingDecision) -> list[int]:
    """The cohort that was chosen, or those that the applicant ranked and that take place, the best first."""
    if kept.cohort_id is not None:
        return [kept.cohort_id]
    ranked = kept.application.preferences.filter(rank__isnull=False, cohort__runs=True)
    return list(ranked.order_by("rank").values_list("cohort_id", flat=True))


def in_words(kept: PendingDecision) -> str:
    """What was decided by whom and when, for staff."""
    where = ""
    if kept.kind == Kind.OFFER:
        where = f" in {kept.cohort.name}" if kept.cohort else " in the best of their preferences with a seat"
    who = Actor.staff(kept.decided_by).name
    return f"{kept.get_kind_display()}{where}, by {who} at {nhs_datetime(kept.decided_at)}"
