"""The register of a circle: who came, whoever came without booking, and the delivery that it makes.

Two people can mark at once. What somebody sends is compared with what they saw: only what they changed is written, and
where somebody else said something else of the same person meanwhile nothing is overwritten, but both are handed back.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.utils import timezone

from facilitators.domain.calendar import seats
from facilitators.domain.delivering import deliveries
from facilitators.models import Booking, Circle, Training
from programmes.domain.access import require_reviewer
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.wording import local_date, nhs_date, plural
from programmes.models import IntegratedCareSystem
from programmes.models.people import name_key

Person = User | AnonymousUser
State = Booking.State
# So long a lead can put the register right; staff always can.
CORRECTABLE = datetime.timedelta(days=30)


@dataclass(frozen=True)
class WalkIn:
    """Somebody who came without having booked."""

    name: str
    sector: str
    ics: IntegratedCareSystem | None = None


@dataclass(frozen=True)
class Clash:
    """One person of whom two people said different things: nothing was overwritten."""

    booking: Booking
    yours: bool


@dataclass
class Outcome:
    """What came of marking: who was written, and of whom somebody else had said something else meanwhile."""

    written: list[Booking] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)


def roster(circle: Circle) -> list[Booking]:
    """Who is on the register, by name: those with a place, and who came without one. One query."""
    rows = circle.bookings.filter(state__in=[State.BOOKED, State.WALKED_IN]).select_related(
        "organisation", "ics"
    )
    return sorted(rows, key=lambda booking: (booking.name.casefold(), booking.pk))


def why_not_markable(circle: Circle, *, now: datetime.datetime, by_staff: bool) -> str:
    """Why nobody can mark a circle's register, in a sentence; empty where they can."""
    if circle.state == Circle.State.CANCELLED:
        return "This circle was cancelled: it has no register."
    if local_date(now) < local_date(circle.starts_at):
        return f"This circle is on {nhs_date(circle.starts_at)}: its register can be marked from that day on."
    if not by_staff and now > circle.ends_at + CORRECTABLE:
        return (
            f"This circle was on {nhs_date(circle.starts_at)}: its register can be put right for 30 days. Write to "
            f"{circle.programme.contact_email} if it is wrong."
        )
    return ""


def _lock(circle_id: int, by: str, user: Person | None, now: datetime.datetime) -> Circle:
    """Lock a circle, and its trainings before anything of them is counted, to be marked by somebody."""
    if not by.strip():
        raise Refused("Enter your name: the register says who marked it.")
    circle = seats.lock(circle_id)
    if user is not None:
        require_reviewer(user, circle.programme)
    if why := why_not_markable(circle, now=now, by_staff=user is not None):
        raise Refused(why)
    if circle.state == Circle.State.HELD:
        # What is corrected is counted again.
        ours = Training.objects.filter(circles__circle=circle).values("pk")
        list(
            Training.objects.select_for_update(no_key=True)
            .filter(pk__in=ours)
            .order_by("pk")
            .values_list("pk")
        )
    return circle


def mark(
    circle_id: int,
    marks: Mapping[int, bool],
    *,
    seen: Mapping[int, bool | None],
    by: str,
    now: datetime.datetime,
    user: Person | None = None,
    others_came: bool = False,
) -> Outcome:
    """Mark several people, by booking; only what differs from what was ``seen`` is written.

    ``others_came``: everybody who was seen, and of whom nobody has said anything, came. Of a circle that is held the
    delivery is changed with it. Raises `Refused` without a name, before the day, and once it is too late.
    """
    with transaction.atomic():
        circle = _lock(circle_id, by, user, now)
        outcome = Outcome()
        for booking in roster(circle):
            if booking.pk not in seen:
                continue
            before, said = seen[booking.pk], marks.get(booking.pk)
            if said is None and others_came and booking.came is None:
                said = True
            if said is None or said in (before, booking.came):
                continue
            if booking.came != before:
                outcome.clashes.append(Clash(booking, said))
                continue
            _write(booking, said, by=by, now=now, user=user)
            outcome.written.append(booking)
        if outcome.written:
            _count_again(circle, by=by, now=now)
        return outcome


def _write(booking: Booking, came: bool, *, by: str, now: datetime.datetime, user: Person | None) -> None:
    booking.came = came
    booking.marked_at = now
    booking.marked_by = by.strip()[:150]
    changed_by(booking, user)
    booking.save()


def add_walk_in(
    circle_id: int, who: WalkIn, *, by: str, now: datetime.datetime, user: Person | None = None
) -> Booking:
    """Note somebody who came without having booked; sent twice it is noted once.

    Somebody of that name who waits, and so has no place, is noted as a walk-in too. Raises `Refused` as `mark` does,
    and where somebody of that name has a place: mark that one.
    """
    with transaction.atomic():
        circle = _lock(circle_id, by, user, now)
        same = [booking for booking in roster(circle) if name_key(booking.name) == name_key(who.name)]
        for booking in same:
            if booking.state == State.BOOKED:
                raise Refused(f"{booking.name} has booked: mark them on the register.")
            return booking
        booking = Booking(
            circle=circle,
            name=who.name,
            sector=who.sector,
            ics=who.ics,
            state=State.WALKED_IN,
            booked_at=now,
        )
        _write(booking, True, by=by, now=now, user=user)
        _count_again(circle, by=by, now=now)
        return booking


def finish(circle_id: int, *, by: str, now: datetime.datetime, user: Person | None = None) -> Circle:
    """Close the register: the circle is held, and its delivery counts for those who led it.

    Finished twice it is finished once. Raises `Refused` before the circle began, while somebody is not marked, and
    where nobody came.
    """
    with transaction.atomic():
        circle = _lock(circle_id, by, user, now)
        if circle.state == Circle.State.HELD:
            return circle
        if now < circle.starts_at:
            raise Refused(
                f"This circle begins at {timezone.localtime(circle.starts_at):%H:%M}: finish it after that."
            )
        entries = roster(circle)
        if missing := sum(1 for booking in entries if booking.came is None):
            raise Refused(
                f"{plural(missing, 'person is', 'people are')} not marked: mark everybody, then finish."
            )
        if not any(booking.came for booking in entries):
            raise Refused("Nobody came, so there is nothing to count. Cancel the circle if it was not held.")
        circle.state = Circle.State.HELD
        changed_by(circle, user)
        circle.save()
        _count_again(circle, by=by, now=now)
        return circle


def _count_again(circle: Circle, *, by: str, now: datetime.datetime) -> None:
    """Make the delivery of a circle that is held what its register says."""
    if circle.state == Circle.State.HELD:
        deliveries.of_circle(circle, people=people_by_sector(circle), by=by.strip(), now=now)


def people_by_sector(circle: Circle) -> dict[str, int]:
    """How many of each sector came."""
    return dict(Counter(circle.bookings.filter(came=True).order_by().values_list("sector", flat=True)))
