"""The list of programmes: open ones, those that open later, and those that closed recently."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cohorts.domain.on_offer import on_offer
from programmes.domain.opening import Phase, closed_recently, phase
from programmes.models import Programme
from programmes.views.access import public


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Open programmes, the next to close first."""
    now = timezone.now()
    offers = [(phase(offer.programme, now), offer) for offer in on_offer(Programme.objects.published())]
    taking = [offer for where, offer in offers if where == Phase.OPEN]
    later = [offer for where, offer in offers if where == Phase.OPENS_LATER]
    closed = [offer for _, offer in offers if closed_recently(offer.programme, now)]
    without_deadline = [offer for offer in taking if offer.programme.closes_at is None]
    with_deadline = [offer for offer in taking if offer.programme.closes_at is not None]
    context = {
        "section": "programmes",
        "now": now,
        "open": sorted(with_deadline, key=lambda offer: offer.programme.closes_at) + without_deadline,
        "later": sorted(later, key=lambda offer: offer.programme.opens_at),
        "closed": sorted(closed, key=lambda offer: offer.programme.closes_at, reverse=True),
    }
    return render(request, "programmes/home.html", context, using="pages")
