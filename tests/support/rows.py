"""Everything that is stored, as a digest: to prove that nothing has changed."""

import hashlib

from django.apps import apps
from django.db import connection


def everything_stored() -> dict[str, tuple[int, str]]:
    """How many rows each table has, and a digest of all their values."""
    stored = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = connection.ops.quote_name(model._meta.db_table)
            key = connection.ops.quote_name(model._meta.pk.column)
            cursor.execute(f"SELECT * FROM {table} ORDER BY {key}")
            rows = [
                [bytes(value) if isinstance(value, memoryview) else value for value in row]
                for row in cursor.fetchall()
            ]
            stored[model._meta.label] = (len(rows), hashlib.sha256(repr(rows).encode()).hexdigest())
    return stored
