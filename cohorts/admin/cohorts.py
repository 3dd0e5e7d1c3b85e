"""A cohort: its sessions, its seats and the people in them; and the venues."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone

from cohorts.admin import access_needs
from cohorts.admin.attendance import WithAttendance
from cohorts.admin.choices import choice_page, copy_page
from cohorts.admin.demand import demand_page
from cohorts.admin.overview import overview
from cohorts.admin.register import WithRegister
from cohorts.admin.told import say_who_was_told
from cohorts.domain import capacity, demand, session_changes
from cohorts.models import Cohort, Session, Venue
from programmes.admin.base import AcademyModelAdmin, PartInline, WithHistory, holds
from programmes.admin.pages import Crumb
from programmes.admin.parts import PartForm
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_date
from programmes.models import Programme, Role

PAGE = "admin:cohorts_cohort_change"

# What people have in their calendars.
_MOVES = frozenset({"starts_at", "ends_at", "venue", "online", "joining_link"})


class SessionForm(PartForm):
    """Counts a change of time or place, so that calendars that hold the session take it."""

    class Meta:
        model = Session
        exclude = ("key", "sequence")

    def clean(self) -> dict[str, Any] | None:
        """A session ends after it starts."""
        cleaned = super().clean() or {}
        starts, ends = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts and ends and ends <= starts:
            self.add_error("ends_at", "The end must be after the start.")
        return cleaned

    def save(self, commit: bool = True) -> Any:
        """Save, with one more change counted where the time or the place is another."""
        if self.instance.pk is not None and _MOVES & set(self.changed_data):
            self.instance.sequence += 1
        return super().save(commit)


class SessionInline(PartInline):
    model = Session
    form = SessionForm
    show_change_link = True
    fields = (
        ("title", "kind"),
        ("starts_at", "ends_at"),
        ("online", "venue"),
        "joining_link",
        ("optional", "to_be_confirmed"),
    )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The venues, read once for all the sessions of the page."""
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        field.choices = list(field.choices)
        return field


class CohortForm(PartForm):
    """Seats are not taken away from people who have them."""

    class Meta:
        model = Cohort
        exclude = ("key",)

    def clean(self) -> dict[str, Any] | None:
        """Numbers that fit together and fit the seats taken; and nobody left in a cohort that does not take place."""
        cleaned = super().clean() or {}
        minimum, maximum = cleaned.get("minimum"), cleaned.get("maximum")
        if maximum == 0:
            self.add_error("maximum", "Enter 1 or more.")
        elif minimum is not None and maximum is not None and minimum > maximum:
            self.add_error("minimum", f"Enter {maximum} or less: the maximum is {maximum}.")
        if self.instance.pk is not None:
            self._clean_seats(cleaned)
        return cleaned

    def _clean_seats(self, cleaned: dict[str, Any]) -> None:
        # Nobody is given a seat between the counting and the saving.
        cohort = capacity.lock(self.instance.programme_id, self.instance.pk)
        try:
            if cleaned.get("maximum") is not None:
                capacity.require_maximum(cohort, cleaned["maximum"])
        except Refused as refused:
            self.add_error("maximum", refused.sentence)
        try:
            if not cleaned.get("runs") and cohort.runs:
                capacity.require_nobody_seated(cohort)
        except Refused as refused:
            self.add_error("runs", refused.sentence)


@admin.register(Cohort)
class CohortAdmin(WithAttendance, WithHistory):
    """Set up by the academy's administrators. One that anybody chose or sits in is switched off, not deleted."""

    academy_path = "programme__academy"
    to_delete = Role.ADMINISTRATOR
    form = CohortForm
    change_form_template = "admin/cohorts/cohort/change_form.html"
    inlines = (SessionInline,)
    list_display = ("name", "programme", "starts", "seats", "first_choices", "runs")
    list_select_related = ("programme",)
    access_rule = (
        "viewers of the cohort's academy read, reviewers decide, administrators set up; to others it is 404"
    )
    list_filter = ("runs",)
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("name", "programme__title", "programme__code")
    ordering = ("programme__title", "pk")
    fieldsets = (
        (None, {"fields": ("programme", "name", ("minimum", "maximum"), "runs")}),
        ("For the people placed", {"fields": ("joining_details",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        cohorts: Any = super().get_queryset(request)
        return cohorts.with_seats_taken().prefetch_related("sessions")

    def shown(self, rows: Any) -> list[Any]:
        """The cohorts of a page, with how many want each of them first."""
        cohorts = list(rows)
        wanted = demand.first_preferences([cohort.pk for cohort in cohorts])
        for cohort in cohorts:
            cohort.first_preferences = wanted.get(cohort.pk, 0)
        return cohorts

    def export_records(self, records: Any, columns: Any) -> Any:
        """As on the list, and counted now."""
        cohorts: Any = super().export_records(records, columns)
        return cohorts.with_first_preferences()

    @admin.display(description="Starts")
    def starts(self, cohort: Any) -> str:
        return nhs_date(cohort.starts_at) or "–"

    @admin.display(description="Seats taken")
    def seats(self, cohort: Any) -> str:
        return f"{cohort.seats_taken} of {cohort.maximum}"

    @admin.display(description="First preferences")
    def first_choices(self, cohort: Any) -> int:
        return int(cohort.first_preferences)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A cohort stays with its programme."""
        return ("programme",) if obj is not None else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and (obj.preferences.exists() or obj.places.exists()):
            return False
        return super().has_delete_permission(request, obj)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The cohort's page, with the people in its seats and what can be decided about it."""
        cohort = self.record_or_404(request, object_id)
        decides = holds(request, Role.REVIEWER, self.academy_of(cohort))
        said = {
            "may_read_needs": decides,
            "overview": overview(cohort, may_decide=decides, now=timezone.now()),
        }
        return super().change_view(request, object_id, form_url, said)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/decide/<str:kind>/", view(self.choice_view), name="cohorts_cohort_decide"),
            path("<int:pk>/needs/", view(self.needs_view), name="cohorts_cohort_needs"),
            path("<int:pk>/copy/", view(self.copy_view), name="cohorts_cohort_copy"),
            path("demand/<int:programme>/", view(self.demand_view), name="cohorts_cohort_demand"),
            *super().get_urls(),
        ]

    def choice_view(self, request: HttpRequest, pk: int, kind: str) -> HttpResponse:
        """Decide whether the cohort runs, merge it, roll it over or cancel it: for reviewers of its academy."""
        cohort = self.record_or_404(request, str(pk))
        if not holds(request, Role.REVIEWER, self.academy_of(cohort)):
            raise PermissionDenied
        return choice_page(request, cohort, kind, back=self._crumb(cohort))

    def needs_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What those coming need: for who organises the day."""
        return access_needs.cohort_page(request, self.record_or_404(request, str(pk)))

    def copy_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make another cohort like this one."""
        cohort = self.record_or_404(request, str(pk))
        if not self.has_change_permission(request, cohort):
            raise PermissionDenied
        return copy_page(request, cohort, back=self._crumb(cohort))

    def demand_view(self, request: HttpRequest, programme: int) -> HttpResponse:
        """The demand of a programme of the reader's academies."""
        found = Programme.objects.visible_to(request.user).filter(pk=programme).first()
        if found is None:
            raise Http404("There is no such programme.")
        address = reverse("admin:programmes_programme_change", args=[found.pk])
        return demand_page(request, found, back=Crumb(found.title, address))

    @staticmethod
    def _crumb(cohort: Cohort) -> Crumb:
        return Crumb(cohort.name, reverse(PAGE, args=[cohort.pk]))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save; a cohort that takes place after all is not cancelled any more."""
        if obj.runs:
            obj.cancelled_at = None
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the sessions, and tell the people with a seat what is different."""
        with session_changes.watched([form.instance.pk], now=timezone.now()) as told:
            super().save_related(request, form, formsets, change)
        say_who_was_told(self, request, told)


@admin.register(Session)
class SessionAdmin(WithRegister, WithHistory):
    """A session's own page, for its history; reached from its cohort."""

    academy_path = "cohort__programme__academy"
    found_by_keys = True
    change_form_template = "admin/cohorts/session/change_form.html"
    access_rule = (
        "viewers of the session's academy read, reviewers mark, administrators set up; to others it is 404"
    )
    form = SessionForm
    fields = (
        "cohort",
        "title",
        "kind",
        "starts_at",
        "ends_at",
        "online",
        "venue",
        "joining_link",
        "optional",
        "to_be_confirmed",
    )
    readonly_fields = ("cohort",)
    list_display = ("title", "cohort", "starts_at", "where")
    list_select_related = ("cohort__programme__academy", "venue")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and tell the people with a seat what is different."""
        with session_changes.watched([obj.cohort_id], now=timezone.now()) as told:
            super().save_model(request, obj, form, change)
        say_who_was_told(self, request, told)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete, and tell the people with a seat."""
        with session_changes.watched([obj.cohort_id], now=timezone.now()) as told:
            super().delete_model(request, obj)
        say_who_was_told(self, request, told)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Not on the first page."""
        return False


@admin.register(Venue)
class VenueAdmin(AcademyModelAdmin, WithHistory):
    """One that a session is at cannot be deleted."""

    to_delete = Role.ADMINISTRATOR
    list_display = ("name", "address", "postcode", "academy")
    list_select_related = ("academy",)
    search_fields = ("name", "address", "postcode")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and tell the people who are to come there what is different."""
        now = timezone.now()
        ahead = Session.objects.filter(venue=obj.pk, ends_at__gt=now).values_list("cohort_id", flat=True)
        with session_changes.watched(ahead if change else (), now=now) as told:
            super().save_model(request, obj, form, change)
        say_who_was_told(self, request, told)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A venue stays with its academy."""
        return ("academy",) if obj is not None else ()
