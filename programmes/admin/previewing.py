"""What a programme will look like, before it is opened: its page, the steps of its form, and its mails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from applications.forms.about import AboutForm
from applications.forms.people import ApproversForm, DeclarationsForm
from applications.forms.questions import QuestionsForm
from applications.models import Application
from applications.views.steps import PAGES
from cohorts.domain import access_needs
from cohorts.domain.on_offer import on_offer
from cohorts.forms.access_needs import AccessNeedsForm
from cohorts.forms.choice import ChoiceForm
from programmes.admin.base import AcademyModelAdmin
from programmes.domain import own_wording
from programmes.domain.mails import REWORDABLE
from programmes.domain.opening import why_not_open
from programmes.domain.organisations import systems_for
from programmes.domain.rendering import preview, wording
from programmes.forms.base import PageForm
from programmes.forms.gate import GateForm
from programmes.models import Organisation, Programme
from programmes.models.parts import ApprovalMethod
from programmes.views.programmes import context_of

PREVIEW = "admin:programmes_programme_preview"
PAGE, MAILS_PAGE = "page", "mails"
_READERS = {"applicant": "To applicants", "approver": "To approvers", "staff": "To academy staff"}


@dataclass(frozen=True)
class FormStep:
    """One step of the form as it is previewed: its title, its template, and how its form is made."""

    title: str
    template: str
    form_of: Callable[[Programme], PageForm]


def _gate(programme: Programme) -> PageForm:
    return GateForm(list(programme.criteria.prefetch_related("options")), before=None)


def _about(programme: Programme) -> PageForm:
    systems = list(systems_for(programme, timezone.localdate()))
    organisations = list(Organisation.objects.filter(ics__in=systems).select_related("ics"))
    application = Application(programme=programme)
    return AboutForm(application, systems=systems, organisations=organisations, ics_is_fixed=False)


def _questions(programme: Programme) -> PageForm:
    return QuestionsForm(list(programme.questions.all()), [])


def _cohorts(programme: Programme) -> PageForm:
    return ChoiceForm(list(programme.cohorts.filter(runs=True).prefetch_related("sessions__venue")), [])


def _needs(programme: Programme) -> PageForm:
    return AccessNeedsForm(None) if access_needs.asked_by(programme) else PageForm()


def _approvers(programme: Programme) -> PageForm:
    steps = list(programme.approval_steps.filter(method=ApprovalMethod.EMAILED))
    return ApproversForm(Application(programme=programme), steps, [])


def _declarations(programme: Programme) -> PageForm:
    declared = programme.approval_steps.filter(method=ApprovalMethod.DECLARED)
    return DeclarationsForm(list(declared), list(programme.declarations.all()))


FORM_STEPS = {
    "gate": FormStep("Check if you can apply", "programmes/eligibility.html", _gate),
    **{
        key: FormStep(PAGES[key][1], f"applications/{template}.html", form_of)
        for key, template, form_of in (
            ("about", "about", _about),
            ("questions", "questions", _questions),
            ("cohorts", "cohorts", _cohorts),
            ("needs", "access_needs", _needs),
            ("approvers", "approvers", _approvers),
            ("declarations", "declarations", _declarations),
        )
    },
}


def steps_there(programme: Programme) -> dict[str, FormStep]:
    """The steps that the programme's form has, in their order: one without anything to ask is left out."""
    return {key: step for key, step in FORM_STEPS.items() if step.form_of(programme).fields}


class PreviewsProgramme(AcademyModelAdmin):
    """Staff see the public's pages before the public does; nothing on them can be sent."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.preview_view)
        return [
            path("<int:pk>/preview/<slug:what>/", view, name="programmes_programme_preview"),
            *super().get_urls(),
        ]

    def preview_view(self, request: HttpRequest, pk: int, what: str) -> HttpResponse:
        """One page as it will be: ``page``, ``mails``, or a step of the form."""
        programme = self.record_or_404(request, str(pk))
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if what == PAGE:
            return _public_page(request, programme)
        if what == MAILS_PAGE:
            return self._mails(request, programme)
        steps = steps_there(programme)
        if what not in steps:
            raise Http404(f"The form of {programme} has no step called {what}.")
        return _form_step(request, programme, what, steps)

    def _mails(self, request: HttpRequest, programme: Programme) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "Every mail of the programme",
            "original": programme,
            "groups": mails_of(programme),
        }
        return TemplateResponse(request, "admin/programmes/programme/mails.html", context)


def address(programme: Programme, what: str) -> str:
    """Where something of a programme is previewed."""
    return reverse(PREVIEW, args=[programme.pk, what])


def _public_page(request: HttpRequest, programme: Programme) -> HttpResponse:
    now = timezone.now()
    offer = on_offer(Programme.objects.filter(pk=programme.pk))[0]
    # As it will be: in this page alone it counts as opened.
    offer.programme.published = True
    steps = steps_there(programme)
    context = {
        **context_of(offer),
        "now": now,
        "why_not_open": why_not_open(offer.programme, now),
        "preview": True,
        "staff_url": reverse("admin:programmes_programme_change", args=[programme.pk]),
        "apply_url": address(programme, next(iter(steps), PAGE)),
    }
    return render(request, "programmes/preview.html", context, using="pages")


def _form_step(
    request: HttpRequest, programme: Programme, what: str, steps: dict[str, FormStep]
) -> HttpResponse:
    keys = list(steps)
    place = keys.index(what)
    following = keys[place + 1] if place + 1 < len(keys) else PAGE
    form = steps[what].form_of(programme)
    context = {
        "of": steps[what].template,
        "form": form,
        "programme": programme,
        "application": Application(programme=programme, email="you@example.org"),
        "cohorts": getattr(form, "cohorts", []),
        "role_description": hasattr(programme, "role_description"),
        "heading": steps[what].title,
        "caption": programme.title,
        "draft": True,
        "place": place + 1,
        "count": len(keys),
        "next_url": address(programme, following),
        "next_title": steps[following].title if following in steps else "The programme’s page",
        "staff_url": reverse("admin:programmes_programme_change", args=[programme.pk]),
    }
    return render(request, "programmes/preview_step.html", context, using="pages")


@dataclass(frozen=True)
class PreviewedMail:
    """One mail with sample values: what it is for, whether it is the programme's own wording, and its words."""

    event: str
    purpose: str
    reworded: bool
    subject: str
    text: str


def mails_of(programme: Programme) -> list[tuple[str, list[PreviewedMail]]]:
    """Every mail that a programme can word, with sample values, grouped by who reads it; a few queries for all."""
    now = timezone.now()
    prefetch_related_objects([programme], "academy", "message_templates")
    written = own_wording.newest(programme)
    groups: dict[str, list[PreviewedMail]] = {title: [] for title in _READERS.values()}
    for mail in REWORDABLE.values():
        message, _ = own_wording.sample(programme, mail.event, person=None, now=now, written=written)
        words = wording(message)
        shown = preview(message, words)
        reworded = not words[2]
        one = PreviewedMail(mail.event, mail.purpose, reworded, shown.subject, shown.text)
        groups.setdefault(_READERS.get(mail.reader, f"To others: {mail.reader}"), []).append(one)
    return [(title, mails) for title, mails in groups.items() if mails]
