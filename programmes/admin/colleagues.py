"""What an administrator does for a colleague's account: reset two-factor, sign out everywhere; and the record."""

from __future__ import annotations

from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from programmes.admin.pages import Crumb, VerbForm, VerbPage, long_text, sent
from programmes.domain import access, accounts, two_factor
from programmes.models import AcademyMember, Role

_A_PAGE = 50


class ReasonForm(VerbForm):
    """Why somebody's account is touched."""

    reason = long_text(
        "Reason",
        "Kept with your name. The colleague reads it in the mail.",
        missing="Give a reason: it is kept with your name.",
        limit=accounts.REASON_LIMIT,
    )


class SignOutForm(VerbForm):
    """Why somebody is signed out; only their account's record says it."""

    reason = forms.CharField(
        label="Reason",
        help_text="Kept with your name.",
        max_length=accounts.REASON_LIMIT,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        error_messages={"required": "Give a reason: it is kept with your name."},
    )


def reset_page(request: HttpRequest, member: AcademyMember) -> HttpResponse:
    """Reset the two-factor sign-in of a colleague who lost the telephone."""
    _require_help(request, member)
    name = accounts.named(member.user)

    def carry_out(given: dict[str, Any]) -> str:
        accounts.reset_two_factor(
            member.user, by=request.user, academy=member.academy, reason=given["reason"], now=timezone.now()
        )
        return f"The two-factor sign-in of {name} is reset. They are signed out, and told by mail."

    set_up = two_factor.is_set_up(member.user)
    return VerbPage(
        title=f"Reset the two-factor sign-in of {name}",
        button="Reset two-factor sign-in",
        form=ReasonForm(sent(request)),
        back=_back(member),
        carry_out=carry_out,
        explanation=(
            "First make sure, by telephone or face to face, that it is really your colleague who asks.",
            "Telephone and recovery codes stop working. With the password alone they then set up a telephone anew.",
        ),
        impossible="" if set_up else f"{name} has no two-factor sign-in to reset.",
        ends_something=True,
    ).answer(request)


def sign_out_page(request: HttpRequest, member: AcademyMember) -> HttpResponse:
    """Sign a colleague out of every browser, such as after a theft."""
    _require_help(request, member)
    name = accounts.named(member.user)

    def carry_out(given: dict[str, Any]) -> str:
        ended = accounts.sign_out_everywhere(
            member.user, by=request.user, reason=given["reason"], now=timezone.now()
        )
        return f"{name} is signed out everywhere ({ended} browser{'' if ended == 1 else 's'})."

    return VerbPage(
        title=f"Sign {name} out everywhere",
        button="Sign out everywhere",
        form=SignOutForm(sent(request)),
        back=_back(member),
        carry_out=carry_out,
        explanation=(
            "They can sign in again with their password and telephone. To end their access, remove them.",
        ),
        ends_something=True,
    ).answer(request)


def _require_help(request: HttpRequest, member: AcademyMember) -> None:
    if not access.may_help(request.user, member.user):
        raise PermissionDenied


def _back(member: AcademyMember) -> Crumb:
    address = reverse("admin:programmes_academymember_change", args=[member.pk])
    return Crumb(accounts.named(member.user), address)


def changes_page(request: HttpRequest) -> HttpResponse:
    """Who joined, changed role and left, in the academies that the reader administers: also of who is gone."""
    academies = access.academies_with(request.user, Role.ADMINISTRATOR)
    if not academies.exists():
        raise PermissionDenied
    rows = (
        AcademyMember.history.filter(academy__in=academies)
        .select_related("user", "academy", "history_user")
        .order_by("-history_date", "-history_id")
    )
    page = Paginator(rows, _A_PAGE).get_page(request.GET.get("p"))
    context = {
        **admin.site.each_context(request),
        "title": "Who joined, changed and left",
        "page": page,
        "changes": _with_programmes(list(page)),
        "back": reverse("admin:programmes_academymember_changelist"),
    }
    return TemplateResponse(request, "admin/programmes/academymember/changes.html", context)


def _with_programmes(rows: list[Any]) -> list[dict[str, Any]]:
    """Rows of a member's history, each with the programmes it was limited to then: in one query for all of them."""
    limits: dict[int, list[str]] = {}
    kept = apps.get_model("programmes", "HistoricalAcademyMember_programmes")._default_manager
    found = kept.filter(history__in=[row.history_id for row in rows]).order_by("programme__title")
    for history, title in found.values_list("history_id", "programme__title"):
        limits.setdefault(history, []).append(title)
    return [{"row": row, "only": ", ".join(limits.get(row.history_id, []))} for row in rows]
