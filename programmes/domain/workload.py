"""What waits on the academy's staff: each app lists what it knows of, and the home page joins them.

A kind of thing that waits says which rows wait. The list behind its link is narrowed by the same rows
(`programmes.admin.waiting.WaitingFilter`), so that the number and the list cannot tell two stories.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min, Model, QuerySet

from programmes.models import Message


@dataclass(frozen=True)
class Waiting:
    """One kind of thing that waits on staff.

    Attributes:
        key: Its name in an address.
        one: What one of them is called, and ``many`` more of them: "application to review".
        model: What its rows are.
        rows: The rows that wait at a moment, each once.
        programme: The way from a row to its programme, as in a query.
        moment: The field or annotation that says since when it waits, or when it is due.
        due: Whether that moment lies ahead.
        order: Its place on the page: what presses most comes first.
        by_programme: Whether ``rows`` also takes the keys of programmes, and then reads of no others.

    """

    key: str
    one: str
    many: str
    model: type[Model]
    rows: Callable[..., QuerySet[Any]]
    moment: str
    order: int
    programme: str = "programme"
    due: bool = False
    by_programme: bool = False


@dataclass(frozen=True)
class Counted:
    """How many of one kind wait on one academy, and since when the first does, or when the first is due."""

    waiting: Waiting
    count: int
    moment: datetime.datetime

    @property
    def name(self) -> str:
        """What they are called, as many as there are."""
        return self.waiting.one if self.count == 1 else self.waiting.many


_kinds: dict[str, Waiting] = {}


def register(*kinds: Waiting) -> None:
    """Let some kinds of things be counted; one with the key of another takes its place."""
    _kinds.update({kind.key: kind for kind in kinds})


def kinds(model: type[Model] | None = None) -> list[Waiting]:
    """Every kind, in the order of the page; with ``model`` those whose rows are of it."""
    ordered = sorted(_kinds.values(), key=lambda kind: kind.order)
    return [kind for kind in ordered if model in (None, kind.model)]


def find(key: str | None) -> Waiting | None:
    """The kind with a key; None where there is none."""
    return _kinds.get(key or "")


def waits(academies: Mapping[int, int], *, now: datetime.datetime) -> dict[int, list[Counted]]:
    """What waits at ``now`` on each academy: only what there is, by the academy's key.

    ``academies`` are those of the programmes to look at, by the programme's key. One query for each kind (two for one
    of them), however many academies, programmes and rows there are.
    """
    found: defaultdict[int, list[Counted]] = defaultdict(list)
    for kind in kinds():
        those = [list(academies)] if kind.by_programme else []
        rows = kind.rows(now, *those).order_by().filter(**{f"{kind.programme}__in": list(academies)})
        counted: defaultdict[int, list[tuple[int, datetime.datetime]]] = defaultdict(list)
        # Of rows, not of keys: a key would be read from the table, where an index may hold all the rest.
        numbers = {"how_many": Count("*"), "earliest": Min(kind.moment)}
        for programme, many, earliest in rows.values_list(kind.programme).annotate(**numbers):
            counted[academies[programme]].append((many, earliest))
        for academy, each in counted.items():
            count, moment = sum(many for many, _ in each), min(moment for _, moment in each)
            found[academy].append(Counted(kind, count, moment))
    return dict(found)


def _failed_mails(now: datetime.datetime) -> QuerySet[Any]:
    return Message.objects.filter(status=Message.Status.FAILED)


WAITING = (
    Waiting(
        "failed-mails",
        "mail that failed",
        "mails that failed",
        Message,
        _failed_mails,
        order=110,
        moment="created_at",
    ),
)
