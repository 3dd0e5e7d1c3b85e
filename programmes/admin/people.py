"""Accounts of staff: made and changed by the portal's superuser alone. What they may do, their roles say."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django_otp.plugins.otp_static.admin import StaticDevice
from django_otp.plugins.otp_totp.admin import TOTPDevice

from programmes.admin.base import StaffModelAdmin
from programmes.domain import accounts
from programmes.domain.refused import Refused

# Django registers its own; permissions and groups have no say here.
admin.site.unregister(Group)
admin.site.unregister(get_user_model())
# Telephones and recovery codes are set up and reset on pages of ours, which keep a record: nobody reads their keys.
admin.site.unregister([StaticDevice, TOTPDevice])


class AccountForm(UserChangeForm):
    """An account; it is not switched off while an academy has no other administrator."""

    def clean(self) -> dict[str, Any]:
        """Refuse to leave an academy alone, naming it. Django's page has opened the transaction of the lock."""
        cleaned = super().clean() or {}
        on = ("is_active", "is_staff")
        was_on = all(self.initial.get(name) for name in on)
        if was_on and not all(cleaned.get(name) for name in on):
            try:
                accounts.require_no_academy_left_alone(self.instance)
            except Refused as refused:
                off = next(name for name in on if not cleaned.get(name))
                self.add_error(off, refused.sentence)
        return cleaned


@admin.register(get_user_model())
class AccountAdmin(StaffModelAdmin, UserAdmin):
    """Accounts are switched off rather than deleted: what somebody decided keeps their name."""

    access_rule = "the portal's superuser"
    form = AccountForm
    to_view = to_add = to_change = to_delete = None
    list_display = ("username", "first_name", "last_name", "email", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser")
    show_facets = admin.ShowFacets.NEVER
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Who it is", {"fields": ("first_name", "last_name", "email")}),
        (
            "Access",
            {
                "fields": ("is_active", "is_staff", "is_superuser"),
                "description": "What somebody may do in an academy is set there, as a member with a role.",
            },
        ),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "usable_password", "password1", "password2")}),
        ("Who it is", {"fields": ("first_name", "last_name", "email")}),
        ("Access", {"fields": ("is_staff",)}),
    )
    readonly_fields = ("last_login", "date_joined")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """An account is made for staff: there are no others."""
        return {"is_staff": True, **super().get_changeform_initial_data(request)}

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        """Set a password for somebody else."""
        self.record_or_404(request, id)
        return super().user_change_password(request, id, form_url)
