"""Where people work: organisations, Integrated Care Systems and regions, shared by all academies."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from programmes.admin.base import StaffModelAdmin, WithHistory
from programmes.admin.importing import WithImport
from programmes.models import IntegratedCareSystem, Organisation, Region


@admin.register(Organisation)
class OrganisationAdmin(WithImport, StaffModelAdmin, WithHistory):
    """Added by any academy's administrators; one that is in use cannot be deleted."""

    list_display = ("name", "sector", "ics", "ods_code")
    list_filter = ("sector", "ics__region")
    show_facets = admin.ShowFacets.NEVER
    list_select_related = ("ics",)
    search_fields = ("name", "ods_code", "ics__name")
    search_help_text = "Search by name, ODS code or ICS."


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
