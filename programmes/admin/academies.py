"""The academies, and who works in them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.http import HttpRequest

from programmes.admin.base import AcademyModelAdmin, WithHistory
from programmes.models import Academy, AcademyMember, Role


@admin.register(Academy)
class AcademyAdmin(AcademyModelAdmin, WithHistory):
    """An administrator words what the academy says of itself; the superuser makes academies."""

    academy_path = "pk"
    to_add = None
    list_display = ("name", "contact_email", "sender_name")
    search_fields = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "slug")}),
        ("How people reach you", {"fields": ("contact_email", "contact_phone", "sender_name")}),
        ("What the portal says for you", {"fields": ("accessibility_text", "privacy_text")}),
    )

    def academy_of(self, record: Academy) -> Academy:
        return record

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: programmes, people and their history hang on it."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The address part of an academy, once made, is changed by nobody but the superuser."""
        return () if self._allows(request, None, obj) else ("slug",)


class MemberForm(forms.ModelForm):
    """A member is chosen by username, typed in full: no list shows who works at other academies."""

    username = forms.CharField(
        max_length=150,
        help_text="In full. Accounts are made by the portal’s superuser.",
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "spellcheck": "false", "class": "vTextField"}
        ),
        error_messages={"required": "Enter the username of the account."},
    )

    class Meta:
        model = AcademyMember
        fields = ("academy", "role")

    def clean(self) -> dict[str, Any] | None:
        """Find the account, and see that it is not in the academy already."""
        cleaned = super().clean() or {}
        if self.instance.pk is not None or "username" not in cleaned:
            return cleaned
        user = get_user_model().objects.filter(username=cleaned["username"], is_staff=True).first()
        if user is None:
            self.add_error(
                "username",
                "No staff account has this username. Check it, or ask the portal’s superuser to make the account.",
            )
        elif AcademyMember.objects.filter(user=user, academy=cleaned.get("academy")).exists():
            self.add_error("username", "This person is in the academy already. Change their role instead.")
        else:
            self.instance.user = user
        return cleaned


@admin.register(AcademyMember)
class AcademyMemberAdmin(AcademyModelAdmin):
    """Who works in an academy, and what they may do. Nobody changes their own role, so none locks themselves out."""

    form = MemberForm
    to_delete = Role.ADMINISTRATOR
    list_display = ("user", "full_name", "academy", "role")
    list_select_related = ("user", "academy")
    list_filter = ("role",)
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("user__username", "user__first_name", "user__last_name", "user__email")
    ordering = ("academy__name", "user__username")

    @admin.display(description="Name")
    def full_name(self, member: AcademyMember) -> str:
        return str(member.user.get_full_name())

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("academy", "username", "role") if obj is None else ("academy", "user", "role")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("academy", "user")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Ask for the username only where a member is added."""
        if obj is not None:
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, change, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not self._own(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not self._own(request, obj)

    def _own(self, request: HttpRequest, member: Any) -> bool:
        return (
            member is not None
            and member.user_id == request.user.pk
            and not self._allows(request, None, member)
        )
