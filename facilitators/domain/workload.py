"""Who still has to complete the training, what facilitators owe past its day, what is to be confirmed, and cover."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import DateTimeField, QuerySet
from django.db.models.functions import Cast

from applications.models import Application, State
from facilitators.domain.covering import cover_people
from facilitators.domain.owed import Stands, standing_as
from facilitators.models import Commitment, CoverRequest, Delivery
from programmes.domain.wording import local_date
from programmes.domain.workload import Waiting


def _to_complete(now: datetime.datetime) -> QuerySet[Any]:
    return Application.objects.filter(state=State.ATTENDED)


def _overdue(now: datetime.datetime) -> QuerySet[Any]:
    rows: QuerySet[Any] = Commitment.objects.filter(standing_as(Stands.OVERDUE, today=local_date(now)))
    annotated: QuerySet[Any] = rows.annotate(was_due=Cast("due_on", DateTimeField()))
    return annotated


def _to_confirm(now: datetime.datetime) -> QuerySet[Any]:
    return Delivery.objects.filter(state=Delivery.State.LOGGED)


WAITING = (
    Waiting(
        "cover-wanted",
        "circle for which cover is wanted",
        "circles for which cover is wanted",
        CoverRequest,
        cover_people.undecided,
        order=65,
        programme="lead__circle__programme",
        moment="lead__circle__starts_at",
        due=True,
    ),
    Waiting(
        "commitments-overdue",
        "commitment overdue",
        "commitments overdue",
        Commitment,
        _overdue,
        order=142,
        programme="training__programme",
        moment="was_due",
    ),
    Waiting(
        "deliveries-to-confirm",
        "delivery to confirm",
        "deliveries to confirm",
        Delivery,
        _to_confirm,
        order=144,
        moment="logged_at",
    ),
    Waiting(
        "to-complete",
        "person who attended and has no certificate yet",
        "people who attended and have no certificate yet",
        Application,
        _to_complete,
        order=140,
        moment="state_since",
    ),
)
