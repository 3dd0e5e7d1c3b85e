"""A programme: everything an academy says about it, its limits, and how full it is."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone

from applications.domain import nominations
from applications.models import Application, State
from cohorts.admin import waiting
from cohorts.domain import capacity
from cohorts.models import Cohort, Place
from facilitators.admin.parts import EvaluationQuestionInline, UndertakingInline
from programmes.admin import parts
from programmes.admin.allowances import allowance_page
from programmes.admin.base import AcademyModelAdmin, WithHistory, holds
from programmes.admin.pages import Crumb
from programmes.domain.refused import Refused
from programmes.models import Criterion, Programme, Role
from programmes.models.programmes import NominationScope

PAGE = "admin:programmes_programme_change"


class ProgrammeForm(forms.ModelForm):
    """Limits are not lowered below what is taken. The rows counted are locked by the page's own transaction."""

    class Meta:
        model = Programme
        fields = "__all__"  # noqa: DJ007  the page's fieldsets say which
        widgets = {
            "regions": forms.CheckboxSelectMultiple,
            "summary": forms.Textarea(attrs={"rows": 3}),
        }

    def clean_total_places(self) -> int | None:
        """The places in total, not below those offered and confirmed."""
        total: int | None = self.cleaned_data["total_places"]
        if total == 0:
            raise ValidationError("Enter 1 or more, or leave it empty for no total.")
        if self.instance.pk is not None:
            # Nobody is given a place between the counting and the saving.
            Programme.objects.select_for_update(of=("self",), no_key=True).get(pk=self.instance.pk)
            try:
                capacity.require_total_places(self.instance, total)
            except Refused as refused:
                raise ValidationError(refused.sentence) from refused
        return total

    def clean(self) -> dict[str, Any] | None:
        """Dates in their order, and the nominations allowed not below those that stand."""
        cleaned = super().clean() or {}
        opens, closes = cleaned.get("opens_at"), cleaned.get("closes_at")
        if opens and closes and closes <= opens:
            self.add_error("closes_at", "The closing must be after the opening.")
        self._clean_limit(cleaned)
        return cleaned

    def _clean_limit(self, cleaned: dict[str, Any]) -> None:
        limited = cleaned.get("nomination_scope") != NominationScope.NONE
        allowed = cleaned.get("nominations_allowed")
        if limited and not allowed and "nominations_allowed" not in self.errors:
            self.add_error("nominations_allowed", "Enter how many nominations are allowed, 1 or more.")
        elif not limited and allowed is not None:
            self.add_error("nominations_allowed", "Leave this empty: nominations are not limited.")
        if self.instance.pk is not None and {"nomination_scope", "nominations_allowed"} <= cleaned.keys():
            nominations.lock_allowances(self.instance.pk)
            try:
                nominations.require_limit(
                    self.instance,
                    scope=cleaned["nomination_scope"],
                    allowed=cleaned["nominations_allowed"],
                )
            except Refused as refused:
                self.add_error("nominations_allowed", refused.sentence)


@admin.register(Programme)
class ProgrammeAdmin(AcademyModelAdmin, WithHistory):
    """Set up by the academy's administrators; taken off the pages by “published”, never deleted."""

    form = ProgrammeForm
    change_form_template = "admin/programmes/programme/change_form.html"
    list_display = ("title", "code", "academy", "published", "opens_at", "closes_at", "places")
    list_filter = ("published",)
    show_facets = admin.ShowFacets.NEVER
    list_select_related = ("academy",)
    search_fields = ("title", "code", "slug")
    ordering = ("title",)
    fieldsets = (
        (None, {"fields": ("academy", "title", "code", "slug", "summary", "published")}),
        ("Whom to ask", {"fields": ("contact_name", "contact_email")}),
        ("Dates", {"fields": ("opens_at", "closes_at", "notify_by")}),
        (
            "Who may apply, and how many",
            {"fields": ("regions", "total_places", "nomination_scope", "nominations_allowed")},
        ),
        (
            "Offers",
            {
                "fields": (
                    "offer_answer",
                    "offer_working_days",
                    "spread",
                    "offers_onward",
                    "last_offer_days",
                )
            },
        ),
        (
            "What counts as attended",
            {"fields": ("sessions_needed", "late_counts", "left_early_counts")},
        ),
        (
            "What the programme’s page says",
            {
                "classes": ("collapse",),
                "description": "Markdown.",
                "fields": (
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
            },
        ),
    )
    inlines = (
        parts.CriterionInline,
        parts.QuestionInline,
        parts.DeclarationInline,
        parts.ApprovalStepInline,
        parts.RoleDescriptionInline,
        parts.ObligationInline,
        EvaluationQuestionInline,
        UndertakingInline,
        parts.FaqInline,
        parts.MessageTemplateInline,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        taken = Count("places", filter=Q(places__programme_number__isnull=False))
        return super().get_queryset(request).annotate(places_taken=taken)

    @admin.display(description="Places taken")
    def places(self, programme: Any) -> str:
        total = programme.total_places
        return f"{programme.places_taken} of {total}" if total is not None else str(programme.places_taken)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A programme stays with its academy, and its references keep their letters."""
        return ("academy", "code") if obj is not None else ()

    def get_urls(self) -> list[Any]:
        allowance = self.admin_site.admin_view(self.allowance_view)
        return [
            path("<int:pk>/nominations/", allowance, name="programmes_programme_allowance"),
            path(
                "<int:pk>/waiting/",
                self.admin_site.admin_view(self.waiting_view),
                name="programmes_programme_waiting",
            ),
            path(
                "<int:pk>/waiting/move/<int:application>/",
                self.admin_site.admin_view(self.waiting_move_view),
                name="programmes_programme_waiting_move",
            ),
            path(
                "<int:pk>/waiting/<str:verb>/",
                self.admin_site.admin_view(self.waiting_verb_view),
                name="programmes_programme_waiting_verb",
            ),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The programme's page, with how full it is."""
        programme = self.record_or_404(request, object_id)
        return super().change_view(request, object_id, form_url, {"overview": overview(programme)})

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the parts; a raised number of nominations lets those in reserve move up."""
        super().save_related(request, form, formsets, change)
        if change and "nominations_allowed" in form.changed_data:
            moved = nominations.apply_limit(form.instance.pk, now=timezone.now())
            if moved:
                names = ", ".join(application.reference for application in moved)
                self.message_user(request, f"Moved up from reserve and told so: {names}.")

    def waiting_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Who waits for a place, and what becomes of free seats."""
        programme = self.record_or_404(request, str(pk))
        return waiting.waiting_page(
            request,
            programme,
            may_decide=holds(request, Role.REVIEWER, self.academy_of(programme)),
            back=Crumb(programme.title, reverse(PAGE, args=[pk])),
        )

    def waiting_move_view(self, request: HttpRequest, pk: int, application: int) -> HttpResponse:
        """Move somebody on the waiting list: for reviewers."""
        programme = self._for_reviewers(request, pk)
        return waiting.move_page(request, programme, application, back=self._waiting_list(programme))

    def waiting_verb_view(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """Offer free seats now, or let that be done by itself: for reviewers."""
        programme = self._for_reviewers(request, pk)
        return waiting.verb_page(request, programme, verb, back=self._waiting_list(programme))

    def _for_reviewers(self, request: HttpRequest, pk: int) -> Any:
        programme = self.record_or_404(request, str(pk))
        if not holds(request, Role.REVIEWER, self.academy_of(programme)):
            raise PermissionDenied
        return programme

    @staticmethod
    def _waiting_list(programme: Programme) -> Crumb:
        return Crumb("Waiting list", reverse("admin:programmes_programme_waiting", args=[programme.pk]))

    def allowance_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let one ICS (or organisation, or region) nominate another number."""
        programme = self.record_or_404(request, str(pk))
        if not self.has_change_permission(request, programme):
            raise PermissionDenied
        return allowance_page(request, programme, back=Crumb(programme.title, reverse(PAGE, args=[pk])))


def overview(programme: Programme) -> dict[str, Any]:
    """How many have applied, which places are taken, and how the nominations stand; eight queries at most."""
    counts: dict[str, int] = {}
    for state in Application.objects.filter(programme=programme).values_list("state", flat=True):
        counts[state] = counts.get(state, 0) + 1
    return {
        "states": [(state, state.label, counts[state.value]) for state in State if state.value in counts],
        "places_taken": Place.objects.counted().filter(programme=programme).count(),
        "cohorts": Cohort.objects.filter(programme=programme).with_seats_taken().prefetch_related("sessions"),
        "nominations": sorted(nominations.of_programme(programme).items(), key=lambda item: item[1].whose),
    }


@admin.register(Criterion)
class CriterionAdmin(AcademyModelAdmin):
    """A criterion's own page, for the options of an any-of group; reached from its programme."""

    academy_path = "programme__academy"
    form = parts.PartForm
    exclude = ("key",)
    list_display = ("statement", "programme", "importance")
    list_select_related = ("programme",)
    readonly_fields = ("programme",)
    inlines = (parts.CriterionOptionInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Not on the first page."""
        return False
