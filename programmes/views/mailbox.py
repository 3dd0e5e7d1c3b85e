"""The mailbox of a development machine and of the demo: every mail, whoever it is for, with its live links.

It opens only where DEBUG is on; everywhere else there is no such page.
"""

from __future__ import annotations

import datetime
import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace, csp_update
from django.conf import settings
from django.contrib import messages as flashes
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_safe

from programmes.domain import links, messages, outbox
from programmes.domain.rendering import render as render_mail
from programmes.domain.rendering import subject_of
from programmes.domain.wording import plural
from programmes.models import Message
from programmes.views.access import access

A_PAGE = 50
# Mails carry their styles in the elements; nothing else is allowed in their frame, and no script.
FRAME = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": ["data:"],
    "script-src": [NONE],
    "font-src": [NONE],
    "connect-src": [NONE],
    "manifest-src": [NONE],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-top-navigation-by-user-activation"],
}
Status = Message.Status


def development_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For a view that shows other people's mails: 404 unless DEBUG is on, and never stored."""

    @access("anyone, only where DEBUG is on")
    @functools.wraps(view)
    def opened(request: HttpRequest, **kwargs: int) -> HttpResponseBase:
        if not settings.DEBUG:
            raise Http404("There is no mailbox on this server.")
        response = view(request, **kwargs)
        patch_cache_control(response, no_store=True)
        return response

    return opened


@dataclass(frozen=True)
class Line:
    """A mail in the list: its row, its subject, and where it is in words."""

    message: Message
    subject: str
    standing: str
    tag: str


def standing(message: Message, now: datetime.datetime) -> tuple[str, str]:
    """Where a mail is, in words, and the colour of its tag."""
    left = max(0, math.ceil((message.not_before - now).total_seconds() / 60))
    if message.status == Status.QUEUED and left:
        why = "Held" if message.attempts == 0 else "Tried again"
        return f"{why}: goes in {plural(left, 'minute')}", "yellow"
    tags = {Status.SENT: "green", Status.FAILED: "red", Status.DISCARDED: "grey"}
    return Status(message.status).label, tags.get(Status(message.status), "blue")


def _line(message: Message, now: datetime.datetime) -> Line:
    # What was sent keeps its subject; all others are as they would be sent now.
    return Line(message, message.subject or subject_of(message), *standing(message, now))


@development_page
@require_http_methods(["GET", "HEAD", "POST"])
def mailbox(request: HttpRequest) -> HttpResponse:
    """List all mails, newest first, or those ``?to=`` an address. POST sends what is held, now."""
    now = timezone.now()
    if request.method == "POST":
        messages.release_held(now=now)
        flashes.success(request, f"{plural(outbox.send_due(now), 'email')} sent.")
        return redirect(request.get_full_path())
    wanted = request.GET.get("to", "").strip().replace("\0", "")
    rows = Message.objects.select_related("programme__academy").prefetch_related(
        "programme__message_templates"
    )
    page = Paginator(rows.filter(to_address__icontains=wanted), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": [_line(message, now) for message in page],
        "to": wanted,
        "held": Message.objects.held(now).count(),
    }
    return render(request, "mailbox/list.html", context, using="pages")


def _message(pk: int) -> Message:
    return get_object_or_404(Message.objects.select_related("programme__academy", "link"), pk=pk)


# django-csp's types know only views that take nothing but a request: hence the two exceptions below.
@development_page
@require_safe
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]
def mailbox_message(request: HttpRequest, *, pk: int) -> HttpResponse:
    """Show one mail: both its parts, and what is attached."""
    message = _message(pk)
    try:
        text = render_mail(message).text
    except links.LinkDead:  # the key of its link is gone: what was kept can still be read
        text = ""
    context = {"line": _line(message, timezone.now()), "message": message, "text": text}
    return render(request, "mailbox/message.html", context, using="pages")


@development_page
@require_safe
@xframe_options_sameorigin
@csp_replace(FRAME)  # type: ignore[arg-type]
def mailbox_html(request: HttpRequest, *, pk: int) -> HttpResponse:
    """The HTML part of a mail, for the frame on its page; links open in the whole window."""
    html = render_mail(_message(pk)).html
    return HttpResponse(html.replace("<head>", '<head><base target="_top">', 1))


@development_page
@require_safe
def mailbox_attachment(request: HttpRequest, *, pk: int, number: int) -> HttpResponse:
    """A file attached to a mail; ``number`` counts from 1."""
    attached = _message(pk).attachments[number - 1 : number]
    if not attached:
        raise Http404("This mail has no such attachment.")
    return HttpResponse(
        attached[0]["text"],
        content_type=f"{attached[0]['type']}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{attached[0]["name"]}"'},
    )
