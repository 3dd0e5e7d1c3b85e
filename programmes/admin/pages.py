"""A small page that asks for what one verb needs, calls it, and says what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from programmes.domain.refused import Refused

TEXT_LIMIT = 5000
TOO_LONG = "Use at most %(limit_value)d characters: you used %(show_value)d."


def long_text(
    label: str, help_text: str, *, required: bool = True, missing: str = "", limit: int = TEXT_LIMIT
) -> forms.CharField:
    """A field for a few sentences."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=limit,
        widget=forms.Textarea(attrs={"rows": 6, "class": "vLargeTextField"}),
        error_messages={"required": missing, "max_length": TOO_LONG},
    )


# The staff page of each kind of record, as it is named in what a mail or a finding is about.
_PAGES = {
    "application": "admin:applications_application_change",
    "booking": "admin:facilitators_booking_change",
    "circle": "admin:facilitators_circle_change",
    "cohort": "admin:cohorts_cohort_change",
    "commitment": "admin:facilitators_commitment_change",
    "delivery": "admin:facilitators_delivery_change",
    "facilitator": "admin:facilitators_facilitator_change",
    "coverrequest": "admin:facilitators_coverrequest_change",
    "implementationsession": "admin:facilitators_implementationsession_change",
    "learningset": "admin:facilitators_learningset_change",
    "notice": "admin:facilitators_notice_change",
    "resource": "admin:facilitators_resource_change",
    "invitation": "admin:programmes_invitation_change",
    "message": "admin:programmes_message_change",
    "programme": "admin:programmes_programme_change",
    "proposal": "admin:cohorts_proposal_change",
    "session": "admin:cohorts_session_change",
}


def page_of(about: str) -> str:
    """The staff page of a record by its name, such as ``application:12``; empty where there is none."""
    kind, _, key = about.partition(":")
    return reverse(_PAGES[kind], args=[key]) if kind in _PAGES and key.isdecimal() else ""


class VerbForm(forms.Form):
    """The base of all of these: errors are ours to show, not the browser's."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


class NothingToAdd(VerbForm):
    """A decision that needs no more than its button."""


@dataclass(frozen=True)
class Crumb:
    """One step of the way back: what it is called, and its address."""

    name: str
    url: str


@dataclass(frozen=True)
class VerbPage:
    """What such a page says, and what it does when its button is pressed.

    ``carry_out`` takes the form's values, calls one verb and returns the sentence to show; a `Refused` from it is
    shown above the form, with what was typed kept. ``impossible`` is why it cannot be done at all: no button then.
    """

    title: str
    button: str
    form: forms.Form
    back: Crumb
    carry_out: Callable[[dict[str, Any]], str]
    explanation: Sequence[str] = ()
    impossible: str = ""
    ends_something: bool = False
    template: str = "admin/verb_page.html"
    extra: dict[str, Any] | None = None

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Show the page; for a form that was sent, carry it out and go back."""
        if request.method == "POST" and not self.impossible and self.form.is_valid():
            try:
                said = self.carry_out(self.form.cleaned_data)
            except Refused as refused:
                self.form.add_error(None, refused.sentence)
            else:
                messages.success(request, said)
                return HttpResponseRedirect(self.back.url)
        context = {
            **admin.site.each_context(request),
            "title": self.title,
            "page": self,
            "form": self.form,
            "media": self.form.media,
            **(self.extra or {}),
        }
        return TemplateResponse(request, self.template, context)


def sent(request: HttpRequest) -> Any:
    """What was sent with the form, or None where the page is only looked at."""
    return request.POST if request.method == "POST" else None
