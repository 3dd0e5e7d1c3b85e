"""Accessibility and privacy: what holds for the whole portal, and what each academy says."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from programmes.domain.privacy import notice
from programmes.models import Academy, Programme
from programmes.views.access import public
from programmes.views.kept import kept


@public
@require_safe
@kept
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement, with each academy's own part."""
    return _page(request, "information/accessibility.html")


@public
@require_safe
@kept
def privacy(request: HttpRequest) -> HttpResponse:
    """The privacy notice, with each academy's own part."""
    return _page(request, "information/privacy.html")


@public
@require_safe
@kept
def accessibility_of(request: HttpRequest, academy: str) -> HttpResponse:
    """The accessibility statement of one academy."""
    return _page_of(request, academy, "information/accessibility_of.html")


@public
@require_safe
@kept
def privacy_of(request: HttpRequest, academy: str) -> HttpResponse:
    """The privacy notice of one academy, with how long each of its programmes keeps what."""
    return _page_of(request, academy, "information/privacy_of.html")


def _page(request: HttpRequest, template: str) -> HttpResponse:
    context = {"academies": list(Academy.objects.all()), "site": settings.SITE_URL}
    return render(request, template, context, using="pages")


def _page_of(request: HttpRequest, slug: str, template: str) -> HttpResponse:
    academy = get_object_or_404(Academy, slug=slug)
    programmes = list(Programme.objects.published().filter(academy=academy))
    context = {
        "academy_shown": academy,
        "programmes": programmes,
        "kept": [(programme.title, notice.how_long(programme)) for programme in programmes],
        "needs_days": settings.ACCESS_NEEDS_KEEP_DAYS,
    }
    return render(request, template, context, using="pages")
