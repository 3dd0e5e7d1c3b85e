"""The staff's own admin site."""

from __future__ import annotations

import functools
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone

# The order of a working day, not of the alphabet.
_ORDER = ("applications", "cohorts", "facilitators", "programmes", "auth")


class StaffSite(admin.AdminSite):
    """Django's admin at ``/staff/``: the frame in which academy staff work.

    Who may do what is decided by roles in academies (`programmes.domain.access`); Django's own model permissions
    have no say.
    """

    site_header = "Cascade for academy staff"
    site_title = "Cascade for academy staff"
    index_title = "Programmes and applications"
    enable_nav_sidebar = False
    access_rule = "staff with a role in an academy"

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether someone may be here at all: an active member of staff with a role in an academy, or a superuser.

        Where two-factor sign-in is due, only after the second step.
        """
        from programmes.admin.base import holds
        from programmes.models import Role
        from programmes.views import signing_in

        return holds(request, Role.VIEWER) and signing_in.is_complete(request)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Guard a view as Django does, and write on it the rule of whatever it belongs to.

        Whoever has given a password alone is asked for the second step first, whatever the address.
        """
        from programmes.admin import two_factor
        from programmes.views import signing_in

        guarded = super().admin_view(view, cacheable)

        @functools.wraps(guarded)
        def complete(request: HttpRequest, *arguments: Any, **named: Any) -> Any:
            if request.user.is_authenticated and not signing_in.is_complete(request):
                return two_factor.next_step(request)
            return guarded(request, *arguments, **named)

        owner = getattr(view, "__self__", self)
        complete.access_rule = getattr(owner, "access_rule", self.access_rule)  # type: ignore[attr-defined]
        return complete

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What every page knows: also after how many minutes without a page opened its reader is signed out.

        As Django's, but that the parts of the site are listed only by a page that shows them.
        """
        return {
            "site_title": self.site_title,
            "site_header": self.site_header,
            "site_url": request.META["SCRIPT_NAME"] or self.site_url,
            "has_permission": self.has_permission(request),
            "available_apps": functools.partial(self.get_app_list, request),
            "is_popup": False,
            "is_nav_sidebar_enabled": self.enable_nav_sidebar,
            "log_entries": self.get_log_entries(request),
            "idle_minutes": settings.STAFF_IDLE_MINUTES,
            "csrf_cookie": settings.CSRF_COOKIE_NAME,
        }

    def get_urls(self) -> list[Any]:
        """Django's, without the address that sends on to the page of any record: no record here has one."""
        from cohorts.admin.calendar import calendar_page
        from programmes.admin import account, two_factor

        own = [
            path("calendar/", self.admin_view(calendar_page), name="calendar"),
            path("two-factor/", two_factor.code_page, name="two_factor"),
            path("two-factor/set-up/", two_factor.set_up_page, name="two_factor_set_up"),
            path("account/", self.admin_view(account.account_page), name="account"),
            path("account/recovery-codes/", self.admin_view(account.new_codes), name="account_codes"),
            path("account/sign-out/", self.admin_view(account.sign_out_elsewhere), name="account_sign_out"),
            path("account/still-here/", self.admin_view(account.still_here), name="account_still_here"),
        ]
        return [*own, *(url for url in super().get_urls() if getattr(url, "name", None) != "view_on_site")]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The first page: what waits on its reader."""
        from programmes.admin.home import home_context

        return super().index(request, {**home_context(request), **(extra_context or {})})

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The sign-in page; in the demo it names the sample logins. After the password comes the second step."""
        from programmes.admin import two_factor
        from programmes.domain import access

        if request.method == "GET" and access.can_view(request.user) and not self.has_permission(request):
            return two_factor.next_step(request, wanted=request.GET.get("next", ""))
        context = {"demo_logins": demo_logins() if settings.DEMO else [], **(extra_context or {})}
        return super().login(request, context)

    login.access_rule = "anyone"  # type: ignore[attr-defined]

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Change one's own password; every other browser is signed out by it."""
        from programmes.domain import accounts

        before = str(request.session.session_key)
        response = super().password_change(request, extra_context)
        after = str(request.session.session_key)
        if after != before and isinstance(request.user, User):
            accounts.password_changed(
                request.user, session_before=before, session_key=after, now=timezone.now()
            )
        return response

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """The parts of the site, in the order of a working day."""
        apps = super().get_app_list(request, app_label)
        return sorted(apps, key=lambda app: (*_ORDER, app["app_label"]).index(app["app_label"]))


def demo_logins() -> list[dict[str, str]]:
    """The sample logins of the demo: what each is, its username and its password."""
    from programmes.management import samples

    return [
        {
            "username": one.username,
            "password": samples.PASSWORD,
            "what": f"{one.role}, {one.academy}",
        }
        for one in samples.sign_ins()
    ]
