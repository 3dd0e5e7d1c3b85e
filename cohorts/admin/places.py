"""The places of all cohorts as one list: to be filtered, searched and exported. Places change by verbs alone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from applications.admin.filters import ProgrammeFilter
from cohorts.models import Cohort, Place
from programmes.admin.base import AcademyModelAdmin
from programmes.admin.waiting import Narrowing


class CohortFilter(Narrowing):
    title = "cohort"
    parameter_name = "cohort"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        cohorts = Cohort.objects.visible_to(request.user).select_related("programme")
        return [(row.pk, f"{row.name} ({row.programme.code})") for row in cohorts]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(cohort=chosen)


@admin.register(Place)
class PlaceAdmin(AcademyModelAdmin):
    """Who has, or had, a seat in which cohort."""

    academy_path = "programme__academy"
    found_by_keys = True
    access_rule = "viewers of the programme read; to others it is 404"
    list_display = (
        "reference",
        "person",
        "email",
        "organisation",
        "ics",
        "cohort",
        "seat_number",
        "status",
        "offered_at",
        "respond_by",
        "answered_at",
    )
    list_display_links = ("reference",)
    list_filter = (ProgrammeFilter, CohortFilter, "status")
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_select_related = ("application__organisation", "application__ics", "cohort")
    search_fields = ("application__reference", "application__name", "application__email")
    search_help_text = "Search by reference, name or email address."
    # By its key: by the cohort, every place would be sorted by the title of its programme.
    ordering = ("cohort_id", "seat_number", "pk")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="Reference", ordering="application__reference")
    def reference(self, place: Place) -> str:
        return place.application.reference

    @admin.display(description="Name", ordering="application__name")
    def person(self, place: Place) -> str:
        return place.application.name

    @admin.display(description="Email address")
    def email(self, place: Place) -> str:
        return place.application.email

    @admin.display(description="Organisation")
    def organisation(self, place: Place) -> str:
        return place.application.organisation_as_given

    @admin.display(description="ICS")
    def ics(self, place: Place) -> str:
        return str(place.application.ics or "")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """What became of a place stands on the page of its application."""
        place = self.record_or_404(request, object_id)
        return HttpResponseRedirect(
            reverse("admin:applications_application_change", args=[place.application_id])
        )

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """As for its page."""
        return self.change_view(request, object_id)
