"""The public calendar of circles: as a list, by months, and as an address to subscribe to. Nobody needs an account."""

from __future__ import annotations

import datetime
import re
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from facilitators.domain.calendar import calendar_of_circles
from facilitators.domain.calendar.calendar_of_circles import IN_PERSON, ONLINE, Filters
from facilitators.forms.booking import FilterForm
from facilitators.models import Topic
from programmes.models import IntegratedCareSystem, Programme
from programmes.views.access import public
from programmes.views.kept import kept

A_PAGE = 25
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
_DAY = re.compile(r"20\d\d-\d\d-\d\d")


def _choices() -> tuple[list[Programme], list[Topic], list[IntegratedCareSystem]]:
    return (
        list(calendar_of_circles.programmes_with_circles()),
        list(calendar_of_circles.topics_on_offer()),
        list(IntegratedCareSystem.objects.valid_on(timezone.localdate())),
    )


def _filters(request: HttpRequest, choices: tuple[Any, Any, Any]) -> Filters:
    """What the address asks for; what it names and there is not is not looked at."""
    programmes, topics, systems = choices
    asked = request.GET
    return Filters(
        programme={one.slug: one for one in programmes}.get(asked.get("programme", "")),
        topic={str(one.pk): one for one in topics}.get(asked.get("topic", "")),
        ics={one.code: one for one in systems}.get(asked.get("ics", "")),
        where=asked["where"] if asked.get("where") in (ONLINE, IN_PERSON) else "",
    )


@public
@require_safe
@kept
def circles(request: HttpRequest) -> HttpResponse:
    """The circles that come, as a list or by months."""
    now = timezone.now()
    choices = _choices()
    filters = _filters(request, choices)
    programmes, topics, systems = choices
    by_month = request.GET.get("view") == "month"
    feed = f"{settings.SITE_URL}{reverse('circles_calendar')}"
    context: dict[str, Any] = {
        "section": "circles",
        "form": FilterForm(request.GET, programmes=programmes, topics=topics, systems=systems),
        "filters": filters,
        "query": filters.query,
        "by_month": by_month,
        "feed": f"{feed}?{filters.query}" if filters.query else feed,
        "most": calendar_of_circles.MOST_TO_SUBSCRIBE,
        "now": now,
    }
    if by_month:
        context["month"] = calendar_of_circles.month(filters, _first_day(request), now=now)
    else:
        first = _from(request)
        found = Paginator(calendar_of_circles.coming(filters, now=now, first=first), A_PAGE)
        page = found.get_page(request.GET.get("page"))
        context |= {"page": page, "entries": calendar_of_circles.entries(page), "first": first}
    return render(request, "circles/calendar.html", context, using="pages")


def _first_day(request: HttpRequest) -> datetime.date:
    found = _MONTH.fullmatch(request.GET.get("month", ""))
    return datetime.date(int(found[1]), int(found[2]), 1) if found else timezone.localdate().replace(day=1)


def _from(request: HttpRequest) -> datetime.date | None:
    """The day from which the list is asked for; None where it names none."""
    said = request.GET.get("from", "")
    try:
        return datetime.date.fromisoformat(said) if _DAY.fullmatch(said) else None
    except ValueError:
        return None


@public
@require_safe
def circles_calendar(request: HttpRequest) -> HttpResponse:
    """The circles that fit, for a calendar that subscribes to them."""
    text = calendar_of_circles.to_subscribe(_filters(request, _choices()), now=timezone.now())
    headers = {
        "Content-Disposition": 'inline; filename="circles.ics"',
        "Cache-Control": "public, max-age=600",
    }
    return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers=headers)
