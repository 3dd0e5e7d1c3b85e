"""Operations for migrations that stop nobody on PostgreSQL and do the same, plainly, on SQLite (docs/upgrading.md)."""

import logging
from collections.abc import Sequence
from typing import Any

from django.contrib.postgres import operations as on_postgresql
from django.db import DatabaseError
from django.db.migrations import AddConstraint, AddIndex, CreateModel, RemoveIndex
from django.db.migrations.operations.base import Operation

logger = logging.getLogger(__name__)


def _plain(schema_editor: Any) -> bool:
    return schema_editor.connection.vendor != "postgresql"


class AddIndexConcurrently(on_postgresql.AddIndexConcurrently):
    """An index, made while pages are answered; its migration says ``atomic = False``."""

    def database_forwards(self, app_label: Any, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        there = AddIndex if _plain(schema_editor) else on_postgresql.AddIndexConcurrently
        there.database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: Any, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        back = AddIndex if _plain(schema_editor) else on_postgresql.AddIndexConcurrently
        back.database_backwards(self, app_label, schema_editor, from_state, to_state)


class RemoveIndexConcurrently(on_postgresql.RemoveIndexConcurrently):
    """An index taken away while pages are answered; its migration says ``atomic = False``."""

    def database_forwards(self, app_label: Any, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        there = RemoveIndex if _plain(schema_editor) else on_postgresql.RemoveIndexConcurrently
        there.database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: Any, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        back = RemoveIndex if _plain(schema_editor) else on_postgresql.RemoveIndexConcurrently
        back.database_backwards(self, app_label, schema_editor, from_state, to_state)


class AddConstraintNotValid(on_postgresql.AddConstraintNotValid):
    """A check of new rows alone; the old ones are read by `ValidateConstraint`, in a migration of its own."""

    def database_forwards(self, app_label: Any, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        there = AddConstraint if _plain(schema_editor) else on_postgresql.AddConstraintNotValid
        there.database_forwards(self, app_label, schema_editor, from_state, to_state)


class ValidateConstraint(on_postgresql.ValidateConstraint):
    """Reads the rows that were there before the check; writers go on meanwhile."""

    def database_forwards(self, app_label: Any, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if not _plain(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class CreateModels(Operation):
    """Many tables at once, each as `CreateModel` makes it, whichever points to which.

    Django works out all models anew after each table that is made: with our 170 that took nine tenths of the time in
    which an empty database is migrated.
    """

    def __init__(self, operations: Sequence[CreateModel]) -> None:
        self.operations = operations

    def state_forwards(self, app_label: Any, state: Any) -> None:
        """Tell the state of each; what was worked out of the models is worked out again when it is asked for."""
        state.clear_delayed_apps_cache()
        state.__dict__.pop("apps", None)
        for one in self.operations:
            one.state_forwards(app_label, state)

    def database_forwards(self, app_label: Any, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for one in self.operations:
            one.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: Any, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for one in reversed(self.operations):
            one.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """What `migrate` says of it."""
        return f"Create {len(self.operations)} models"


class AddPartsIndex(Operation):
    """An index by which PostgreSQL finds rows by a part of a word, made while pages are answered; on SQLite none.

    It asks for PostgreSQL's own extension pg_trgm, which the owner of a database may make. Where that is not so the
    index is left out: the same is found, by reading every row. Its migration says ``atomic = False``.
    """

    atomic = False

    def __init__(self, model_name: str, name: str, columns: Sequence[str], condition: str) -> None:
        self.model_name, self.name, self.columns, self.condition = model_name, name, columns, condition

    def state_forwards(self, app_label: Any, state: Any) -> None:
        """Nothing: the models do not know of it, for they are the same on both databases."""

    def database_forwards(self, app_label: Any, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if _plain(schema_editor):
            return
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        parts = ", ".join(f"{column} gin_trgm_ops" for column in self.columns)
        try:
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        except DatabaseError as why:
            logger.warning("%s is left out, and searches read every row: %s", self.name, str(why).strip())
            return
        schema_editor.execute(
            f'CREATE INDEX CONCURRENTLY IF NOT EXISTS "{self.name}" ON "{table}" USING gin ({parts}) '
            f"WHERE {self.condition}"
        )

    def database_backwards(self, app_label: Any, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if not _plain(schema_editor):
            schema_editor.execute(f'DROP INDEX CONCURRENTLY IF EXISTS "{self.name}"')

    def describe(self) -> str:
        """What `migrate` says of it."""
        return f"Create index {self.name} for parts of words on model {self.model_name}"
