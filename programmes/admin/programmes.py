"""A programme: everything an academy says about it, its limits, and how full it is."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from applications.domain import nominations
from applications.models import Application, State
from cohorts.admin import waiting
from cohorts.domain import capacity, figures
from cohorts.models import Cohort, Place
from programmes.admin import parts, verbs
from programmes.admin.allowances import allowance_page
from programmes.admin.base import AcademyModelAdmin, WithHistory, holds
from programmes.admin.boxes import WithFittingBoxes
from programmes.admin.copying import copy_page
from programmes.admin.pages import Crumb
from programmes.admin.previewing import PreviewsProgramme
from programmes.admin.setting_up import PAGE, SetUpInSteps, beside, step_url
from programmes.domain import catalogue
from programmes.domain.programme_file.fields import is_key
from programmes.domain.programme_file.writing import Unwritable
from programmes.domain.readiness import Step
from programmes.domain.refused import Refused
from programmes.domain.wording import local_date, nhs_datetime
from programmes.models import Criterion, Programme, Role
from programmes.models.programmes import NominationScope


class ProgrammeForm(forms.ModelForm):
    """The fields of one step. Limits are not lowered below what is taken.

    The rows counted are locked by the page's own transaction.
    """

    class Meta:
        model = Programme
        fields = "__all__"  # noqa: DJ007  the step's fieldsets say which
        widgets = {"regions": forms.CheckboxSelectMultiple}

    def clean_slug(self) -> str:
        """The end of the page's address, as files have it too."""
        slug: str = self.cleaned_data["slug"]
        if not is_key(slug):
            raise ValidationError("Use small letters, digits and hyphens only, such as calm-conversations.")
        return slug

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
        if closes and cleaned.get("open_until_full"):
            self.add_error(
                "open_until_full", "There is a deadline above. Empty it, or leave this box unticked."
            )
        notify_by = cleaned.get("notify_by")
        if closes and notify_by and notify_by < local_date(closes):
            self.add_error("notify_by", "Applicants cannot hear before the deadline. Enter a later date.")
        if "nomination_scope" in self.fields:
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
class ProgrammeAdmin(PreviewsProgramme, SetUpInSteps, WithHistory):
    """Set up in steps by the academy's administrators, opened by a verb, never deleted."""

    programme_path = "pk"
    form = ProgrammeForm
    list_display = ("title", "code", "academy", "stands", "opens_at", "closes_at", "places")
    list_filter = ("published",)
    show_facets = admin.ShowFacets.NEVER
    list_select_related = ("academy",)
    search_fields = ("title", "code", "slug")
    ordering = ("title",)

    def shown(self, rows: Any) -> list[Any]:
        """The programmes of a page, with how many places of each are taken."""
        programmes = list(rows)
        taken = figures.taken([programme.pk for programme in programmes])
        for programme in programmes:
            programme.places_taken = taken.places.get(programme.pk, 0)
        return programmes

    def export_records(self, records: Any, columns: Any) -> Any:
        """As on the list, and counted now."""
        programmes: Any = super().export_records(records, columns)
        return programmes.with_places_taken()

    @admin.display(description="Places taken")
    def places(self, programme: Any) -> str:
        total = programme.total_places
        return f"{programme.places_taken} of {total}" if total is not None else str(programme.places_taken)

    @admin.display(description="Stands", ordering="published")
    def stands(self, programme: Any) -> str:
        return standing(programme)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        def guarded(route: str, view: Any, name: str) -> Any:
            return path(
                f"<int:pk>/{route}", self.admin_site.admin_view(view), name=f"programmes_programme_{name}"
            )

        return [
            guarded("nominations/", self.allowance_view, "allowance"),
            guarded("waiting/", self.waiting_view, "waiting"),
            guarded("waiting/move/<int:application>/", self.waiting_move_view, "waiting_move"),
            guarded("waiting/<str:verb>/", self.waiting_verb_view, "waiting_verb"),
            guarded("open/", self.open_view, "open"),
            guarded("close/", self.close_view, "close"),
            guarded("take-down/", self.take_down_view, "take_down"),
            guarded("copy/", self.copy_view, "copy"),
            guarded("file/", self.file_view, "file"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The programme's own page: how it stands, what it needs, how full it is. The steps change it."""
        programme = self.record_or_404(request, object_id)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        context = {
            **self.admin_site.each_context(request),
            **beside(programme),
            "opts": self.opts,
            "original": programme,
            "title": programme.title,
            "overview": overview(programme),
            "standing": standing(programme),
            "takes_applications": programme.is_open(timezone.now()),
            "has_view_permission": True,
            "has_change_permission": self.has_change_permission(request, programme),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/programmes/programme/change_form.html", context)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the parts; a raised number of nominations lets those in reserve move up."""
        super().save_related(request, form, formsets, change)
        if change and "nominations_allowed" in form.changed_data:
            moved = nominations.apply_limit(form.instance.pk, now=timezone.now())
            if moved:
                names = ", ".join(application.reference for application in moved)
                self.message_user(request, f"Moved up from reserve and told so: {names}.")

    def open_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Open the programme to the public."""
        return verbs.open_page(request, self._to_set_up(request, pk))

    def close_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take no more applications, before the deadline."""
        return verbs.close_page(request, self._to_set_up(request, pk))

    def take_down_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take the programme off the public pages."""
        return verbs.take_down_page(request, self._to_set_up(request, pk))

    def copy_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make a new round of the programme."""
        return copy_page(request, self._to_set_up(request, pk))

    def file_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The programme as a file, or what stands in the way of that."""
        programme = self.record_or_404(request, str(pk))
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        try:
            text = catalogue.dump(programme)
        except Unwritable as unwritable:
            context = {
                **self.admin_site.each_context(request),
                "title": "The programme as a file",
                "original": programme,
                "unwritable": unwritable,
            }
            return TemplateResponse(request, "admin/programmes/programme/unwritable.html", context)
        name = f'attachment; filename="{programme.slug}.yaml"'
        headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
        return HttpResponse(text, content_type="application/yaml; charset=utf-8", headers=headers)

    def _to_set_up(self, request: HttpRequest, pk: int) -> Any:
        programme = self.record_or_404(request, str(pk))
        if not self.has_change_permission(request, programme):
            raise PermissionDenied
        return programme

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
        programme = self._to_set_up(request, pk)
        return allowance_page(request, programme, back=Crumb(programme.title, reverse(PAGE, args=[pk])))


def standing(programme: Programme) -> str:
    """How a programme stands with the public, in a few words."""
    now = timezone.now()
    if not programme.published:
        return "Not open to the public"
    if programme.opens_later(now):
        return f"Public; applications open at {nhs_datetime(programme.opens_at)}"
    if programme.has_closed(now):
        return f"Public; applications closed at {nhs_datetime(programme.closes_at)}"
    until = f" until {nhs_datetime(programme.closes_at)}" if programme.closes_at else ""
    return f"Public; takes applications{until}"


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
class CriterionAdmin(WithFittingBoxes, AcademyModelAdmin):
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

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the options, and count them anew."""
        super().save_related(request, form, formsets, change)
        parts.renumber(form.instance.options.all())
        parts.renumber(form.instance.programme.criteria.all())

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        """Back to the criteria of its programme."""
        return HttpResponseRedirect(step_url(obj.programme, Step.CRITERIA))
