"""``manage.py personal_data``: which tables hold something of people, what and why, as the table of docs/privacy.md."""

from typing import Any

from django.core.management.base import BaseCommand

from programmes.domain.privacy import registry


class Command(BaseCommand):
    help = (
        "Print which tables hold something of people, what, why, and what becomes of it: a table in Markdown."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(as_markdown(), ending="")


def as_markdown() -> str:
    """The table: a row for each table of the registry that holds something of people, in the registry's order."""
    lines = ["| table | what it holds | why | when it is erased |", "|---|---|---|---|"]
    for table in registry.tables():
        if table.what:
            ending = "deleted" if table.goes else "made anonymous"
            lines.append(f"| `{table.label}` | {table.what} | {table.why} | {ending} |")
    return "\n".join(lines) + "\n"
