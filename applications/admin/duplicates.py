"""Two applications that may be one person's: a preview of merging them, or saying that they are not."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from applications.admin.queue import PAGE
from applications.domain import duplicates
from applications.models import Application
from cohorts.domain import merging
from programmes.admin.pages import Crumb, NothingToAdd, VerbForm, VerbPage, sent

ACTIONS = ("merge", "apart")
KEPT, OTHER = "kept", "other"


class MergeForm(VerbForm):
    """For each line that differs and can be chosen, whose is kept."""

    def __init__(self, *args: Any, lines: list[merging.Line], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for line in lines:
            if line.key and line.differ:
                self.fields[line.key] = forms.ChoiceField(
                    label=line.label,
                    choices=[(KEPT, line.kept or "(nothing)"), (OTHER, line.other or "(nothing)")],
                    widget=forms.RadioSelect,
                    initial=OTHER if line.fills_a_gap else KEPT,
                    error_messages={"required": "Choose which is kept."},
                )

    @property
    def taken(self) -> set[str]:
        """The keys of the lines for which the other application's is kept."""
        return {name for name, value in self.cleaned_data.items() if value == OTHER}


def duplicate_page(
    request: HttpRequest, kept: Application, other: Application, action: str, *, back: Crumb
) -> HttpResponse:
    """Ask before merging ``other`` into ``kept``, or before saying that they are two people."""
    if action not in ACTIONS:
        raise Http404("There is nothing of this name to do with two applications.")
    return (
        _apart_page(request, kept, other, back)
        if action == "apart"
        else _merge_page(request, kept, other, back)
    )


def _apart_page(request: HttpRequest, one: Application, other: Application, back: Crumb) -> HttpResponse:
    def carry_out(values: dict[str, Any]) -> str:
        duplicates.tell_apart(one, other, user=request.user, now=timezone.now())
        return f"{one.reference} and {other.reference} are no longer pointed out as one person."

    return VerbPage(
        title=f"Not the same person: {one.reference} and {other.reference}",
        button="Not the same person",
        form=NothingToAdd(sent(request)),
        back=back,
        carry_out=carry_out,
        explanation=["Both applications stay as they are. The hint goes from both pages, for everybody."],
    ).answer(request)


def _merge_page(request: HttpRequest, kept: Application, other: Application, back: Crumb) -> HttpResponse:
    impossible = merging.why_not(kept, other)
    found = None if impossible else merging.preview(kept, other)
    form = MergeForm(sent(request), lines=found.lines if found else [])

    def carry_out(values: dict[str, Any]) -> str:
        merging.merge(kept.pk, other.pk, take=form.taken, user=request.user, now=timezone.now())
        return f"{other.reference} is merged into {kept.reference}. Nobody was mailed."

    return VerbPage(
        title=f"Merge {other.reference} into {kept.reference}",
        button="Merge",
        form=form,
        back=back,
        carry_out=carry_out,
        explanation=[
            f"{kept.reference} goes on. {other.reference} ends as withdrawn, stays as a record, and nobody is mailed.",
            f"Carried over from {other.reference}: {found.carried}." if found else "",
            "What you do not keep stays with the application that ends. A merge cannot be undone.",
        ],
        impossible=impossible,
        ends_something=True,
        template="admin/applications/application/merge.html",
        extra={
            "lines": [line for line in found.lines if not (line.key and line.differ)] if found else [],
            "kept": kept,
            "other": other,
            "other_way": reverse(
                "admin:applications_application_duplicate", args=[other.pk, kept.pk, "merge"]
            ),
            "other_way_possible": not merging.why_not(other, kept),
            "page_of_kept": reverse(PAGE, args=[kept.pk]),
        },
    ).answer(request)
