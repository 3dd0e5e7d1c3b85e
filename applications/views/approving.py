"""An approver's page: two minutes' reading, an answer, and what came of it. Opening it changes nothing."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from applications.domain import approvals
from applications.forms.decisions import DECLINE, NOT_ME, SUPPORT, ApproveForm
from applications.models import Approval, Decision
from applications.views.access import approver_page
from cohorts.domain.preferences import cohorts_on_offer, date_lines
from cohorts.models import Cohort
from programmes.domain import links
from programmes.domain.refused import Refused
from programmes.models import Link
from programmes.views.access import public


@approver_page
def approve(request: HttpRequest, approval: Approval, *, link: Link, token: str) -> HttpResponse:
    """What is asked, and the answer; somebody who comes late sees what was decided instead."""
    form = ApproveForm(approval, request.POST if request.method == "POST" else None)
    if form.is_valid():
        now = timezone.now()
        try:
            _answer(approval, form.cleaned_data, now)
        except approvals.AlreadyAnswered:
            approval.refresh_from_db(fields=["decision", "decided_at", "decided_name", "reason"])
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            links.mark_used(link, now=now)
            if form.cleaned_data["decision"] == NOT_ME:
                messages.success(request, f"We have asked {form.cleaned_data['other_name']} instead of you.")
                return redirect("approval_passed_on")
            return redirect("approval_done", token=token)
    if approval.decision != Decision.PENDING:
        return _decided(request, approval, token)
    return _asked(request, approval, form, token)


def _answer(approval: Approval, given: dict[str, Any], now: datetime.datetime) -> None:
    """Call the verb of the answer chosen."""
    name = given["full_name"]
    if given["decision"] == SUPPORT:
        approvals.support(approval.pk, name=name, now=now)
    elif given["decision"] == DECLINE:
        approvals.decline(approval.pk, name=name, reason=given["reason"], now=now)
    elif given["decision"] == NOT_ME:
        approvals.pass_on(
            approval.pk, passed_by=name, name=given["other_name"], email=given["other_email"], now=now
        )
    else:
        approvals.need_more_time(approval.pk, now=now)


@approver_page
def approval_done(request: HttpRequest, approval: Approval, *, link: Link, token: str) -> HttpResponse:
    """What was recorded, and what happens next."""
    if approval.decision == Decision.PENDING and not approval.more_time_until:
        return redirect("approve", token=token)
    return _decided(request, approval, token)


@public
@require_safe
def approval_passed_on(request: HttpRequest) -> HttpResponse:
    """Thanks to somebody whose link has just closed, because they named the right person."""
    context = {"heading": "Thank you", "no_index": True}
    return render(request, "approvals/passed_on.html", context, using="pages")


def _common(approval: Approval, token: str) -> dict[str, Any]:
    return {
        "approval": approval,
        "application": approval.application,
        "programme": approval.application.programme,
        "token": token,
    }


def _decided(request: HttpRequest, approval: Approval, token: str) -> HttpResponse:
    context = _common(approval, token) | {"until": approval.more_time_until}
    return render(request, "approvals/decided.html", context, using="pages")


def _asked(request: HttpRequest, approval: Approval, form: ApproveForm, token: str) -> HttpResponse:
    application = approval.application
    programme = application.programme
    wanted = application.preferences.filter(rank__isnull=False).order_by("rank")
    order = list(wanted.values_list("cohort_id", flat=True))
    cohorts = [cohort for cohort in cohorts_on_offer(application, now=timezone.now()) if cohort.pk in order]
    context = _common(approval, token) | {
        "form": form,
        "heading": f"{application.name} asks for your approval",
        "cohorts": sorted(cohorts, key=lambda cohort: order.index(cohort.pk)),
        "date_lines": date_lines,
        "hours": hours_of,
        "obligations": list(programme.obligations.all()),
        "guidance": approval.step.guidance if approval.step else "",
        "role_description": _role_description(approval),
    }
    return render(request, "approvals/approve.html", context, using="pages")


def hours_of(cohort: Cohort) -> str:
    """How long the sessions of a cohort take that nobody may leave out: "7 hours", "7.5 hours"."""
    sessions = [session for session in cohort.sessions.all() if not session.optional]
    total = sum((session.ends_at - session.starts_at for session in sessions), datetime.timedelta())
    hours = round(total.total_seconds() / 3600, 1)
    return f"{hours:g} {'hour' if hours == 1 else 'hours'}"


def _role_description(approval: Approval) -> str:
    try:
        return approval.application.programme.role_description.text
    except ObjectDoesNotExist:
        return ""
