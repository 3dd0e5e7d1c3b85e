"""A programme with circles, somebody who leads them, and people who book."""

import datetime
from typing import Any

from facilitators.domain.calendar import bookings, circles
from facilitators.domain.calendar.bookings import Who
from facilitators.domain.calendar.circle_plans import Plan
from facilitators.models import Booking, Circle, Topic, Training
from programmes.models import IntegratedCareSystem, Message
from tests import factories
from tests.factories import NOW

# Tuesday 3 November 2026, 9am in England.
STARTS = datetime.datetime(2026, 11, 3, 9, 0, tzinfo=datetime.UTC)


def lead(**facilitation: Any) -> Training:
    """Somebody trained in a published programme whose circles are on the calendar, with one topic."""
    training = factories.TrainingFactory(programme__published=True, facilitator__name="Fay Facilitator")
    factories.FacilitationFactory(programme=training.programme, **facilitation)
    factories.TopicFactory(programme=training.programme, name="Hybrid working")
    return training


def plan(training: Training, **other: Any) -> Plan:
    """An online circle of 6 to 25 people on a Tuesday, with its joining link."""
    said: dict[str, Any] = {
        "topic": Topic.objects.filter(programme=training.programme)[0],
        "starts_at": STARTS,
        "online": True,
        "minimum": 6,
        "maximum": 25,
        "joining_link": "https://meet.example.org/circle",
    } | other
    said.setdefault("ends_at", said["starts_at"] + datetime.timedelta(hours=2))
    return Plan(**said)


def circle(training: Training, *others: Training, **other: Any) -> Circle:
    """A circle on the calendar, set up by its lead, who leads it with ``others``."""
    leads = [training.pk, *(one.pk for one in others)]
    [made] = circles.create(
        training.programme,
        [plan(training, **other)],
        leads=leads,
        by=training.facilitator.name,
        now=NOW,
        sent_by=training,
    )
    return made


def who(number: int = 1, ics: IntegratedCareSystem | None = None, **other: Any) -> Who:
    said: dict[str, Any] = {
        "name": f"Person {number:02}",
        "email": f"person{number}@example.org",
        "ics": ics or IntegratedCareSystem.objects.first() or factories.IntegratedCareSystemFactory(),
        "organisation_name": "Rother Carers",
        "sector": "charity",
    }
    return Who(**said | other)


def book(on: Circle, *numbers: int, now: datetime.datetime = NOW) -> list[Booking]:
    """Bookings of some people, a second after each other."""
    for number in numbers:
        bookings.book(on.pk, who(number), now=now + datetime.timedelta(seconds=number))
    found = {row.email: row for row in Booking.objects.filter(circle=on).order_by("pk")}
    return [found[f"person{number}@example.org"] for number in numbers]


def told(event: str) -> list[tuple[str, dict[str, str]]]:
    """Who was sent a mail of one kind, and what stands in it, in the order of the sending."""
    return [(mail.to_address, mail.context) for mail in Message.objects.filter(event=event).order_by("pk")]


def fresh(row: Any) -> Any:
    return type(row)._default_manager.get(pk=row.pk)
