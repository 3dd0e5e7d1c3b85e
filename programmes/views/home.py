"""The list of programmes: open ones, those that open later, and those that closed recently."""

from __future__ import annotations

from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cohorts.domain.on_offer import on_offer
from programmes.domain.opening import RECENTLY, Phase, closed_recently, phase
from programmes.models import Programme
from programmes.views.access import public
from programmes.views.kept import kept


@public
@require_safe
@kept
def home(request: HttpRequest) -> HttpResponse:
    """Open programmes, the next to close first; the next to open; and those that closed, the last one first."""
    now = timezone.now()
    listed = Programme.objects.published().filter(Q(closes_at=None) | Q(closes_at__gte=now - RECENTLY))
    offers = on_offer(listed.order_by(F("closes_at").asc(nulls_last=True), "title"))
    later = [offer for offer in offers if phase(offer.programme, now) == Phase.OPENS_LATER]
    context = {
        "section": "programmes",
        "now": now,
        "open": [offer for offer in offers if phase(offer.programme, now) == Phase.OPEN],
        "later": sorted(later, key=lambda offer: offer.programme.opens_at or now),
        "closed": [offer for offer in reversed(offers) if closed_recently(offer.programme, now)],
    }
    return render(request, "programmes/home.html", context, using="pages")
