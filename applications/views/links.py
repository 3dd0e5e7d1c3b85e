"""A link asked for again: by address, or from a link that no longer works. The answer never tells what exists.

Nor does the time it takes: what there is to do is done when the answer has left.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from applications.domain import approvals, nomination_leads, submission
from applications.forms.decisions import AddressForm
from applications.models import Application, NominationLead
from programmes.domain import announcements, links
from programmes.models import Link
from programmes.views.access import public
from programmes.views.afterwards import after_answer


@public
@require_http_methods(["GET", "HEAD", "POST"])
def link_again(request: HttpRequest) -> HttpResponse:
    """Ask for an address, and mail it whatever links it has."""
    form = AddressForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        response = redirect("link_sent")
        after_answer(response, lambda: _send_all(form.cleaned_data["email"]))
        return response
    context = {"form": form, "heading": "Get your link again", "section": "link_again"}
    return render(request, "links/again.html", context, using="pages")


def _send_all(email: str) -> None:
    now = timezone.now()
    submission.send_links_to(email, now=now)
    nomination_leads.send_links_to(email, now=now)
    announcements.links_asked_for(email, now)


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
    after_answer(response, lambda: _send_fresh(opens, token))
    return response


def _send_fresh(opens: str, token: str) -> None:
    now = timezone.now()
    link = links.find(Link.Opens(opens), token) if opens in Link.Opens.values else None
    if link is not None and link.opens == Link.Opens.APPROVAL:
        approvals.send_fresh_link(link.object_id, now=now)
    elif link is not None and link.opens == Link.Opens.APPLICATION:
        for application in Application.objects.filter(pk=link.object_id).select_related("programme"):
            submission.send_link_again(application, now=now)
    elif link is not None and link.opens == Link.Opens.BOARD:
        for lead in NominationLead.objects.filter(pk=link.object_id):
            nomination_leads.send_fresh_link(lead.pk, now=now)
    elif link is not None:
        announcements.fresh_link_asked_for(link, now)
