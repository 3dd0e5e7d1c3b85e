"""What a session of a member of staff carries: when it began, when it was last used, and whether a code is due.

When it was last used stands in a signed cookie, not in the session: opening a page writes to no table.
"""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.models import User
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from programmes.domain import accounts, two_factor

# In the session: its row among the sign-ins, when it began, and whether a code is still to be entered.
SIGN_IN, BEGAN, CODE_DUE = "sign_in", "signed_in_at", "two_factor_due"
COOKIE = "staff_seen"
_SALT = "cascade.staff.seen"
# The cookie is renewed at most so often.
_ONCE_IN = datetime.timedelta(minutes=1)
_NEVER_SHOWN = ("csrfmiddlewaretoken", "password", "token", "code", "secret")


def began(sender: Any, request: HttpRequest, user: User, **_details: Any) -> None:
    """Somebody signed in with their password: note where, and whether a code has to follow."""
    now = timezone.now()
    if request.session.session_key is None:
        request.session.save()
    row = accounts.signed_in(
        user,
        session_key=str(request.session.session_key),
        browser=request.META.get("HTTP_USER_AGENT", ""),
        now=now,
    )
    request.session[SIGN_IN] = row.pk
    request.session[BEGAN] = int(now.timestamp())
    request.session[CODE_DUE] = two_factor.is_set_up(user)


def ended(sender: Any, request: HttpRequest, **_details: Any) -> None:
    """Somebody signed out."""
    if request.session.session_key:
        accounts.signed_out(request.session.session_key, now=timezone.now())


def is_complete(request: HttpRequest) -> bool:
    """Whether the second step of signing in is done, or is not asked for."""
    if settings.STAFF_TWO_FACTOR == "optional":
        return not request.session.get(CODE_DUE)
    return bool(getattr(request.user, "is_verified", bool)())


def _last_seen(request: HttpRequest) -> datetime.datetime:
    """When the session was last used: by its cookie, which counts for that session alone, or when it began."""
    seen = int(request.session.get(BEGAN, 0))
    try:
        whose, moment = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT)
    except (signing.BadSignature, TypeError, ValueError):
        whose, moment = None, 0
    if whose is not None and whose == request.session.get(SIGN_IN):
        seen = max(seen, moment)
    return datetime.datetime.fromtimestamp(seen, tz=datetime.UTC)


def is_idle(request: HttpRequest) -> bool:
    """Whether a session has not been used for longer than is allowed."""
    return timezone.now() - _last_seen(request) > datetime.timedelta(minutes=settings.STAFF_IDLE_MINUTES)


def keep_seen(request: HttpRequest, response: HttpResponseBase) -> None:
    """Note in the reader's cookie that the session is in use."""
    now = timezone.now()
    if COOKIE in request.COOKIES and now - _last_seen(request) < _ONCE_IN:
        return
    response.set_cookie(
        COOKIE,
        signing.dumps([request.session.get(SIGN_IN), int(now.timestamp())], salt=_SALT),
        path=reverse("admin:index"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def sign_out_idle(request: HttpRequest) -> HttpResponse:
    """Sign somebody out who has been away; bring them back where they were, and show what they had typed."""
    minutes = settings.STAFF_IDLE_MINUTES
    auth.logout(request)
    back = f"{reverse('admin:login')}?{urlencode({'next': request.get_full_path()})}"
    if request.method in ("GET", "HEAD"):
        messages.info(
            request,
            f"You were signed out after {minutes} minutes without a page opened. Sign in to go on where you were.",
        )
        return redirect(back)
    context = {"title": "You were signed out", "minutes": minutes, "typed": _typed(request), "back": back}
    return render(request, "admin/signed_out.html", context, status=403, using="staff")


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """The texts of a form that came too late, by what their fields are called; numbers and choices are not worth it."""
    return [
        (name.replace("_", " ").replace("-", " ").capitalize(), value)
        for name, values in request.POST.lists()
        if not any(word in name for word in _NEVER_SHOWN)
        for value in values
        if " " in value.strip()
    ]
