"""The nomination board of an ICS as its leads have it. Opening it changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from applications.domain import nomination_board as boards
from applications.domain import nomination_order, nominations
from applications.forms.nomination_board import BoardForm, ConfirmForm, NoteForm, OrderForm, SwapForm
from applications.models import NominationLead
from applications.views.access import lead_page
from programmes.domain import links
from programmes.domain.refused import Refused
from programmes.models import Link

# What a verb of the board wants of a form: who acts, and what was given; it returns the sentence to show.
Verb = Callable[[Any, nomination_order.By], str]


@lead_page
def board(request: HttpRequest, lead: NominationLead, *, link: Link, token: str) -> HttpResponse:
    """Who is nominated and who is in reserve, in order; and the changing of that order."""

    def rank(form: OrderForm, by: nomination_order.By) -> str:
        entry = nomination_order.rank(
            lead.allowance_id, form.wanted, by=by, seen=form.cleaned_data["seen"], now=timezone.now()
        )
        return f"The order is saved. {entry.text}" if entry else "The order is as it was."

    return _page(request, lead, link, token, form_class=OrderForm, verb=rank, template="board")


@lead_page
def swap(request: HttpRequest, lead: NominationLead, *, link: Link, token: str) -> HttpResponse:
    """Put somebody in reserve, and nominate somebody of the reserve instead."""

    def carry_out(form: SwapForm, by: nomination_order.By) -> str:
        leaving, joining = nomination_order.swap(
            lead.allowance_id,
            put=int(form.cleaned_data["put"]),
            take=int(form.cleaned_data["take"]),
            by=by,
            seen=form.cleaned_data["seen"],
            now=timezone.now(),
        )
        return f"{joining.name} is nominated, and {leaving.name} is in reserve. We are writing to both."

    return _page(request, lead, link, token, form_class=SwapForm, verb=carry_out, template="swap")


@lead_page
def note(request: HttpRequest, lead: NominationLead, *, link: Link, token: str) -> HttpResponse:
    """Leave a note for the academy and the other leads."""

    def carry_out(form: NoteForm, by: nomination_order.By) -> str:
        given = form.cleaned_data["text"]
        nomination_order.add_note(lead.allowance_id, given, by=by, now=timezone.now(), about=form.about)
        return "Your note is kept."

    return _page(request, lead, link, token, form_class=NoteForm, verb=carry_out, template="note")


@lead_page
def confirm(request: HttpRequest, lead: NominationLead, *, link: Link, token: str) -> HttpResponse:
    """Confirm the order, with a name typed for it."""

    def carry_out(form: ConfirmForm, by: nomination_order.By) -> str:
        nomination_order.confirm(lead.allowance_id, by=by, seen=form.cleaned_data["seen"], now=timezone.now())
        return "The order is confirmed. Thank you."

    return _page(request, lead, link, token, form_class=ConfirmForm, verb=carry_out, template="confirm")


def _page(
    request: HttpRequest,
    lead: NominationLead,
    link: Link,
    token: str,
    *,
    form_class: type[BoardForm],
    verb: Verb,
    template: str,
) -> HttpResponse:
    """Show a page of the board, or carry out what was sent; refused, it is shown with the board as it is by then."""
    now = timezone.now()
    remembered = f"board_name_{link.pk}"
    name = "" if form_class is ConfirmForm else str(request.session.get(remembered, ""))
    found = boards.read(lead.allowance_id, now=now)
    data = request.POST if request.method == "POST" else None
    form = form_class(found, data, ask_name=True, name=name)
    if data is not None and form.is_stale:
        form = form.again(found, nomination_order.Stale())
    elif form.is_valid():
        try:
            said = verb(form, nomination_order.By.link_of(lead, name=form.name))
        except Refused as refused:
            found = boards.read(lead.allowance_id, now=now)
            form = form.again(found, refused)
        else:
            links.mark_used(link, now=now)
            request.session[remembered] = form.name
            messages.success(request, said)
            return redirect("board", token=token)
    context = {
        "board": found,
        "allowance": found.allowance,
        "programme": found.allowance.programme,
        "lead": lead,
        "token": token,
        "form": form,
        "why_not": boards.why_read_only(found, lead, now=now),
        "used": boards.used_in_words(found),
        "open_until": None if found.closed(now) else found.closes,
        "nominator_confirms": nominations.confirmed_by_nominator(found.allowance.programme),
    }
    return render(request, f"board/{template}.html", context, using="pages")
