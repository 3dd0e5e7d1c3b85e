"""The history of what a record is made of: a programme's questions and criteria, a cohort's sessions."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import CASCADE, Model

from programmes.domain.accounts import named
from programmes.domain.record import PORTAL

# Of each kind of part, how many rows of history are read: the newest.
READ = 200
SHOWN = 100
_DID = {"+": "added", "~": "changed", "-": "deleted"}


@dataclass(frozen=True)
class Field:
    """What one field was, and became."""

    name: str
    old: str
    new: str


@dataclass(frozen=True)
class PartChange:
    """One change of one part: when, by whom, what, and the fields that differ."""

    at: datetime.datetime
    who: str
    what: str
    fields: Sequence[Field]


def changes_of_parts(record: Model) -> list[PartChange]:
    """The newest changes of what belongs to a record and would be deleted with it, newest first; one query a kind."""
    found: list[PartChange] = []
    for relation in record._meta.related_objects:
        model: Any = relation.related_model
        if relation.on_delete is CASCADE and _is_part(model):
            rows = model.history.filter(**{relation.field.name: record.pk}).select_related("history_user")
            found.extend(_changes(model, list(rows.order_by("-history_date", "-history_id")[:READ])))
    return sorted(found, key=lambda change: change.at, reverse=True)[:SHOWN]


def _is_part(model: Any) -> bool:
    """What staff set up has a history that outlives it; what people said of themselves is erased with it."""
    return hasattr(model, "history") and (hasattr(model, "key") or model._meta.model_name in _PARTS)


# Those without a key of their own in the programme's file.
_PARTS = ("roledescription", "messagetemplate")


def _changes(model: Any, newest_first: list[Any]) -> Iterator[PartChange]:
    each = sorted(newest_first, key=lambda row: (row.id, row.history_date, row.history_id))
    for _, rows in groupby(each, key=lambda row: row.id):
        before: Any = None
        for row in rows:
            fields = list(_differences(model, before, row)) if before and row.history_type == "~" else []
            # Saved without a change, it says nothing.
            if fields or row.history_type != "~":
                yield PartChange(
                    row.history_date, _who(row), f"{_name(model, row)} {_DID[row.history_type]}", fields
                )
            before = row


def _who(row: Any) -> str:
    user = row.history_user
    return named(user) if user else row.history_change_reason or PORTAL


def _name(model: Any, row: Any) -> str:
    kind = model._meta.verbose_name
    said = getattr(row, "text", "") or getattr(row, "statement", "") or getattr(row, "key", "")
    return f"{kind[:1].upper()}{kind[1:]} “{str(said)[:80]}”"


def _differences(model: Any, before: Any, after: Any) -> Iterator[Field]:
    for field in model._meta.concrete_fields:
        old, new = getattr(before, field.attname, None), getattr(after, field.attname, None)
        if old != new:
            name = str(field.verbose_name)
            yield Field(name[:1].upper() + name[1:], _shown(old), _shown(new))


def _shown(value: Any) -> str:
    return "(nothing)" if value in (None, "", []) else str(value)
