"""Public pages that are kept for the next reader, until something they show is changed, and never past a minute.

Only with Redis, which tells all processes when that is (`programmes/domain/freshness.py`). Whether there is a place
is decided under a lock when somebody asks for it, never by a page.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.utils import timezone
from redis.exceptions import RedisError

from programmes.domain import freshness

logger = logging.getLogger(__name__)

MINUTE = 60
_HTML = "text/html; charset=utf-8"
_TOKEN = re.compile(r'(?<=name="csrfmiddlewaretoken" value=")\w+')
# No page holds a NUL: these stand for what is each reader's own.
_FOR_TOKEN, _FOR_NONCE = "\0token\0", "\0nonce\0"

View = Callable[..., HttpResponseBase]


def kept(view: View) -> View:
    """For a view of a public page that is the same for everybody: make it once for all readers of a minute.

    A page with a query in its address, for somebody with a session or with a message waiting, or of another status
    than 200, is made for its reader alone. What depends on the clock changes with the minute, as all our times do.
    """

    @functools.wraps(view)
    def opened(request: HttpRequest, *args: Any, **parts: Any) -> HttpResponseBase:
        if not (settings.KEEP_PAGES and _is_anybodys(request)):
            return view(request, *args, **parts)
        name = "page:" + hashlib.sha256(request.path.encode()).hexdigest()
        try:
            found = cache.get_many([freshness.PAGES, name])
            version = found.get(freshness.PAGES) or freshness.first(freshness.PAGES)
        except RedisError:
            logger.warning("Redis does not answer: a page is made that may have been kept.")
            return view(request, *args, **parts)
        before, html = found.get(name, ("", ""))
        if before == version:
            return _for_reader(request, html)
        response = view(request, *args, **parts)
        if response.status_code == 200 and isinstance(response, HttpResponse) and _is_plain(response):
            _keep(request, name, version, response)
        return response

    opened.is_kept = True  # type: ignore[attr-defined]
    return opened


def _is_anybodys(request: HttpRequest) -> bool:
    own = (settings.SESSION_COOKIE_NAME, "messages")
    return (
        request.method in ("GET", "HEAD")
        and not request.META.get("QUERY_STRING")
        and not any(name in request.COOKIES for name in own)
    )


def _is_plain(response: HttpResponse) -> bool:
    return response.headers.get("Content-Type") == _HTML and not response.cookies


def _keep(request: HttpRequest, name: str, version: Any, response: HttpResponse) -> None:
    html = response.content.decode().replace(str(request.csp_nonce), _FOR_NONCE)  # type: ignore[attr-defined]
    left = MINUTE - timezone.now().second
    try:
        cache.set(name, (version, _TOKEN.sub(_FOR_TOKEN, html)), timeout=left)
    except RedisError:
        logger.warning("Redis does not answer: a page is not kept.")


def _for_reader(request: HttpRequest, html: str) -> HttpResponse:
    html = html.replace(_FOR_NONCE, str(request.csp_nonce))  # type: ignore[attr-defined]
    if _FOR_TOKEN in html:
        html = html.replace(_FOR_TOKEN, get_token(request))
    return HttpResponse(html, content_type=_HTML)
