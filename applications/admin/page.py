"""What stands on the page on which an application is reviewed. The number of queries does not depend on its rows."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from applications.admin.decisions import DECISIONS, label_of, open_to_staff
from applications.admin.waiting import state_tag, wait_of
from applications.domain import nominations
from applications.domain.matching import typed_alike
from applications.models import Application, Approval, Decision, State
from applications.models.approvals import AGREED
from cohorts.domain.places import current_place
from programmes.admin.messages import describe, purpose_of
from programmes.models import Message
from programmes.models.programmes import ApprovalMethod


@dataclass(frozen=True)
class MailRow:
    """One mail about an application, as staff read of it."""

    message: Message
    purpose: str
    status: str
    tone: str


@dataclass(frozen=True)
class ApprovalRow:
    """One approval, and whether staff can still do something about it."""

    approval: Approval
    waits: bool
    answer: str


def page_context(application: Application, *, may_decide: bool, now: datetime.datetime) -> dict[str, Any]:
    """Everything that the page shows; ``may_decide`` is whether the reader's role covers decisions."""
    return {
        "application": application,
        "state_tag": state_tag(application),
        "wait": wait_of(application, now),
        "may_decide": may_decide,
        "decisions": _buttons(application) if may_decide else [],
        "nomination": _nomination(application),
        "place": current_place(application),
        "to_match": application.organisation_id is None and application.organisation_name != "",
        "typed_alike": typed_alike(application).count() if application.organisation_id is None else 0,
        "answers": application.answers.select_related("question"),
        "criterion_answers": application.criterion_answers.all(),
        "declarations": application.declarations.all(),
        "preferences": application.preferences.all(),
        "agreed": AGREED,
        "approvals": [_approval_row(approval) for approval in application.approvals.all()],
        "reviews": application.reviews.select_related("reviewer"),
        "changes": application.changes.all(),
        "mails": [_mail_row(message, now) for message in Message.objects.about(application.about)],
    }


def _buttons(application: Application) -> list[tuple[str, str, bool]]:
    """Of each decision that is possible now its action, its label, and whether it is what comes next."""
    rows = open_to_staff(application)
    return [
        (row.action, label_of(row), row is rows[0] and not DECISIONS[row.action].ends_something)
        for row in rows
    ]


def _nomination(application: Application) -> str:
    """The nomination that an application holds or waits for, in words; empty where none is counted."""
    if not application.nomination_key:
        return ""
    allowances = application.programme.allowances
    allowance = allowances.select_related("programme", "ics", "organisation", "region").get(
        key=application.nomination_key
    )
    if application.state == State.RESERVE:
        return f"In reserve for {allowance.whose}, position {nominations.position_in_reserve(application)}"
    if application.nomination_number is None:
        return ""
    limit = f" of {allowance.limit}" if allowance.limit is not None else ""
    return f"Number {application.nomination_number}{limit} for {allowance.whose}"


def _approval_row(approval: Approval) -> ApprovalRow:
    answer = approval.get_decision_display()
    return ApprovalRow(
        approval,
        waits=approval.decision == Decision.PENDING and approval.method == ApprovalMethod.EMAILED,
        answer=answer,
    )


def _mail_row(message: Message, now: datetime.datetime) -> MailRow:
    return MailRow(message, purpose_of(message), *describe(message, now))
