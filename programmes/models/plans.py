"""PostgreSQL plans what a connection asks again and again once for that connection (its `PREPARE`).

Not behind a pooler, which may hand the next question to another connection: ``settings.KEEP_PLANS`` (docs/scaling.md).
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Mapping
from typing import Any, cast

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, NotSupportedError, OperationalError, connections

# The values of a query in the order of their places: the name of one that is given with each question, or None beside
# one that is always the same.
Values = tuple[tuple[str | None, Any], ...]
# How a query is asked: the words, and the values.
_Asked = tuple[str, Values]
# What was asked of a connection: how it is asked where it is planned, None where it was asked once.
_Plans = dict[Hashable, _Asked | None]

_numbers = itertools.count(1)


def fetched(query: Hashable, sql: str, values: Values, given: Mapping[str, Any]) -> list[Any]:
    """The rows of a query, told apart from others by ``query``, with ``given`` in their places.

    Raises OperationalError in a transaction in which a plan has turned out to be older than a migration.
    """
    try:
        return _fetched(query, (sql, values), given)
    except NotSupportedError as error:
        # A migration has changed the type of a column since PostgreSQL planned it.
        if _plans().pop(query, None) is None:
            raise
        if connections[DEFAULT_DB_ALIAS].in_atomic_block:
            raise OperationalError("What is asked was changed by a migration.") from error
        return _fetched(query, (sql, values), given)


def _fetched(query: Hashable, asked: _Asked, given: Mapping[str, Any]) -> list[Any]:
    ours = connections[DEFAULT_DB_ALIAS]
    if settings.KEEP_PLANS and ours.vendor == "postgresql":
        plans = _plans()
        if query in plans:
            asked = plans[query] = plans[query] or _plan(*asked)
        else:
            # Whoever asks once has no use for a plan.
            plans[query] = None
    sql, values = asked
    with ours.cursor() as cursor:
        cursor.execute(sql, [given[name] if name else value for name, value in values])
        return cast("list[Any]", cursor.fetchall())


def _plans() -> _Plans:
    """What was asked of this thread's connection so far; of another to the database, nothing yet."""
    ours = connections[DEFAULT_DB_ALIAS]
    # As a cursor of Django's begins: what is found broken is replaced now, and not after the plan was looked for.
    ours.close_if_health_check_failed()
    ours.ensure_connection()
    made_for, plans = cast("tuple[Any, _Plans]", ours.__dict__.get("plans", (None, {})))
    if made_for is not ours.connection:
        plans = {}
        ours.__dict__["plans"] = (ours.connection, plans)
    return plans


def _plan(sql: str, values: Values) -> _Asked:
    """Have PostgreSQL plan a query; returns how it is asked from then on."""
    from psycopg2.extensions import AsIs

    names = list(dict.fromkeys(name for name, _ in values if name))
    stands = [AsIs(f"${names.index(name) + 1}") if name else value for name, value in values]
    ours = connections[DEFAULT_DB_ALIAS]
    called = f"prepared_{next(_numbers)}"
    # Not through Django's cursor: nobody asked this, and nobody counts it.
    with ours.wrap_database_errors, ours.connection.cursor() as cursor:
        cursor.execute(f"PREPARE {called} AS {sql}", stands)
    return f"EXECUTE {called} ({', '.join(['%s'] * len(names))})", tuple((name, None) for name in names)
