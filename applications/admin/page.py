"""What stands on the page on which an application is reviewed. The number of queries does not depend on its rows."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from applications.admin.decisions import DECISIONS, label_of, open_to_staff
from applications.admin.panel import PanelForm, may_show, shortcuts
from applications.admin.waiting import state_tag, wait_of
from applications.domain import conflicts, duplicates, nominations, reviews
from applications.domain.matching import typed_alike
from applications.models import Application, Approval, Decision, Merge, State
from applications.models.approvals import AGREED
from cohorts.domain import pending
from cohorts.domain.places import current_place
from programmes.domain.access import Person
from programmes.models.parts import ApprovalMethod


@dataclass(frozen=True)
class ApprovalRow:
    """One approval, and whether staff can still do something about it."""

    approval: Approval
    waits: bool
    answer: str


def page_context(
    application: Application,
    *,
    user: Person,
    may_decide: bool,
    panel: PanelForm | None = None,
    now: datetime.datetime,
) -> dict[str, Any]:
    """Everything that the page shows to ``user``; ``may_decide`` is whether their role covers decisions.

    Who declared a conflict of interest reads the page and decides nothing.
    """
    conflict = conflicts.standing(application, user)
    may_decide = may_decide and conflict is None
    kept = pending.of_programme(application.programme).filter(application=application).first()
    if panel is None and may_decide and may_show(application):
        panel = PanelForm(application=application)
    return {
        "application": application,
        "state_tag": state_tag(application),
        "wait": wait_of(application, now),
        "may_decide": may_decide,
        # A draft is nobody's business until it is submitted.
        "may_review": may_decide and application.state != State.DRAFT,
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
        "opinions": reviews.opinions(application, user=user),
        "panel": panel if may_decide else None,
        "shortcuts": shortcuts(panel) if panel is not None and may_decide else [],
        "kept": kept,
        "kept_words": pending.in_words(kept) if kept else "",
        "kept_impossible": pending.impossible(kept) if kept else "",
        "own_conflict": conflict,
        "conflicts": application.conflicts.select_related("reviewer", "lifted_by"),
        "looks_close": conflicts.looks_close(application, user) if may_decide else "",
        "staff_notes": application.staff_notes.select_related("author"),
        "hints": duplicates.hints(application, user=user),
        "merges": application.merged_into_this.select_related("merged", "merged_by"),
        "merged_as": Merge.objects.filter(merged=application).select_related("kept").first(),
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
