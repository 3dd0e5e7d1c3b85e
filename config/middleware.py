"""What holds for whole parts of the portal: private pages, staff who are away, and error pages in the demo."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from csp.constants import HEADER
from csp.middleware import CheckableLazyObject, CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed

from config import views
from programmes.views import signing_in

# The pages behind emailed links, and the staff's site.
LINKED_PAGES = (
    *("/my/", "/approve/", "/board/", "/register/", "/invitation/", "/news/"),
    *("/facilitator/", "/booking/"),
)
PRIVATE_PAGES = (*LINKED_PAGES, "/staff/", "/link-again/", "/certificates/")

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def is_private(path: str) -> bool:
    """Whether a page is for one person or for staff: never kept by browsers, never listed by search engines."""
    return path.startswith(PRIVATE_PAGES)


class PolicyMiddleware(CSPMiddleware):
    """What a page may load and run; of a page that asks for nothing of its own it is worked out once a process."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Put the header on an answer."""
        if settings.DEBUG or any(name.startswith("_csp_") for name in vars(response)):
            return super().process_response(request, response)
        nonce: str | None = getattr(request, "_csp_nonce", None)
        if nonce:
            response.headers.setdefault(HEADER, _policy(_A_NONCE).replace(_A_NONCE, nonce))
        else:
            response.headers.setdefault(HEADER, _policy())
            # One that is asked for from now on would stand in no header.
            late: Any = request
            late.csp_nonce = CheckableLazyObject(self._csp_nonce_post_response)
        return response


# Stands for the nonce of each request.
_A_NONCE = "a-nonce"


@functools.cache
def _policy(nonce: str | None = None) -> str:
    return build_policy(nonce=nonce)


class PermissionsMiddleware:
    """No page, and nothing that got into one, may use a device of whoever reads it."""

    HEADER = ", ".join(
        f"{feature}=()"
        for feature in (
            *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope"),
            *("magnetometer", "microphone", "midi", "payment", "usb"),
        )
    )

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request, with the header."""
        response = self.get_response(request)
        response.headers["Permissions-Policy"] = self.HEADER
        return response


class PrivatePagesMiddleware:
    """Private pages are not stored and not indexed; HEAD on an emailed link is answered 405.

    Mail gateways look at links before their reader does, many with HEAD: that must open nothing.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request, with the headers of a private page where it is one."""
        if request.method == "HEAD" and request.path_info.startswith(LINKED_PAGES):
            response: HttpResponseBase = HttpResponseNotAllowed(["GET", "POST"])
        else:
            response = self.get_response(request)
        if is_private(request.path_info):
            response.headers["Cache-Control"] = "no-store"
            response.headers["X-Robots-Tag"] = "noindex"
        return response


class IdleMiddleware:
    """Signs staff out who have opened no page for a while, and keeps in a cookie when they last did."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request; note on the staff's pages that somebody is there."""
        response = self.get_response(request)
        if getattr(request, "staff_is_here", False) and request.user.is_authenticated:
            signing_in.keep_seen(request, response)
        return response

    def process_view(
        self, request: HttpRequest, view: Any, arguments: Any, named: Any
    ) -> HttpResponseBase | None:
        """Before a staff page is shown, and after a form's token is checked: sign out who was away too long."""
        match = request.resolver_match
        if match is None or match.app_name != "admin" or match.url_name in ("login", "logout"):
            return None
        if not request.user.is_authenticated:
            return None
        if signing_in.is_idle(request):
            return signing_in.sign_out_idle(request)
        request.staff_is_here = True  # type: ignore[attr-defined]
        return None


class PlainErrorPagesMiddleware:
    """Shows visitors of the demo our own error pages, although DEBUG is on.

    Pages that a view itself answers with 404, as for a link that has expired, stay as they are; so do headers.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request; where Django would explain an error to a developer, explain it to a person."""
        response = self.get_response(request)
        raised = getattr(request, "cascade_view_raised", False)
        no_view = request.resolver_match is None and response.status_code in (400, 404)
        page = views.PAGES.get(response.status_code)
        if page and (raised or no_view) and isinstance(response, HttpResponse):
            response.content = views.error_page(request, page).encode()
            response.headers["Content-Type"] = "text/html; charset=utf-8"
            response.headers["Content-Length"] = str(len(response.content))
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Remember that the view raised; Django logs the error and answers, as without us."""
        request.cascade_view_raised = True  # type: ignore[attr-defined]
