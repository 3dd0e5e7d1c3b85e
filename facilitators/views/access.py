"""The door of a facilitator's pages: their link opens them, and a dead one offers a fresh one by mail."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from facilitators.models import Facilitator
from programmes.domain import links
from programmes.models import Link
from programmes.views.access import access


def facilitator_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For a view of ``(request, facilitator, token, …)``: opens ``/facilitator/<token>/…`` by a working link.

    The facilitator comes with ICS and organisation. A dead link is answered 410.
    """

    @access("the facilitator, by emailed link")
    @require_http_methods(["GET", "POST"])
    @functools.wraps(view)
    def opened(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponseBase:
        try:
            link = links.open_link(Link.Opens.FACILITATOR, token, now=timezone.now())
        except links.LinkDead:
            return _dead(request, token)
        facilitators = Facilitator.objects.select_related("ics__region", "organisation")
        facilitator = facilitators.filter(pk=link.object_id).first()
        if facilitator is None:
            return _dead(request, token)
        return view(request, facilitator, token=token, **kwargs)

    return opened


def _dead(request: HttpRequest, token: str) -> HttpResponse:
    context = {"token": token, "opens": Link.Opens.FACILITATOR.value}
    return render(request, "links/dead.html", context, status=410, using="pages")
