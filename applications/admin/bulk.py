"""Several applications decided at once: first what is about to happen, then done, warned and skipped, one by one."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from applications.admin import pending
from applications.domain import reviews
from applications.domain.actors import Hand
from applications.domain.transitions import require
from applications.models import Application, StateChange
from cohorts.domain import pending as decisions
from cohorts.models import Cohort
from programmes.admin.pages import Crumb, NothingToAdd, VerbForm
from programmes.domain.refused import Refused
from programmes.domain.wording import ordinal, plural

# More at once would keep a page waiting too long.
LIMIT = 100
PREFERRED = "preferred"


@dataclass
class Report:
    """What became of each application: done, done with something to know, or skipped, and why."""

    done: list[tuple[Application, str]] = field(default_factory=list)
    warned: list[tuple[Application, str]] = field(default_factory=list)
    skipped: list[tuple[Application, str]] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{len(self.done)} done, {len(self.warned)} done with a warning, {len(self.skipped)} skipped"


class OfferForm(VerbForm):
    """Which cohort the places are in."""

    cohort = forms.ChoiceField(
        label="Which cohort?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a cohort, or each applicant’s own preference."},
    )

    def __init__(self, *args: Any, applications: Sequence[Application], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        programmes = {application.programme_id for application in applications}
        cohorts = Cohort.objects.filter(programme__in=programmes, runs=True).with_seats_taken()
        self.cohorts = {str(cohort.pk): cohort for cohort in cohorts.select_related("programme")}
        choice = self.fields["cohort"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [
            (PREFERRED, "For each the best of their own preferences that has a seat left"),
            *((pk, self._label(cohort)) for pk, cohort in self.cohorts.items()),
        ]

    @staticmethod
    def _label(cohort: Any) -> str:
        left = max(0, cohort.maximum - cohort.seats_taken)
        return f"{cohort.programme.title}, {cohort.name}: {plural(left, 'seat')} of {cohort.maximum} left"


@dataclass(frozen=True)
class BulkAction:
    """One of them: its button, what it means, its form, and what is done to each application.

    ``each`` takes the application, the form and the account, calls one verb, and returns what to know (or nothing).
    """

    button: str
    means: str
    each: Callable[[Application, Any, Any, datetime.datetime], str]
    asks: type[OfferForm] | type[pending.KeepForm] | None = None
    changes_state: bool = True

    def form(self, data: Any, applications: Sequence[Application]) -> forms.Form:
        """The form that is asked before anything happens."""
        return NothingToAdd(data) if self.asks is None else self.asks(data, applications=applications)


def _shortlist(application: Application, form: Any, user: Any, now: datetime.datetime) -> str:
    reviews.shortlist(application.pk, user=user, now=now)
    return ""


def _offer(application: Application, form: Any, user: Any, now: datetime.datetime) -> str:
    chosen = form.cleaned_data["cohort"]
    ranked = {row.cohort_id: row.rank for row in application.preferences.all() if row.rank}
    cohort = None if chosen == PREFERRED else form.cohorts[chosen]
    if cohort is not None and cohort.programme_id != application.programme_id:
        raise Refused(f"{cohort.name} belongs to {cohort.programme}, not to {application.programme}.")
    if cohort is None and not ranked:
        raise Refused(
            f"{application.name} gave no preference. Choose a cohort for them on the application’s page."
        )
    # Several at once are shortlisted first: nobody under review is offered a place unlooked at.
    require(application, decisions.action_of(application, decisions.Kind.OFFER), Hand.STAFF)
    given = decisions.decide(
        application.pk,
        user=user,
        kind=decisions.Kind.OFFER,
        cohort_id=cohort.pk if cohort else None,
        now=now,
    )
    assert given is not None  # the cohort of a place
    rank = ranked.get(given.pk)
    if rank is None:
        return f"{given} is none of their preferences."
    return f"{given} is their {ordinal(rank)} preference." if rank > 1 else ""


ACTIONS: dict[str, BulkAction] = {
    "shortlist": BulkAction(
        "Shortlist", "Each applicant is told that they are suitable, and waits for a place.", _shortlist
    ),
    "offer": BulkAction(
        "Offer a place",
        "Places are given in the order in which the applications were submitted, while there are seats.",
        _offer,
        asks=OfferForm,
    ),
    "keep": BulkAction(
        "Keep for the release day",
        "The decision is kept and nobody is told, until all that are kept are applied together.",
        pending.keep_each,
        asks=pending.KeepForm,
        changes_state=False,
    ),
    "clear": BulkAction(
        "Clear the decisions kept",
        "The applications are as they were. Nobody hears of the decisions that were kept.",
        pending.clear_each,
        changes_state=False,
    ),
}


def carry_out(
    action: BulkAction, form: Any, applications: Iterable[Application], user: Any, now: datetime.datetime
) -> Report:
    """Do it to each, in a transaction of its own: one that is refused is skipped, and the others go on."""
    report = Report()
    for application in applications:
        try:
            to_know = action.each(application, form, user, now)
        except Refused as refused:
            report.skipped.append((application, refused.sentence))
            continue
        changes = StateChange.objects.filter(application=application)
        change = changes.last() if action.changes_state else None
        notes = [note for note in (to_know, change.note if change else "") if note]
        if notes:
            report.warned.append((application, " ".join(notes)))
        else:
            report.done.append((application, ""))
    return report


def bulk_page(
    request: HttpRequest,
    name: str,
    applications: Sequence[Application],
    *,
    url: str,
    back: Crumb,
    confirmed: bool,
    now: datetime.datetime,
) -> HttpResponse:
    """Ask before (``confirmed`` is false) or carry out and report."""
    action = ACTIONS[name]
    form = action.form(request.POST if confirmed else None, applications)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": f"{action.button}: {plural(len(applications), 'application')}",
        "action": action,
        "applications": applications,
        "number": len(applications),
        "form": form,
        "url": url,
        "back": back,
        "too_many": f"Choose at most {LIMIT} at once." if len(applications) > LIMIT else "",
    }
    if confirmed and not context["too_many"] and form.is_valid():
        context["report"] = carry_out(action, form, applications, request.user, now)
        return TemplateResponse(request, "admin/applications/application/bulk_report.html", context)
    return TemplateResponse(request, "admin/applications/application/bulk.html", context)
