"""What those concerned by a cover request are told by mail. Whoever booked the circle hears nothing of it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from django.conf import settings

from cohorts.domain.calendar import framed
from facilitators.domain.calendar import circle_files, circle_mails
from facilitators.domain.people import register
from facilitators.models import Circle, CoverRequest, Training
from programmes.domain import messages
from programmes.domain.wording import nhs_datetime

FOUND = "Somebody leads it now. Thank you for thinking about it."
NOT_NEEDED = "Nobody is needed any more: those who lead it can come after all, or it is led without."
MOVED = "It has another time or place now, so nobody is asked for the old one."
ASK_AGAIN = (
    "It has another time or place now, so nobody is asked for the old one. If you cannot lead it as it is now, ask "
    "for cover again."
)
CANCELLED = "It is cancelled."


def _about(circle: Circle) -> dict[str, str]:
    return {
        "circle": circle.topic.name,
        "when": circle_mails.when(circle),
        "where": circle_mails.where(circle),
    }


def _occasion(cover: CoverRequest, what: str) -> str:
    return f"cover:{cover.pk}:{what}"


def ask(cover: CoverRequest, people: Iterable[Training], *, now: datetime.datetime) -> None:
    """Ask some facilitators whether they can lead the circle instead."""
    circle = cover.lead.circle
    for person in people:
        register.tell(
            person.facilitator,
            "cover_wanted",
            programme=circle.programme,
            occasion=_occasion(cover, "asked"),
            now=now,
            context={
                **_about(circle),
                "by": cover.lead.training.facilitator.name,
                "until": nhs_datetime(cover.find_by),
                "path": f"cover/{cover.pk}/",
            },
        )


def over(cover: CoverRequest, people: Iterable[Training], *, said: str, now: datetime.datetime) -> None:
    """Tell some of those who were asked, or who asked, that nobody is looked for any more, and why."""
    circle = cover.lead.circle
    for person in people:
        register.tell(
            person.facilitator,
            "cover_over",
            programme=circle.programme,
            occasion=_occasion(cover, f"over:{now.isoformat()}"),
            now=now,
            context={**_about(circle), "said": said},
        )


def found(
    cover: CoverRequest,
    new: Training,
    *,
    others: Sequence[Training],
    co_leads: Sequence[Training],
    by: str,
    now: datetime.datetime,
) -> None:
    """Tell everybody whom it concerns that somebody leads the circle now: that person, whoever asked, the co-leads and
    the others who were asked.
    """
    circle, asker = cover.lead.circle, cover.lead.training.facilitator
    at = _occasion(cover, "found")
    told = f"You lead this circle in place of {asker.name}"
    circle_mails.tell_leads([circle], [new], what=told, by=by, occasion=at, now=now)
    told = f"{new.facilitator.name} leads this circle in place of {asker.name}"
    circle_mails.tell_leads([circle], co_leads, what=told, by=by, occasion=at, now=now)
    taken_out = circle_files.event_of(circle, now=now, taken_out=True)
    messages.queue(
        "cover_found",
        occasion=at,
        to_address=asker.email,
        to_name=asker.name,
        programme=circle.programme,
        about=asker.about_key,
        now=now,
        context={**_about(circle), "by": new.facilitator.name},
        link=register.link_for(asker, now=now),
        attachments=[
            {
                "name": f"{circle.reference.lower()}-handed-over.ics",
                "type": "text/calendar",
                "text": framed([taken_out], method="CANCEL"),
            }
        ],
    )
    over(cover, others, said=FOUND, now=now)


def not_found(
    cover: CoverRequest, *, co_leads: Sequence[Training], alone: bool, now: datetime.datetime
) -> None:
    """Ask the academy, whoever asked and the others who lead the circle what becomes of it.

    ``alone``: whether so many still lead it that it can do without whoever asked.
    """
    circle, asker = cover.lead.circle, cover.lead.training
    who = asker.facilitator.name
    without = f"lead it without {who}, " if alone else ""
    for person in (asker, *co_leads):
        said = f"You can {without}move it to another day or cancel it."
        if person == asker:
            said = (
                "You still stand as leading it. You can come after all, move it to another day or cancel it."
            )
        register.tell(
            person.facilitator,
            "cover_not_found",
            programme=circle.programme,
            occasion=_occasion(cover, f"not_found:{now.isoformat()}"),
            now=now,
            context={
                **_about(circle),
                "by": who,
                "said": said,
                "path": f"circles/{circle.reference}/cover/",
            },
        )
    _tell_staff(cover, "cover_not_found_staff", numbers=_numbers(cover), now=now)


def found_late(cover: CoverRequest, new: Training, *, now: datetime.datetime) -> None:
    """Tell the academy, which was asked what becomes of a circle, that somebody leads it after all."""
    _tell_staff(cover, "cover_found_late", numbers=f"{new.facilitator.name} leads it now.", now=now)


def _tell_staff(cover: CoverRequest, event: str, *, numbers: str, now: datetime.datetime) -> None:
    circle = cover.lead.circle
    academy = circle.programme.academy
    messages.queue(
        event,
        occasion=_occasion(cover, now.isoformat()),
        to_address=academy.contact_email,
        to_name=academy.name,
        programme=circle.programme,
        about=cover.lead.training.facilitator.about_key,
        now=now,
        context={
            **_about(circle),
            "by": cover.lead.training.facilitator.name,
            "numbers": numbers,
            "staff_page": f"{settings.SITE_URL}/staff/facilitators/coverrequest/{cover.pk}/change/",
        },
    )


def _numbers(cover: CoverRequest) -> str:
    """How many were asked, and how many people have booked, in two sentences."""
    asked = cover.asked.count()
    booked = cover.lead.circle.bookings.seated().count()
    said = f"{asked} other facilitators were asked" if asked != 1 else "1 other facilitator was asked"
    if asked == 0:
        said = "There was nobody who could be asked"
    people = "1 person has" if booked == 1 else f"{booked} people have"
    return f"{said}. {people} booked, and nobody who booked has been told anything."
