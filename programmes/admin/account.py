"""“Your account”: what protects it, where it is signed in, and how to end that."""

from __future__ import annotations

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from programmes.admin.two_factor import PasswordForm, codes_shown
from programmes.domain import accounts, two_factor
from programmes.models import AcademyMember

_BROWSERS = {"Edg": "Edge", "Firefox": "Firefox", "OPR": "Opera", "Chrome": "Chrome", "Safari": "Safari"}
_SYSTEMS = {
    "Windows": "Windows",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Mac OS": "Mac",
    "Linux": "Linux",
}


def browser_in_words(agent: str) -> str:
    """ "Firefox on Windows", of what a browser calls itself; "A browser" where that says nothing known."""
    browser = next((name for sign, name in _BROWSERS.items() if sign in agent), "A browser")
    system = next((name for sign, name in _SYSTEMS.items() if sign in agent), "")
    return f"{browser} on {system}" if system else browser


def account_page(request: HttpRequest) -> HttpResponse:
    """Everything about one's own account on one page."""
    user = _person(request)
    now = timezone.now()
    key = request.session.session_key
    sign_ins = [
        {"row": row, "browser": browser_in_words(row.browser), "here": row.session_key == key}
        for row in accounts.open_sign_ins(user, now=now)
    ]
    memberships = AcademyMember.objects.filter(user=user).select_related("academy")
    context = {
        **admin.site.each_context(request),
        "title": "Your account",
        "account": user,
        "named": accounts.named(user),
        "memberships": memberships.prefetch_related("programmes").order_by("academy__name"),
        "set_up": two_factor.is_set_up(user),
        "codes_left": two_factor.codes_left(user),
        "sign_ins": sign_ins,
        "changes": user.account_changes.select_related("by")[:10],
    }
    return TemplateResponse(request, "admin/account.html", context)


@sensitive_post_parameters()
def new_codes(request: HttpRequest) -> HttpResponse:
    """Ask for the password; make new recovery codes, and show them once."""
    user = _person(request)
    if not two_factor.is_set_up(user):
        return HttpResponseRedirect(reverse("admin:account"))
    form = PasswordForm(request.POST if request.method == "POST" else None, request=request)
    if form.is_valid():
        codes = accounts.make_codes(user, now=timezone.now())
        return codes_shown(request, codes, title="Your new recovery codes")
    context = {**admin.site.each_context(request), "title": "Make new recovery codes", "form": form}
    return TemplateResponse(request, "admin/account_codes.html", context)


def sign_out_elsewhere(request: HttpRequest) -> HttpResponse:
    """Sign oneself out of every other browser."""
    if request.method == "POST":
        user = _person(request)
        key = str(request.session.session_key)
        ended = accounts.sign_out_everywhere(user, by=user, now=timezone.now(), but_here=key)
        browsers = "1 other browser" if ended == 1 else f"{ended} other browsers"
        messages.success(request, f"You have been signed out of {browsers}. Here you are still signed in.")
    return HttpResponseRedirect(reverse("admin:account"))


@require_POST
def still_here(request: HttpRequest) -> HttpResponse:
    """Somebody who was warned stays signed in: the answer carries the cookie that says so."""
    return HttpResponse(status=204)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
