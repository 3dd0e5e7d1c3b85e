"""A circle whose lead cannot come, and the facilitators who might lead it instead."""

import datetime
from typing import Any

from facilitators.domain.covering import cover
from facilitators.models import Circle, CoverAsked, CoverRequest, Training
from programmes.models import IntegratedCareSystem
from tests import factories
from tests.facilitators import circle_world as world
from tests.factories import NOW


def led_circle(*others: Training, first: Training | None = None, **said: Any) -> Circle:
    """A circle 33 days ahead, led by Fay Facilitator of the ICS “Home” and by ``others``."""
    lead = first or world.lead()
    if lead.facilitator.ics is None:
        lead.facilitator.ics = factories.IntegratedCareSystemFactory(name="Home")
        lead.facilitator.save()
    return world.circle(lead, *others, **said)


def colleague(
    of: Training | Circle, name: str, *, ics: IntegratedCareSystem | None, **other: Any
) -> Training:
    """Somebody else who is trained in the programme."""
    facilitator = factories.FacilitatorFactory(
        name=name, email=f"{name.split()[0].lower()}@example.org", ics=ics, **other
    )
    return factories.TrainingFactory(facilitator=facilitator, programme=of.programme)


def home(circle: Circle) -> IntegratedCareSystem:
    found = asker(circle).facilitator.ics
    assert found is not None
    return found


def asker(circle: Circle) -> Training:
    """Who leads the circle first."""
    return Training.objects.select_related("facilitator__ics").get(circles=circle.leads.order_by("pk")[0])


def wanted(circle: Circle, *, reason: str = "", now: datetime.datetime = NOW) -> CoverRequest:
    """Cover asked for by who leads the circle first."""
    return cover.ask(circle.pk, asker(circle).pk, reason=reason, now=now)


def asked(request: CoverRequest) -> dict[str, str]:
    """Who was asked, in that order, and what they answered."""
    rows = CoverAsked.objects.filter(request=request).select_related("training__facilitator").order_by("pk")
    return {row.training.facilitator.name: row.answer for row in rows}


def leading(circle: Circle) -> list[str]:
    """Who leads a circle now."""
    rows = circle.leads.filter(stood_down_at=None).select_related("training__facilitator").order_by("pk")
    return [row.training.facilitator.name for row in rows]


def told(*events: str) -> list[tuple[str, str]]:
    """The mails of some kinds and their readers, in the order of the sending."""
    return [
        (mail.event, mail.to_name) for mail in world.Message.objects.filter(event__in=events).order_by("pk")
    ]
