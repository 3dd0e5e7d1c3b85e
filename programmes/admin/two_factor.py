"""The second step of signing in: a code of the telephone, or setting one up.

The only pages of the staff's site that open before it is done (`config.staff.StaffSite.admin_view`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import django_otp
from django import forms
from django.contrib import admin, messages
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from programmes.admin.pages import VerbForm
from programmes.domain import access, accounts, two_factor
from programmes.views.signing_in import CODE_DUE, is_complete

_SALT = "cascade.two-factor.seed"
# How long somebody may take to set their telephone up, in seconds.
_TIME_TO_SET_UP = 3600

Page = Callable[[HttpRequest], HttpResponse]


class CodeForm(VerbForm):
    """One code, as it is shown by the telephone or stands on paper."""

    code = forms.CharField(
        label="Code",
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "none"}
        ),
        error_messages={"required": "Enter the code."},
    )


class SetUpForm(CodeForm):
    """The first code of a telephone, with the seed that it was given."""

    field_order: tuple[str, ...] = ("code", "seed")
    seed = forms.CharField(widget=forms.HiddenInput)


class PasswordForm(VerbForm):
    """Asks for the password once more: a browser that was left open shall not change how its owner signs in."""

    password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Enter your password."},
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request = request

    def clean_password(self) -> str:
        """The password, if it is theirs; wrong ones count as at sign-in, and make even the right one wait."""
        password: str = self.cleaned_data["password"]
        if not authenticate(self._request, username=_person(self._request).get_username(), password=password):
            raise forms.ValidationError("This is not your password.")
        return password


class AnotherTelephoneForm(PasswordForm, SetUpForm):
    """The first code of a telephone that replaces one."""

    field_order = ("code", "password", "seed")


def after_password(view: Page) -> Page:
    """For a page between the password and the rest: whoever is signed in, and works here, may open it."""

    @functools.wraps(view)
    def opened(request: HttpRequest) -> HttpResponse:
        if not access.can_view(request.user):
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        return view(request)

    opened.access_rule = "staff with a role, after their password"  # type: ignore[attr-defined]
    return sensitive_post_parameters()(require_http_methods(["GET", "HEAD", "POST"])(opened))


def next_step(request: HttpRequest, *, wanted: str | None = None) -> HttpResponse:
    """Send somebody whose second step is not done to its page, and from there on to where they wanted."""
    query = urlencode({"next": request.get_full_path() if wanted is None else wanted})
    return HttpResponseRedirect(f"{reverse('admin:two_factor')}?{query}")


def _wanted(request: HttpRequest) -> str:
    """The staff page that somebody wanted to open; the first page where the address names none of ours."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    first = reverse("admin:index")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return wanted if safe and wanted.startswith(first) else first


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    shared = {**admin.site.each_context(request), "next": _wanted(request), "nearly_in": True}
    return TemplateResponse(request, f"admin/two_factor_{template}.html", {**shared, **context})


@after_password
def code_page(request: HttpRequest) -> HttpResponse:
    """Ask for a code; whoever has no telephone yet sets one up first."""
    user = _person(request)
    if is_complete(request):
        return HttpResponseRedirect(_wanted(request))
    if not two_factor.is_set_up(user):
        query = urlencode({"next": _wanted(request)})
        return HttpResponseRedirect(f"{reverse('admin:two_factor_set_up')}?{query}")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            verified = two_factor.verify(user, form.cleaned_data["code"], now=timezone.now())
        except two_factor.WrongCode as wrong:
            form.add_error("code", wrong.sentence)
        else:
            _let_in(request, verified.device)
            if verified.codes_left is not None:
                messages.warning(request, _said_of_codes(verified.codes_left))
            return HttpResponseRedirect(_wanted(request))
    return _page(request, "code", {"title": "Enter your code", "form": form})


def _let_in(request: HttpRequest, device: Any) -> None:
    django_otp.login(request, device)
    request.session[CODE_DUE] = False


def _said_of_codes(left: int) -> str:
    codes = "1 recovery code" if left == 1 else f"{left} recovery codes"
    return f"You have {codes} left. If your telephone is lost, set up another one under “Your account”."


@after_password
def set_up_page(request: HttpRequest) -> HttpResponse:
    """Set up a telephone: the first one, or another one for somebody who has come in by the one before."""
    user = _person(request)
    if two_factor.is_set_up(user) and not getattr(user, "otp_device", None):
        return HttpResponseRedirect(reverse("admin:two_factor"))
    given = request.POST if request.method == "POST" else None
    anew = two_factor.is_set_up(user)
    form = AnotherTelephoneForm(given, request=request) if anew else SetUpForm(given)
    seed = _seed_of(form, user)
    if form.is_valid() and seed:
        try:
            device, codes = accounts.set_up_telephone(
                user, seed=seed, code=form.cleaned_data["code"], now=timezone.now()
            )
        except two_factor.WrongCode as wrong:
            form.add_error("code", wrong.sentence)
        else:
            _let_in(request, device)
            return codes_shown(request, codes, title="Two-factor sign-in is set up")
    elif form.is_bound and not seed:
        form.add_error("code", "This took longer than an hour. Scan the new picture, and enter its code.")
    seed = seed or two_factor.new_seed()
    import segno

    picture = segno.make(two_factor.address_of(user, seed), error="m").svg_data_uri(
        scale=5, border=4, dark="#000", light="#fff"
    )
    context = {
        "title": "Set up another telephone" if anew else "Set up two-factor sign-in",
        "form": form,
        "sealed": signing.dumps([user.pk, seed], salt=_SALT),
        "picture": picture,
        "secret": two_factor.shown_secret(seed),
        "anew": anew,
    }
    return _page(request, "set_up", context)


def _seed_of(form: SetUpForm, user: User) -> str:
    """The seed that a form was shown with: signed, for this person, and not old; empty otherwise."""
    try:
        pk, seed = signing.loads(form.data.get("seed", ""), salt=_SALT, max_age=_TIME_TO_SET_UP)
    except signing.BadSignature:
        return ""
    return str(seed) if pk == user.pk else ""


def codes_shown(request: HttpRequest, codes: list[str], *, title: str) -> HttpResponse:
    """Show new recovery codes, this once: to be printed, or kept as a file."""
    listed = "\n".join(["Recovery codes for Cascade. Each works once.", "", *codes, ""])
    context = {"title": title, "codes": codes, "file": "data:text/plain;charset=utf-8," + quote(listed)}
    return _page(request, "codes", context)
