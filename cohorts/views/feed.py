"""The feed: figures of one academy as JSON, for Power BI and its like. Read-only, opened by a key in a header."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from cohorts.domain import feed
from cohorts.views.feed_openapi import DOCUMENT
from programmes.domain import feeds, limits
from programmes.models import Academy
from programmes.views.access import access, public

LIMIT, MOST = 200, 1000
_A_MINUTE = 60


class _Problem(Exception):
    """What stands in the way of an answer: a status, and a sentence."""

    def __init__(self, status: int, title: str, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        self.status = status
        self.headers = headers

    def answer(self) -> JsonResponse:
        """The problem as RFC 9457 writes it."""
        return JsonResponse(
            self.body, status=self.status, content_type="application/problem+json", headers=self.headers
        )


def _private(response: JsonResponse) -> JsonResponse:
    response.headers["Cache-Control"] = "no-store"
    return response


def of_academy(view: Callable[[HttpRequest, Academy], JsonResponse]) -> Callable[..., JsonResponse]:
    """For a view of ``(request, academy)``: opens it by a working key, for reading, some times a minute."""

    @access("a program with a key of the academy’s feed")
    @functools.wraps(view)
    def opened(request: HttpRequest, **kwargs: Any) -> JsonResponse:
        try:
            if request.method != "GET":
                raise _Problem(405, "Method not allowed", "The feed is read by GET.", Allow="GET")
            return _private(view(request, _academy_of(request)))
        except _Problem as problem:
            return _private(problem.answer())

    return opened


def _academy_of(request: HttpRequest) -> Academy:
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    try:
        found = feeds.open_with(key.strip() if kind.lower() == "bearer" else "", now=timezone.now())
    except feeds.NoSuchKey as refused:
        raise _Problem(
            401, "Not signed in", refused.sentence, **{"WWW-Authenticate": 'Bearer realm="feed"'}
        ) from refused
    except feeds.KeyEnded as refused:
        raise _Problem(403, "The key no longer works", refused.sentence) from refused
    asked = limits.count(f"feed:{found.pk}", seconds=_A_MINUTE, now=timezone.now())
    if asked > settings.FEED_REQUESTS_A_MINUTE:
        often = f"At most {settings.FEED_REQUESTS_A_MINUTE} requests a minute are answered. Wait a minute."
        raise _Problem(429, "Too many requests", often, **{"Retry-After": str(_A_MINUTE)})
    return found.academy


def _programme(request: HttpRequest, academy: Academy) -> str:
    """The code of the programme asked for, if one is; of another academy there is none."""
    code = request.GET.get("programme", "")
    if code and ("\x00" in code or not feed.programmes_of(academy, code).exists()):
        raise _Problem(404, "Not found", "Your academy has no programme with this code.")
    return code


def _number(request: HttpRequest, name: str, *, least: int, most: int, otherwise: int) -> int:
    text = request.GET.get(name, "")
    if not text:
        return otherwise
    if not (text.isascii() and text.isdecimal() and len(text) < 19 and least <= int(text) <= most):
        raise _Problem(400, "Bad request", f"“{name}” must be a whole number from {least} to {most}.")
    return int(text)


def _changed_since(request: HttpRequest) -> datetime.datetime | None:
    # A plus sign that was not encoded arrives as a space.
    text = request.GET.get("changed_since", "").replace(" ", "+")
    if not text:
        return None
    try:
        moment = parse_datetime(text)
        if moment is not None and moment.tzinfo is not None:
            # Here, because near the first and the last year a moment may have no counterpart in UTC.
            return moment.astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        pass
    wanted = "“changed_since” must be a time with its zone, such as 2026-10-05T12:00:00Z."
    raise _Problem(400, "Bad request", wanted)


@of_academy
def programmes(request: HttpRequest, academy: Academy) -> JsonResponse:
    """The programmes of the academy."""
    return JsonResponse({"data": feed.programmes(academy), "next": None})


@of_academy
def cohorts(request: HttpRequest, academy: Academy) -> JsonResponse:
    """The cohorts of the academy, or of one programme, with their sessions."""
    return JsonResponse({"data": feed.cohorts(academy, _programme(request, academy)), "next": None})


@of_academy
def applications(request: HttpRequest, academy: Academy) -> JsonResponse:
    """The applications of the academy, a page at a time."""
    after = _number(request, "cursor", least=0, most=2**63 - 1, otherwise=0)
    limit = _number(request, "limit", least=1, most=MOST, otherwise=LIMIT)
    rows, more = feed.applications(
        academy,
        code=_programme(request, academy),
        changed_since=_changed_since(request),
        after=after,
        limit=limit,
    )
    query = {key: value for key, value in request.GET.items() if key != "cursor"}
    on = f"{settings.SITE_URL}{request.path}?{urlencode({**query, 'cursor': more})}" if more else None
    return JsonResponse({"data": rows, "next": on})


@of_academy
def funnel(request: HttpRequest, academy: Academy) -> JsonResponse:
    """How many applications ever came how far, for each programme."""
    return JsonResponse({"data": feed.funnel(academy, _programme(request, academy)), "next": None})


@of_academy
def nothing(request: HttpRequest, academy: Academy) -> JsonResponse:
    """Any other address of the feed."""
    raise _Problem(404, "Not found", "The feed has no such address: see /feed/v1/openapi.json.")


@public
def openapi(request: HttpRequest) -> JsonResponse:
    """What the feed answers, as an OpenAPI 3.1 document."""
    if request.method not in ("GET", "HEAD"):
        return _Problem(405, "Method not allowed", "The feed is read by GET.", Allow="GET, HEAD").answer()
    servers = [{"url": f"{settings.SITE_URL}/feed/v1"}]
    return JsonResponse({**DOCUMENT, "servers": servers}, json_dumps_params={"indent": 2})
