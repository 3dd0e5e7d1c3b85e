"""The rows of a delivery: what is told of it, who is credited with what, whom it reached, and its file."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.files.base import File
from django.db import transaction

from facilitators.domain import commitments
from facilitators.models import Delivery, DeliveryCredit, Reach, Topic
from programmes.models import Obligation, Sector

Role, State, Unit = DeliveryCredit.Role, Delivery.State, Obligation.Unit
LEADING = (Role.LED, Role.LED_JOINTLY)


@dataclass(frozen=True)
class Given:
    """What is told of a delivery. ``people`` is by sector, ``how_it_went`` from 1 to 5 or None."""

    held_on: datetime.date
    unit: str = Unit.SESSION
    role: str = Role.LED
    online: bool = False
    place: str = ""
    topic: Topic | None = None
    people: Mapping[str, int] = field(default_factory=dict)
    how_it_went: int | None = None
    notes: str = ""


def roles_of(given: Given, training_id: int, others: Collection[int]) -> dict[int, str]:
    """What each did: whoever led it with others did so jointly; an observer logs their own part alone."""
    together = {other: Role.LED_JOINTLY for other in others if other != training_id}
    if given.role == Role.OBSERVED:
        return {training_id: Role.OBSERVED}
    return {training_id: Role.LED_JOINTLY if together else Role(given.role), **together}


def jointly(roles: Mapping[int, str]) -> dict[int, str]:
    """The same, where several led: then each led it jointly."""
    several = sum(role in LEADING for role in roles.values()) > 1
    return {pk: Role.LED_JOINTLY if several and role in LEADING else Role(role) for pk, role in roles.items()}


def write(delivery: Delivery, given: Given, roles: Mapping[int, str]) -> None:
    """Save a delivery as it is told, with exactly these credits and these people."""
    for name in ("unit", "held_on", "online", "topic", "how_it_went", "notes"):
        setattr(delivery, name, getattr(given, name))
    delivery.place = "" if given.online else given.place.strip()[:200]
    delivery.save()
    credit_exactly(delivery, roles)
    reach_exactly(delivery, given.people)


def credit_exactly(delivery: Delivery, roles: Mapping[int, str]) -> None:
    """Credit exactly these trainings, each row written by itself, for its history."""
    there = {credit.training_id: credit for credit in delivery.credits.all()}
    for pk, credit in there.items():
        if pk not in roles:
            credit.delete()
        elif credit.role != roles[pk]:
            credit.role = roles[pk]
            credit.save()
    for pk, role in roles.items():
        if pk not in there:
            DeliveryCredit.objects.create(delivery=delivery, training_id=pk, role=role)


def reach_exactly(delivery: Delivery, people: Mapping[str, int]) -> None:
    """Keep exactly these numbers of people, by sector; nobody of a sector is no row."""
    wanted = {sector: number for sector, number in people.items() if number and sector in Sector.values}
    there = {row.sector: row for row in delivery.reached.all()}
    for sector, row in there.items():
        if sector not in wanted:
            row.delete()
        elif row.people != wanted[sector]:
            row.people = wanted[sector]
            row.save()
    for sector, number in wanted.items():
        if sector not in there:
            Reach.objects.create(delivery=delivery, sector=sector, people=number)


def keep_evidence(delivery: Delivery, file: File[Any] | None) -> None:
    """Keep a file in place of the one before; the old one goes when the change is certain."""
    if file is None:
        return
    if delivery.evidence:
        storage, old = delivery.evidence.storage, str(delivery.evidence.name)
        transaction.on_commit(lambda: storage.delete(old))
    delivery.evidence_name = str(file.name)[-200:]
    delivery.evidence.save(delivery.evidence_name, file)


def counts(delivery: Delivery) -> bool:
    """Whether a delivery counts: it is neither a draft nor taken back."""
    return delivery.state in (State.LOGGED, State.CONFIRMED)


def lock(delivery_id: int, *, also: Collection[int] = ()) -> Delivery:
    """Lock a delivery, after the trainings that are credited in it and ``also`` those that are to be."""
    credited = DeliveryCredit.objects.filter(delivery=delivery_id).values_list("training", flat=True)
    list(commitments.lock_trainings({*credited, *also}))
    list(Delivery.objects.select_for_update(no_key=True).filter(pk=delivery_id).only("pk"))
    return Delivery.objects.select_related("programme__academy", "topic", "circle").get(pk=delivery_id)
