"""A query whose SQL is made once, and asked with other values each time.

Django builds the same SQL anew for every request, and PostgreSQL plans it anew: of a page behind an emailed link that
was a quarter of the work. `programmes.models.plans` has PostgreSQL keep its plan.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler

from programmes.models import plans

Row = TypeVar("Row")

# Stands in for a moment that is given with each question: at none of ours.
A_MOMENT = datetime.datetime(1948, 7, 5, tzinfo=datetime.UTC)


@dataclass(frozen=True)
class _Made:
    """A query as it is asked; what made it, how its columns and rows are read, and whether it locks rows.

    Of the values that are sent too, some are given with each question, by their names, and some are always the same.
    """

    sql: str
    compiler: SQLCompiler
    converters: Any
    iterable: Any
    values: plans.Values
    locks: bool


class Prepared(Generic[Row]):
    """What the query that ``make`` returns finds for some values: keys, texts and moments, each by its name.

    ``standing_in`` has for each name a value of its kind that stands nowhere else in the query: with these the SQL is
    made. What is found is records, or what the query's `values_list` makes of them. A query that is built otherwise for
    other values, as one for a list of keys, cannot be prepared.
    """

    def __init__(self, make: Callable[..., QuerySet[Any, Row]], **standing_in: Any) -> None:
        self._make, self._standing_in = make, standing_in

    def __call__(self, **values: Any) -> list[Row]:
        """The rows for these values, as they are now. Raises TypeError where a value is missing or unknown.

        A query that locks raises TransactionManagementError outside a transaction, as Django's own does.
        """
        if values.keys() != self._standing_in.keys():
            raise TypeError(f"The query is asked with {', '.join(self._standing_in)}.")
        made = self._made
        if made.locks and connection.get_autocommit():
            raise transaction.TransactionManagementError(
                "What is read for a change is read in a transaction."
            )
        given = {name: _adapted(value) for name, value in values.items()}
        found = plans.fetched(self, made.sql, made.values, given)
        return list(made.iterable(_answered(made, found)))

    def get(self, **values: Any) -> Row:
        """The first row for these values. Raises the model's DoesNotExist where there is none, and as a call does."""
        for row in self(**values):
            return row
        model: Any = self._made.compiler.query.model
        raise model.DoesNotExist

    def first(self, **values: Any) -> Row | None:
        """The first row for these values, or None. Raises as a call does."""
        return next(iter(self(**values)), None)

    @functools.cached_property
    def _made(self) -> _Made:
        rows = self._make(**self._standing_in)
        compiler = rows.query.get_compiler(using=rows.db)
        sql, params = compiler.as_sql()
        named = {_adapted(value): name for name, value in self._standing_in.items()}
        values = tuple((named.get(param), param) for param in params)
        if {name for name, _ in values if name} != set(named.values()):
            raise TypeError("A value of a prepared query does not stand in its SQL.")
        converters = compiler.get_converters([one[0] for one in compiler.select])
        reading = rows._iterable_class  # noqa: SLF001  # what `values_list` chooses, which Django tells nowhere else
        return _Made(sql, compiler, converters, reading, values, rows.query.select_for_update)


def _adapted(value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime.datetime) else value


def _answered(made: _Made, found: list[Any]) -> SimpleNamespace:
    """What Django makes its records from, where the rows are there already."""
    compiler = made.compiler
    answer = SimpleNamespace(
        execute_sql=lambda **_: found,
        results_iter=lambda rows=found, **_: compiler.apply_converters(rows, made.converters),
        select=compiler.select,
        klass_info=compiler.klass_info,
        annotation_col_map=compiler.annotation_col_map,
    )
    query = SimpleNamespace(get_compiler=lambda using: answer)
    return SimpleNamespace(db=compiler.using, query=query, _known_related_objects={})
