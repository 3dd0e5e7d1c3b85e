"""What the demo's facilitators have delivered: some of it confirmed, some to be confirmed, and something overdue."""

from __future__ import annotations

import datetime
import uuid

from django.contrib.auth.models import User

from facilitators.domain.delivering import deliveries
from facilitators.domain.delivering.delivery_rows import Given, Role
from facilitators.domain.people import register
from facilitators.models import Training
from programmes.models import Obligation, Programme, Sector

_SEVEN_WEEKS = datetime.timedelta(weeks=7)


def tell(programme: Programme, reviewer: User, now: datetime.datetime) -> None:
    """Two who were trained here deliver together; one who was trained long ago has delivered too little."""
    together = list(Training.objects.filter(programme=programme).order_by("pk")[:2])
    whom = register.Trained(
        name="Toni Trained",
        email="toni.trained@example.org",
        trained_on=(now - datetime.timedelta(days=400)).date(),
        trained_by="The pilot",
    )
    earlier = register.register_earlier(programme, whom, write=False, user=reviewer, now=now - _SEVEN_WEEKS)
    first = _log(programme, [earlier], earlier.trained_on + datetime.timedelta(days=90), now - _SEVEN_WEEKS)
    deliveries.confirm([first], user=reviewer, now=now - datetime.timedelta(weeks=6))
    if len(together) == 2:
        day = (now - datetime.timedelta(days=2)).date()
        _log(programme, together, day, now - datetime.timedelta(days=1))


def _log(programme: Programme, people: list[Training], day: datetime.date, now: datetime.datetime) -> int:
    """Log a delivery of what the programme asks for, in a place; return its key."""
    owed = programme.obligations.filter(kind=Obligation.Kind.DELIVER).first()
    given = Given(
        day,
        unit=owed.unit if owed else Obligation.Unit.SESSION,
        role=Role.LED_JOINTLY if len(people) > 1 else Role.LED,
        place="Town hall (sample)",
        people={Sector.NHS_TRUST: 9, Sector.SOCIAL_CARE: 4},
        how_it_went=4,
        notes="A lively group. More time for the practice in threes next time.",
    )
    others = [person.pk for person in people[1:]]
    return deliveries.log(people[0].pk, given, sent_as=uuid.uuid4(), others=others, now=now).pk
