"""Decided, not yet applied: what is kept for the release day of a programme, and applying it together."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from applications.admin.panel import KindForm
from applications.models import Application
from cohorts.domain import pending
from cohorts.models import PendingDecision
from programmes.admin.pages import Crumb, VerbForm
from programmes.domain.refused import Refused
from programmes.domain.wording import plural
from programmes.models import Programme

Kind = PendingDecision.Kind


class KeepForm(VerbForm, KindForm):
    """What is decided on all of those chosen, for the release day."""

    kind = forms.ChoiceField(
        label="Decision",
        choices=Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a decision."},
    )

    def __init__(self, *args: Any, applications: Sequence[Application], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = "Reason, for “not successful”"
        self.fields["reason"].help_text = "Every one of these applicants reads it."
        programmes = {application.programme_id for application in applications}
        if len(programmes) == 1:
            self.offer_cohorts(programmes.pop())
        else:
            del self.fields["cohort"]
        self.order_fields(["kind", "cohort", "reason"])

    def clean(self) -> dict[str, Any] | None:
        """A no is put in words."""
        cleaned = super().clean() or {}
        self.require_reason(cleaned.get("kind", ""), "Enter the reason. The applicants read it.")
        return cleaned


def keep_each(application: Application, form: Any, user: Any, now: datetime.datetime) -> str:
    """Keep what the form says for one application; for the bulk action."""
    values = form.cleaned_data
    cohort = values.get("cohort") if values["kind"] == Kind.OFFER else None
    pending.keep(
        application.pk,
        user=user,
        kind=values["kind"],
        reason=values["reason"],
        cohort_id=cohort.pk if cohort else None,
        now=now,
    )
    return ""


def clear_each(application: Application, form: Any, user: Any, now: datetime.datetime) -> str:
    """Clear what is kept for one application; for the bulk action."""
    pending.clear(application.pk, user=user)
    return ""


@dataclass(frozen=True)
class Row:
    """One decision that is kept, as staff read it; ``seen`` is what tells it from a later one."""

    kept: PendingDecision
    words: str
    impossible: str
    seen: str


def _rows(programme: Programme) -> list[Row]:
    return [
        Row(
            kept,
            pending.in_words(kept),
            pending.impossible(kept),
            f"{kept.pk} {kept.decided_at.isoformat()}",
        )
        for kept in pending.of_programme(programme)
    ]


def overview_page(request: HttpRequest, *, back: Crumb) -> HttpResponse:
    """The programmes for which decisions are kept, and how many."""
    visible = Programme.objects.visible_to(request.user)
    rows = PendingDecision.objects.filter(application__programme__in=visible)
    counts = Counter(rows.order_by().values_list("application__programme", flat=True))
    programmes = [(programme, counts[programme.pk]) for programme in visible.filter(pk__in=counts)]
    context = {
        **admin.site.each_context(request),
        "title": "Decided, not yet applied",
        "programmes": programmes,
        "back": back,
    }
    return TemplateResponse(request, "admin/applications/pending/overview.html", context)


def pending_page(
    request: HttpRequest, programme: Programme, *, may_decide: bool, back: Crumb
) -> HttpResponse:
    """What is kept for a programme, by kind; for a form that was sent, apply what was looked at and report."""
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": f"Decided, not yet applied: {programme.title}",
        "programme": programme,
        "may_decide": may_decide,
        "back": back,
        "at_once": pending.AT_ONCE,
    }
    if request.method == "POST":
        try:
            report = pending.apply_together(
                programme, seen=_seen(request.POST.getlist("seen")), user=request.user, now=timezone.now()
            )
        except Refused as refused:
            context["refused"] = refused.sentence
        else:
            context["report"] = report
            context["title"] = f"Applied: {plural(len(report.done), 'decision')}"
            return TemplateResponse(request, "admin/applications/pending/report.html", context)
    rows = _rows(programme)
    kinds = Counter(row.kept.get_kind_display() for row in rows)
    context["rows"] = rows
    context["possible"] = [row for row in rows if not row.impossible]
    context["impossible"] = [row for row in rows if row.impossible]
    context["kinds"] = [(label, kinds[label]) for _, label in Kind.choices if kinds[label]]
    return TemplateResponse(request, "admin/applications/pending/list.html", context)


def _seen(sent: Sequence[str]) -> dict[int, datetime.datetime]:
    """What was looked at, as the page wrote it down; what it did not write is left out."""
    seen = {}
    for one in sent:
        key, _, at = one.partition(" ")
        try:
            decided_at = parse_datetime(at)
        except ValueError:
            continue
        if key.isdecimal() and len(key) < 19 and decided_at is not None and timezone.is_aware(decided_at):
            seen[int(key)] = decided_at
    return seen
