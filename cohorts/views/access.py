"""The door of a session's register, for its trainer: a link that works until the end of the day after."""

from __future__ import annotations

import functools
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cohorts.models import Session
from programmes.domain import links
from programmes.models import Link
from programmes.views.access import access


def _dead(request: HttpRequest) -> HttpResponse:
    return render(request, "cohorts/register_closed.html", {}, status=410, using="pages")


def trainer_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For a view of ``(request, session, link, token)``: opens ``/register/<token>/`` by a working link.

    The session comes with its cohort and programme. A dead link is answered 410.
    """

    @access("the trainer of a session, by emailed link")
    @require_http_methods(["GET", "POST"])
    @functools.wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponseBase:
        try:
            link = links.open_link(Link.Opens.REGISTER, token, now=timezone.now())
        except links.LinkDead:
            return _dead(request)
        sessions = Session.objects.select_related("cohort__programme__academy", "venue")
        session = sessions.filter(pk=link.object_id).first()
        if session is None:
            return _dead(request)
        return view(request, session, link=link, token=token)

    return opened
