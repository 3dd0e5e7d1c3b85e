"""Accessibility and privacy: what holds for the whole portal, and what each academy says."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from programmes.models import Academy
from programmes.views.access import public


@public
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement, with each academy's own part."""
    return _page(request, "information/accessibility.html")


@public
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """The privacy notice, with each academy's own part."""
    return _page(request, "information/privacy.html")


def _page(request: HttpRequest, template: str) -> HttpResponse:
    context = {"academies": list(Academy.objects.all()), "site": settings.SITE_URL}
    return render(request, template, context, using="pages")
