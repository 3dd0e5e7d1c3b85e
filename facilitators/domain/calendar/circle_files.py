"""Calendar files of circles: of one booking, of those who lead, and of what anybody subscribes to."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from cohorts.domain.calendar import framed
from facilitators.models import Booking, Circle

if TYPE_CHECKING:
    import icalendar


def event_of(
    circle: Circle,
    *,
    now: datetime.datetime,
    seated: bool = False,
    taken_out: bool = False,
    further: int = 0,
) -> icalendar.Event:
    """A circle as an entry of a calendar; the joining link only for those who are ``seated``.

    ``taken_out`` takes it out of one person's calendar; ``further`` is what is added to its number, so that a calendar
    that knows an earlier file takes this one.
    """
    import icalendar

    london = timezone.get_default_timezone()
    site = settings.SITE_URL.partition("//")[2].partition(":")[0]
    page = f"{settings.SITE_URL}/circles/{circle.reference}/"
    event = icalendar.Event()
    event.add("uid", f"circle-{circle.pk}@{site}")
    event.add("dtstamp", now.astimezone(datetime.UTC))
    event.add("dtstart", circle.starts_at.astimezone(london))
    event.add("dtend", circle.ends_at.astimezone(london))
    event.add("summary", f"{circle.programme.title}: {circle.topic.name}")
    link = circle.joining_link if seated else ""
    place = ", ".join(filter(None, [circle.place, circle.postcode]))
    event.add("location", link or ("Online" if circle.online else place))
    event.add("url", page)
    cancelled = taken_out or circle.state == Circle.State.CANCELLED
    lines = [f"Join: {link}"] if link else []
    if circle.state == Circle.State.CANCELLED:
        lines.append(f"Cancelled: {circle.cancelled_reason}")
    event.add("description", "\n".join([*lines, page]))
    event.add("sequence", circle.sequence + further)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    return event


def of_booking(booking: Booking, *, now: datetime.datetime, before: int | None = None) -> dict[str, str]:
    """What puts a circle into the calendar of whoever booked it, or takes it out again, to go with a mail.

    ``before`` is how many other bookings of theirs were cancelled; it is read where that is not known.
    """
    circle = booking.circle
    cancelled = booking.state == Booking.State.CANCELLED
    # Each time that somebody cancelled and booked again the number has to go on from where it was.
    if before is None:
        theirs = circle.bookings.filter(address_key=booking.address_key, state=Booking.State.CANCELLED)
        before = theirs.exclude(pk=booking.pk).count()
    further = 2 * before + cancelled
    event = event_of(circle, now=now, seated=not cancelled, taken_out=cancelled, further=further)
    name = f"{circle.reference.lower()}{'-cancelled' if cancelled else ''}.ics"
    return _attachment(name, framed([event], method="CANCEL" if cancelled else "PUBLISH"))


def of_leads(circles: Sequence[Circle], *, now: datetime.datetime) -> dict[str, str]:
    """The circles that somebody leads, to go with a mail."""
    cancelled = circles[0].state == Circle.State.CANCELLED
    events = [event_of(circle, now=now, seated=True) for circle in circles]
    return _attachment("circles.ics", framed(events, method="CANCEL" if cancelled else "PUBLISH"))


def to_subscribe(circles: Iterable[Circle], *, name: str, now: datetime.datetime) -> str:
    """The text of a calendar to which anybody can subscribe: nothing in it is for those with a place alone."""
    return framed([event_of(circle, now=now) for circle in circles], name=name)


def _attachment(name: str, text: str) -> dict[str, str]:
    return {"name": name, "type": "text/calendar", "text": text}
