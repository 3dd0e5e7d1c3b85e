"""Every request has a reference: in its log lines, in the jobs it causes, and in its answer."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.log import log_response

from config import connections, metrics
from programmes.domain import freshness, tracing

logger = logging.getLogger(__name__)

HEADER = "X-Request-ID"
# Where it stands in a request: `request.headers` would read all of them.
_IN_META = "HTTP_X_REQUEST_ID"
# What a proxy may call a request. Anything else is not taken into our logs.
_SANE = re.compile(r"[A-Za-z0-9-]{8,40}")
# Asked every few seconds by machines.
PROBES = ("healthz", "readyz", "metrics")

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def reference(asked: str) -> str:
    """The reference of a request: what the proxy before us calls it, if that is 8 to 40 plain characters."""
    return asked if _SANE.fullmatch(asked) else secrets.token_hex(8)


class RequestMiddleware:
    """Gives each request its reference, logs one line of it and counts it.

    The line names the view and not the path: the path of an emailed link is its secret.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request, with its reference in the header."""
        name = reference(request.META.get(_IN_META, ""))
        started = time.perf_counter()
        with tracing.about(request=name), connections.checked_once_a_second(), freshness.asked_once():
            response = self.get_response(request)
            self._note(request, response, time.perf_counter() - started)
        response.headers[HEADER] = name
        return response

    def _note(self, request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
        status = response.status_code
        view = request.resolver_match.view_name if request.resolver_match else "none"
        method = request.method if request.method in ("GET", "HEAD", "POST", "OPTIONS") else "other"
        metrics.note_request(view=view, method=method, status=status, seconds=seconds)
        if status >= 400 and isinstance(response, HttpResponse):
            # Django says so only after us, when the line has no reference any more. A probe's no is no error of ours.
            level = "info" if view in PROBES else None
            log_response(
                "%s: %s",
                response.reason_phrase,
                request.path,
                response=response,
                request=request,
                level=level,
            )
        if view in PROBES:
            return
        figures = {"view": view, "method": method, "status": status, "seconds": round(seconds, 4)}
        logger.info("%s %s %s in %d ms", method, view, status, seconds * 1000, extra={"figures": figures})
