"""What is said of a circle before it is on the calendar: whether it can be, and what is worth knowing."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from facilitators.models import Circle, CircleFacilitator, Facilitation, Topic, Training
from programmes.domain.refused import Refused
from programmes.domain.wording import local_date, nhs_date, nhs_datetime, plural
from programmes.domain.working_days import is_working_day
from programmes.models import IntegratedCareSystem, Programme

LONGEST = datetime.timedelta(hours=12)


@dataclass(frozen=True)
class Plan:
    """What is said of a circle by whoever sets it up or changes it."""

    topic: Topic
    starts_at: datetime.datetime
    ends_at: datetime.datetime
    online: bool
    minimum: int
    maximum: int
    joining_link: str = ""
    place: str = ""
    postcode: str = ""
    ics: IntegratedCareSystem | None = None
    only_for_ics: bool = False
    details: str = ""


def rules_of(programme: Programme) -> Facilitation:
    """How a programme's facilitators work; where nobody has said so, as the defaults say."""
    return Facilitation.objects.filter(programme=programme).first() or Facilitation(programme=programme)


def facilitators_in_words(rules: Facilitation) -> str:
    """How many lead a circle: "2 facilitators", "1 to 2 facilitators"."""
    least, most = rules.facilitators_at_least, rules.facilitators_at_most
    return plural(most, "facilitator") if least == most else f"{least} to {plural(most, 'facilitator')}"


def check(plan: Plan, programme: Programme, rules: Facilitation, *, now: datetime.datetime) -> None:
    """Raise `Refused` for what no circle of the programme can be."""
    if plan.topic.programme_id != programme.pk:
        raise Refused("Choose a topic of this programme.")
    if plan.starts_at <= now:
        raise Refused(f"A circle cannot begin in the past: {nhs_datetime(plan.starts_at)} is over.")
    if not datetime.timedelta(0) < plan.ends_at - plan.starts_at <= LONGEST:
        raise Refused("A circle ends after it begins, and within 12 hours.")
    if not rules.circle_minimum <= plan.minimum <= plan.maximum <= rules.circle_maximum:
        raise Refused(
            f"A circle of this programme has {rules.circle_minimum} to {rules.circle_maximum} people, and its "
            "minimum is not above its maximum."
        )
    if not plan.online and not plan.place:
        raise Refused("Say where the circle is held, or that it is online.")
    if plan.only_for_ics and plan.ics is None:
        raise Refused("Choose the ICS for whose staff the circle is.")


def _overlapping(plan: Plan, leaving_out: int | None) -> list[Circle]:
    """The planned circles that are held at the same time, in part at least."""
    rows = Circle.objects.filter(
        state=Circle.State.PLANNED, starts_at__lt=plan.ends_at, ends_at__gt=plan.starts_at
    )
    others = rows.select_related("topic", "ics").order_by("starts_at", "pk")
    return [circle for circle in others if circle.pk != leaving_out]


def require_free(people: Sequence[Training], plan: Plan, *, leaving_out: int | None) -> None:
    """Raise `Refused` where one who is to lead leads another circle then, of whichever programme."""
    busy = CircleFacilitator.objects.filter(
        circle__in=_overlapping(plan, leaving_out),
        training__facilitator__in=[person.facilitator_id for person in people],
        stood_down_at=None,
    )
    for lead in busy.select_related("circle__topic", "training__facilitator").order_by("pk")[:1]:
        raise Refused(
            f"{lead.training.facilitator.name} leads another circle at that time: {lead.circle.topic.name}, "
            f"{nhs_datetime(lead.circle.starts_at)}. Choose another time or somebody else."
        )


def require_apart(plans: Sequence[Plan]) -> None:
    """Raise `Refused` where circles of one series would be at the same time."""
    ordered = sorted(plans, key=lambda plan: plan.starts_at)
    for one, other in itertools.pairwise(ordered):
        if other.starts_at < one.ends_at:
            raise Refused("Two circles of this series are at the same time: choose dates that lie apart.")


def warnings(plans: Sequence[Plan], *, leaving_out: int | None = None) -> list[str]:
    """What somebody should know before they put circles on the calendar, and that does not forbid it."""
    said = []
    for plan in plans:
        day = local_date(plan.starts_at)
        if not is_working_day(day):
            kind = "a bank holiday" if day.weekday() < 5 else "a weekend"
            said.append(f"{nhs_date(day, weekday=True)} is {kind}.")
        if plan.ics is None:
            continue
        for other in _overlapping(plan, leaving_out):
            if other.ics_id == plan.ics.pk:
                said.append(
                    f"{plan.ics} has another circle at that time: {other.topic.name}, "
                    f"{nhs_datetime(other.starts_at)}."
                )
    return said
