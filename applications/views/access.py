"""The door of the pages behind emailed links: a link opens one thing, and a dead one offers a fresh one."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from applications.domain import definition
from applications.models import Approval, NominationLead
from programmes.domain import links
from programmes.models import Link
from programmes.views.access import access

View = Callable[..., HttpResponseBase]


def _dead(request: HttpRequest, token: str, opens: Link.Opens) -> HttpResponse:
    return render(
        request, "links/dead.html", {"token": token, "opens": opens.value}, status=410, using="pages"
    )


def applicant_page_with(*names: str, workplace: bool = True) -> Callable[[View], View]:
    """For a view of ``(request, application, token, …)``: opens ``/my/<token>/…`` by a working link.

    The application comes with its programme and academy, with its ICS and organisation where the ``workplace`` is
    wanted, and, unless a form is sent, with what refers to it by ``names``. A dead link is answered 410.
    """

    def door(view: View) -> View:
        @access("the applicant, by emailed link")
        @require_http_methods(["GET", "POST"])
        @functools.wraps(view)
        def opened(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponseBase:
            beside, now = names if request.method == "GET" else (), timezone.now()
            application = definition.opened_by(token, beside=beside, workplace=workplace, now=now)
            if application is None:
                return _dead(request, token, Link.Opens.APPLICATION)
            return view(request, application, token=token, **kwargs)

        return opened

    return door


applicant_page = applicant_page_with()


def approver_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For a view of ``(request, approval, link, …)``: opens ``/approve/<token>/…`` by a working link.

    The approval comes with its application and programme. A dead link is answered 410.
    """

    @access("the approver, by emailed link")
    @require_http_methods(["GET", "POST"])
    @functools.wraps(view)
    def opened(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponseBase:
        try:
            link = links.open_link(Link.Opens.APPROVAL, token, now=timezone.now())
        except links.LinkDead:
            return _dead(request, token, Link.Opens.APPROVAL)
        approvals = Approval.objects.select_related(
            "step", "application__programme__academy", "application__ics", "application__organisation"
        )
        approval = approvals.filter(pk=link.object_id).first()
        if approval is None:
            return _dead(request, token, Link.Opens.APPROVAL)
        return view(request, approval, link=link, token=token, **kwargs)

    return opened


def lead_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For a view of ``(request, lead, link, token)``: opens ``/board/<token>/…`` by a working link.

    A dead link, and that of a lead whom the academy let go, is answered 410.
    """

    @access("the lead of an ICS, by emailed link")
    @require_http_methods(["GET", "POST"])
    @functools.wraps(view)
    def opened(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponseBase:
        try:
            link = links.open_link(Link.Opens.BOARD, token, now=timezone.now())
        except links.LinkDead:
            return _dead(request, token, Link.Opens.BOARD)
        lead = NominationLead.objects.filter(pk=link.object_id, revoked_at=None).first()
        if lead is None:
            return _dead(request, token, Link.Opens.BOARD)
        return view(request, lead, link=link, token=token, **kwargs)

    return opened
