"""Error pages. They belong to no app."""

from __future__ import annotations

import errno
import logging
import sys

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import get_template

from programmes.views.typed import typed_in

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

# A disk, or somebody's share of it, that has no room.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

# Said when not even the error page can be made.
_LAST_RESORT = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Sorry, there is a problem with the service - Cascade</title></head>
<body><h1>Sorry, there is a problem with the service</h1><p>Try again later.</p></body>
</html>
"""


def error_page(request: HttpRequest, template: str, **values: object) -> str:
    """The HTML of an error page, made without a database, a session or context processors.

    If the page itself cannot be made, a bare one that says the same: an error must not hide behind another.
    """
    try:
        context = {"request": request, "demo": settings.DEMO} | values
        return str(get_template(template, using="pages").render(context))
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
    """``handler500``; a database that does not answer, or a full disk, is a matter of waiting: answered 503.

    A form that was sent is given back in that page, to be sent again as it was.
    """
    if _is_matter_of_waiting(sys.exc_info()[1]):
        return try_again_later(request)
    return _answer(request, 500)


def _is_matter_of_waiting(error: BaseException | None) -> bool:
    if isinstance(error, OperationalError | InterfaceError):
        return True
    return isinstance(error, OSError) and error.errno in _FULL


def try_again_later(request: HttpRequest) -> HttpResponse:
    """The page that says to try again in a few minutes; it keeps what was typed."""
    typed = typed_in(request)
    html = error_page(
        request,
        PAGES[503],
        typed=typed,
        with_file=bool(typed and request.FILES),
        csrf_token=get_token(request) if typed else "",
    )
    response = HttpResponse(html, status=503)
    response.headers["Retry-After"] = "60"
    # It holds what somebody typed: for their eyes alone.
    response.headers["Cache-Control"] = "no-store"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """``CSRF_FAILURE_VIEW``: the form was open for long, or cookies are off."""
    return _answer(request, 403, "errors/403_csrf.html")
