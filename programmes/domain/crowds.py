"""Figures over more rows than are read for every page: those of a crowd may be a minute old.

For showing only, like everything that is kept (`programmes.domain.freshness`).
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

# Up to so many rows are read anew each time.
EXACT = 10_000


def are_many(rows: QuerySet[Any]) -> bool:
    """Whether there are more than `EXACT` rows; no more of them are read than that takes."""
    return rows.order_by()[: EXACT + 1].count() > EXACT
