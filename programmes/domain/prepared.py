"""A query whose SQL is made once, and asked with other values each time.

Django builds the same SQL anew for every request, and PostgreSQL plans it anew: of a page behind an emailed link that
was a quarter of the work. PostgreSQL keeps its plan for the connection (its `PREPARE`), but where a pooler may hand the
next question to another connection (docs/scaling.md).
"""

from __future__ import annotations

import datetime
import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Generic, TypeVar, cast

from django.conf import settings
from django.db import (
    DEFAULT_DB_ALIAS,
    NotSupportedError,
    OperationalError,
    connection,
    connections,
    transaction,
)
from django.db.models import Model, QuerySet
from django.db.models.query import ModelIterable
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row", bound=Model)
# The name of what is given with each question, or None beside what is always the same.
_Values = tuple[tuple[str | None, Any], ...]

_numbers = itertools.count(1)


@dataclass(frozen=True)
class _Made:
    """A query as it is asked; what made it, how its columns are read, and whether it locks rows.

    Of the values that are sent too, some are given with each question, by their names, and some are always the same.
    """

    sql: str
    compiler: SQLCompiler
    converters: Any
    values: _Values
    locks: bool


# How a query is asked of one connection: the words, and the values.
_Asked = tuple[str, _Values]


class Prepared(Generic[Row]):
    """Rows by the query that ``make`` returns for some values: keys, texts and moments, each by its name.

    ``standing_in`` has for each name a value of its kind that stands nowhere else in the query: with these the SQL is
    made. A query that is built otherwise for other values, as one for a list of keys, cannot be prepared.
    """

    def __init__(self, make: Callable[..., QuerySet[Row]], **standing_in: Any) -> None:
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
        try:
            found = self._found(values)
        except NotSupportedError as error:
            # A migration has changed the type of a column since PostgreSQL planned it.
            if _planned_for_connection().pop(self, None) is None:
                raise
            if connection.in_atomic_block:
                raise OperationalError("What is asked was changed by a migration.") from error
            found = self._found(values)
        return list(ModelIterable(_answered(made, found)))  # type: ignore[arg-type]

    def _found(self, values: dict[str, Any]) -> list[Any]:
        planned, made = _planned_for_connection(), self._made
        sql, wanted = made.sql, made.values
        if settings.KEEP_PLANS and connection.vendor == "postgresql":
            # Whoever asks once has no use for a plan.
            if self in planned and planned[self] is None:
                planned[self] = _plan(made.sql, made.values)
            sql, wanted = planned.setdefault(self, None) or (sql, wanted)
        with connection.cursor() as cursor:
            cursor.execute(sql, [_adapted(values[name]) if name else value for name, value in wanted])
            found: list[Any] = cursor.fetchall()
            return found

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
        return _Made(sql, compiler, converters, values, rows.query.select_for_update)


# What was asked of a connection: how it is asked where it is planned, None where it was asked once.
_Plans = dict[Prepared[Any], _Asked | None]


def _planned_for_connection() -> _Plans:
    """What was asked of this thread's connection so far; of another to the database, nothing yet."""
    ours = connections[DEFAULT_DB_ALIAS]
    # As a cursor of Django's begins: what is found broken is replaced now, and not after the plan was looked for.
    ours.close_if_health_check_failed()
    ours.ensure_connection()
    made_for, plans = cast("tuple[Any, _Plans]", ours.__dict__.get("planned", (None, {})))
    if made_for is not ours.connection:
        plans = {}
        ours.__dict__["planned"] = (ours.connection, plans)
    return plans


def _plan(sql: str, values: _Values) -> _Asked:
    """Have PostgreSQL plan a query once; returns how it is asked from then on, and with which values."""
    from psycopg2.extensions import AsIs

    names = list(dict.fromkeys(name for name, _ in values if name))
    stands = [AsIs(f"${names.index(name) + 1}") if name else value for name, value in values]
    ours = connections[DEFAULT_DB_ALIAS]
    called = f"prepared_{next(_numbers)}"
    # Not through Django's cursor: nobody asked this, and nobody counts it.
    with ours.wrap_database_errors, ours.connection.cursor() as cursor:
        cursor.execute(f"PREPARE {called} AS {sql}", stands)
    return f"EXECUTE {called} ({', '.join(['%s'] * len(names))})", tuple((name, None) for name in names)


def _adapted(value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime.datetime) else value


def _answered(made: _Made, found: list[Any]) -> SimpleNamespace:
    """What Django makes its records from, where the rows are there already."""
    compiler = made.compiler
    answer = SimpleNamespace(
        execute_sql=lambda **_: found,
        results_iter=lambda rows: compiler.apply_converters(rows, made.converters),
        select=compiler.select,
        klass_info=compiler.klass_info,
        annotation_col_map=compiler.annotation_col_map,
    )
    query = SimpleNamespace(get_compiler=lambda using: answer)
    return SimpleNamespace(db=compiler.using, query=query, _known_related_objects={})
