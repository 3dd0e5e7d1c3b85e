"""Rows kept as they are wanted, with their history, in as few queries as can be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.db.models import Model
from simple_history.utils import bulk_create_with_history

from programmes.domain.record import by_whom

Row = TypeVar("Row", bound=Model)


def keep_rows(model: type[Row], wanted: Iterable[tuple[Row, Mapping[str, Any]]]) -> None:
    """Give each row its values, and store it: new ones together, others where something is different.

    For rows under a lock that keeps others from storing the same. A model without history is stored without.
    """
    new = []
    for row, values in wanted:
        differs = any(getattr(row, name) != value for name, value in values.items())
        for name, value in values.items():
            setattr(row, name, value)
        if row.pk is None:
            new.append(row)
        elif differs:
            row.save()
    if not new:
        return
    if hasattr(model, "history"):
        bulk_create_with_history(new, model, default_change_reason=by_whom())
    else:
        model._default_manager.bulk_create(new)
