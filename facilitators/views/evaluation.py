"""Evaluations that are answered behind an emailed link: of a circle, and months after the training."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from facilitators.domain.evaluation import answering
from facilitators.forms.evaluation import EvaluationForm
from facilitators.models import Booking, EvaluationResponse, Facilitator, Moment
from facilitators.views.access import facilitator_page
from facilitators.views.booking import booking_page
from programmes.domain.refused import Refused

THANKS = "Thank you. What you told us is kept."


@booking_page
def booking_feedback(request: HttpRequest, found: Booking, *, token: str) -> HttpResponse:
    """What somebody thought of a circle they came to."""
    back = reverse("booking", args=[token])
    given = answering.booking_given(found)
    if why_not := answering.ANSWERED if given else answering.why_not_of_circle(found):
        messages.info(request, why_not)
        return redirect(back)
    form = EvaluationForm(
        answering.questions_of(found.circle.programme, Moment.CIRCLE),
        request.POST if request.method == "POST" else None,
    )
    if form.is_valid():
        try:
            answering.answer_of_circle(found.pk, answers=form.answers, now=timezone.now())
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(request, THANKS)
            return redirect(back)
    context = {
        "heading": "What you thought of the circle",
        "caption": found.circle.topic.name,
        "programme": found.circle.programme,
        "back_text": "Back to your booking",
    }
    return _page(request, form, context, back)


@facilitator_page
def facilitator_evaluation(
    request: HttpRequest, facilitator: Facilitator, *, token: str, pk: int
) -> HttpResponse:
    """How a facilitator is getting on, some months after the training."""
    rows = EvaluationResponse.objects.select_related("programme__academy")
    response = get_object_or_404(rows, pk=pk, training__facilitator=facilitator)
    back = reverse("facilitator", args=[token])
    questions = answering.questions_of(response.programme, Moment(response.moment))
    if response.given_at is not None or not questions:
        messages.info(request, answering.ANSWERED if questions else "Nothing is asked any more.")
        return redirect(back)
    form = EvaluationForm(questions, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            answering.answer_of_training(response.pk, answers=form.answers, now=timezone.now())
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(request, THANKS)
            return redirect(back)
    context = {
        "heading": response.get_moment_display(),
        "caption": response.programme.title,
        "programme": response.programme,
        "back_text": "Back to your page",
    }
    return _page(request, form, context, back)


def _page(request: HttpRequest, form: EvaluationForm, context: dict[str, Any], back: str) -> HttpResponse:
    always = {"form": form, "submit_text": "Send", "back_url": back}
    return render(request, "evaluation/answer.html", {**context, **always}, using="pages")


def section(facilitator: Facilitator, now: datetime.datetime) -> dict[str, Any]:
    """What a facilitator was asked, and has not answered, for their own page."""
    rows = EvaluationResponse.objects.open().filter(training__facilitator=facilitator)
    return {"asked": list(rows.select_related("programme").order_by("asked_at", "pk"))}
