"""Which applications, names and leads are over, and since when: what the nightly retention takes away."""

from __future__ import annotations

import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from applications.models import Answer, Application, NominationLead, Nominee, State
from programmes.domain.privacy import reporting, retention
from programmes.domain.privacy.registry import NAME_REMOVED, NOWHERE
from programmes.domain.privacy.retention import At, Outcome
from programmes.models import Programme

_UNPLACED = (State.NOT_SUPPORTED, State.UNSUCCESSFUL, State.DECLINED, State.LAPSED)
# Whoever attended, and never said what the certificate waits for, is kept no longer than the others.
_TRAINED = (State.COMPLETED, State.DID_NOT_COMPLETE, State.ATTENDED)
_LIVE = (
    *(State.AWAITING_APPROVAL, State.RESERVE, State.UNDER_REVIEW, State.MORE_INFORMATION, State.SHORTLISTED),
    *(State.WAITLISTED, State.OFFERED, State.CONFIRMED),
)


def _in(at: At, *states: State) -> QuerySet[Application]:
    values = [state.value for state in states]
    rows = Application.objects.filter(programme=at.programme, state__in=values, state_since__lt=at.before)
    return rows.exclude(email__endswith=f"@{NOWHERE}")


def _drafts(at: At) -> QuerySet[Application]:
    answered = Answer.history.filter(application=OuterRef("pk"), history_date__gte=at.before)
    return _in(at, State.DRAFT).filter(~Exists(answered), changed_at__lt=at.before)


def _withdrawn(at: At) -> QuerySet[Application]:
    return _in(at, State.WITHDRAWN)


def _unplaced(at: At) -> QuerySet[Application]:
    return _in(at, *_UNPLACED)


def _trained(at: At) -> QuerySet[Application]:
    return _in(at, *_TRAINED)


def _nominees(at: At) -> QuerySet[Nominee]:
    rows = Nominee.objects.filter(programme=at.programme, application=None, added_at__lt=at.before)
    return rows.exclude(name=NAME_REMOVED)


def _leads(at: At) -> QuerySet[NominationLead]:
    """Those whom the academy let go, and those of a programme that has closed."""
    over = Q(revoked_at__lt=at.before) | Q(
        allowance__programme__closes_at__lt=at.before, last_sent_at__lt=at.before
    )
    return NominationLead.objects.filter(over, allowance__programme=at.programme).exclude(name=NAME_REMOVED)


def never_ended(programme: Programme, now: datetime.datetime) -> int:
    """How many applications still go on though nothing has happened for as long as those without a place are kept."""
    at = At(programme, retention.cut_off("keep_unplaced_months", programme, now), now)
    return _in(at, *_LIVE).count()


OUTCOMES = (
    Outcome("draft", "Drafts never submitted", "keep_drafts_days", _drafts, "application"),
    Outcome("withdrawn", "Withdrawn applications", "keep_withdrawn_months", _withdrawn, "application"),
    Outcome(
        "unplaced", "Applications that led to no place", "keep_unplaced_months", _unplaced, "application"
    ),
    Outcome("trained", "Trained, or not completed", "keep_trained_months", _trained, "application"),
    Outcome("nominee", "Named by an ICS, and never applied", "keep_nominees_months", _nominees, "nominee"),
    Outcome("lead", "Leads of an ICS", "keep_unplaced_months", _leads, "lead"),
)


def register() -> None:
    """Let these be looked at each night, and say what never ends."""
    retention.register(*OUTCOMES)
    reporting.going_on_for_long.subscribe(never_ended)
