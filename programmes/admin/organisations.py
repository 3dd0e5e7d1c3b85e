"""Where people work: organisations, Integrated Care Systems and regions, shared by all academies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone

from programmes.admin.base import StaffModelAdmin, WithHistory
from programmes.admin.importing import ImportPages, ListWords
from programmes.domain import access, importing
from programmes.models import ImportFile, IntegratedCareSystem, Organisation, Region

_EXAMPLE = ["Downs Community Trust", "NHS trust or foundation trust", "QKS", "RXX"]


@admin.register(Organisation)
class OrganisationAdmin(ImportPages, StaffModelAdmin, WithHistory):
    """Added by any academy's administrators, singly or as a list; one that is in use cannot be deleted."""

    import_kind = ImportFile.Kind.ORGANISATIONS
    import_words = ListWords(
        title="Import organisations",
        explanation="",
        columns=f"The first line names the columns: {', '.join(importing.ORGANISATION_COLUMNS)}.",
        person=("organisation", "organisations"),
        heading="Organisation",
        way="Import",
    )
    list_display = ("name", "sector", "ics", "ods_code")
    list_filter = ("sector", "ics__region")
    show_facets = admin.ShowFacets.NEVER
    list_select_related = ("ics",)
    search_fields = ("name", "ods_code", "ics__name")
    search_help_text = "Search by name, ODS code or ICS."

    def may_import(self, request: HttpRequest) -> bool:
        """Administrators of any academy may."""
        return access.can_administer(request.user)

    def template(self, request: HttpRequest) -> tuple[str, list[Sequence[object]]]:
        """The columns, and one line."""
        return "organisations.csv", [importing.ORGANISATION_COLUMNS, _EXAMPLE]

    def plan(self, row: ImportFile, user: User) -> list[importing.Outcome]:
        """Which organisations would be made and changed."""
        return importing.plan_organisations(row)

    def take_in(self, row: ImportFile, *, previewed: str, write: bool, user: User) -> ImportFile:
        """Make and change them."""
        return importing.import_organisations(row.pk, previewed=previewed, user=user, now=timezone.now())


@admin.register(IntegratedCareSystem)
class IntegratedCareSystemAdmin(StaffModelAdmin):
    """National data, loaded from a file: everybody reads, the superuser edits."""

    to_add = to_change = None
    list_display = ("short_name", "code", "region", "valid_from", "valid_to")
    list_filter = ("region",)
    show_facets = admin.ShowFacets.NEVER
    list_select_related = ("region",)
    search_fields = ("name", "code")

    @admin.display(description="Name", ordering="name")
    def short_name(self, system: IntegratedCareSystem) -> str:
        return system.short_name

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: a system that ends gets its last day, and its successors."""
        return False


@admin.register(Region)
class RegionAdmin(StaffModelAdmin):
    """National data: everybody reads, the superuser edits."""

    to_add = to_change = None
    list_display = ("name", "ods_code")
    search_fields = ("name",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
