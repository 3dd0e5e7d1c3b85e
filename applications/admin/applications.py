"""The list of applications, and the page of one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from applications.admin import bulk, filters
from applications.admin.approvals import approval_page
from applications.admin.decisions import decision_page
from applications.admin.forms import ReviewForm
from applications.admin.matching import matching_page
from applications.admin.page import page_context
from applications.admin.waiting import state_tag, wait_of
from applications.domain import reviews
from applications.models import Application
from cohorts.models import Preference
from programmes.admin.base import AcademyModelAdmin, holds
from programmes.admin.pages import Crumb, VerbPage, sent
from programmes.models import Role

LIST = "admin:applications_application_changelist"
PAGE = "admin:applications_application_change"


@admin.register(Application)
class ApplicationAdmin(AcademyModelAdmin):
    """Applications are read here and decided on by verbs: none is added, edited or deleted by hand."""

    academy_path = "programme__academy"
    access_rule = "viewers of the application's academy read, its reviewers decide; to others it is 404"
    list_display = (
        "reference",
        "applicant",
        "programme_code",
        "state_shown",
        "waiting_on",
        "ics",
        "organisation_shown",
        "first_preference",
        "nomination",
    )
    list_display_links = ("reference", "applicant")
    list_filter = (
        filters.ProgrammeFilter,
        filters.StateFilter,
        filters.SystemFilter,
        filters.RegionFilter,
        filters.FirstPreferenceFilter,
        filters.OrganisationFilter,
    )
    list_per_page = 50
    list_select_related = ("programme", "ics", "organisation")
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("reference", "name", "email", "organisation__name", "organisation_name")
    search_help_text = "Search by reference, name, email address or organisation."
    date_hierarchy = "submitted_at"
    ordering = ("-submitted_at", "-pk")
    actions = ("shortlist_selected", "offer_selected")

    class Media:
        css = {"all": ("staff-review.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        preferences = Preference.objects.select_related("cohort")
        return (
            super()
            .get_queryset(request)
            .prefetch_related("approvals", Prefetch("preferences", queryset=preferences))
        )

    # Permissions: reading by the base's rule; everything else by verbs.
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_review_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the reader may decide on an application (on any at all, without one)."""
        return holds(request, Role.REVIEWER, self.academy_of(obj) if obj is not None else None)

    # Columns.
    @admin.display(description="Applicant", ordering="name")
    def applicant(self, application: Application) -> str:
        return application.name or application.email

    @admin.display(description="Programme", ordering="programme__code")
    def programme_code(self, application: Application) -> str:
        return application.programme.code

    @admin.display(description="State", ordering="state")
    def state_shown(self, application: Application) -> SafeString:
        return state_tag(application)

    @admin.display(description="Waiting on", ordering="-state_since")
    def waiting_on(self, application: Application) -> str:
        wait = wait_of(application, timezone.now())
        return f"{wait.who}, {wait.for_days}" if wait.who else "–"

    @admin.display(description="Organisation", ordering="organisation__name")
    def organisation_shown(self, application: Application) -> str:
        typed = application.organisation_id is None and application.organisation_name
        return f"{typed} (typed)" if typed else application.organisation_as_given or "–"

    @admin.display(description="First preference")
    def first_preference(self, application: Application) -> str:
        first = next((row for row in application.preferences.all() if row.rank == 1), None)
        return first.cohort.name if first else "–"

    @admin.display(description="Nomination", ordering="nomination_number")
    def nomination(self, application: Application) -> str:
        return str(application.nomination_number or "–")

    # Addresses.
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The list; Django's own heading would ask to select something."""
        return super().changelist_view(request, {"title": "Applications", **(extra_context or {})})

    def get_urls(self) -> list[Any]:
        def page(address: str, view: Any, name: str) -> Any:
            return path(address, self.admin_site.admin_view(view), name=f"applications_application_{name}")

        return [
            page("together/<str:action>/", self.bulk_view, "bulk"),
            page("<int:pk>/decide/<str:action>/", self.decide_view, "decide"),
            page("<int:pk>/review/", self.review_view, "review"),
            page("<int:pk>/approvals/<int:approval>/<str:action>/", self.approval_view, "approval"),
            page("<int:pk>/organisation/", self.matching_view, "match"),
            page("<int:pk>/answers/<int:answer>/file/", self.file_view, "file"),
            *super().get_urls(),
        ]

    def _crumb(self, application: Application) -> Crumb:
        return Crumb(str(application), reverse(PAGE, args=[application.pk]))

    def _to_decide(self, request: HttpRequest, pk: int) -> Application:
        """The application that an address names, for someone who may decide on it; else 404, or 403."""
        application: Application = self.record_or_404(request, str(pk))
        if not self.has_review_permission(request, application):
            raise PermissionDenied
        return application

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page on which an application is reviewed. Nothing is edited here: a form sent to it is refused."""
        application = self.record_or_404(request, object_id)
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        context = page_context(
            application, may_decide=self.has_review_permission(request, application), now=timezone.now()
        )
        return TemplateResponse(
            request,
            "admin/applications/application/change_form.html",
            {
                **self.admin_site.each_context(request),
                "title": f"{application.reference} {application.name or application.email}",
                "opts": self.opts,
                **context,
            },
        )

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """What happened stands on the application's own page."""
        application = self.record_or_404(request, object_id)
        return HttpResponseRedirect(reverse(PAGE, args=[application.pk]) + "#history")

    def decide_view(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        """Ask for what a decision needs, and carry it out."""
        application = self._to_decide(request, pk)
        return decision_page(request, application, action, back=self._crumb(application))

    def approval_view(self, request: HttpRequest, pk: int, approval: int, action: str) -> HttpResponse:
        """Agree in an approver's stead, correct who is asked, or remind."""
        application = self._to_decide(request, pk)
        return approval_page(request, application, approval, action, back=self._crumb(application))

    def matching_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Match the organisation that the applicant typed to a listed one."""
        application = self._to_decide(request, pk)
        given = {
            "name": application.organisation_name,
            "sector": application.sector,
            "ics": application.ics_id,
        }
        known = {key: value for key, value in given.items() if value}
        add_url = f"{reverse('admin:programmes_organisation_add')}?{urlencode(known)}"
        may_add = holds(request, Role.ADMINISTRATOR)
        return matching_page(
            request, application, back=self._crumb(application), add_url=add_url if may_add else ""
        )

    def review_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep what a reviewer thinks of an application."""
        application = self._to_decide(request, pk)

        def carry_out(values: dict[str, Any]) -> str:
            reviews.record_review(application.pk, user=request.user, now=timezone.now(), **values)
            return "Your review is kept."

        return VerbPage(
            title=f"Add a review: {application.reference}",
            button="Add the review",
            form=ReviewForm(sent(request)),
            back=self._crumb(application),
            carry_out=carry_out,
            explanation=["A review is for your academy’s own use and decides nothing by itself."],
        ).answer(request)

    def file_view(self, request: HttpRequest, pk: int, answer: int) -> HttpResponseBase:
        """A file that the applicant sent: always to be saved, never shown by the browser as a page of ours."""
        application = self.record_or_404(request, str(pk))
        found = application.answers.exclude(file="").filter(pk=answer).first()
        if found is None:
            raise Http404("There is no such file.")
        return FileResponse(
            found.file.open(),
            as_attachment=True,
            filename=str(found.value),
            content_type="application/octet-stream",
        )

    # Several at once.
    @admin.action(description="Shortlist the selected applications", permissions=["review"])
    def shortlist_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return self._ask(request, "shortlist", queryset)

    @admin.action(description="Offer a place to the selected applicants", permissions=["review"])
    def offer_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return self._ask(request, "offer", queryset)

    def _ask(self, request: HttpRequest, action: str, queryset: QuerySet[Any]) -> HttpResponse:
        if request.POST.get("select_across") != "1":
            # Those that a filter has hidden meanwhile are kept; those of another academy do not exist.
            queryset = self._named(request)
        return self._bulk(request, action, list(queryset.order_by("submitted_at", "pk")), confirmed=False)

    def _named(self, request: HttpRequest) -> QuerySet[Any]:
        keys = {
            key for key in request.POST.getlist(ACTION_CHECKBOX_NAME) if key.isdecimal() and len(key) < 19
        }
        named = self.get_queryset(request).filter(pk__in=keys).select_related("programme", "ics")
        if named.count() != len(keys):
            raise Http404("Some of these applications do not exist.")
        return named

    def bulk_view(self, request: HttpRequest, action: str) -> HttpResponse:
        """Carry out what was asked on the page before, and report."""
        if action not in bulk.ACTIONS:
            raise Http404(f"There is no action called “{action}”.")
        if not self.has_review_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseRedirect(reverse(LIST))
        chosen = list(self._named(request).order_by("submitted_at", "pk"))
        return self._bulk(request, action, chosen, confirmed=True)

    def _bulk(
        self, request: HttpRequest, action: str, chosen: list[Application], *, confirmed: bool
    ) -> HttpResponse:
        return bulk.bulk_page(
            request,
            action,
            chosen,
            url=reverse("admin:applications_application_bulk", args=[action]),
            back=Crumb("Applications", reverse(LIST)),
            confirmed=confirmed,
            now=timezone.now(),
        )
