"""The public calendar of circles: what is on it, by topic, ICS, place and programme, as a list and by months."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value, When, Window
from django.db.models.functions import Coalesce, RowNumber, TruncDate
from django.utils import timezone

from facilitators.domain.calendar import circle_files
from facilitators.models import Booking, Circle, Topic
from programmes.domain.wording import MONTHS, local_date
from programmes.models import IntegratedCareSystem, Programme

ONLINE, IN_PERSON = "online", "in-person"
# A calendar that subscribes keeps what was on it so long ago.
LOOKS_BACK = datetime.timedelta(days=31)
# However many there are, so many circles are in it: those that come next before those that were.
MOST_TO_SUBSCRIBE = 1000
# A month shows so many circles of a day, and says how many more there are.
MOST_A_DAY = 6


@dataclass(frozen=True)
class Filters:
    """What a visitor looks for; whatever is None or empty is not looked at."""

    programme: Programme | None = None
    topic: Topic | None = None
    ics: IntegratedCareSystem | None = None
    where: str = ""

    @property
    def query(self) -> str:
        """The filters as they stand in an address; empty where there are none."""
        said = {
            "programme": self.programme.slug if self.programme else "",
            "topic": str(self.topic.pk) if self.topic else "",
            "ics": self.ics.code if self.ics else "",
            "where": self.where,
        }
        return urlencode({name: value for name, value in said.items() if value})

    @property
    def in_words(self) -> str:
        """What is shown, such as "Circles: Burnout, Kent and Medway, online"."""
        kinds = {ONLINE: "online", IN_PERSON: "in person"}
        parts = [
            self.programme.title if self.programme else "",
            self.topic.name if self.topic else "",
            self.ics.short_name if self.ics else "",
            kinds.get(self.where, ""),
        ]
        named = ", ".join(part for part in parts if part)
        return f"Circles: {named}" if named else "Circles"


def circles_of(filters: Filters) -> QuerySet[Any]:
    """The circles on the public calendar that fit: of an ICS also those that belong to none, and are open to all."""
    rows: QuerySet[Any] = Circle.objects.on_calendar()
    if filters.programme:
        rows = rows.filter(programme=filters.programme)
    if filters.topic:
        rows = rows.filter(topic=filters.topic)
    if filters.ics:
        rows = rows.filter(Q(ics=filters.ics) | Q(ics=None))
    if filters.where:
        rows = rows.filter(online=filters.where == ONLINE)
    ordered: QuerySet[Any] = rows.select_related("programme", "topic", "ics").order_by("starts_at", "pk")
    return ordered


def with_numbers(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Circles with how many have a place (``seated``) and how many wait (``waiting``)."""
    counted: QuerySet[Any] = rows.annotate(
        seated=_how_many(Booking.State.BOOKED), waiting=_how_many(Booking.State.WAITING)
    )
    return counted


def _how_many(state: str) -> Coalesce:
    """The bookings of a circle in one state; asked of each circle that is shown, and not of all that there are."""
    of_it = Booking.objects.filter(circle=OuterRef("pk"), state=state).order_by().values("circle")
    return Coalesce(Subquery(of_it.annotate(number=Count("pk")).values("number")), 0)


@dataclass(frozen=True)
class Entry:
    """A circle on the calendar, with how many places are free and how many people wait."""

    circle: Circle
    free: int
    waiting: int

    @property
    def cancelled(self) -> bool:
        """Whether it is shown only to say that it is not held."""
        return self.circle.state == Circle.State.CANCELLED


def coming(filters: Filters, *, now: datetime.datetime, first: datetime.date | None = None) -> QuerySet[Any]:
    """The circles that have not begun, the next one first; those cancelled are shown until their time.

    With ``first`` those of that day and after it.
    """
    rows = circles_of(filters).filter(starts_at__gt=now)
    return with_numbers(rows.filter(starts_at__gte=begin_of(first)) if first else rows)


def entries(rows: Iterable[Any]) -> list[Entry]:
    """What the calendar says of circles that come `with_numbers`."""
    return [Entry(row, max(0, row.maximum - row.seated), row.waiting) for row in rows]


@dataclass(frozen=True)
class Day:
    """A day of a month: its first circles, and how many ``more`` it has.

    ``outside`` where it only fills up a week of another month.
    """

    date: datetime.date
    entries: list[Entry]
    outside: bool
    more: int = 0


@dataclass(frozen=True)
class Month:
    """A month of the calendar, in weeks from Monday; the months before and after it, where there is one to go to."""

    first: datetime.date
    weeks: list[list[Day]]
    before: datetime.date | None
    after: datetime.date

    @property
    def name(self) -> str:
        """ "December 2026"."""
        return f"{MONTHS[self.first.month - 1]} {self.first.year}"

    @property
    def days(self) -> list[Day]:
        """The days on which there is a circle."""
        return [day for week in self.weeks for day in week if day.entries]


def month(filters: Filters, first: datetime.date, *, now: datetime.datetime) -> Month:
    """The circles of a month, past ones as well; ``first`` is its first day. One query."""
    after = (first + datetime.timedelta(days=31)).replace(day=1)
    found: dict[datetime.date, list[Any]] = {}
    for row in _first_of_each_day(filters, begin_of(first), begin_of(after)):
        found.setdefault(local_date(row.starts_at), []).append(row)
    weeks = [
        [_day(day, found.get(day, []), first) for day in week]
        for week in calendar.Calendar().monthdatescalendar(first.year, first.month)
    ]
    earlier = (first - datetime.timedelta(days=1)).replace(day=1)
    this_month = local_date(now).replace(day=1)
    return Month(first, weeks, earlier if first > this_month else None, after)


def begin_of(day: datetime.date) -> datetime.datetime:
    """The moment at which a day begins in England."""
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time()))


def _first_of_each_day(filters: Filters, begins: datetime.datetime, ends: datetime.datetime) -> QuerySet[Any]:
    """The first circles of each day of a time, each with how many the day has (``that_day``)."""
    day = TruncDate("starts_at")
    rows = circles_of(filters).filter(starts_at__gte=begins, starts_at__lt=ends)
    numbered = rows.annotate(
        number=Window(RowNumber(), partition_by=[day], order_by=["starts_at", "pk"]),
        that_day=Window(Count("pk"), partition_by=[day]),
    )
    return with_numbers(numbered.filter(number__lte=MOST_A_DAY))


def _day(day: datetime.date, rows: list[Any], first: datetime.date) -> Day:
    more = rows[0].that_day - len(rows) if rows else 0
    return Day(day, entries(rows), outside=day.month != first.month, more=more)


def to_subscribe(filters: Filters, *, now: datetime.datetime) -> str:
    """The circles that fit as a calendar to subscribe to; those of the last month stay in it while there is room."""
    rows = circles_of(filters).filter(starts_at__gt=now - LOOKS_BACK)
    over = Case(When(starts_at__lte=now, then=Value(1)), default=Value(0))
    nearest = sorted(rows.order_by(over, "starts_at", "pk")[:MOST_TO_SUBSCRIBE], key=_begins)
    return circle_files.to_subscribe(nearest, name=filters.in_words, now=now)


def _begins(circle: Circle) -> tuple[datetime.datetime, int]:
    return circle.starts_at, circle.pk


def programmes_with_circles() -> QuerySet[Programme]:
    """The published programmes whose circles are on the calendar."""
    return Programme.objects.published().filter(facilitation__circles=True).order_by("title")


def topics_on_offer() -> QuerySet[Topic]:
    """The topics that visitors can look for: on offer, or with a circle on the calendar."""
    circles = Circle.objects.on_calendar().filter(topic=OuterRef("pk"))
    rows = Topic.objects.filter(programme__in=programmes_with_circles())
    return rows.filter(Q(status=Topic.Status.ON_OFFER) | Exists(circles)).select_related("programme")
