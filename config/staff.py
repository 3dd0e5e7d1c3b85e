"""The staff's own admin site."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path

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
        """Whether someone may be here at all: an active member of staff with a role in an academy, or a superuser."""
        from programmes.domain import access

        return access.can_view(request.user)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Guard a view as Django does, and write on it the rule of whatever it belongs to."""
        guarded = super().admin_view(view, cacheable)
        owner = getattr(view, "__self__", self)
        guarded.access_rule = getattr(owner, "access_rule", self.access_rule)
        return guarded

    def get_urls(self) -> list[Any]:
        """Django's, without the address that sends on to the page of any record: no record here has one."""
        from cohorts.admin.calendar import calendar_page

        own = path("calendar/", self.admin_view(calendar_page), name="calendar")
        return [own, *(url for url in super().get_urls() if getattr(url, "name", None) != "view_on_site")]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The sign-in page; in the demo it names the sample logins."""
        context = {"demo_logins": demo_logins() if settings.DEMO else [], **(extra_context or {})}
        return super().login(request, context)

    login.access_rule = "anyone"  # type: ignore[attr-defined]

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
