"""The register of a circle on the phone of somebody who leads it. Opening it changes nothing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from facilitators.domain.calendar import circle_mails
from facilitators.domain.calendar import circle_register as registers
from facilitators.forms.circle_register import CircleRegisterForm, WalkInForm, asking_again
from facilitators.models import Booking, Circle, Facilitator, Training
from facilitators.views.leading import led_page
from programmes.domain.refused import Refused
from programmes.domain.wording import plural

Person = User | AnonymousUser


@led_page
def circle_register(
    request: HttpRequest, facilitator: Facilitator, circle: Circle, *, mine: Training, token: str
) -> HttpResponse:
    """Who is expected and who came; several people marked at once, a walk-in added, the register finished."""
    done, context = dealt_with(request, circle, by=facilitator.name)
    if done:
        messages.success(request, done)
        return redirect(request.path)
    context |= {
        "back_url": reverse("led_circle", args=[token, circle.reference]),
        "back_text": "Back to the circle",
    }
    return render(request, "circles/register.html", context, using="pages")


def dealt_with(
    request: HttpRequest, circle: Circle, *, by: str, user: Person | None = None
) -> tuple[str, dict[str, Any]]:
    """What was done with a register, in a sentence, and what its page shows where nothing was, or not all."""
    now = timezone.now()
    entries = registers.roster(circle)
    posted = request.method == "POST"
    adds = posted and "add" in request.POST
    form = CircleRegisterForm(entries, request.POST if posted and not adds else None)
    walk_in = WalkInForm(request.POST if adds else None, ics=circle.ics)
    done = ""
    try:
        if adds and walk_in.is_valid():
            added = registers.add_walk_in(circle.pk, walk_in.who, by=by, now=now, user=user)
            done = f"{added.name} is on the register."
        elif posted and not adds and form.is_valid():
            everyone = "everyone" in request.POST
            outcome = registers.mark(
                circle.pk, form.marks, seen=form.seen, by=by, now=now, user=user, others_came=everyone
            )
            entries = registers.roster(circle)
            if outcome.clashes:
                form = asking_again(entries, outcome.clashes)
            else:
                done = f"The register is saved. {counted(entries)}"
                if "finish" in request.POST:
                    registers.finish(circle.pk, by=by, now=now, user=user)
                    done = f"The register is finished. {counted(entries)} It counts for everybody who led the circle."
    except Refused as refused:
        done = ""
        (walk_in if adds else form).add_error(None, refused.sentence)
    return done, {
        "form": form,
        "walk_in": walk_in,
        "forms": [walk_in],
        "circle": circle,
        "programme": circle.programme,
        "when": circle_mails.when(circle),
        "where": circle_mails.where(circle),
        "entries": entries,
        "counted": counted(entries),
        "unmarked": sum(1 for entry in entries if entry.came is None),
        "held": circle.state == Circle.State.HELD,
        "why_not": registers.why_not_markable(circle, now=now, by_staff=user is not None),
    }


def counted(entries: list[Booking]) -> str:
    """ "18 of 20 people are marked, and 17 came." """
    marked = sum(1 for entry in entries if entry.came is not None)
    came = sum(1 for entry in entries if entry.came)
    return f"{marked} of {plural(len(entries), 'person is', 'people are')} marked, and {came} came."
