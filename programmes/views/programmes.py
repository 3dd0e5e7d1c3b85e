"""A programme's page, the nominations left, and the calendar file of its dates."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from applications.domain.nominations import of_everyone
from cohorts.domain.calendar import calendar_file
from cohorts.domain.on_offer import ProgrammeOnOffer, on_offer
from facilitators.domain.handbook import custody
from programmes.domain.opening import why_not_open
from programmes.domain.organisations import systems_for
from programmes.models import Programme
from programmes.models.parts import Importance
from programmes.views.access import public
from programmes.views.kept import kept


def published_or_404(slug: str) -> Programme:
    """The programme at a public address, with its academy. Raises Http404 where none is published there."""
    return get_object_or_404(Programme.objects.published().select_related("academy"), slug=slug)


def _offer_or_404(slug: str) -> ProgrammeOnOffer:
    offers = on_offer(Programme.objects.published().filter(slug=slug))
    if not offers:
        raise Http404
    return offers[0]


@public
@require_safe
@kept
def programme(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything that somebody who thinks of applying asks."""
    now = timezone.now()
    offer = _offer_or_404(slug)
    context = {"now": now, "why_not_open": why_not_open(offer.programme, now)}
    return render(request, "programmes/programme.html", context_of(offer) | context, using="pages")


def context_of(offer: ProgrammeOnOffer) -> dict[str, Any]:
    """What a programme's page shows of it, apart from whether it is open."""
    programme = offer.programme
    criteria = list(programme.criteria.prefetch_related("options"))
    systems = systems_for(programme, timezone.localdate())
    return {
        "section": "programmes",
        "offer": offer,
        "programme": programme,
        "role_description": getattr(programme, "role_description", None),
        "essential": [one for one in criteria if one.importance == Importance.ESSENTIAL],
        "desirable": [one for one in criteria if one.importance == Importance.DESIRABLE],
        "regions": list(programme.regions.all()),
        "systems": list(systems),
        "approval_steps": list(programme.approval_steps.all()),
        "obligations": list(programme.obligations.all()),
        "faqs": list(programme.faqs.all()),
        "has_materials": custody.is_anything_open(programme),
    }


@public
@require_safe
def nominations(request: HttpRequest, slug: str) -> HttpResponse:
    """How many nominations each ICS has used and has left; 404 for a programme that sets no limit."""
    programme = published_or_404(slug)
    if not programme.limits_nominations:
        raise Http404
    rows = of_everyone(programme, day=timezone.localdate())
    context = {"section": "programmes", "programme": programme, "rows": rows, "now": timezone.now()}
    return render(request, "programmes/nominations.html", context, using="pages")


@public
@require_safe
def programme_calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """The dates of every cohort that takes place, as a calendar file; 404 while none is set."""
    offer = _offer_or_404(slug)
    if not offer.has_dates:
        raise Http404
    text = calendar_file([one.cohort for one in offer.cohorts], now=timezone.now())
    headers = {"Content-Disposition": f'attachment; filename="{offer.programme.slug}.ics"'}
    return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers=headers)
