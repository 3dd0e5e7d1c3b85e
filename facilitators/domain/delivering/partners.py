"""With whom somebody delivered: other facilitators of the programme, by address, or by name where they are listed."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Max

from facilitators.models import Delivery, DeliveryCredit, Training
from facilitators.models.people import TrainingQuerySet
from programmes.domain.refused import Refused
from programmes.models.people import canonical, name_key

# So many of those one delivered with before are offered to be ticked.
OFFERED = 5


class NotKnown(Refused):
    """Somebody who was named is no facilitator of the programme, as far as can be told."""


def before(training: Training) -> list[Training]:
    """Those with whom a facilitator delivered before, the last first: to be ticked, and not typed."""
    own = DeliveryCredit.objects.filter(training=training).values("delivery")
    rows = _colleagues(training).filter(credits__delivery__in=own)
    return list(rows.annotate(last=Max("credits__delivery__held_on")).order_by("-last", "pk")[:OFFERED])


def of(delivery: Delivery, *, but: Training) -> list[Training]:
    """Those who led a delivery besides one of them."""
    led = delivery.credits.exclude(role=DeliveryCredit.Role.OBSERVED).exclude(training=but)
    return [credit.training for credit in led.select_related("training__facilitator")]


def named(training: Training, lines: Iterable[str]) -> list[Training]:
    """The facilitators of the same programme who are named: an address each, or the name of one in the directory.

    Raises `NotKnown` for the first who is none, or whose name several have.
    """
    found: list[Training] = []
    for line in lines:
        if not (text := line.strip()):
            continue
        by_address = "@" in text
        rows = _colleagues(training)
        if by_address:
            rows = rows.filter(facilitator__address_key=canonical(text))
        else:
            rows = rows.filter(
                facilitator__name_key=name_key(text), facilitator__in_directory_since__isnull=False
            )
        matches = list(rows[:2])
        if len(matches) == 2:
            raise NotKnown(
                f"More than one facilitator is called {text}: give the work email address instead."
            )
        if not matches:
            raise NotKnown(_nobody(training, text, by_address=by_address))
        found += matches
    return found


def _colleagues(training: Training) -> TrainingQuerySet:
    rows = Training.objects.filter(programme=training.programme_id).exclude(pk=training.pk)
    return rows.select_related("facilitator")


def _nobody(training: Training, text: str, *, by_address: bool) -> str:
    if by_address:
        return (
            f"We know no other facilitator of {training.programme} with the address {text}. Check it, or leave it out "
            "and say in your notes who was with you."
        )
    return (
        f"No facilitator in the directory of {training.programme} is called {text}. Give the work email address, or "
        "leave it out and say in your notes who was with you."
    )
