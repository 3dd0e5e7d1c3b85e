"""Setting up a programme in steps: a page each, the check list beside them, and opening at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from cohorts.models import Cohort
from facilitators.admin.parts import (
    EvaluationQuestionInline,
    FacilitationInline,
    TopicInline,
    UndertakingInline,
)
from programmes.admin import parts
from programmes.admin.base import AcademyModelAdmin
from programmes.admin.boxes import WithFittingBoxes
from programmes.domain import access
from programmes.domain.readiness import Missing, Step, missing
from programmes.models import Programme, Role
from programmes.models.parts import PartOfProgramme
from programmes.models.privacy import Keeping

PAGE = "admin:programmes_programme_change"
STEP_PAGE = "admin:programmes_programme_step"
STEP_TEMPLATE = "admin/programmes/programme/step.html"


@dataclass(frozen=True)
class StepPage:
    """One step: what it is called and for, its fields (in groups, by their headings) and its lists of parts."""

    step: Step
    title: str
    purpose: str
    fields: tuple[tuple[str | None, tuple[str, ...]], ...] = ()
    inlines: tuple[type[admin.options.InlineModelAdmin[Any, Any]], ...] = ()


STEPS = (
    StepPage(
        Step.ABOUT,
        "About the programme",
        "What it is called, in a sentence or two, and whom to ask.",
        (
            (None, ("academy", "title", "summary", "code", "slug")),
            ("Whom to ask", ("contact_name", "contact_email")),
        ),
    ),
    StepPage(
        Step.DATES,
        "Who and when",
        "From when until when people can apply, who may, and how many places there are.",
        (
            ("Dates", ("opens_at", "closes_at", "open_until_full", "notify_by")),
            (
                "Who may apply, and how many",
                ("regions", "total_places", "nomination_scope", "nominations_allowed"),
            ),
        ),
    ),
    StepPage(
        Step.TEXT,
        "What the page says",
        "The sections of the programme’s page, in Markdown. A section that is left empty is not shown.",
        (
            (
                None,
                (
                    "background",
                    "offer",
                    "benefits",
                    "requirements",
                    "time_commitment",
                    "afterwards",
                    "selection",
                    "next_steps",
                    "not_eligible_advice",
                ),
            ),
        ),
    ),
    StepPage(
        Step.CRITERIA,
        "Who can apply",
        "Asked one by one before anything else. Who does not meet an essential criterion cannot apply.",
        (),
        (parts.CriterionInline,),
    ),
    StepPage(
        Step.QUESTIONS,
        "Questions",
        "What the form asks besides name, work and dates. Ask nothing here about health or needs.",
        ((None, ("asks_access_needs",)),),
        (parts.QuestionInline,),
    ),
    StepPage(
        Step.DECLARATIONS,
        "Role description and declarations",
        "What the trained person will do, and what applicants agree to at the end of the form.",
        (),
        (parts.RoleDescriptionInline, parts.DeclarationInline),
    ),
    StepPage(
        Step.APPROVALS,
        "Approvals",
        "Who has to agree to an application: by an emailed link, or declared by the applicant.",
        ((None, ("approvals_needed",)),),
        (parts.ApprovalStepInline,),
    ),
    StepPage(
        Step.PLACES,
        "Reviews and places",
        "How applications are scored, how offers are answered, how freed seats are given, and what attended means.",
        (
            ("Reviews", ("blind_reviews",)),
            ("Offers", ("offer_answer", "offer_working_days", "spread", "offers_onward", "last_offer_days")),
            ("What counts as attended", ("sessions_needed", "late_counts", "left_early_counts")),
        ),
        (parts.RubricInline,),
    ),
    StepPage(
        Step.AFTERWARDS,
        "After the training",
        "What a facilitator owes, what those who attended are asked, what they agree to, and how long data is kept.",
        (
            (
                "How long what is held on people is kept",
                tuple(field.name for field in Keeping._meta.fields),
            ),
        ),
        (
            parts.ObligationInline,
            FacilitationInline,
            TopicInline,
            EvaluationQuestionInline,
            UndertakingInline,
        ),
    ),
    StepPage(
        Step.MORE,
        "Questions that people ask",
        "Frequently asked questions and their answers, at the end of the programme’s page.",
        (),
        (parts.FaqInline,),
    ),
    StepPage(Step.COHORTS, "Cohorts", "When and where it happens: cohorts with their sessions, and venues."),
)
_BY_STEP = {page.step.value: page for page in STEPS}


@dataclass(frozen=True)
class StepLink:
    """A step in the list at the side: its address, whether it is this one, and how much it still needs."""

    title: str
    url: str
    current: bool
    lacking: int


@dataclass(frozen=True)
class CheckLine:
    """A line of the check list, with the address of the page that mends it."""

    sentence: str
    url: str
    where: str


def step_url(programme: Programme, step: Step) -> str:
    """The address of the page on which something is put right."""
    if step == Step.ACADEMY:
        return reverse("admin:programmes_academy_change", args=[programme.academy_id])
    return reverse(STEP_PAGE, args=[programme.pk, step.value])


def beside(programme: Programme, current: Step | None = None) -> dict[str, Any]:
    """What stands beside each step: the steps, and the check list."""
    lines = missing(programme, now=timezone.now())
    return {
        "steps": [
            StepLink(
                page.title,
                step_url(programme, page.step),
                page.step == current,
                sum(line.must and line.step == page.step for line in lines),
            )
            for page in STEPS
        ],
        "musts": _lines(programme, [line for line in lines if line.must]),
        "shoulds": _lines(programme, [line for line in lines if not line.must]),
        "current_step": current,
    }


def _lines(programme: Programme, lines: Sequence[Missing]) -> list[CheckLine]:
    titles = {page.step: page.title for page in STEPS} | {Step.ACADEMY: "Your academy"}
    return [CheckLine(line.sentence, step_url(programme, line.step), titles[line.step]) for line in lines]


def next_url(programme: Programme, page: StepPage) -> str:
    """The address of the step after this one; of the programme's own page after the last."""
    following = STEPS[STEPS.index(page) + 1 :]
    return step_url(programme, following[0].step) if following else reverse(PAGE, args=[programme.pk])


class SetUpInSteps(WithFittingBoxes, AcademyModelAdmin):
    """The steps as Django's own change page, each time with the fields and parts of one step."""

    change_form_template = STEP_TEMPLATE
    add_form_template = STEP_TEMPLATE

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.step_view)
        return [
            path("<int:pk>/set-up/<slug:step>/", view, name="programmes_programme_step"),
            *super().get_urls(),
        ]

    def step_view(self, request: HttpRequest, pk: int, step: str) -> HttpResponse:
        """One step: read by all of the academy, saved by its administrators."""
        page = _BY_STEP.get(step)
        if page is None:
            raise Http404(f"There is no step called {step}.")
        programme = self.record_or_404(request, str(pk))
        if page.step == Step.COHORTS:
            return self._cohorts_step(request, programme, page)
        setattr(request, "_step", page)  # noqa: B010
        return self.changeform_view(request, str(pk), "", self._around(programme, page))

    def _around(self, programme: Programme, page: StepPage) -> dict[str, Any]:
        place = STEPS.index(page)
        before = STEPS[place - 1] if place else None
        return {
            **beside(programme, page.step),
            "page": page,
            "place": place + 1,
            "count": len(STEPS),
            "back_url": step_url(programme, before.step) if before else reverse(PAGE, args=[programme.pk]),
            "next_url": next_url(programme, page),
            "programme_url": reverse(PAGE, args=[programme.pk]),
            "title": page.title,
            "subtitle": None,
        }

    def _cohorts_step(self, request: HttpRequest, programme: Programme, page: StepPage) -> HttpResponse:
        cohorts = Cohort.objects.filter(programme=programme).with_seats_taken()
        context = {
            **self.admin_site.each_context(request),
            **self._around(programme, page),
            "opts": self.opts,
            "original": programme,
            "cohorts": cohorts.prefetch_related("sessions__venue"),
            "may_change": self.has_change_permission(request, programme),
        }
        return TemplateResponse(request, "admin/programmes/programme/cohorts.html", context)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The first step, before there is a programme."""
        return super().add_view(
            request, form_url, {"page": STEPS[0], "place": 1, "count": len(STEPS), "title": "A new programme"}
        )

    @staticmethod
    def _page(request: HttpRequest) -> StepPage:
        page: StepPage = getattr(request, "_step", STEPS[0])
        return page

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return [(name, {"fields": fields}) for name, fields in self._page(request).fields]

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self._page(request).inlines

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A programme stays with its academy, and its references keep their letters; its address, once it is known."""
        if obj is None:
            return ()
        return ("academy", "code", "slug") if obj.published else ("academy", "code")

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {"slug": ("title",)} if obj is None else {}

    def get_changeform_initial_data(self, request: HttpRequest) -> Any:
        """Whoever sets up one academy alone means that one."""
        academies = list(access.academies_with(request.user, Role.ADMINISTRATOR)[:2])
        return {"academy": academies[0].pk} if len(academies) == 1 else {}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and write history only where something has changed."""
        if form.changed_data or not change:
            super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the parts, and count each list anew."""
        super().save_related(request, form, formsets, change)
        for formset in formsets:
            if issubclass(formset.model, PartOfProgramme):
                parts.renumber(formset.model._default_manager.filter(programme=form.instance))

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """On to the second step."""
        self.message_user(request, f"{obj.title} is kept. The public does not see it yet.", messages.SUCCESS)
        return HttpResponseRedirect(next_url(obj, STEPS[0]))

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """On to the next step, or back to this one."""
        page = self._page(request)
        self.message_user(request, f"“{page.title}” is saved.", messages.SUCCESS)
        stays = "_continue" in request.POST
        return HttpResponseRedirect(step_url(obj, page.step) if stays else next_url(obj, page))
