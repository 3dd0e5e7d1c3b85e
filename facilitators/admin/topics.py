"""What circles are about: set up by an academy's administrators for each programme."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from applications.admin.filters import ProgrammeFilter
from facilitators.models import Circle, Topic
from programmes.admin.base import AcademyModelAdmin, WithHistory
from programmes.models import Role


@admin.register(Topic)
class TopicAdmin(WithHistory, AcademyModelAdmin):
    """A topic stays once there was a circle about it: it is then no longer offered, and not deleted."""

    academy_path = "programme__academy"
    to_delete: Role | None = Role.ADMINISTRATOR
    list_display = ("name", "programme", "status", "position")
    list_filter = (ProgrammeFilter, "status")
    list_select_related = ("programme__academy",)
    search_fields = ("name",)
    search_help_text = "Search by name."
    show_facets = admin.ShowFacets.NEVER
    fields = ("programme", "name", "key", "summary", "status", "position")
    prepopulated_fields = {"key": ("name",)}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Of which programme a topic is stays as it is: circles may rest on it."""
        return ("programme",) if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        """The key follows the name while the topic is new."""
        return {} if obj else {"key": ("name",)}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the topic can go: not once there is a circle about it."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and not (obj is not None and Circle.objects.filter(topic=obj).exists())
