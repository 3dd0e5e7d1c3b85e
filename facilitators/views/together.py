"""What facilitators meet for besides circles, on their own pages: the planning session and the page of their ICS."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from facilitators.domain.community import ics_page, implementation, meetings
from facilitators.domain.handbook import custody
from facilitators.domain.people import directory
from facilitators.forms.community import PlanningForm
from facilitators.models import Facilitator, Guest, SetMeeting
from facilitators.views.access import facilitator_page
from programmes.domain.refused import Refused


def section(facilitator: Facilitator, now: datetime.datetime) -> dict[str, Any]:
    """What a facilitator's own page shows of the community: what is new to fetch, to answer, and to come."""
    guests = _guests(facilitator).filter(session__starts_at__gt=now, session__cancelled_at=None)
    dates = SetMeeting.objects.filter(
        learning_set__members__training__facilitator=facilitator,
        learning_set__members__training__ended_on=None,
        learning_set__members__left_at=None,
        cancelled_at=None,
        ends_at__gt=now,
    )
    offers = custody.offers(facilitator)
    return {
        "in_a_programme": facilitator.trainings.going_on().exists(),
        "offers": offers,
        "outdated": [one for one in offers if one.outdated],
        "invited": [{"guest": one, **_of(one.session)} for one in guests.order_by("session__starts_at")],
        "set_dates": [
            {"meeting": one, **_of(one)} for one in dates.select_related("learning_set").order_by("starts_at")
        ],
    }


def _of(meeting: Any) -> dict[str, str]:
    return {"when": meetings.when_of(meeting), "where": meetings.where_of(meeting)}


def _guests(facilitator: Facilitator) -> Any:
    rows = Guest.objects.filter(training__facilitator=facilitator, training__ended_on=None)
    return rows.select_related("session__programme__academy", "session__ics", "training")


@facilitator_page
def planning(request: HttpRequest, facilitator: Facilitator, *, token: str, pk: int) -> HttpResponse:
    """The session in which an ICS plans: when and where, whether one comes, and what was agreed."""
    guest = _guests(facilitator).filter(session=pk).first()
    if guest is None:
        raise Http404("You are not invited to such a session.")
    now = timezone.now()
    form = PlanningForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        said = form.cleaned_data["answer"]
        try:
            implementation.answer(pk, guest.training_id, comes=said == "yes", now=now)
            messages.success(request, "Thank you. You can change your answer until it begins.")
        except Refused as refused:
            messages.info(request, refused.sentence)
        return redirect("facilitator_planning", token=token, pk=pk)
    session = guest.session
    why_not = meetings.why_not_ahead(session, now)
    context = {
        "guest": guest,
        "session": session,
        "programme": session.programme,
        "form": None if why_not else form,
        "why_not": why_not,
        "token": token,
        "back_url": reverse("facilitator", args=[token]),
        "back_text": "Back to your page",
        **_of(session),
    }
    return render(request, "facilitators/planning.html", context, using="pages")


@facilitator_page
def own_ics(request: HttpRequest, facilitator: Facilitator, *, token: str) -> HttpResponse:
    """The page of one's ICS: for each of one's programmes its facilitators, circles, people reached, empty months."""
    if facilitator.ics is None:
        raise Http404("Your details name no ICS.")
    now = timezone.now()
    glances = [ics_page.glance(one, facilitator.ics, now=now) for one in directory.programmes_of(facilitator)]
    context = {
        "facilitator": facilitator,
        "ics": facilitator.ics,
        "glances": glances,
        "token": token,
        "back_url": reverse("facilitator", args=[token]),
        "back_text": "Back to your page",
    }
    return render(request, "facilitators/own_ics.html", context, using="pages")
