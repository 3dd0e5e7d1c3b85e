"""Calendars to subscribe to: the files themselves, and a new address for one's own.

A calendar program asks for its file by itself, with GET or HEAD: that changes nothing, and signs nobody in.
"""

from __future__ import annotations

import hashlib
import re

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from applications.domain.status import as_told, untold
from applications.models import Application, State
from applications.views.access import applicant_page
from cohorts.domain import subscriptions
from programmes.domain import access as roles
from programmes.domain import links
from programmes.forms.sure import SureForm
from programmes.models import Link
from programmes.views.access import access

_MADE_AT = re.compile(r"^DTSTAMP:.*\r\n", re.MULTILINE)


def _headers(response: HttpResponseBase) -> HttpResponseBase:
    """The address is private; a program that keeps the file asks each time whether it is still the one."""
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _gone() -> HttpResponseBase:
    text = "This calendar address no longer works. Get the one of today on your page of the portal.\n"
    return _headers(HttpResponse(text, status=410, content_type="text/plain; charset=utf-8"))


def _calendar(request: HttpRequest, text: str, name: str) -> HttpResponseBase:
    # When the file was made says nothing of whether it has changed.
    etag = quote_etag(hashlib.sha256(_MADE_AT.sub("", text).encode()).hexdigest())
    response = HttpResponse(
        text,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'inline; filename="{name}.ics"', "ETag": etag},
    )
    answer = get_conditional_response(request, etag=etag, response=response)
    return _headers(answer or response)


@access("the applicant, by a private address")
@require_safe
def applicant_calendar(request: HttpRequest, token: str) -> HttpResponseBase:
    """The sessions of an applicant's place, for the calendar that subscribes to them."""
    now = timezone.now()
    try:
        link = links.open_link(Link.Opens.CALENDAR, token, now=now)
    except links.LinkDead:
        return _gone()
    application = Application.objects.select_related("programme").filter(pk=link.object_id).first()
    if application is None:
        return _gone()
    text = subscriptions.applicant_calendar(application, now=now)
    return _calendar(request, text, f"{application.programme.slug}-dates")


@access("a member of staff with a role in an academy, by a private address")
@require_safe
def staff_calendar(request: HttpRequest, token: str) -> HttpResponseBase:
    """The sessions of all programmes of somebody's academies; dead once they do not work there any more."""
    now = timezone.now()
    try:
        link = links.open_link(Link.Opens.STAFF_CALENDAR, token, now=now)
    except links.LinkDead:
        return _gone()
    user = User.objects.filter(pk=link.object_id).first()
    if user is None or not roles.can_view(user):
        return _gone()
    return _calendar(request, subscriptions.staff_calendar(user, now=now), "cascade-sessions")


def by_program(address: str) -> str:
    """The address as calendar programs take it when it is pressed."""
    return re.sub(r"^https?:", "webcal:", address)


@applicant_page
def new_address(request: HttpRequest, application: Application, *, token: str) -> HttpResponseBase:
    """Ask whether it is meant, and make another address: the one before stops working."""
    now = timezone.now()
    told = as_told(application, untold(application, now))
    if told.state != State.CONFIRMED:
        return redirect("application", token=token)
    form = SureForm(
        request.POST if request.method == "POST" else None,
        sure="I want a new address, and the old one to stop working",
    )
    if form.is_valid():
        subscriptions.new_address(application.pk, now=now)
        messages.success(request, "Your calendar has a new address. The one before no longer works.")
        return redirect("application", token=token)
    context = {
        "heading": "Make a new calendar address",
        "caption": application.programme.title,
        "form": form,
        "token": token,
        "back_url": reverse("application", args=[token]),
        "back_text": "Back to your application",
    }
    return render(request, "applications/calendar_address.html", context, using="pages")
