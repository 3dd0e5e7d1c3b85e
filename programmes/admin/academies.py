"""The academies, and who works in them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse

from programmes.admin import colleagues
from programmes.admin.base import AcademyModelAdmin, WithHistory, holds
from programmes.domain import access, accounts, invitations, record, two_factor
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_datetime
from programmes.models import Academy, AcademyMember, Role

_CHANGE = "admin:programmes_academymember_change"


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
    """A member's role; a new one is chosen by username, typed in full: no list shows who works at other academies."""

    username = forms.CharField(
        max_length=150,
        help_text="In full. Somebody without an account is invited instead.",
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "spellcheck": "false", "class": "vTextField"}
        ),
        error_messages={"required": "Enter the username of the account."},
    )

    class Meta:
        model = AcademyMember
        fields = ("academy", "role", "programmes")

    def clean(self) -> dict[str, Any] | None:
        """Find the account, and see that it is not in the academy already."""
        cleaned = super().clean() or {}
        self._refuse_what_does_not_fit(cleaned)
        if self.instance.pk is not None or "username" not in cleaned:
            return cleaned
        user = get_user_model().objects.filter(username=cleaned["username"], is_staff=True).first()
        if user is None:
            self.add_error("username", "No staff account has this username. Check it, or invite the person.")
        elif AcademyMember.objects.filter(user=user, academy=cleaned.get("academy")).exists():
            self.add_error("username", "This person is in the academy already. Change their role instead.")
        else:
            self.instance.user = user
        return cleaned

    def _refuse_what_does_not_fit(self, cleaned: dict[str, Any]) -> None:
        academy = cleaned.get("academy") or getattr(self.instance, "academy", None)
        role = cleaned.get("role")
        try:
            if academy is not None and role is not None:
                invitations.require_programmes_that_fit(academy, role, cleaned.get("programmes") or ())
        except Refused as refused:
            self.add_error("programmes", refused.sentence)
        try:
            # Django's page has opened the transaction in which the academy stays locked until this is saved.
            if self.instance.pk is not None and role is not None and role != Role.ADMINISTRATOR:
                accounts.require_another_administrator(self.instance)
        except Refused as refused:
            self.add_error("role", refused.sentence)


class RoleForm(MemberForm):
    """The role of somebody who is in the academy."""

    username = None  # type: ignore[assignment]


@admin.register(AcademyMember)
class AcademyMemberAdmin(WithHistory, AcademyModelAdmin):
    """Who works in an academy, and what they may do. Nobody changes their own role, so none locks themselves out.

    Colleagues come by invitation; the superuser may add an account by its username as well.
    """

    form = MemberForm
    to_add = None
    to_delete = Role.ADMINISTRATOR
    change_form_template = "admin/programmes/academymember/change_form.html"
    change_list_template = "admin/programmes/academymember/change_list.html"
    list_display = ("user", "full_name", "academy", "role_shown", "limited_to", "last_sign_in")
    list_select_related = ("user", "academy")
    list_filter = ("role",)
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("user__username", "user__first_name", "user__last_name", "user__email")
    ordering = ("academy__name", "user__username")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("programmes")

    @admin.display(description="Name")
    def full_name(self, member: AcademyMember) -> str:
        return str(member.user.get_full_name())

    @admin.display(description="Role", ordering="role")
    def role_shown(self, member: AcademyMember) -> str:
        return member.get_role_display().partition(":")[0]

    @admin.display(description="Only")
    def limited_to(self, member: AcademyMember) -> str:
        return ", ".join(str(programme) for programme in member.programmes.all()) or "(all programmes)"

    @admin.display(description="Last sign-in", ordering="user__last_login")
    def last_sign_in(self, member: AcademyMember) -> str:
        return nhs_datetime(member.user.last_login) if member.user.last_login else "Never"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ("academy", "username", "role", "programmes")
        return ("academy", "user", "role", "programmes", "last_sign_in")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("academy", "user", "last_sign_in")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Ask for the username only where a member is added; offer the programmes of the member's own academy."""
        if obj is not None:
            kwargs["form"] = RoleForm
        form = super().get_form(request, obj, change, **kwargs)
        if obj is not None and "programmes" in form.base_fields:
            programmes: Any = form.base_fields["programmes"]
            programmes.queryset = obj.academy.programmes.order_by("title")
        return form

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Boxes to tick: an academy has few programmes."""
        return super().formfield_for_manytomany(
            db_field, request, widget=forms.CheckboxSelectMultiple, **kwargs
        )

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Remove a member: what they decided keeps their name, and their access ends with this."""
        record.changed_by(obj, request.user)
        super().delete_model(request, obj)

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        own = [
            path("changes/", wrap(self.changes_view), name="programmes_academymember_changes"),
            path("<int:pk>/two-factor/", wrap(self.reset_view), name="programmes_academymember_two_factor"),
            path("<int:pk>/sign-out/", wrap(self.sign_out_view), name="programmes_academymember_sign_out"),
        ]
        return [*own, *super().get_urls()]

    def changes_view(self, request: HttpRequest) -> HttpResponse:
        """The record of who joined, changed and left."""
        return colleagues.changes_page(request)

    def reset_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Reset a colleague's two-factor sign-in."""
        return colleagues.reset_page(request, self.record_or_404(request, str(pk)))

    def sign_out_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Sign a colleague out everywhere."""
        return colleagues.sign_out_page(request, self.record_or_404(request, str(pk)))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        invites = {"may_invite": holds(request, Role.ADMINISTRATOR)}
        return super().changelist_view(request, {**(extra_context or {}), **invites})

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With what an administrator may do for the colleague's account."""
        member = context.get("original")
        may_help = member is not None and access.may_help(request.user, member.user)
        set_up = member is not None and two_factor.is_set_up(member.user)
        context.update(may_help=may_help, two_factor_set_up=set_up)
        return super().render_change_form(request, context, *args, **kwargs)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Ask before removing; the last administrator of an academy stays."""
        member = self.record_or_404(request, object_id)
        if request.method == "POST" and self.has_delete_permission(request, member):
            with transaction.atomic():
                try:
                    accounts.require_another_administrator(member)
                except Refused as refused:
                    messages.error(request, refused.sentence)
                    return HttpResponseRedirect(reverse(_CHANGE, args=[member.pk]))
                return super().delete_view(request, object_id, extra_context)
        return super().delete_view(request, object_id, extra_context)

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
