"""The pages on which a programme is opened, closed before its deadline, and taken off the pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from programmes.admin.pages import TOO_LONG, Crumb, NothingToAdd, VerbForm, VerbPage, sent
from programmes.domain import publishing
from programmes.domain.readiness import missing
from programmes.domain.wording import nhs_datetime
from programmes.models import Programme

PAGE = "admin:programmes_programme_change"


class ReasonForm(VerbForm):
    """Why; kept in the programme's history."""

    reason = forms.CharField(
        label="Reason",
        help_text=f"Kept in the programme’s history with your name. At most {publishing.REASON_LIMIT} characters.",
        max_length=publishing.REASON_LIMIT,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        error_messages={"required": "Enter the reason.", "max_length": TOO_LONG},
    )


def back_to(programme: Programme) -> Crumb:
    """The way back to the programme's own page."""
    return Crumb(programme.title, reverse(PAGE, args=[programme.pk]))


def open_page(request: HttpRequest, programme: Programme) -> HttpResponse:
    """Show the programme to the public."""
    now = timezone.now()
    musts = [line.sentence for line in missing(programme, now=now) if line.must]
    impossible = ""
    if programme.published:
        impossible = f"{programme.title} is open to the public already."
    elif musts:
        impossible = f"{programme.title} cannot be opened yet. {' '.join(musts)}"
    if programme.opens_later(now):
        then = f"People can apply from {nhs_datetime(programme.opens_at, weekday=True)}."
    else:
        then = "People can apply at once."

    def carry_out(given: dict[str, Any]) -> str:
        publishing.open_programme(programme.pk, user=request.user, now=timezone.now())
        return f"{programme.title} is open to the public. {then}"

    return VerbPage(
        title=f"Open {programme.title}",
        button="Open to the public",
        form=NothingToAdd(sent(request)),
        back=back_to(programme),
        carry_out=carry_out,
        explanation=(f"Its page is shown in the list of programmes. {then}",),
        impossible=impossible,
    ).answer(request)


def close_page(request: HttpRequest, programme: Programme) -> HttpResponse:
    """Take no more applications from now on."""

    def carry_out(given: dict[str, Any]) -> str:
        reason, now = given["reason"], timezone.now()
        publishing.close_early(programme.pk, user=request.user, reason=reason, now=now)
        return f"{programme.title} takes no more applications."

    takes = programme.is_open(timezone.now())
    return VerbPage(
        title=f"Close {programme.title} early",
        button="Take no more applications",
        form=ReasonForm(sent(request)),
        back=back_to(programme),
        carry_out=carry_out,
        explanation=(
            "The deadline becomes this minute. Nobody can begin or submit an application after it.",
            "What was submitted goes on as before, and the page stays. A later deadline opens the programme again.",
        ),
        impossible=""
        if takes
        else f"{programme.title} takes no applications now: there is nothing to close.",
        ends_something=True,
    ).answer(request)


def take_down_page(request: HttpRequest, programme: Programme) -> HttpResponse:
    """Take the programme off the public pages."""

    def carry_out(given: dict[str, Any]) -> str:
        publishing.take_down(programme.pk, user=request.user, reason=given["reason"])
        return f"The public no longer sees {programme.title}."

    return VerbPage(
        title=f"Take {programme.title} off the pages",
        button="Take it off the pages",
        form=ReasonForm(sent(request)),
        back=back_to(programme),
        carry_out=carry_out,
        explanation=(
            "Nobody finds its page any more, and nobody can begin an application.",
            "Those who have applied keep their links, and their applications stay as they are.",
        ),
        impossible="" if programme.published else f"The public does not see {programme.title}.",
        ends_something=True,
    ).answer(request)
