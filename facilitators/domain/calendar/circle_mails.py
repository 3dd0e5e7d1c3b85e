"""What those who booked a circle, and those who lead it, are told by mail."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from facilitators.domain.calendar import circle_files
from facilitators.domain.people import register
from facilitators.models import Booking, Circle, Training
from programmes.domain import links, messages
from programmes.domain.mails import MAILS
from programmes.domain.wording import join_words, nhs_date, ordinal, time_range
from programmes.models import Link, Message

# A second wish for the same mail within this time sends no second one (as for applications).
QUIET = datetime.timedelta(minutes=2)


@dataclass(frozen=True)
class New:
    """What is known of a booking that has just been made, and need not be read for its first mail."""

    link: Link
    # On the waiting list, where it waits.
    position: int
    # How many earlier bookings of the address were cancelled.
    cancelled: int


def when(circle: Circle) -> str:
    """ "Tuesday 1 December 2026, 9:30am to 11am"."""
    return f"{nhs_date(circle.starts_at, weekday=True)}, {time_range(circle.starts_at, circle.ends_at)}"


def where(circle: Circle) -> str:
    """ "Online", or the place with its postcode."""
    return "Online" if circle.online else ", ".join(filter(None, [circle.place, circle.postcode]))


def link_of(booking: Booking, *, now: datetime.datetime) -> Link:
    """The link to a booking's page: the one that works, or a new one."""
    known = links.newest(Link.Opens.BOOKING, booking.pk, now=now)
    return known or links.mint(Link.Opens.BOOKING, booking.pk, sent_to=booking.email, now=now)


def _joining(circle: Circle) -> str:
    if not circle.online:
        return ""
    return f"Join: {circle.joining_link}" if circle.joining_link else "The link to join follows by mail."


def _standing(booking: Booking, new: New | None) -> str:
    """How a booking stands, in a sentence."""
    if booking.state == Booking.State.BOOKED:
        return "You have a place."
    return f"You are {ordinal(new.position if new else booking.position())} on the waiting list."


def tell(
    booking: Booking,
    event: str,
    *,
    occasion: str,
    now: datetime.datetime,
    said: str = "",
    new: New | None = None,
) -> Message:
    """Mail whoever booked, with how the booking stands, and what it puts into or takes out of their calendar.

    ``said`` is what the mail is about: what has changed, or the reason. The booking comes with its circle, and that
    with its programme and topic; one that has just been made with what is known of it (``new``).
    """
    circle = booking.circle
    seated = booking.state == Booking.State.BOOKED
    cancelled = booking.state == Booking.State.CANCELLED
    context = {
        "circle": circle.topic.name,
        "when": when(circle),
        "where": where(circle),
        "standing": "" if cancelled else _standing(booking, new),
        "joining": _joining(circle) if seated else "",
        "said": said,
    }
    known = MAILS[event].placeholders
    files = []
    if seated or (cancelled and booking.seated_at is not None):
        files.append(circle_files.of_booking(booking, now=now, before=new.cancelled if new else None))
    return messages.queue(
        event,
        occasion=f"{booking.about_key}:{occasion}",
        to_address=booking.email,
        to_name=booking.name,
        programme=circle.programme,
        about=booking.about_key,
        now=now,
        context={name: value for name, value in context.items() if name in known},
        link=new.link if new else link_of(booking, now=now),
        attachments=files,
        supersedes=new is None,
    )


def told_just_now(about: str, *, now: datetime.datetime) -> bool:
    """Whether a booking had a mail so lately that a wish for its link is answered by that."""
    return Message.objects.about(about).filter(created_at__gt=now - QUIET).exists()


def send_again(booking: Booking, *, now: datetime.datetime) -> None:
    """Mail the link to a booking once more; a second wish within two minutes is one mail."""
    if not told_just_now(booking.about_key, now=now):
        tell(booking, "booking_again", occasion=f"again:{now.isoformat()}", now=now)


def tell_of_changes(circle: Circle, changes: Sequence[str], *, now: datetime.datetime) -> None:
    """Tell everybody who has a place or waits what has changed, with the circle as it now is."""
    said = join_words(changes)
    for booking in circle.bookings.filter(state__in=[Booking.State.BOOKED, Booking.State.WAITING]).order_by(
        "pk"
    ):
        booking.circle = circle
        tell(booking, "circle_changed", occasion=f"changed:{circle.sequence}", now=now, said=said)


def tell_of_cancelling(circle: Circle, people: Sequence[Booking], *, now: datetime.datetime) -> None:
    """Tell everybody who had a place or waited that the circle is cancelled, and why."""
    for booking in people:
        tell(booking, "circle_cancelled", occasion="circle", now=now, said=circle.cancelled_reason)


def tell_leads(
    circles: Sequence[Circle],
    people: Sequence[Training],
    *,
    what: str,
    by: str,
    occasion: str,
    now: datetime.datetime,
) -> None:
    """Tell those who lead some circles what was done with them, in one mail each, with their calendar file."""
    first = circles[0]
    for person in people:
        messages.queue(
            "leading",
            occasion=f"circle:{first.pk}:{occasion}",
            to_address=person.facilitator.email,
            to_name=person.facilitator.name,
            programme=first.programme,
            about=person.facilitator.about_key,
            now=now,
            context={
                "circle": first.topic.name,
                "dates": "\n".join(f"{when(circle)}, {where(circle)}" for circle in circles),
                "said": what,
                "by": by,
            },
            link=register.link_for(person.facilitator, now=now),
            attachments=[circle_files.of_leads(circles, now=now)],
        )


def ask_leads(circle: Circle, people: Sequence[Training], *, booked: str, now: datetime.datetime) -> None:
    """Ask those who lead a circle under its minimum whether it goes ahead, is moved or is cancelled."""
    for person in people:
        messages.queue(
            "circle_under_minimum",
            occasion=f"circle:{circle.pk}:{circle.starts_at.isoformat()}",
            to_address=person.facilitator.email,
            to_name=person.facilitator.name,
            programme=circle.programme,
            about=person.facilitator.about_key,
            now=now,
            context={
                "circle": circle.topic.name,
                "when": when(circle),
                "where": where(circle),
                "numbers": booked,
            },
            link=register.link_for(person.facilitator, now=now),
        )
