"""The calendar that a member of staff subscribes to: its address, and a new one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from cohorts.domain import subscriptions
from cohorts.views.calendars import by_program
from programmes.models import Link


def calendar_page(request: HttpRequest) -> HttpResponse:
    """Show the address of one's own calendar; a form that is sent makes a new one."""
    user = request.user
    assert isinstance(user, User)
    now = timezone.now()
    address = subscriptions.address_of(Link.Opens.STAFF_CALENDAR, user.pk, now=now)
    if request.method == "POST":
        subscriptions.new_staff_address(user, now=now)
        again = " The one before no longer works." if address else ""
        messages.success(request, f"Your calendar has a new address.{again}")
        return HttpResponseRedirect(reverse("admin:calendar"))
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": "Your calendar",
        "address": address,
        "by_program": by_program(address),
    }
    return TemplateResponse(request, "admin/cohorts/calendar/address.html", context)
