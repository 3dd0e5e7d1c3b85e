"""The answer to an offer, and the calendar file of an applicant's own dates."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from applications.domain.status import untold
from applications.models import Application
from applications.views.access import applicant_page
from cohorts.domain import certainty, offers, places
from cohorts.domain.calendar import calendar_file
from cohorts.domain.preferences import date_lines
from cohorts.forms.answer import ACCEPT, OTHER_DATE, OfferForm
from cohorts.models import Cohort, Place
from programmes.domain.refused import Refused


@applicant_page
def offer(request: HttpRequest, application: Application, *, token: str) -> HttpResponse:
    """The place that is offered, until when, and the answer."""
    now = timezone.now()
    place = places.current_place(application)
    open_offer = place is not None and place.status == Place.Status.OFFERED
    if request.method == "GET" and not open_offer:
        return redirect("application", token=token)
    other_dates = offers.other_dates(place, now=now) if place else []
    form = OfferForm(request.POST if request.method == "POST" else None, other_dates=other_dates)
    if form.is_valid():
        try:
            messages.success(request, _carry_out(application, form.cleaned_data, now))
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            return redirect("application", token=token)
    context = {
        "heading": "Answer the offer of a place",
        "caption": application.programme.title,
        "application": application,
        "programme": application.programme,
        "token": token,
        "form": form,
        "place": place,
        "late": place is not None and place.respond_by is not None and now > place.respond_by,
        "lines": date_lines(place.cohort) if place else [],
        "others": [(cohort.name, date_lines(cohort)) for cohort in other_dates],
        "certain": certainty.in_words(place.cohort, now=now) if place else "",
        "back_url": reverse("application", args=[token]),
        "back_text": "Back to your application",
    }
    return render(request, "applications/offer.html", context, using="pages")


def _carry_out(application: Application, answer: dict[str, Any], now: datetime.datetime) -> str:
    """Give the answer; return what to say of it."""
    if answer["answer"] == ACCEPT:
        places.accept(application.pk, now=now)
        return "You have accepted the place. We have emailed you the details."
    if answer["answer"] == OTHER_DATE:
        places.ask_other_date(application.pk, reason=answer["why_not"], now=now)
        return "You have asked for another date. You are on the waiting list, and we have emailed you."
    places.decline(application.pk, reason=answer["reason"], now=now)
    return "You have declined the place. Thank you for telling us."


@applicant_page
def my_calendar(request: HttpRequest, application: Application, *, token: str) -> HttpResponse:
    """The dates of the place given, with the joining links once it is confirmed; else of the cohorts preferred."""
    now = timezone.now()
    place = None if untold(application, now) else places.current_place(application)
    cohorts = Cohort.objects.select_related("programme").prefetch_related("sessions__venue")
    if place is not None:
        mine = cohorts.filter(pk=place.cohort_id)
    else:
        mine = cohorts.filter(
            runs=True, preferences__application=application, preferences__rank__isnull=False
        )
    chosen = list(mine.order_by("pk"))
    if not chosen:
        raise Http404
    placed = place is not None and place.status == Place.Status.CONFIRMED
    text = calendar_file(chosen, now=now, placed=placed)
    name = f"{application.programme.slug}-dates.ics"
    return HttpResponse(
        text,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
