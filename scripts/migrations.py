"""Find migrations that would stop the portal while they run, or break the version that still runs beside them.

    python -m scripts.migrations

Two versions share the database during a rolling upgrade, so a migration may only add what the older one can live with,
and take no lock that makes pages wait. The rules, and what to write instead: docs/upgrading.md. The first migration of
each app is free: there is nothing yet to lock. A migration that must break a rule says why::

    class Migration(migrations.Migration):
        stops_the_portal = "The table has 40 rows."
"""

import os
import sys
from collections.abc import Iterator
from typing import Any

OURS = ("programmes", "applications", "cohorts", "facilitators")


def faults(loader: Any) -> Iterator[str]:
    """A sentence for each thing in our migrations that locks or breaks; takes Django's loader of migrations."""
    for (app, name), migration in sorted(loader.disk_migrations.items()):
        first = not any(before[0] == app for before in migration.dependencies)
        if app in OURS and not first and not getattr(migration, "stops_the_portal", ""):
            state = loader.project_state((app, name), at_end=False)
            yield from (f"{app}.{name}: {fault}" for fault in faults_of(migration, app, state))


def faults_of(migration: Any, app: str, state: Any) -> Iterator[str]:
    """The faults of one migration, given the state of the models before it."""
    from django.db.migrations import operations as kinds

    operations = list(_flat(migration.operations))
    moving = [one for one in operations if isinstance(one, kinds.RunPython | kinds.RunSQL)]
    if moving and len(moving) < len(operations):
        yield "moves data and changes tables: make two migrations of it"
    if moving and not all(one.reversible for one in moving):
        yield "moves data with no way back: give reverse_code or reverse_sql (a noop will do)"
    made = {one.name_lower for one in operations if isinstance(one, kinds.CreateModel)}
    for one in operations:
        if getattr(one, "model_name_lower", None) not in made:
            if fault := _fault(one, app, state):
                yield fault
            if type(one).__name__.endswith("Concurrently") and migration.atomic:
                yield f"{one.describe()}: set atomic = False, an index is not made so in a transaction"
        one.state_forwards(app, state)


def _flat(operations: Any) -> Iterator[Any]:
    """Operations with those that reach the database in place of what wraps them."""
    from django.db.migrations.operations import SeparateDatabaseAndState

    from config.migrations import CreateModels

    for one in operations:
        if isinstance(one, SeparateDatabaseAndState):
            yield from _flat(one.database_operations)
        elif isinstance(one, CreateModels):
            yield from _flat(one.operations)
        else:
            yield one


def _fault(one: Any, app: str, state: Any) -> str:
    from django.db.migrations import operations as kinds

    simple = {
        "RenameModel": "the older version asks for the old name",
        "RenameField": "the older version asks for the old name: add a column, copy, and drop later",
        "AlterModelTable": "the older version asks for the old name",
        "DeleteModel": "the older version may still read it: see “taking away” in docs/upgrading.md",
        "RemoveField": "the older version still reads and writes it: see “taking away” in docs/upgrading.md",
        "AlterUniqueTogether": "the index is made under a lock: use AddIndexConcurrently",
        "AlterIndexTogether": "the index is made under a lock: use AddIndexConcurrently",
        "AddIndex": "the index is made under a lock: use AddIndexConcurrently",
        "RemoveIndex": "the index goes under a lock: use RemoveIndexConcurrently",
        "AddConstraint": "every row is read under a lock: use AddConstraintNotValid, then ValidateConstraint",
    }
    if type(one).__name__ in simple:
        return f"{one.describe()}: {simple[type(one).__name__]}"
    if isinstance(one, kinds.AddField) and (why := _fault_of_new(one.field)):
        return f"{one.describe()}: {why}"
    if isinstance(one, kinds.AlterField):
        before = state.models[app, one.model_name_lower].fields[one.name]
        if why := _fault_of_change(before, one.field):
            return f"{one.describe()}: {why}"
    return ""


def _fault_of_new(field: Any) -> str:
    if field.many_to_many:
        return ""
    if not field.null and not field.has_db_default():
        return "the older version leaves it out: let it be null, or give it a db_default"
    if field.unique or field.db_index:
        return "its index is made under a lock: add it without, and the index by AddIndexConcurrently"
    return ""


def _fault_of_change(before: Any, after: Any) -> str:
    if before.null and not after.null:
        return "every row is read under a lock: add a NOT NULL check as not valid first, and validate it"
    if (after.unique and not before.unique) or (after.db_index and not before.db_index):
        return "its index is made under a lock: use AddIndexConcurrently"
    if before.db_column != after.db_column:
        return "the older version asks for the old column"
    if before.get_internal_type() == after.get_internal_type() == "CharField":
        shorter = after.max_length is not None and (before.max_length or sys.maxsize) > after.max_length
        return "the older version may write more than fits" if shorter else ""
    kinds = (before.get_internal_type(), after.get_internal_type())
    if kinds[0] != kinds[1] and kinds != ("CharField", "TextField"):
        return "every row is written anew under a lock: add a column, copy, and drop later"
    return ""


def main() -> int:
    """Print each fault; return 1 when there is one, else 0."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django
    from django.db.migrations.loader import MigrationLoader

    django.setup()
    found = list(faults(MigrationLoader(None)))
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
