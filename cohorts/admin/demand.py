"""The page of a programme's demand: which dates and places people would like, and whether another cohort would fill."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from cohorts.domain import demand
from programmes.admin.pages import Crumb
from programmes.models import Programme


def demand_page(request: HttpRequest, programme: Programme, *, back: Crumb) -> HttpResponse:
    """Show the demand for each cohort and each place, as numbers with bars beside them."""
    found = demand.of_programme(programme, now=timezone.now())
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": f"Demand: {programme.title}",
        "programme": programme,
        "back": back,
        "demand": found,
        # The bars of one table share a length, so that they can be compared.
        "most_cohorts": max((one.wanted for one in found.cohorts), default=0) or 1,
        "most_locations": max((one.wanted for one in found.locations), default=0) or 1,
    }
    return TemplateResponse(request, "admin/cohorts/cohort/demand.html", context)
