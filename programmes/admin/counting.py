"""How many rows a list of staff has: exactly, as long as anybody turns its pages."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

from programmes.domain import crowds, freshness


class QuickPaginator(Paginator):
    """Counts up to `crowds.EXACT` rows anew each time; of more than that the number may be a minute old.

    To count a million rows takes longer than to show a page of them, and decides nothing.
    """

    @cached_property
    def count(self) -> int:
        """The number of rows."""
        rows = cast(QuerySet[Any], self.object_list).order_by().values("pk")
        # Where no list is so long, its question need not be spelled out.
        if not _many or not _many.has(_question(rows)):
            few = rows[: crowds.EXACT + 1].count()
            if few <= crowds.EXACT:
                return few
        return _many.get(_question(rows), rows.count)


def _question(rows: QuerySet[Any]) -> str:
    """The query with its values: two lists of the same question have the same rows."""
    try:
        return repr(rows.query.sql_with_params())
    except EmptyResultSet:
        return ""


_many: freshness.Kept[str, int] = freshness.Kept(freshness.PROGRAMMES)
