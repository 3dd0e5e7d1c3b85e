"""Circles as those who lead them see them: set up, changed, cancelled, said to go ahead, and their register.

All by a facilitator's emailed link; GET changes nothing.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from facilitators.domain.calendar import (
    calendar_of_circles,
    circle_asking,
    circle_mails,
    circle_plans,
    circle_series,
    circles,
)
from facilitators.domain.calendar.circle_plans import Plan
from facilitators.forms.circles import CircleForm, ReasonForm
from facilitators.models import Circle, Facilitator, Topic, Training
from facilitators.views.access import facilitator_page
from programmes.domain.refused import Refused
from programmes.domain.wording import plural
from programmes.forms.sure import SureForm
from programmes.models import IntegratedCareSystem, Programme


def section(facilitator: Facilitator, now: datetime.datetime) -> dict[str, Any]:
    """What a facilitator's own page shows of circles: those ahead, those to be marked, and where to set one up."""
    rows = _led_by(facilitator).exclude(state=Circle.State.CANCELLED)
    planned = list(
        calendar_of_circles.with_numbers(rows.filter(state=Circle.State.PLANNED)).order_by("starts_at")
    )
    asked = {circle.pk for circle in planned if circle.asked_at and circle.seated < circle.minimum}
    return {
        "can_lead": list(trainings_with_circles(facilitator)),
        "ahead": [_line(circle, asked) for circle in planned if circle.starts_at > now],
        "to_mark": [_line(circle, asked) for circle in planned if circle.starts_at <= now],
        "held": [
            _line(circle, asked) for circle in rows.filter(state=Circle.State.HELD).order_by("-starts_at")[:5]
        ],
    }


def _line(circle: Any, asked: set[int]) -> dict[str, Any]:
    return {
        "circle": circle,
        "when": circle_mails.when(circle),
        "where": circle_mails.where(circle),
        "asked": circle.pk in asked and circle.goes_ahead_at is None,
    }


def _led_by(facilitator: Facilitator) -> Any:
    leads = {"leads__training__facilitator": facilitator, "leads__stood_down_at": None}
    return Circle.objects.filter(**leads).select_related("programme__academy", "topic", "ics")


def trainings_with_circles(facilitator: Facilitator) -> Any:
    """The trainings of somebody with which they can lead circles: in programmes that have them, and not left."""
    rows = facilitator.trainings.filter(ended_on=None, programme__facilitation__circles=True)
    return rows.select_related("programme__academy", "facilitator").order_by("programme__title")


def led_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For a view of ``(request, facilitator, circle, mine, token)`` about a circle that the facilitator leads."""

    @facilitator_page
    @functools.wraps(view)
    def opened(
        request: HttpRequest, facilitator: Facilitator, *, token: str, reference: str
    ) -> HttpResponseBase:
        found = _led_by(facilitator).filter(reference=reference).first()
        if found is None:
            raise Http404("There is no such circle, or somebody else leads it.")
        mine = Training.objects.get(facilitator=facilitator, programme=found.programme_id)
        return view(request, facilitator, found, mine=mine, token=token)

    return opened


def systems() -> list[IntegratedCareSystem]:
    """The ICSs of today."""
    return list(IntegratedCareSystem.objects.valid_on(timezone.localdate()))


def topics_of(programme: Programme, also: Topic | None = None) -> list[Topic]:
    """The topics that a circle can be about, and the one that it is about."""
    topics = Topic.objects.filter(programme=programme)
    return [topic for topic in topics if topic.status == Topic.Status.ON_OFFER or topic == also]


@facilitator_page
def new_circle(request: HttpRequest, facilitator: Facilitator, *, token: str, slug: str) -> HttpResponse:
    """Set up a circle, or a series: first the form, then what it comes to, then it is on the calendar."""
    mine = trainings_with_circles(facilitator).filter(programme__slug=slug).first()
    if mine is None:
        raise Http404("There is no such programme with circles in which you are trained.")
    form = CircleForm(
        request.POST if request.method == "POST" else None,
        rules=circle_plans.rules_of(mine.programme),
        topics=topics_of(mine.programme),
        systems=systems(),
        mine=mine,
    )
    context = {
        "form": form,
        "programme": mine.programme,
        "heading": "Set up a circle",
        "caption": mine.programme.title,
        "back_url": reverse("facilitator", args=[token]),
        "back_text": "Back to your page",
        "submit_text": "Continue",
    }
    if form.is_valid() and "change" not in request.POST:
        try:
            plans = circle_series.planned(form.plan, *form.comes_round)
            if "confirmed" in request.POST:
                made = circles.create(
                    mine.programme,
                    plans,
                    leads=form.leads,
                    by=facilitator.name,
                    now=timezone.now(),
                    sent_by=mine,
                )
                messages.success(request, f"{plural(len(made), 'circle is', 'circles are')} on the calendar.")
                return redirect("facilitator", token=token)
            circles.require_possible(mine.programme, plans, leads=form.leads, now=timezone.now())
            return render(
                request, "circles/preview.html", context | preview_of(request.POST, plans), using="pages"
            )
        except Refused as refused:
            form.add_error(None, refused.sentence)
    return render(request, "circles/form.html", context, using="pages")


def preview_of(sent: QueryDict, plans: Sequence[Plan]) -> dict[str, Any]:
    """What is shown before circles are put on the calendar: the dates, what is worth knowing, and what was typed."""
    return {
        "plans": plans,
        "warnings": circle_plans.warnings(plans),
        "typed": [(name, value) for name, values in sent.lists() for value in values],
    }


@led_page
def led_circle(
    request: HttpRequest, facilitator: Facilitator, circle: Circle, *, mine: Training, token: str
) -> HttpResponse:
    """A circle that one leads: who has booked, and what can be done with it."""
    now = timezone.now()
    people = circle.bookings.select_related("organisation", "ics")
    seated, waiting = list(people.seated().order_by("name")), list(people.waiting())
    context = {
        "circle": circle,
        "programme": circle.programme,
        "token": token,
        "when": circle_mails.when(circle),
        "where": circle_mails.where(circle),
        "leads": circles.leading(circle),
        "seated": seated,
        "waiting": waiting,
        "ahead": circle.state == Circle.State.PLANNED and circle.starts_at > now,
        "planned": circle.state == Circle.State.PLANNED,
        "cancelled": circle.state == Circle.State.CANCELLED,
        "under": circle_asking.numbers(circle, len(seated)) if len(seated) < circle.minimum else "",
        "back_url": reverse("facilitator", args=[token]),
        "back_text": "Back to your page",
    }
    return render(request, "circles/led.html", context, using="pages")


@led_page
def change_circle(
    request: HttpRequest, facilitator: Facilitator, circle: Circle, *, mine: Training, token: str
) -> HttpResponse:
    """Change a circle: everybody who booked is told of another time, place or link."""
    form = CircleForm(
        request.POST if request.method == "POST" else None,
        rules=circle_plans.rules_of(circle.programme),
        topics=topics_of(circle.programme, circle.topic),
        systems=systems(),
        mine=mine,
        circle=circle,
        leads=circles.leading(circle),
    )
    if form.is_valid():
        try:
            known = circle_plans.warnings([form.plan], leaving_out=circle.pk)
            circles.change(
                circle.pk,
                form.plan,
                leads=form.leads,
                by=facilitator.name,
                now=timezone.now(),
                sent_by=mine,
            )
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(request, "The circle is changed. Everybody whom it concerns is told by email.")
            for sentence in known:
                messages.info(request, f"Worth knowing: {sentence}")
            return redirect("led_circle", token=token, reference=circle.reference)
    context = {
        "form": form,
        "programme": circle.programme,
        "heading": "Change the circle",
        "caption": circle.topic.name,
        "submit_text": "Save the changes",
        **_back(circle, token),
    }
    return render(request, "circles/form.html", context, using="pages")


@led_page
def cancel_circle(
    request: HttpRequest, facilitator: Facilitator, circle: Circle, *, mine: Training, token: str
) -> HttpResponse:
    """Cancel a circle, with the reason that everybody who booked is told."""
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            circles.cancel(
                circle.pk,
                reason=form.cleaned_data["reason"],
                by=facilitator.name,
                now=timezone.now(),
                sent_by=mine,
            )
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(request, "The circle is cancelled.")
            return redirect("led_circle", token=token, reference=circle.reference)
    context = {
        "form": form,
        "circle": circle,
        "when": circle_mails.when(circle),
        "heading": "Cancel the circle",
        "caption": circle.topic.name,
        "submit_text": "Cancel the circle",
        **_back(circle, token),
    }
    return render(request, "circles/cancel.html", context, using="pages")


@led_page
def circle_goes_ahead(
    request: HttpRequest, facilitator: Facilitator, circle: Circle, *, mine: Training, token: str
) -> HttpResponse:
    """Ask, and then note that a circle under its minimum is held all the same."""
    form = SureForm(
        request.POST if request.method == "POST" else None, sure="The circle goes ahead with those who come"
    )
    if form.is_valid():
        try:
            circles.go_ahead(circle.pk, now=timezone.now())
        except Refused as refused:
            messages.info(request, refused.sentence)
        else:
            messages.success(request, "The circle goes ahead. Nothing more is asked about it.")
        return redirect("led_circle", token=token, reference=circle.reference)
    context = {
        "circle": circle,
        "form": form,
        "heading": "Does the circle go ahead?",
        "caption": f"{circle.topic}, {circle_mails.when(circle)}",
        "submit_text": "It goes ahead",
        "numbers": circle_asking.numbers(circle, circle.bookings.seated().count()),
        **_back(circle, token),
    }
    return render(request, "circles/goes_ahead.html", context, using="pages")


def _back(circle: Circle, token: str) -> dict[str, str]:
    return {
        "back_url": reverse("led_circle", args=[token, circle.reference]),
        "back_text": "Back to the circle",
    }
