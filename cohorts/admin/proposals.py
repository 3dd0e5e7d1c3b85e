"""Proposals for who gets which date: made, read, compared, applied and undone by an academy's reviewers."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from applications.admin.filters import ProgrammeFilter
from cohorts.admin import proposal_pages, proposal_verbs
from cohorts.models import Proposal
from programmes.admin.base import AcademyModelAdmin, holds
from programmes.domain import access
from programmes.domain.wording import nhs_datetime
from programmes.models import Programme, Role

_LARGE = ("problem", "allocation", "first_come", "other_order", "report")
_TONES = {
    Proposal.Status.READY: "ours",
    Proposal.Status.APPLIED: "well",
    Proposal.Status.FAILED: "failed",
    Proposal.Status.CANCELLED: "draft",
    Proposal.Status.UNDONE: "draft",
}


def status_tag(proposal: Proposal) -> SafeString:
    """The status as a tag: its colour repeats what its words say."""
    tone = _TONES.get(Proposal.Status(proposal.status), "held")
    return format_html('<span class="tag tag--{}">{}</span>', tone, proposal.get_status_display())


@admin.register(Proposal)
class ProposalAdmin(AcademyModelAdmin):
    """Proposals are made and applied by verbs: none is edited or deleted by hand."""

    academy_path = "programme__academy"
    access_rule = "viewers of the programme's academy read, its reviewers make and apply; to others it is 404"
    to_add = Role.REVIEWER
    change_list_template = "admin/cohorts/proposal/change_list.html"
    list_display = ("number", "programme", "made", "who", "placed", "first_preferences", "status_shown")
    list_display_links = ("number",)
    list_filter = (ProgrammeFilter,)
    list_select_related = ("programme", "made_by")
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER
    ordering = ("-made_at", "-pk")

    class Media:
        css = {"all": ("staff-review.css",)}

    # Permissions: reading by the base's rule; everything else by verbs.
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    # Columns.
    @admin.display(description="Proposal", ordering="pk")
    def number(self, proposal: Proposal) -> str:
        return f"Proposal {proposal.pk}"

    @admin.display(description="Made", ordering="made_at")
    def made(self, proposal: Proposal) -> str:
        return nhs_datetime(proposal.made_at)

    @admin.display(description="By")
    def who(self, proposal: Proposal) -> str:
        return proposal_pages.name_of(proposal.made_by)

    @admin.display(description="Placed")
    def placed(self, proposal: Any) -> str:
        return str(proposal.objective["placed"]) if proposal.objective else "–"

    @admin.display(description="First preferences")
    def first_preferences(self, proposal: Any) -> str:
        return str(sum(proposal.objective["by_rank"][:1])) if proposal.objective else "–"

    @admin.display(description="Status", ordering="status")
    def status_shown(self, proposal: Proposal) -> SafeString:
        return status_tag(proposal)

    # Addresses.
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """On the list without what is large: of what came out, the numbers alone are read there."""
        rows = super().get_queryset(request).annotate(objective=F("allocation__objective"))
        on_the_list = (
            request.resolver_match and request.resolver_match.url_name == "cohorts_proposal_changelist"
        )
        return rows.defer(*_LARGE) if on_the_list else rows

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The list; Django's own heading would ask to select something."""
        wanted = request.GET.get("programme", "")
        form_url = reverse("admin:cohorts_proposal_add") + (
            f"?programme={wanted}" if wanted.isdecimal() else ""
        )
        context = {"title": "Proposals", "form_url": form_url, **(extra_context or {})}
        return super().changelist_view(request, context)

    def get_urls(self) -> list[Any]:
        def page(verb: str, view: Any) -> Any:
            return path(
                f"<int:pk>/{verb}/", self.admin_site.admin_view(view), name=f"cohorts_proposal_{verb}"
            )

        return [
            page("apply", self.apply_view),
            page("undo", self.undo_view),
            page("cancel", self.cancel_view),
            page("restart", self.restart_view),
            page("compare", self.compare_view),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Make a proposal for the programme of the address, starting from another one where it names one."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        wanted = request.GET.get("programme", "")
        if not wanted:
            return TemplateResponse(
                request,
                "admin/cohorts/proposal/choose.html",
                {
                    **self.admin_site.each_context(request),
                    "title": "Propose who gets which date: choose a programme",
                    "programmes": access.programmes_with(request.user, Role.REVIEWER),
                },
            )
        programme = self._programme_or_404(request, wanted)
        if not holds(request, Role.REVIEWER, programme.academy):
            raise PermissionDenied
        return proposal_pages.form_page(request, programme, base=self._base(request, programme))

    def _programme_or_404(self, request: HttpRequest, wanted: str) -> Programme:
        mine = Programme.objects.visible_to(request.user).select_related("academy")
        programme = mine.filter(pk=wanted).first() if wanted.isdecimal() and len(wanted) < 19 else None
        if programme is None:
            raise Http404("There is no such programme.")
        return programme

    def _base(self, request: HttpRequest, programme: Programme) -> Proposal | None:
        wanted = request.GET.get("from", "")
        if not wanted.isdecimal() or len(wanted) > 18:
            return None
        return Proposal.objects.filter(programme=programme, pk=wanted).first()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page of a proposal: how far it is, or what it says. Nothing is edited here."""
        proposal = self.record_or_404(request, object_id)
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        return proposal_pages.proposal_page(
            request, proposal, may_decide=holds(request, Role.REVIEWER, self.academy_of(proposal))
        )

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """What became of a proposal stands on its own page."""
        proposal = self.record_or_404(request, object_id)
        return HttpResponseRedirect(proposal_pages.address(proposal))

    def compare_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Two proposals of a programme side by side."""
        return proposal_pages.compare_page(request, self.record_or_404(request, str(pk)))

    def apply_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say what will happen, and apply."""
        return proposal_verbs.apply_page(request, self._to_decide(request, pk))

    def undo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say what will happen, and undo."""
        return proposal_verbs.undo_page(request, self._to_decide(request, pk))

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Stop the working out."""
        return proposal_verbs.cancel_page(request, self._to_decide(request, pk))

    def restart_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Work it out again."""
        return proposal_verbs.restart_page(request, self._to_decide(request, pk))

    def _to_decide(self, request: HttpRequest, pk: int) -> Proposal:
        """The proposal that an address names, for someone who may decide on it; else 404, or 403."""
        proposal: Proposal = self.record_or_404(request, str(pk))
        if not holds(request, Role.REVIEWER, self.academy_of(proposal)):
            raise PermissionDenied
        return proposal
