"""Places in circles are booked, waited for, cancelled and reminded of.

A page never learns whether an address was known: whoever books twice is sent the link of the first booking.
"""

from __future__ import annotations

import contextlib
import datetime
import secrets
from dataclasses import dataclass, replace

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import F

from applications.domain import link_requests
from applications.models import LinkRequest
from facilitators.domain.calendar import circle_mails, seats
from facilitators.models import Booking, Circle
from programmes.domain import links
from programmes.domain.access import require_reviewer
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_datetime
from programmes.models import IntegratedCareSystem, Link, Organisation
from programmes.models.people import canonical

Person = User | AnonymousUser
State = Booking.State
LIVE = (State.BOOKED, State.WAITING)


@dataclass(frozen=True)
class Who:
    """Somebody who books, as typed: either ``organisation`` or ``organisation_name`` with a ``sector``."""

    name: str
    email: str
    ics: IntegratedCareSystem
    organisation: Organisation | None = None
    organisation_name: str = ""
    sector: str = ""


def why_not_bookable(circle: Circle, now: datetime.datetime) -> str:
    """Why nobody can book a circle any more, in a sentence; empty where they can."""
    if circle.state == Circle.State.CANCELLED:
        return "This circle is cancelled. Look for another one in the calendar."
    if circle.state != Circle.State.PLANNED or circle.starts_at <= now:
        return f"This circle began at {nhs_datetime(circle.starts_at)}. Look for another one in the calendar."
    return ""


def book(circle_id: int, who: Who, *, now: datetime.datetime, user: Person | None = None) -> None:
    """Book a place, or a place on the waiting list where the circle is full, and mail what came of it.

    Returns nothing, so that a page cannot tell whether the address was known. ``user`` is the member of staff who books
    for somebody. Raises `Refused` for a circle that is over or cancelled, and for one of another ICS's staff alone.
    """
    link_requests.fulfil_noted(book_evenly(circle_id, who, now=now, user=user))


def book_evenly(
    circle_id: int,
    who: Who,
    *,
    now: datetime.datetime,
    user: Person | None = None,
    read_before: Circle | None = None,
) -> LinkRequest:
    """As `book`, with the same work for a known address as for one that is not; returns what is left to be fulfilled.

    A booking is kept before the page says so. For a known address the same is done for nobody and taken back, so that
    the time tells nothing. What is left for when the answer has gone out is to mail the link of the first booking:
    nothing for who has just been mailed. A page that has read the circle hands it over (see `seats.lock`).
    """
    address_key = canonical(who.email)
    nobody = replace(who, email=f"{secrets.token_hex(8)}@booking.invalid")
    with transaction.atomic():
        circle = seats.lock(circle_id, read_before=read_before)
        if user is not None:
            require_reviewer(user, circle.programme)
        if why := why_not_bookable(circle, now):
            raise Refused(why)
        if circle.only_for_ics and circle.ics != who.ics:
            raise Refused(
                f"This circle is for staff of {circle.ics} only. Choose {who.ics} in the calendar of circles to find "
                "those you can come to."
            )
        found = seats.standing(circle, address_key)
        with transaction.atomic():
            booking = _keep(circle, nobody if found.known else who, found, now=now, user=user)
            transaction.set_rollback(found.known is not None)
        theirs = found.known or booking.pk
        # Looked for in either case; only that of a known one can have ended.
        link = links.newest(Link.Opens.BOOKING, theirs, now=now)
        if link is None:
            link = circle_mails.link_of(Booking.objects.get(pk=theirs), now=now)
        return link_requests.for_holder(link, now=now)


def _keep(
    circle: Circle, who: Who, found: seats.Standing, *, now: datetime.datetime, user: Person | None
) -> Booking:
    """Seat somebody in a locked circle, or let them wait, and mail which of the two."""
    booking = Booking(
        circle=circle,
        name=who.name,
        email=who.email,
        organisation=who.organisation,
        organisation_name="" if who.organisation else who.organisation_name,
        sector=who.organisation.sector if who.organisation else who.sector,
        ics=who.ics,
        state=State.WAITING,
        booked_at=now,
    )
    changed_by(booking, user)
    # While those who wait move up by themselves, nobody is seated before them.
    if found.free is None or (found.waiting and seats.moves_up(circle, now)):
        # Whoever asked earlier, and got here later, waits behind those who have been told their position.
        booking.booked_at = max(filter(None, [now, found.last_waiting]))
        booking.save()
        event = "booking_waiting"
    else:
        seats.seat(booking, found.free, now=now)
        event = "booking_confirmed"
    link = links.mint(Link.Opens.BOOKING, booking.pk, sent_to=booking.email, now=now)
    new = circle_mails.New(link=link, position=found.waiting + 1, cancelled=found.cancelled)
    circle_mails.tell(booking, event, occasion="booked", now=now, new=new)
    return booking


def _lock(booking_id: int) -> Booking:
    """Lock a booking's circle and then read the booking."""
    circle = seats.lock(Booking.objects.values_list("circle_id", flat=True).get(pk=booking_id))
    booking = Booking.objects.select_for_update(no_key=True).get(pk=booking_id)
    booking.circle = circle
    return booking


def cancel(booking_id: int, *, now: datetime.datetime, by: str = "", user: Person | None = None) -> Booking:
    """Give a place back, or leave the waiting list; who waits longest moves up, and both are told.

    A booking that is cancelled already stays as it is. Raises `Refused` once the circle has begun.
    """
    with transaction.atomic():
        booking = _lock(booking_id)
        if user is not None:
            require_reviewer(user, booking.circle.programme)
        if booking.state not in LIVE:
            return booking
        if booking.circle.starts_at <= now:
            raise Refused("This circle has begun: the booking can no longer be cancelled.")
        changed_by(booking, user)
        seats.release(booking, by=by or booking.name, now=now)
        circle_mails.tell(booking, "booking_cancelled", occasion="cancelled", now=now)
        seats.fill(booking.circle, now=now)
        return booking


def why_not_taken(booking: Booking, now: datetime.datetime) -> str:
    """Why somebody who waits cannot take a free place at once, in a sentence; empty where they can."""
    circle = booking.circle
    if booking.state != State.WAITING:
        return "You are not on the waiting list of this circle."
    if why := why_not_bookable(circle, now):
        return why
    if seats.moves_up(circle, now) or seats.free_number(circle) is None:
        return "No place is free. We tell you by mail as soon as you have one."
    return ""


def take(booking_id: int, *, now: datetime.datetime) -> Booking:
    """Seat somebody who waits on a place that fell free in the last hours, when nobody is moved up by itself.

    Raises `Refused` where there is none.
    """
    with transaction.atomic():
        booking = _lock(booking_id)
        if why := why_not_taken(booking, now):
            raise Refused(why)
        number = seats.free_number(booking.circle)
        assert number is not None
        seats.seat(booking, number, now=now)
        circle_mails.tell(booking, "booking_moved_up", occasion=f"moved_up:{now.isoformat()}", now=now)
        return booking


def send_links_to(email: str, now: datetime.datetime) -> None:
    """Mail the link of each booking of an address that lies ahead; nothing where there is none, and nobody is told.

    Subscribed in ``facilitators/apps.py``, for whoever asks for their links by their address.
    """
    rows = Booking.objects.filter(
        address_key=canonical(email),
        state__in=LIVE,
        circle__state=Circle.State.PLANNED,
        circle__ends_at__gt=now,
    )
    for booking_id in rows.order_by("pk").values_list("pk", flat=True):
        send_fresh_link(booking_id, now=now)


def send_fresh_link_again(link: Link, now: datetime.datetime) -> None:
    """Mail a fresh link in place of an old one that opened a booking; subscribed in ``facilitators/apps.py``."""
    if link.opens == Link.Opens.BOOKING:
        send_fresh_link(link.object_id, now=now)


def send_fresh_link(booking_id: int, *, now: datetime.datetime) -> None:
    """Mail the link of a booking to the address it was made with; a second wish within two minutes is one mail.

    Nothing where the booking is gone.
    """
    # Who has just booked has had one: that is seen without waiting for the lock.
    if circle_mails.told_just_now(Booking(pk=booking_id).about_key, now=now):
        return
    with transaction.atomic(), contextlib.suppress(Booking.DoesNotExist):
        circle_mails.send_again(_lock(booking_id), now=now)


# A reminder that would come so soon after the mail about the place says nothing new.
_NEWS = datetime.timedelta(hours=24)
_THE_DAY_BEFORE = datetime.timedelta(hours=24)


def to_remind(now: datetime.datetime) -> list[int]:
    """The bookings that are to be reminded: the circle begins within 24 hours, and they were seated before that."""
    rows = Booking.objects.seated().filter(
        circle__state=Circle.State.PLANNED,
        circle__starts_at__gt=now,
        circle__starts_at__lte=now + _THE_DAY_BEFORE,
        seated_at__lt=F("circle__starts_at") - _NEWS,
        reminded_at=None,
    )
    return list(rows.order_by("pk").values_list("pk", flat=True))


def remind(booking_id: int, *, now: datetime.datetime) -> bool:
    """Remind somebody of their circle, once; return whether a mail was queued."""
    with transaction.atomic():
        booking = _lock(booking_id)
        ahead = booking.circle.state == Circle.State.PLANNED and now < booking.circle.starts_at
        if booking.state != State.BOOKED or booking.reminded_at or not ahead:
            return False
        booking.reminded_at = now
        booking.save()
        occasion = f"reminder:{booking.circle.starts_at.isoformat()}"
        circle_mails.tell(booking, "booking_reminder", occasion=occasion, now=now)
        return True
