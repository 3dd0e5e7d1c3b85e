"""Rows written as CSV or XLSX, a chunk at a time: 100,000 rows need no more memory than 500."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from django.db.models import QuerySet
from import_export.fields import Field
from import_export.resources import Resource

from programmes.domain.cells import csv_text, plain

if TYPE_CHECKING:
    from openpyxl.cell import WriteOnlyCell

CSV, XLSX = "csv", "xlsx"
CONTENT_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
CHUNK = 500
# What Excel can hold: rows on a sheet, and characters in a cell.
MOST_ROWS = 1_048_575
_MOST_CHARACTERS = 32_767
_CUT = "… (cut: the CSV file has all of it)"


@dataclass(frozen=True)
class Column:
    """A column that can be exported: what it is called, and how a record's value is found.

    ``ticked`` columns are chosen at first. What is ``sensitive`` is offered to administrators alone, and noted.
    """

    key: str
    title: str
    value: Callable[[Any], Any]
    ticked: bool = True
    sensitive: bool = False


class _ColumnField(Field):
    """A field of a resource whose value is found by a column."""

    def __init__(self, column: Column) -> None:
        super().__init__(attribute=column.key, column_name=column.title, readonly=True)
        self.column = column

    def export(self, instance: Any, **kwargs: Any) -> Any:
        return plain(self.column.value(instance))


class ListResource(Resource):
    """Records as rows of chosen columns, read from the database a chunk at a time."""

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self.fields = {column.key: _ColumnField(column) for column in columns}

    def get_export_order(self) -> list[str]:
        """As they are given."""
        return list(self.fields)

    def iter_queryset(self, queryset: QuerySet[Any]) -> Iterator[Any]:
        """The records, with what the query prefetches; the package's own way counts from the start for each chunk."""
        yield from queryset.iterator(chunk_size=CHUNK)

    def rows(self, records: QuerySet[Any]) -> Iterator[list[Any]]:
        """The headings, then a row for each record."""
        yield [field.column_name for field in self.fields.values()]
        for record in self.iter_queryset(records):
            yield self.export_resource(record)


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The lines of a CSV file in UTF-8, with the mark at its start by which Excel knows the encoding."""
    writer = csv.writer(_Echo())
    yield b"\xef\xbb\xbf"
    for row in rows:
        line: Any = writer.writerow([csv_text(value) for value in row])
        yield line.encode()


def xlsx_file(rows: Iterable[Sequence[Any]], *, title: str) -> IO[bytes]:
    """An XLSX file with one sheet, open at its start; it goes when it is closed. Texts are typed as text."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet("".join(sign for sign in title if sign not in "[]:*?/\\")[:31] or "Export")
    sheet.freeze_panes = "A2"
    for number, row in enumerate(rows):
        cells = [_cell(sheet, value) for value in row]
        if number == 0:
            for cell in cells:
                cell.font = Font(bold=True)
        sheet.append(cells)
    file = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115  the response closes it
    book.save(file)
    book.close()
    file.seek(0)
    return file


def _cell(sheet: Any, value: Any) -> WriteOnlyCell:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if not isinstance(value, str):
        return WriteOnlyCell(sheet, value)
    text = ILLEGAL_CHARACTERS_RE.sub("", value)
    if len(text) > _MOST_CHARACTERS:
        text = text[: _MOST_CHARACTERS - len(_CUT)] + _CUT
    cell = WriteOnlyCell(sheet, text)
    # A text that begins with = would be taken for a formula.
    cell.data_type = "s"
    return cell
