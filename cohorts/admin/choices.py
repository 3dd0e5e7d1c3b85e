"""The pages on which staff decide what becomes of a cohort: each says what will happen, to whom, before it does."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from cohorts.admin.fill import Fill
from cohorts.admin.overview import LABELS
from cohorts.domain import certainty, copying, go_or_not, plans
from cohorts.models import Cohort, CohortDecision, Place
from programmes.admin.pages import Crumb, VerbForm, VerbPage, long_text, sent
from programmes.domain.wording import nhs_date, plural

Kind = CohortDecision.Kind


class KeptForm(VerbForm):
    """A reason that staff alone read."""

    reason = long_text(
        "Reason", "Kept with your name.", missing="Enter the reason. It is kept with your name."
    )


class ToldForm(VerbForm):
    """A reason that the people concerned read."""

    reason = long_text(
        "Reason",
        "The people of the cohort read it in their mail. It is kept with your name.",
        missing="Enter the reason. The people of the cohort read it.",
    )


class UntilForm(KeptForm):
    """A later day to decide."""

    until = forms.DateField(
        label="Decide by",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": "Enter the day by which it is decided.",
            "invalid": "Enter a day, such as 2026-11-20.",
        },
    )
    field_order = ("until", "reason")


class CopyForm(VerbForm):
    """The name and the first day of a cohort like this one."""

    name = forms.CharField(
        label="Name",
        max_length=120,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        error_messages={"required": "Enter the name of the new cohort."},
    )
    first_day = forms.DateField(
        label="First day",
        help_text="The other days follow at the same distance, at the same times.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": "Enter the day of the first session.",
            "invalid": "Enter a day, such as 2026-11-20.",
        },
    )


@dataclass(frozen=True)
class Choice:
    """How one choice looks: its form, what it means, and the verb that it calls."""

    form: type[forms.Form]
    means: str
    carry_out: Callable[[Cohort, Cohort | None, dict[str, Any], Any, datetime.datetime], CohortDecision]
    ends_something: bool = False


# By the kinds of decision. The verbs check everything once more, under their locks.
CHOICES: dict[str, Choice] = {
    Kind.RUN_ANYWAY: Choice(
        KeptForm,
        "The cohort runs with the people it has. You are not asked about it any more.",
        lambda cohort, into, values, user, now: go_or_not.run_anyway(
            cohort.pk, user=user, now=now, reason=values["reason"]
        ),
    ),
    Kind.EXTEND: Choice(
        UntilForm,
        "The cohort has longer to find people. You are asked again on the day you choose.",
        lambda cohort, into, values, user, now: go_or_not.extend(
            cohort.pk, user=user, now=now, reason=values["reason"], until=values["until"]
        ),
    ),
    Kind.MERGE: Choice(
        ToldForm,
        "Everybody who can moves to the other cohort; whoever is confirmed stays confirmed. This cohort is taken off.",
        lambda cohort, into, values, user, now: go_or_not.merge(
            cohort.pk, _named(into), user=user, now=now, reason=values["reason"]
        ),
        ends_something=True,
    ),
    Kind.ROLL_OVER: Choice(
        ToldForm,
        "Everybody who can is offered a place in the later cohort and answers by a fresh date. What was approved stays "
        "approved. This cohort is taken off.",
        lambda cohort, into, values, user, now: go_or_not.roll_over(
            cohort.pk, _named(into), user=user, now=now, reason=values["reason"]
        ),
        ends_something=True,
    ),
    Kind.CANCEL: Choice(
        ToldForm,
        "Everybody in the cohort goes to the waiting list; their applications and approvals stand. "
        "This cohort is taken off.",
        lambda cohort, into, values, user, now: go_or_not.cancel(
            cohort.pk, user=user, now=now, reason=values["reason"]
        ),
        ends_something=True,
    ),
}


def _named(into: Cohort | None) -> int:
    assert into is not None
    return into.pk


def choice_page(request: HttpRequest, cohort: Cohort, kind: str, *, back: Crumb) -> HttpResponse:
    """Show what a choice would do, ask for its reason, and carry it out."""
    if kind not in CHOICES:
        raise Http404(f"There is no choice called “{kind}”.")
    now = timezone.now()
    impossible = plans.impossible(cohort, kind, now=now)
    into = None
    if kind in plans.INTO_ANOTHER and not impossible:
        wanted = request.GET.get("into", "")
        if not wanted:
            return _which_one(request, cohort, kind, back=back, now=now)
        into = _other(cohort, wanted)
        impossible = plans.impossible_into(cohort, into, kind, now=now)
    plan = plans.plan(cohort, into, kind) if kind in (*plans.INTO_ANOTHER, Kind.CANCEL) else None
    choice = CHOICES[kind]
    label = LABELS[kind]

    def carry_out(values: dict[str, Any]) -> str:
        decision = choice.carry_out(cohort, into, values, request.user, timezone.now())
        return f"{cohort.name}: decided. {decision.report}"

    return VerbPage(
        title=f"{label}: {cohort.name}" + (f", into {into.name}" if into else ""),
        button=label,
        form=choice.form(sent(request)),
        back=back,
        carry_out=carry_out,
        explanation=[f"{cohort.name}, {cohort.programme.title}", choice.means],
        impossible=impossible or (plan.impossible if plan else ""),
        ends_something=choice.ends_something,
        template="admin/cohorts/cohort/decide.html",
        extra={"plan": plan, "hears": _hears(cohort, kind, plan), "fill": _fill_after(plan)},
    ).answer(request)


def _other(cohort: Cohort, wanted: str) -> Cohort:
    """The cohort of the same programme that an address names."""
    others = Cohort.objects.filter(programme=cohort.programme_id).prefetch_related("sessions__venue")
    found = others.filter(pk=wanted).first() if wanted.isdecimal() and len(wanted) < 19 else None
    if found is None:
        raise Http404("There is no such cohort in this programme.")
    return found


def _which_one(
    request: HttpRequest, cohort: Cohort, kind: str, *, back: Crumb, now: datetime.datetime
) -> HttpResponse:
    """Ask into which cohort, with what each would mean beside it."""
    rows = [(plan, _fill_after(plan)) for plan in plans.targets(cohort, kind, now=now)]
    context = {
        **admin.site.each_context(request),
        "title": f"{LABELS[kind]}: {cohort.name}",
        "back": back,
        "cohort": cohort,
        "rows": rows,
    }
    return TemplateResponse(request, "admin/cohorts/cohort/which_one.html", context)


def _fill_after(plan: plans.Plan | None) -> Fill | None:
    """The seats of the receiving cohort afterwards."""
    if plan is None or plan.into is None:
        return None
    offered = plan.seats_after - plan.confirmed_after
    return Fill(plan.confirmed_after, offered, plan.into.minimum, plan.into.maximum)


def _hears(cohort: Cohort, kind: str, plan: plans.Plan | None) -> list[str]:
    """Who is told what, with numbers, and when."""
    if plan is not None:
        when = "The mails go out at once."
        if plan.come and settings.DECISION_HOLD_MINUTES:
            minutes = plural(settings.DECISION_HOLD_MINUTES, "minute")
            when = f"The mails to those who come along go out in {minutes}, the others at once."
        return [*plan.hears, when] if plan.hears else ["Nobody has to be told: no one has a seat in it."]
    confirmed = cohort.places.filter(status=Place.Status.CONFIRMED).count()
    people = f"{plural(confirmed, 'person', 'people')} confirmed {'gets' if confirmed == 1 else 'get'}"
    if kind == Kind.EXTEND:
        by = nhs_date(certainty.decided_by(cohort))
        stands = [f"It is to be decided by {by} now."] if by else []
        return [*stands, f"{people} a mail with the new day, at once."]
    if cohort.certain_at is not None:
        return ["Nobody has to be told: its people know already that it runs."]
    return [f"{people} a mail that it goes ahead, with an updated calendar file, at once."]


def copy_page(request: HttpRequest, cohort: Cohort, *, back: Crumb) -> HttpResponse:
    """Ask for the name and the first day of a cohort like this one, and make it."""

    def carry_out(values: dict[str, Any]) -> str:
        new = copying.copy(cohort.pk, user=request.user, now=timezone.now(), **values)
        return f"{new.name} is there: check its sessions and add its joining links."

    sessions = cohort.sessions.count()
    return VerbPage(
        title=f"Copy {cohort.name}",
        button="Make the new cohort",
        form=CopyForm(sent(request)),
        back=back,
        carry_out=carry_out,
        explanation=[
            f"The new cohort has the same {plural(sessions, 'session')}, venues, numbers and joining details. "
            "Joining links are left out, because each meeting has its own.",
            "It can be chosen by applicants at once.",
        ],
        impossible="" if sessions else f"{cohort.name} has no sessions to copy. Add them first.",
    ).answer(request)
