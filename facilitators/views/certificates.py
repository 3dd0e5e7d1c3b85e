"""Anybody with a certificate in hand can check it: valid, expired or not found, and no more."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from facilitators.domain.certificates import find
from programmes.views.access import access


@access("anyone who knows the number")
@require_safe
def check(request: HttpRequest, number: str) -> HttpResponse:
    """Whether a certificate is valid, expired or not found, and no more; one that was revoked is not found."""
    certificate = find(number)
    worth = certificate.worth(timezone.localdate()).value if certificate else ""
    shown = certificate.number if certificate else number
    context = {"number": shown, "worth": worth, "no_index": True}
    status = 200 if certificate else 404
    response = render(request, "completion/certificate.html", context, status=status, using="pages")
    response.headers["X-Robots-Tag"] = "noindex"
    return response
