"""Views that belong to no app: error pages, and the answer to "are you well?"."""

from __future__ import annotations

import logging
import sys

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import get_template

from programmes.views.access import public

logger = logging.getLogger(__name__)

# The page shown for a status.
PAGES = {
    400: "errors/400.html",
    403: "errors/403.html",
    404: "errors/404.html",
    413: "errors/413.html",
    500: "errors/500.html",
    503: "errors/503.html",
}

# Said when not even the error page can be made.
_LAST_RESORT = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Sorry, there is a problem with the service - Cascade</title></head>
<body><h1>Sorry, there is a problem with the service</h1><p>Try again later.</p></body>
</html>
"""


def error_page(request: HttpRequest, template: str) -> str:
    """The HTML of an error page, made without a database, a session or context processors.

    If the page itself cannot be made, a bare one that says the same: an error must not hide behind another.
    """
    try:
        return str(get_template(template, using="pages").render({"request": request, "demo": settings.DEMO}))
    except Exception:
        logger.exception("The error page %s could not be made.", template)
        return _LAST_RESORT


def _answer(request: HttpRequest, status: int, template: str | None = None) -> HttpResponse:
    return HttpResponse(error_page(request, template or PAGES[status]), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler400``; what was too large to take is answered 413."""
    if isinstance(exception, RequestDataTooBig | TooManyFilesSent):
        return _answer(request, 413)
    return _answer(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler403``."""
    return _answer(request, 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler404``."""
    return _answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """``handler500``; a database that does not answer is a matter of waiting, so it is answered 503."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        response = _answer(request, 503)
        response.headers["Retry-After"] = "60"
        return response
    return _answer(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """``CSRF_FAILURE_VIEW``: the form was open for long, or cookies are off."""
    return _answer(request, 403, "errors/403_csrf.html")


@public
def health(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, 503 when it does not; for load balancers and containers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        logger.exception("The database does not answer.")
        return JsonResponse({"status": "database does not answer"}, status=503)
    return JsonResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})
