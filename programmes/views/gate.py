"""The eligibility gate, and the first step behind it: an address to which the link is sent.

Nothing is stored of a visitor before that step. What they answered travels with them in the address, signed.
"""

from __future__ import annotations

import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from applications.domain import definition, link_requests, starting
from applications.domain.eligibility import count_ineligible, judge, unmet
from programmes.domain.opening import why_not_open
from programmes.domain.refused import Refused
from programmes.forms.gate import Answers, GateForm, StartForm
from programmes.models import Programme
from programmes.views.access import public
from programmes.views.afterwards import after_answer
from programmes.views.kept import kept

# How long answers given at the gate hold.
HOLD = datetime.timedelta(hours=24)
_SALT = "eligibility"
# Why somebody is sent back to the questions, by the word in the address.
AGAIN = {
    "expired": "You answered these questions more than 24 hours ago. Answer them again to continue.",
    "altered": "We could not read your earlier answers. Answer these questions to continue.",
    "changed": "The requirements of this programme have changed. Answer these questions again to continue.",
    "first": "Answer these questions first. Then you can start your application.",
}


def sign(programme: Programme, answers: Answers) -> str:
    """The answers as they stand in an address, good for one programme."""
    return signing.dumps(answers, salt=f"{_SALT}:{programme.slug}", compress=True)


def unsign(programme: Programme, signed: str) -> Answers:
    """The answers of ``sign``. Raises SignatureExpired after 24 hours, and BadSignature when altered."""
    answers: Answers = signing.loads(signed, salt=f"{_SALT}:{programme.slug}", max_age=HOLD)
    return answers


@public
@require_http_methods(["GET", "HEAD", "POST"])
@kept
def eligibility(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask the questions; say who can apply and who cannot, and keep nothing of it but a count."""
    programme = _published_or_404(slug)
    if why_not_open(programme, timezone.now()):
        return _not_open(request, programme)
    criteria = definition.criteria_of(programme)
    if not criteria:
        return redirect(_start(programme, {}))
    before = _answers_before(programme, request.GET.get("answers", ""))
    form = GateForm(criteria, request.POST if request.method == "POST" else None, before=before)
    if form.is_valid():
        verdicts = judge(programme, form.answers)
        if failed := unmet(verdicts):
            count_ineligible(failed)
            return _not_eligible(request, programme, form.answers)
        return redirect(_start(programme, form.answers))
    again = AGAIN.get(request.GET.get("again", ""), "") if not form.is_bound else ""
    context = {"form": form, "again": again, "role_description": hasattr(programme, "role_description")}
    return _page(request, "eligibility", programme, context)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask for the address and mail the link; answer and time are the same for known and unknown addresses."""
    programme = _published_or_404(slug)
    now = timezone.now()
    if request.method != "POST" and why_not_open(programme, now):
        return _not_open(request, programme)
    form = StartForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form, "questions_url": _gate(programme)}
    signed = request.GET.get("answers", "")
    try:
        answers = unsign(programme, signed)
        verdicts = judge(programme, answers)
    except signing.BadSignature as problem:
        because = (
            "expired" if isinstance(problem, signing.SignatureExpired) else "altered" if signed else "first"
        )
    else:
        because = "changed" if unmet(verdicts) else ""
        context["questions_url"] = _gate(programme, answers=signed)
    if because and not form.is_bound:
        return redirect(_gate(programme, again=because))
    if because:
        # What was typed stays on the page; the summary says how to go on.
        form.add_error(None, AGAIN[because])
    elif form.is_valid():
        try:
            starting.require_startable(programme, verdicts=verdicts, now=now)
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            email = form.cleaned_data["email"]
            asked = link_requests.to_start(programme, email=email, answers=answers, now=now)
            response = redirect("check_email", slug=slug)
            after_answer(response, lambda: link_requests.fulfil(asked.pk))
            return response
    return _page(request, "start", programme, context | {"because": because})


@public
@require_safe
@kept
def check_email(request: HttpRequest, slug: str) -> HttpResponse:
    """Say that the mail is on its way: the same words whoever asked."""
    return _page(request, "check_email", _published_or_404(slug), {"demo_mailbox": settings.DEMO})


def _published_or_404(slug: str) -> Programme:
    programme = definition.published(slug)
    if programme is None:
        raise Http404
    return programme


def _answers_before(programme: Programme, signed: str) -> Answers | None:
    try:
        return unsign(programme, signed)
    except signing.BadSignature:
        return None


def _gate(programme: Programme, **query: str) -> str:
    address = reverse("eligibility", args=[programme.slug])
    return f"{address}?{urlencode(query)}" if query else address


def _start(programme: Programme, answers: Answers) -> str:
    return f"{reverse('start', args=[programme.slug])}?{urlencode({'answers': sign(programme, answers)})}"


def _not_eligible(request: HttpRequest, programme: Programme, answers: Answers) -> HttpResponse:
    context = {
        "failed": unmet(judge(programme, answers)),
        "questions_url": _gate(programme, answers=sign(programme, answers)),
    }
    return _page(request, "not_eligible", programme, context)


def _not_open(request: HttpRequest, programme: Programme) -> HttpResponse:
    return _page(request, "not_open", programme, {"why": why_not_open(programme, timezone.now())})


def _page(request: HttpRequest, name: str, programme: Programme, context: dict[str, Any]) -> HttpResponse:
    known = {"section": "programmes", "programme": programme}
    return render(request, f"programmes/{name}.html", known | context, using="pages")
