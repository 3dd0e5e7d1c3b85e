"""The list of applications, and the page of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import F, OuterRef, Prefetch, QuerySet, Subquery, prefetch_related_objects
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

from applications.admin import bulk, exporting, filters, writing
from applications.admin.approvals import approval_page
from applications.admin.decisions import decision_page
from applications.admin.forms import ReviewForm
from applications.admin.matching import matching_page
from applications.admin.packing import WithPack
from applications.admin.page import page_context
from applications.admin.panel import PanelForm
from applications.admin.queue import (
    CARRIED,
    LIST,
    NOTHING_CHOSEN,
    PAGE,
    filters_of,
    list_url,
    next_url,
    queue_of,
)
from applications.admin.reviewing import ReviewingPages
from applications.admin.searching import SearchedOnce
from applications.admin.timeline import timeline
from applications.admin.waiting import state_tag, wait_of
from applications.domain import reviews
from applications.models import Application, Approval, Decision, State
from cohorts.admin import access_needs
from cohorts.models import Preference
from programmes.admin.base import holds
from programmes.admin.exporting import Column
from programmes.admin.pages import Crumb, VerbPage, sent
from programmes.models import Role

# What the columns of the list read.
_SHOWN = (
    *("reference", "name", "email", "state", "state_since", "nomination_number", "organisation_name"),
    *("programme", "organisation", "ics__name"),
)
_ASKED = ("application", "approver", "decision", "asked_at")
_BESIDE = {"code": F("programme__code"), "organisation_called": F("organisation__name")}


@admin.register(Application)
class ApplicationAdmin(SearchedOnce, WithPack, ReviewingPages):
    """Applications are read here and decided on by verbs: none is added, edited or deleted by hand."""

    academy_path = "programme__academy"
    found_by_keys = True
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
        filters.ReviewFilter,
        filters.PendingFilter,
        filters.DuplicateFilter,
        # Not a hierarchy of dates: that reads every row of the list, twice.
        ("submitted_at", admin.DateFieldListFilter),
    )
    list_per_page = 25
    list_select_related = ("programme", "ics", "organisation")
    show_facets = admin.ShowFacets.NEVER
    # Another count of every row, for a number that nobody needs.
    show_full_result_count = False
    search_fields = ("reference", "name", "email", "organisation__name", "organisation_name")
    search_help_text = "Search by reference, name, email address or organisation."
    ordering = ("-submitted_at", "-pk")
    actions = (
        "shortlist_selected",
        "offer_selected",
        "keep_selected",
        "clear_selected",
        "write_to_selected",
        "pack_selected",
    )

    class Media:
        css = {"all": ("staff-review.css",)}
        js = ("staff-review.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        preferences = Preference.objects.select_related("cohort")
        return (
            super()
            .get_queryset(request)
            .prefetch_related("approvals", Prefetch("preferences", queryset=preferences))
        )

    def shown(self, rows: QuerySet[Any]) -> list[Application]:
        """One page: of approvals, those that somebody still waits for; of preferences, the name of the first."""
        first = Preference.objects.filter(application=OuterRef("pk"), rank=1).values("cohort__name")[:1]
        named = rows.prefetch_related(None).select_related(None).select_related("ics")
        page = list(named.annotate(first_choice=Subquery(first), **_BESIDE).only(*_SHOWN))
        waits = [one for one in page if one.state == State.AWAITING_APPROVAL]
        pending = Approval.objects.filter(decision=Decision.PENDING).only(*_ASKED)
        prefetch_related_objects(waits, Prefetch("approvals", queryset=pending))
        return page

    # Permissions: reading by the base's rule; everything else by verbs.
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    # Columns.
    @admin.display(description="Applicant", ordering="name")
    def applicant(self, application: Application) -> str:
        return application.name or application.email

    @admin.display(description="Programme", ordering="programme__code")
    def programme_code(self, application: Application) -> str:
        return application.__dict__.get("code") or application.programme.code

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
        if typed:
            return f"{typed} (typed)"
        return application.__dict__.get("organisation_called") or application.organisation_as_given or "–"

    @admin.display(description="First preference")
    def first_preference(self, application: Application) -> str:
        if "first_choice" in application.__dict__:
            return application.__dict__["first_choice"] or "–"
        first = next((row for row in application.preferences.all() if row.rank == 1), None)
        return first.cohort.name if first else "–"

    @admin.display(description="Nomination", ordering="nomination_number")
    def nomination(self, application: Application) -> str:
        return str(application.nomination_number or "–")

    # What can be exported.
    def export_columns(self, request: HttpRequest, records: QuerySet[Any]) -> list[Column]:
        return exporting.columns_for(request, records)

    def export_records(self, records: QuerySet[Any], columns: Sequence[Column]) -> QuerySet[Any]:
        return exporting.with_what_is_needed(records, columns)

    # Addresses.
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The list; Django's own heading would ask to select something."""
        added = {"title": "Applications", "chosen": request.GET.urlencode()}
        return super().changelist_view(request, {**added, **(extra_context or {})})

    def get_preserved_filters(self, request: HttpRequest) -> str:
        """What its rows carry of the list, also where nothing was chosen: each row begins a queue."""
        kept = super().get_preserved_filters(request)
        on_the_list = request.resolver_match is not None and request.resolver_match.view_name == LIST
        return kept or (urlencode({CARRIED: NOTHING_CHOSEN}) if on_the_list else "")

    def get_urls(self) -> list[Any]:
        def page(address: str, view: Any, name: str) -> Any:
            return path(address, self.admin_site.admin_view(view), name=f"applications_application_{name}")

        return [
            page("together/<str:action>/", self.bulk_view, "bulk"),
            page("<int:pk>/decide/<str:action>/", self.decide_view, "decide"),
            page("<int:pk>/review/", self.review_view, "review"),
            page("<int:pk>/approvals/<int:approval>/<str:action>/", self.approval_view, "approval"),
            page("<int:pk>/needs/", self.needs_view, "needs"),
            page("<int:pk>/organisation/", self.matching_view, "match"),
            page("<int:pk>/answers/<int:answer>/file/", self.file_view, "file"),
            *self.reviewing_urls(),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page on which an application is reviewed. Nothing is edited here: a form sent to it is refused."""
        application = self.record_or_404(request, object_id)
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        return self.show(request, application)

    def show(
        self, request: HttpRequest, application: Application, panel: PanelForm | None = None
    ) -> HttpResponse:
        """The page of an application; with a ``panel`` in which something is wrong, as it was sent."""
        context = page_context(
            application,
            user=request.user,
            may_decide=self.has_review_permission(request, application),
            panel=panel,
            now=timezone.now(),
        )
        return TemplateResponse(
            request,
            "admin/applications/application/change_form.html",
            {
                **self.admin_site.each_context(request),
                "title": f"{application.reference} {application.name or application.email}",
                "opts": self.opts,
                "queue": queue_of(self, request, application),
                "within": urlencode({CARRIED: request.GET[CARRIED]}) if CARRIED in request.GET else "",
                "may_administer": holds(request, Role.ADMINISTRATOR, application.programme.academy),
                **context,
                "timeline": timeline(
                    application, context["opinions"].shown, query=request.GET, now=timezone.now()
                ),
            },
        )

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """What happened stands on the application's own page."""
        application = self.record_or_404(request, object_id)
        return HttpResponseRedirect(reverse(PAGE, args=[application.pk]) + "#history")

    def decide_view(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        """Ask for what a decision needs, and carry it out."""
        application = self.to_decide(request, pk)
        following = next_url(self, request, application)
        response = decision_page(request, application, action, back=self.crumb(request, application))
        return self.onward(request, response, following)

    def approval_view(self, request: HttpRequest, pk: int, approval: int, action: str) -> HttpResponse:
        """Agree in an approver's stead, correct who is asked, or remind."""
        application = self.to_decide(request, pk)
        return approval_page(request, application, approval, action, back=self.crumb(request, application))

    def needs_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the applicant needs to take part: for administrators."""
        return access_needs.application_page(request, self.record_or_404(request, str(pk)))

    def matching_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Match the organisation that the applicant typed to a listed one."""
        application = self.to_decide(request, pk)
        given = {
            "name": application.organisation_name,
            "sector": application.sector,
            "ics": application.ics_id,
        }
        known = {key: value for key, value in given.items() if value}
        add_url = f"{reverse('admin:programmes_organisation_add')}?{urlencode(known)}"
        may_add = holds(request, Role.ADMINISTRATOR)
        return matching_page(
            request, application, back=self.crumb(request, application), add_url=add_url if may_add else ""
        )

    def review_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep what a reviewer thinks of an application."""
        application = self.to_decide(request, pk)

        def carry_out(values: dict[str, Any]) -> str:
            reviews.record_review(
                application.pk,
                user=request.user,
                outcome=values["outcome"],
                score=values.get("score"),
                points=values["points"],
                notes=values["notes"],
                now=timezone.now(),
            )
            return "Your review is kept."

        following = next_url(self, request, application)
        response = VerbPage(
            title=f"Add a review: {application.reference}",
            button="Add the review",
            form=ReviewForm(sent(request), application=application),
            back=self.crumb(request, application),
            carry_out=carry_out,
            explanation=["A review is for your academy’s own use and decides nothing by itself."],
        ).answer(request)
        return self.onward(request, response, following)

    def file_view(self, request: HttpRequest, pk: int, answer: int) -> HttpResponseBase:
        """A file that the applicant sent: always to be saved, never shown by the browser as a page of ours."""
        application = self.record_or_404(request, str(pk))
        found = application.answers.exclude(file="").filter(pk=answer).first()
        if found is None:
            raise Http404("There is no such file.")
        try:
            content = found.file.open()
        except FileNotFoundError as gone:
            raise Http404("The file is not there.") from gone
        return FileResponse(
            content,
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

    @admin.action(description="Decide on the selected, for the release day", permissions=["review"])
    def keep_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return self._ask(request, "keep", queryset)

    @admin.action(description="Clear the decisions kept for the selected", permissions=["review"])
    def clear_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return self._ask(request, "clear", queryset)

    @admin.action(description="Write to the selected applicants", permissions=["review"])
    def write_to_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        across = request.POST.get("select_across") == "1"
        return writing.begin(request, queryset if across else self._named(request))

    def _ask(self, request: HttpRequest, action: str, queryset: QuerySet[Any]) -> HttpResponse:
        if request.POST.get("select_across") != "1":
            # Those that a filter has hidden meanwhile are kept; those of another academy do not exist.
            queryset = self._named(request)
        chosen = list(queryset.order_by("submitted_at", "pk")[: bulk.LIMIT + 1])
        return self._bulk(request, action, chosen, within=request.GET.urlencode(), confirmed=False)

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
        return self._bulk(request, action, chosen, within=filters_of(request) or "", confirmed=True)

    def _bulk(
        self, request: HttpRequest, action: str, chosen: list[Application], *, within: str, confirmed: bool
    ) -> HttpResponse:
        return bulk.bulk_page(
            request,
            action,
            chosen,
            url=f"{reverse('admin:applications_application_bulk', args=[action])}?{urlencode({CARRIED: within})}",
            back=Crumb("Applications", list_url(within)),
            confirmed=confirmed,
            now=timezone.now(),
        )
