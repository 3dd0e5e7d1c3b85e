"""A link asked for again: by address, or from a link that no longer works. The answer never tells what exists.

Nor does the time it takes: the wish is noted, and what there is to do is done when the answer has left.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from applications.domain import link_requests
from applications.forms.decisions import AddressForm
from programmes.models import Link
from programmes.views.access import public
from programmes.views.afterwards import after_answer


@public
@require_http_methods(["GET", "HEAD", "POST"])
def link_again(request: HttpRequest) -> HttpResponse:
    """Ask for an address, and mail it whatever links it has."""
    form = AddressForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        asked = link_requests.for_all(form.cleaned_data["email"], now=timezone.now())
        response = redirect("link_sent")
        after_answer(response, lambda: link_requests.fulfil(asked.pk))
        return response
    context = {"form": form, "heading": "Get your link again", "section": "link_again"}
    return render(request, "links/again.html", context, using="pages")


@public
@require_safe
def link_sent(request: HttpRequest) -> HttpResponse:
    """The same words whoever asked."""
    context = {"heading": "Check your email", "section": "link_again"}
    return render(request, "links/sent.html", context, using="pages")


@public
@require_http_methods(["POST"])
def link_fresh(request: HttpRequest, opens: str, token: str) -> HttpResponse:
    """Mail a fresh link to the address we hold now for what an old link opened."""
    response = redirect("link_sent")
    if opens in Link.Opens.values:
        asked = link_requests.for_fresh(Link.Opens(opens), token, now=timezone.now())
        after_answer(response, lambda: link_requests.fulfil(asked.pk))
    return response
