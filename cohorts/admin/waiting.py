"""The waiting list of a programme, and what staff do about it: move somebody, offer seats, switch that on or off."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from applications.domain import nominations
from cohorts.domain import waiting_list
from cohorts.domain.waiting_list import Outlook, Waiting
from programmes.admin.pages import Crumb, NothingToAdd, VerbForm, VerbPage, sent
from programmes.domain.wording import join_words, plural
from programmes.models import Programme

VERBS = ("offer", "switch")


class MoveInQueueForm(VerbForm):
    """Where somebody is to stand, and why."""

    position = forms.IntegerField(
        label="Position",
        help_text="1 is next.",
        min_value=1,
        error_messages={
            "required": "Enter the position.",
            "invalid": "Enter the position as a whole number, such as 1.",
            "min_value": "The first position is 1.",
        },
    )
    reason = forms.CharField(
        label="Reason",
        help_text="Kept on the record with your name. Staff read it on the waiting list.",
        max_length=300,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        error_messages={
            "required": "Enter the reason. It is kept with your name.",
            "max_length": "Enter a reason of at most 300 characters.",
        },
    )


@dataclass(frozen=True)
class Row:
    """One person on the list, as staff read it."""

    waiting: Waiting
    nominations: str
    dates: str
    moved_by: str


def _rows(programme: Programme, waiting: list[Waiting], outlooks: list[Outlook]) -> list[Row]:
    names = {one.cohort.pk: one.cohort.name for one in outlooks}
    known = nominations.of_programme(programme)
    rows = []
    for one in waiting:
        counted = known.get(one.application.nomination_key)
        used = f"{counted.used} of {counted.allowed} used" if counted else ""
        user = one.place.moved_by
        rows.append(
            Row(
                waiting=one,
                nominations=used,
                dates=join_words(names[pk] for pk in one.cohort_ids) or "None of the dates",
                moved_by=(user.get_full_name() or user.get_username()) if user else "Staff",
            )
        )
    return rows


def waiting_page(
    request: HttpRequest, programme: Programme, *, may_decide: bool, back: Crumb
) -> HttpResponse:
    """Who waits, in which order and for what; and what becomes of each cohort's free seats."""
    now = timezone.now()
    waiting = waiting_list.queue(programme)
    outlooks = waiting_list.outlooks(programme, waiting, now=now)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": f"Waiting list: {programme.title}",
        "programme": programme,
        "back": back,
        "rows": _rows(programme, waiting, outlooks),
        "outlooks": outlooks,
        "may_decide": may_decide,
        "could_offer": any(one.next_offers for one in outlooks),
    }
    return TemplateResponse(request, "admin/cohorts/waiting/list.html", context)


def move_page(request: HttpRequest, programme: Programme, application: int, *, back: Crumb) -> HttpResponse:
    """Ask for the position and the reason, and move somebody there."""
    waiting = waiting_list.queue(programme)
    one = next((one for one in waiting if one.application.pk == application), None)
    if one is None:
        raise Http404("This person is not on the waiting list.")

    def carry_out(values: dict[str, Any]) -> str:
        waiting_list.move_to(application, **values, user=request.user, now=timezone.now())
        return f"{one.application.name} is number {values['position']} on the waiting list now."

    return VerbPage(
        title=f"Move on the waiting list: {one.application.reference}",
        button="Move",
        form=MoveInQueueForm(sent(request)),
        back=back,
        carry_out=carry_out,
        explanation=[
            f"{one.application.name} is number {one.position} of {len(waiting)}, with a score of {one.score}.",
            "The order is by score, and then by who joined earlier. Somebody moved keeps the position given, and moves "
            "up as those before them leave. Everybody sees their own position on their page; nobody is mailed.",
        ],
    ).answer(request)


def verb_page(request: HttpRequest, programme: Programme, verb: str, *, back: Crumb) -> HttpResponse:
    """Say what would be offered to whom, and offer it now, or let it be done by itself from now on, or no longer."""
    if verb not in VERBS:
        raise Http404("There is nothing of this name to do with a waiting list.")
    now = timezone.now()
    coming = _coming(programme, now)
    if verb == "offer":
        return _offer_page(request, programme, coming, back=back, now=now)
    on = programme.offers_onward

    def switch(values: dict[str, Any]) -> str:
        waiting_list.set_offers_onward(programme.pk, not on, user=request.user)
        return (
            "Free seats are no longer offered to the waiting list by themselves."
            if on
            else "Free seats are offered to the waiting list by themselves from now on."
        )

    means = (
        [
            "A seat that falls free then stays free until staff offer it, or press “Offer the free seats now”.",
            "Offers that have been made stand.",
        ]
        if on
        else [
            "Within a minute, and whenever a seat falls free, it is offered to the next person on the waiting list who "
            "can attend its dates: at any hour, by mail, without anyone pressing a button.",
            *_preview(coming),
        ]
    )
    return VerbPage(
        title=f"{'Stop offering' if on else 'Offer'} free seats by themselves: {programme.title}",
        button="Switch off" if on else "Switch on",
        form=NothingToAdd(sent(request)),
        back=back,
        carry_out=switch,
        explanation=means,
    ).answer(request)


def _coming(programme: Programme, now: datetime.datetime) -> list[str]:
    """Who would be offered what, a line each, in the order of the queue."""
    found = waiting_list.outlooks(programme, waiting_list.queue(programme), now=now)
    pairs = [
        (one.position, one.application.name, each.cohort.name) for each in found for one in each.next_offers
    ]
    return [f"{name} (number {position}): {cohort}" for position, name, cohort in sorted(pairs)]


def _preview(coming: list[str]) -> list[str]:
    if not coming:
        return ["At the moment there is nobody to be offered a seat."]
    return [f"At the moment {plural(len(coming), 'offer')} would be made: {'; '.join(coming)}."]


def _offer_page(
    request: HttpRequest, programme: Programme, coming: list[str], *, back: Crumb, now: datetime.datetime
) -> HttpResponse:
    def offer(values: dict[str, Any]) -> str:
        made = waiting_list.offer_now(programme.pk, user=request.user, now=timezone.now())
        return f"{plural(len(made), 'offer')} made."

    return VerbPage(
        title=f"Offer the free seats now: {programme.title}",
        button="Offer the free seats now",
        form=NothingToAdd(sent(request)),
        back=back,
        carry_out=offer,
        explanation=[
            *_preview(coming),
            "Each person has until a date to accept or decline. The mails go out like those of other decisions: "
            "an offer that is taken back before reaches nobody.",
        ],
        impossible="" if coming else "No seat can be offered to anybody on the waiting list now.",
    ).answer(request)
