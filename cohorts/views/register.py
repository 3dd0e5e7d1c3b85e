"""The register of a session, as its trainer has it on a phone. Opening it changes nothing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from cohorts.domain import register as registers
from cohorts.forms.register import RegisterForm, asking_again
from cohorts.models import Session
from cohorts.views.access import trainer_page
from programmes.domain import links
from programmes.domain.refused import Refused
from programmes.models import Link


@trainer_page
def register(request: HttpRequest, session: Session, *, link: Link, token: str) -> HttpResponse:
    """Who is expected, what is marked, and by whom; and the marking of several people at once."""
    now = timezone.now()
    remembered = f"register_name_{link.pk}"
    entries = registers.roster(session)
    name = str(request.session.get(remembered, ""))
    data = request.POST if request.method == "POST" else None
    form = RegisterForm(entries, data, ask_name=True, name=name)
    if form.is_valid():
        name = form.cleaned_data["full_name"]
        try:
            outcome = registers.mark(
                session.pk,
                form.marks,
                by=name,
                seen=form.seen,
                now=now,
                others_present="everyone" in request.POST,
            )
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            links.mark_used(link, now=now)
            request.session[remembered] = name
            entries = registers.roster(session)
            if not outcome.clashes:
                messages.success(request, f"The register is saved. {counted(entries)}")
                return redirect("register", token=token)
            form = asking_again(entries, outcome.clashes, ask_name=True, name=name)
    return render(request, "cohorts/register.html", _context(session, entries, form, token), using="pages")


def _context(
    session: Session, entries: list[registers.Entry], form: RegisterForm, token: str
) -> dict[str, Any]:
    why_not = ""
    try:
        registers.require_markable(session, now=timezone.now())
    except Refused as refused:
        why_not = refused.sentence
    return {
        "heading": session.title,
        "session": session,
        "cohort": session.cohort,
        "programme": session.cohort.programme,
        "token": token,
        "form": form,
        "entries": entries,
        "counted": counted(entries),
        "unmarked": sum(1 for entry in entries if not entry.said.mark and not entry.gone),
        "why_not": why_not,
    }


def counted(entries: list[registers.Entry]) -> str:
    """ "18 of 20 people are marked." """
    marked = sum(1 for entry in entries if entry.said.mark)
    return f"{marked} of {len(entries)} {'person is' if len(entries) == 1 else 'people are'} marked."
