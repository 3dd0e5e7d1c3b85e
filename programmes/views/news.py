"""The page on which somebody says that they want no more news of an academy; the link is in each mail with news."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from programmes.domain import links, news
from programmes.models import Link
from programmes.views.access import access


# Mail programs press "unsubscribe" for their reader, without a form of ours (RFC 8058): the token says who it is.
@access("whoever holds the emailed link")
@csrf_exempt
@require_http_methods(["GET", "POST"])
def news_choice(request: HttpRequest, token: str) -> HttpResponse:
    """Show what is chosen; a form sent changes it. The address opens nothing else."""
    try:
        link = links.open_link(Link.Opens.NEWS, token, now=timezone.now())
        academy = news.academy_of(link)
    except links.LinkDead:
        return render(
            request, "news/dead.html", {"heading": "This link no longer works"}, status=404, using="pages"
        )
    if request.method == "POST":
        one_click = request.POST.get("List-Unsubscribe") == "One-Click"
        # A program that sends an empty form has chosen nothing.
        if request.POST.get("choice") == "news":
            news.opt_in(link)
        elif one_click or request.POST.get("choice") == "none":
            news.opt_out(link, now=timezone.now())
        if one_click:
            return HttpResponse("You get no more news.", content_type="text/plain; charset=utf-8")
        return redirect("news_choice", token=token)
    out = news.is_opted_out(link)
    context = {
        "heading": "You get no news" if out else "Stop getting news",
        "academy": academy,
        "address": link.sent_to,
        "out": out,
    }
    return render(request, "news/choice.html", context, using="pages")
