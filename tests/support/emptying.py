"""After a test whose changes were committed, PostgreSQL's tables are emptied row by row.

Django's ``flush`` truncates every table, which makes new files for all of them and their indexes, and then makes the
content types and permissions anew: half a second, for a test that left a few dozen rows.
"""

import functools
from typing import Any

from django.db import connections, transaction
from django.test import TransactionTestCase

# They belong to the models: `migrate` makes them.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


@functools.cache
def _tables(alias: str) -> tuple[str, ...]:
    connection = connections[alias]
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return tuple(connection.ops.quote_name(name) for name in sorted(set(names) - KEPT))


def _can_be_emptied(alias: str) -> bool:
    """Whether this is PostgreSQL, by an account that may leave foreign keys unchecked for a moment."""
    connection = connections[alias]
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('is_superuser')")
        return bool(cursor.fetchone() == ("on",))


def empty(alias: str) -> None:
    """Delete every row of every table but those of `KEPT`, once whoever still works on one has done so."""
    tables = _tables(alias)
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        # As TRUNCATE does: a request that outlived its test must not leave a row in the next.
        cursor.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
        looks = (f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in tables)
        cursor.execute(" UNION ALL ".join(looks))
        filled = [name for (name,) in cursor.fetchall()]
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in filled:
            cursor.execute(f"DELETE FROM {table}")


def empty_row_by_row() -> None:
    """From now on end transactional tests so, where the database allows it."""
    flush = TransactionTestCase._fixture_teardown

    def emptied(self: Any) -> None:
        aliases = self._databases_names(include_mirrors=False)
        if self.available_apps is None and all(map(_can_be_emptied, aliases)):
            for alias in aliases:
                empty(alias)
        else:
            flush(self)

    TransactionTestCase._fixture_teardown = emptied
