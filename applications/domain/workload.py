"""Which applications wait on the academy's staff, and for what."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from applications.domain import reviews
from applications.models import Application, Approval, State
from applications.models.applications import SUBMITTED
from programmes.domain.wording import local_date
from programmes.domain.working_days import is_working_day
from programmes.domain.workload import Waiting

# The last chaser goes after 10 working days (domain.md, "Mails"): from then on only a person can help.
STUCK_AFTER_WORKING_DAYS = 10
_STILL_ASKED = (State.AWAITING_APPROVAL, State.RESERVE)


def stuck_since(now: datetime.datetime) -> datetime.datetime:
    """Who was asked before this moment, and has not answered at ``now``, has had every reminder."""
    day = local_date(now)
    for _ in range(STUCK_AFTER_WORKING_DAYS):
        day -= datetime.timedelta(days=1)
        while not is_working_day(day):
            day -= datetime.timedelta(days=1)
    return now - (local_date(now) - day)


def to_review(now: datetime.datetime) -> QuerySet[Any]:
    """The applications under review of which the academy asked nothing."""
    return Application.objects.filter(state=State.UNDER_REVIEW, information_given="")


def _in_dispute(now: datetime.datetime) -> QuerySet[Any]:
    return Application.objects.filter(reviews.in_dispute(), state=State.UNDER_REVIEW)


def _information_given(now: datetime.datetime) -> QuerySet[Any]:
    return Application.objects.filter(state=State.UNDER_REVIEW).exclude(information_given="")


def _suitable(now: datetime.datetime) -> QuerySet[Any]:
    return Application.objects.filter(state=State.SHORTLISTED)


def _pending() -> QuerySet[Any]:
    return Approval.objects.pending().filter(application=OuterRef("pk"))


def _stuck(now: datetime.datetime) -> QuerySet[Any]:
    late = _pending().filter(
        Q(more_time_until=None) | Q(more_time_until__lt=local_date(now)), asked_at__lt=stuck_since(now)
    )
    return Application.objects.filter(Exists(late), state__in=_STILL_ASKED)


def _address_failed(now: datetime.datetime) -> QuerySet[Any]:
    return Application.objects.filter(Exists(_pending().filter(address_failed=True)), state__in=_STILL_ASKED)


def _in_reserve(now: datetime.datetime) -> QuerySet[Any]:
    return Application.objects.filter(state=State.RESERVE)


def _to_match(now: datetime.datetime) -> QuerySet[Any]:
    return Application.objects.filter(
        organisation=None, state__in=[str(state) for state in SUBMITTED]
    ).exclude(organisation_name="")


WAITING = (
    Waiting(
        "in-dispute",
        "application on which reviewers disagree",
        "applications on which reviewers disagree",
        Application,
        _in_dispute,
        order=20,
        moment="state_since",
    ),
    Waiting(
        "answered",
        "answer to what you asked",
        "answers to what you asked",
        Application,
        _information_given,
        order=40,
        moment="state_since",
    ),
    Waiting(
        "suitable",
        "suitable applicant to be given a place",
        "suitable applicants to be given a place",
        Application,
        _suitable,
        order=45,
        moment="state_since",
    ),
    Waiting(
        "approval-stuck",
        f"approval not answered for {STUCK_AFTER_WORKING_DAYS} working days",
        f"approvals not answered for {STUCK_AFTER_WORKING_DAYS} working days",
        Application,
        _stuck,
        order=50,
        moment="state_since",
    ),
    Waiting(
        "approver-unreachable",
        "approver whose address was refused",
        "approvers whose address was refused",
        Application,
        _address_failed,
        order=55,
        moment="state_since",
    ),
    Waiting(
        "in-reserve",
        "application in reserve for a nomination",
        "applications in reserve for a nomination",
        Application,
        _in_reserve,
        order=80,
        moment="reserve_since",
    ),
    Waiting(
        "to-match",
        "typed organisation to match to the list",
        "typed organisations to match to the list",
        Application,
        _to_match,
        order=120,
        moment="submitted_at",
    ),
)
