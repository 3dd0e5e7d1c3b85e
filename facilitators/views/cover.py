"""Cover on a facilitator's own pages: asked for by who leads a circle, answered by who is asked."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from facilitators.domain.calendar import circle_mails
from facilitators.domain.covering import cover, cover_people
from facilitators.forms.cover import CoverAnswerForm, CoverForm
from facilitators.models import Circle, CoverAsked, CoverRequest, Facilitator, Training
from facilitators.views.access import facilitator_page
from facilitators.views.leading import led_page
from programmes.domain.refused import Refused
from programmes.forms.sure import SureForm

Answer, State = CoverAsked.Answer, CoverRequest.State


def section(facilitator: Facilitator, now: datetime.datetime) -> dict[str, Any]:
    """What a facilitator's own page shows of cover: where they are asked, and where they ask themselves."""
    rows = cover_people.undecided(now).select_related("lead__circle__topic", "lead__training__facilitator")
    asked = rows.filter(asked__training__facilitator=facilitator, asked__answer=Answer.NONE)
    mine = rows.filter(lead__training__facilitator=facilitator)
    return {
        "cover_wanted": [_line(one) for one in asked.order_by("lead__circle__starts_at", "pk")],
        "cover_asked_for": [_line(one) for one in mine.order_by("lead__circle__starts_at", "pk")],
    }


def _line(request: CoverRequest) -> dict[str, Any]:
    circle = request.lead.circle
    return {
        "cover": request,
        "circle": circle,
        "when": circle_mails.when(circle),
        "where": circle_mails.where(circle),
    }


@led_page
def circle_cover(
    request: HttpRequest, facilitator: Facilitator, circle: Circle, *, mine: Training, token: str
) -> HttpResponse:
    """Ask for cover in one step, see how that stands, withdraw it, or go on without a colleague who cannot come."""
    form = CoverForm(
        request.POST if request.POST.get("do") == "ask" else None,
        sure="I cannot come, and want others to be asked",
    )
    if request.method == "POST" and _done(request, form, circle, mine):
        # Whoever asked may not lead it any more, where others led it without at this moment.
        return redirect("circle_cover", token=token, reference=circle.reference)
    now = timezone.now()
    rows = cover_people.undecided(now).filter(lead__circle=circle)
    counted = {
        "asked_count": Count("asked"),
        "cannot_count": Count("asked", filter=Q(asked__answer=Answer.NO)),
    }
    live = list(
        rows.annotate(**counted).select_related("lead__training__facilitator", "lead__circle__programme")
    )
    mine_asked = next((one for one in live if one.lead.training_id == mine.pk), None)
    others = [
        {"cover": one, "why_not": cover.why_not_without(one), "form": _sure(request, "without", one)}
        for one in live
        if one.lead.training_id != mine.pk
    ]
    back = _sure(request, "withdraw", mine_asked) if mine_asked else None
    context = {
        "form": form,
        "forms": [*filter(None, [back]), *(other["form"] for other in others)],
        "circle": circle,
        "programme": circle.programme,
        "token": token,
        "when": circle_mails.when(circle),
        "where": circle_mails.where(circle),
        "ahead": circle.state == Circle.State.PLANNED and circle.starts_at > now,
        "mine": mine_asked,
        "mine_form": back,
        "others": others,
        "find_by": cover.find_by(circle, now),
        "back_url": reverse("led_circle", args=[token, circle.reference]),
        "back_text": "Back to the circle",
    }
    return render(request, "facilitators/cover_ask.html", context, using="pages")


def _done(request: HttpRequest, form: CoverForm, circle: Circle, mine: Training) -> bool:
    """Do what was sent, and say so; False where the form is to be shown again."""
    now = timezone.now()
    what = request.POST.get("do")
    try:
        if what == "ask":
            if not form.is_valid():
                return False
            made = cover.ask(circle.pk, mine.pk, reason=form.cleaned_data["reason"], now=now)
            messages.success(request, _ASKED[made.state])
        elif what in ("withdraw", "without"):
            one = _meant(request, circle, mine, own=what == "withdraw")
            if not _sure(request, what, one).is_valid():
                return False
            if what == "withdraw":
                cover.withdraw(one.pk, user=None, now=now)
                messages.success(request, "You lead the circle after all. Those who were asked are told.")
            else:
                cover.go_on_without(one.pk, by=mine, user=None, now=now)
                messages.success(request, "The circle is led without your colleague, who is told by email.")
        else:
            raise Http404("There is nothing of this name to do.")
    except Refused as refused:
        messages.info(request, refused.sentence)
    return True


def _sure(request: HttpRequest, do: str, one: CoverRequest) -> SureForm:
    """The box to tick for a button about a request; with what was sent, where that was about it."""
    sent = request.POST.get("do") == do and request.POST.get("request") == str(one.pk)
    sure = f"We lead it without {one.lead.training.facilitator.name}"
    if do == "withdraw":
        sure = "I can come after all"
    return SureForm(request.POST if sent else None, sure=sure, auto_id=f"id_{do}_{one.pk}_%s")


_ASKED = {
    State.OPEN.value: "Others are asked whether they can lead the circle. We tell you by email what comes of it.",
    State.NOT_FOUND.value: "There is nobody whom we could ask. The academy is told, and decides with you.",
}


def _meant(request: HttpRequest, circle: Circle, mine: Training, *, own: bool) -> CoverRequest:
    """The request that was meant: one's own, or that of a colleague who leads the same circle."""
    rows = CoverRequest.objects.filter(lead__circle=circle)
    rows = rows.filter(lead__training=mine) if own else rows.exclude(lead__training=mine)
    key = request.POST.get("request", "")
    found = rows.filter(pk=key).first() if key.isdecimal() and len(key) < 19 else None
    if found is None:
        raise Http404("There is no such request.")
    return found


@facilitator_page
def covering(request: HttpRequest, facilitator: Facilitator, *, token: str, pk: int) -> HttpResponse:
    """The question to one who is asked: the circle, its date, who asks; and the answer."""
    rows = CoverAsked.objects.select_related(
        "request__lead__circle__programme__academy",
        "request__lead__circle__topic",
        "request__lead__circle__ics",
        "request__lead__training__facilitator",
    )
    asked = rows.filter(request=pk, training__facilitator=facilitator).first()
    if asked is None:
        raise Http404("There is no such question to you.")
    circle = asked.request.lead.circle
    form = CoverAnswerForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _answer(request, asked, form.cleaned_data["answer"], token=token)
    now = timezone.now()
    wanted = cover_people.undecided(now).filter(pk=pk).exists()
    leads = circle.leads.filter(training=asked.training_id, stood_down_at=None).exists()
    context = {
        "asked": asked,
        "asker": asked.request.lead.training.facilitator.name,
        "circle": circle,
        "programme": circle.programme,
        "token": token,
        "when": circle_mails.when(circle),
        "where": circle_mails.where(circle),
        "booked": circle.bookings.seated().count(),
        "form": form if wanted and not leads else None,
        "wanted": wanted and not leads,
        "leads": leads,
        "found": asked.request.state == State.FOUND,
        "back_url": reverse("facilitator", args=[token]),
        "back_text": "Back to your page",
    }
    return render(request, "facilitators/cover.html", context, using="pages")


def _answer(request: HttpRequest, asked: CoverAsked, said: str, *, token: str) -> HttpResponse:
    """Keep the answer that was sent, and say what came of it."""
    now = timezone.now()
    try:
        if said == "no":
            cover.decline(asked.request_id, asked.training_id, now=now)
            messages.success(request, "Thank you for telling us. You need do nothing more.")
        elif cover.accept(asked.request_id, asked.training_id, now=now) == Answer.YES:
            messages.success(request, "Thank you. You lead this circle. We have sent you an email with it.")
            return redirect("led_circle", token=token, reference=asked.request.lead.circle.reference)
        else:
            messages.info(request, "Thank you. Somebody else was a little sooner, and leads the circle.")
    except Refused as refused:
        messages.info(request, refused.sentence)
    return redirect("covering", token=token, pk=asked.request_id)
