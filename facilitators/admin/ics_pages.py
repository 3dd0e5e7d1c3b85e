"""Pages of an ICS and a programme, and the list of all that there are."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from config.pages import markdown
from facilitators.domain.community import ics_page
from programmes.admin.pages import Crumb
from programmes.models import IntegratedCareSystem, Programme

_NAME = "facilitators_implementationsession_ics"


def page_of_ics(programme: int, ics: int) -> str:
    """The address of the page of an ICS and a programme, by their keys."""
    return reverse(f"admin:{_NAME}", args=[programme, ics])


class IcsPages:
    """Adds these pages to those of implementation sessions."""

    admin_site: Any

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("ics/", view(self.all_ics_view), name=f"{_NAME}_list"),
            path("ics/<int:programme>/<int:ics>/", view(self.ics_view), name=_NAME),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def all_ics_view(self, request: HttpRequest) -> HttpResponse:
        """Every ICS that has facilitators in the reader's programmes; of one alone with ``?ics=`` and its key."""
        if not self.has_view_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        chosen = request.GET.get("ics", "")
        asked = (
            IntegratedCareSystem.objects.filter(pk=int(chosen))
            if chosen.isdecimal() and len(chosen) < 19
            else None
        )
        ics = asked.first() if asked is not None else None
        rows = ics_page.with_facilitators(Programme.objects.visible_to(request.user), ics)
        context = {
            **admin.site.each_context(request),
            "title": f"{ics.short_name}: facilitators and circles" if ics else "ICSs with facilitators",
            "rows": [(row, page_of_ics(row.programme.pk, row.ics.pk)) for row in rows],
            "narrowed": ics is not None,
        }
        return TemplateResponse(request, "admin/facilitators/all_ics.html", context)

    def ics_view(self, request: HttpRequest, programme: int, ics: int) -> HttpResponse:
        """An ICS at a glance: facilitators, circles, people reached, months without a circle."""
        one = get_object_or_404(Programme.objects.visible_to(request.user), pk=programme)
        system = get_object_or_404(IntegratedCareSystem, pk=ics)
        glance = ics_page.glance(one, system, now=timezone.now())
        context = {
            **admin.site.each_context(request),
            "title": f"{system.short_name}: {one}",
            "glance": glance,
            "agreed": _agreed(glance),
            "back": Crumb("ICSs with facilitators", reverse(f"admin:{_NAME}_list")),
        }
        return TemplateResponse(request, "admin/facilitators/ics.html", context)


def _agreed(glance: ics_page.Glance) -> list[tuple[str, str]]:
    """What an ICS has agreed, as headings and HTML; nothing without a session, or before it is written down."""
    if glance.session is None:
        return []
    said = {"What was agreed": glance.session.delivery_model, "Calendar": glance.session.agreed_calendar}
    return [(heading, markdown(text, level=3)) for heading, text in said.items() if text]
