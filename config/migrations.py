"""Operations for migrations that stop nobody on PostgreSQL and do the same, plainly, on SQLite (docs/upgrading.md)."""

from typing import Any

from django.contrib.postgres import operations as on_postgresql
from django.db.migrations import AddConstraint, AddIndex, RemoveIndex


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
