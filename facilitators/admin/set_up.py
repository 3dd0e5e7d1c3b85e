"""Records that reviewers set up on a page of one form, and change by verbs; with rows that are only read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from facilitators.admin.completion import ToBeRead
from facilitators.admin.with_verbs import WithVerbs
from programmes.admin.base import WithHistory, holds
from programmes.admin.pages import VerbPage
from programmes.models import Role


class Rows(admin.TabularInline):
    """Read on the page, and changed by its verbs alone."""

    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("training__facilitator")

    @admin.display(description="Facilitator")
    def person(self, row: Any) -> str:
        return str(row.training.facilitator.name)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SetUp(WithHistory, ToBeRead, WithVerbs):
    """Records that reviewers set up by a verb of their own, on a page of one form."""

    change_form_template = WithVerbs.change_form_template
    academy_path = "programme__academy"
    access_rule = "viewers of the programme read, reviewers set up and change; to others it is 404"
    show_facets = admin.ShowFacets.NEVER

    def has_add_permission(self, request: HttpRequest) -> bool:
        return holds(request, Role.REVIEWER)

    def set_up(self, request: HttpRequest) -> VerbPage:
        """The page on which a new one is set up."""
        raise NotImplementedError

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Set up a new one."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self.set_up(request).answer(request)
