"""What facilitators change about themselves: details, what others see of them, pausing, and leaving a programme."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from facilitators.domain.people import directory, pauses
from facilitators.forms.own import DetailsForm, LeaveForm, PauseForm, ShownForm
from facilitators.models import Facilitator, Pause, Training
from facilitators.views.access import facilitator_page
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_date
from programmes.forms.base import PageForm
from programmes.forms.sure import SureForm
from programmes.models import IntegratedCareSystem, Organisation

_OWN_WISH = "By their own wish."


@facilitator_page
def details(request: HttpRequest, facilitator: Facilitator, *, token: str) -> HttpResponse:
    """Work, languages, places, availability: what the academy and, if they agree, other facilitators know."""
    today = timezone.localdate()
    systems = list(
        IntegratedCareSystem.objects.filter(
            Q(pk__in=IntegratedCareSystem.objects.valid_on(today)) | Q(pk=facilitator.ics_id)
        )
    )
    form = DetailsForm(
        facilitator, _sent(request), systems=systems, organisations=_organisations_for(facilitator)
    )

    def carry_out() -> str:
        directory.save_details(facilitator.pk, form.details)
        return "Your details are saved."

    return _answer(request, facilitator, token, form, carry_out, "details", heading="Your details")


def _organisations_for(facilitator: Facilitator) -> list[Organisation]:
    """The organisations to choose from: those of the region where the ICS is known, and those of no ICS."""
    rows = Organisation.objects.select_related("ics")
    if facilitator.ics is not None:
        near = Q(ics__region=facilitator.ics.region_id) | Q(ics=None) | Q(pk=facilitator.organisation_id)
        rows = rows.filter(near)
    return list(rows)


@facilitator_page
def shown(request: HttpRequest, facilitator: Facilitator, *, token: str) -> HttpResponse:
    """Whether the directory shows somebody, and what of them."""
    form = ShownForm(facilitator, _sent(request))

    def carry_out() -> str:
        given = form.cleaned_data
        directory.show(
            facilitator.pk,
            shown=given["shown"],
            email="email" in given["ways"],
            phone="phone" in given["ways"],
            now=timezone.now(),
        )
        if given["shown"]:
            return "Other facilitators of your programmes can find you in the directory."
        return "You are not shown in the directory."

    return _answer(
        request, facilitator, token, form, carry_out, "shown", heading="What other facilitators see"
    )


@facilitator_page
def pause(request: HttpRequest, facilitator: Facilitator, *, token: str, training: int) -> HttpResponse:
    """Pause in one programme for a time."""
    own = _own(facilitator, training)
    form = PauseForm(timezone.localdate(), _sent(request))

    def carry_out() -> str:
        row = pauses.pause(own.pk, **form.cleaned_data, user=None, now=timezone.now())
        return f"You pause from {nhs_date(row.from_on)} until {nhs_date(row.until_on)}."

    return _answer(
        request, facilitator, token, form, carry_out, "pause", heading="Pause for a time", training=own
    )


@facilitator_page
def end_pause(request: HttpRequest, facilitator: Facilitator, *, token: str, pause: int) -> HttpResponse:
    """Come back earlier from a pause, or take back one that has not begun."""
    row = Pause.objects.filter(pk=pause, training__facilitator=facilitator).first()
    if row is None:
        raise Http404
    begun = row.from_on < timezone.localdate()
    form = SureForm(
        _sent(request),
        sure="I want to come back from my pause" if begun else "I want to take back my pause",
    )

    def carry_out() -> str:
        pauses.end_pause(row.pk, user=None, now=timezone.now())
        return "Your pause has ended. Welcome back." if begun else "Your pause is taken back."

    heading = "Come back from your pause" if begun else "Take back your pause"
    own = _own(facilitator, row.training_id)
    return _answer(
        request, facilitator, token, form, carry_out, "end_pause", heading=heading, training=own, pause=row
    )


@facilitator_page
def leave(request: HttpRequest, facilitator: Facilitator, *, token: str, training: int) -> HttpResponse:
    """Leave one programme."""
    own = _own(facilitator, training)
    form = LeaveForm(_sent(request), sure=f"I want to leave {own.programme}")

    def carry_out() -> str:
        pauses.leave(own.pk, reason=form.cleaned_data["reason"] or _OWN_WISH, user=None, now=timezone.now())
        return f"You have left {own.programme}. Thank you for what you did."

    return _answer(
        request,
        facilitator,
        token,
        form,
        carry_out,
        "leave",
        heading=f"Leave {own.programme}",
        training=own,
        circles=pauses.circles_ahead(own, timezone.now()),
    )


def _own(facilitator: Facilitator, training: int) -> Training:
    """A training of theirs that goes on; 404 for another's, and for one that has ended."""
    rows = facilitator.trainings.going_on().select_related("programme__academy")
    own = rows.filter(pk=training).first()
    if own is None:
        raise Http404
    return own


def _sent(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _answer(
    request: HttpRequest,
    facilitator: Facilitator,
    token: str,
    form: PageForm,
    carry_out: Callable[[], str],
    template: str,
    **more: Any,
) -> HttpResponse:
    """Show a page with one form, or do what was sent and go back to the facilitator's own page."""
    if form.is_valid():
        try:
            said = carry_out()
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(request, said)
            return redirect("facilitator", token=token)
    context = {
        "facilitator": facilitator,
        "token": token,
        "form": form,
        "back_url": reverse("facilitator", args=[token]),
        "back_text": "Back to your page",
        **more,
    }
    return render(request, f"facilitators/{template}.html", context, using="pages")
