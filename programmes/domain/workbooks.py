"""The rows of an XLSX file that somebody sent, within bounds.

Such a file is an archive of XML, and what reads it builds a tree: forty kilobytes can ask for gigabytes. So it is
looked through first, in little memory, and read only where it is as plain as a list.
"""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Iterator
from typing import IO
from xml.parsers import expat

# How large what is in the archive may become, in bytes, and in how many parts.
_MOST_UNPACKED = 50 * 1024 * 1024
_MOST_PARTS = 500
# A list of 5,000 rows and ten columns has about 200,000 elements; a tree of so many takes 100 MB at the most.
_MOST_ELEMENTS = 300_000
_DEEPEST = 50
_MOST_COLUMNS = 50
_CHUNK = 64 * 1024
# A single tag of this length is no part of a list.
_LONGEST_TAG = 8 * _CHUNK


class TooMuch(Exception):
    """The file holds more than a list does, or something that none needs."""


class Unreadable(Exception):
    """The file is no workbook."""


def rows_of(content: bytes, *, most: int) -> Iterator[list[str]]:
    """The cells of each row of the first sheet, empty rows among them. Raises `TooMuch` or `Unreadable`.

    ``most`` is how many rows the sheet may have, wherever in it they stand.
    """
    # It brings much with it, for which most processes have no use: so do the other imports of this kind.
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _look_through(archive)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        # Of a row that is written far below, reading it would make all those between.
        rows = book.worksheets[0].iter_rows(max_row=most + 1, max_col=_MOST_COLUMNS, values_only=True)
        for number, row in enumerate(rows, start=1):
            if number > most:
                raise TooMuch
            yield ["" if cell is None else str(cell) for cell in row]
    except TooMuch:
        raise
    except Exception as error:  # zipfile and openpyxl fail in many ways on a file that is no workbook
        raise Unreadable from error


def _look_through(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_UNPACKED:
        raise TooMuch
    counted = _Counted()
    # Every part, whatever its name: the workbook itself says which of them is a sheet.
    for part in parts:
        with archive.open(part) as file, contextlib.suppress(expat.ExpatError):
            counted.read(file)


class _Counted:
    """Counts the elements of several files; raises `TooMuch` as soon as there are too many."""

    def __init__(self) -> None:
        self.elements = self.depth = self.since = 0

    def read(self, file: IO[bytes]) -> None:
        self.depth = self.since = 0
        parser = expat.ParserCreate()
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        # What a document type defines can be made to grow without end; no workbook has one.
        parser.StartDoctypeDeclHandler = self._doctype
        while chunk := file.read(_CHUNK):
            parser.Parse(chunk)
            self.since += len(chunk)
            if self.since > _LONGEST_TAG:
                raise TooMuch
        parser.Parse(b"", True)

    def _start(self, name: str, attributes: list[str]) -> None:
        self.elements += 1
        self.depth += 1
        self.since = 0
        if self.elements > _MOST_ELEMENTS or self.depth > _DEEPEST:
            raise TooMuch

    def _end(self, name: str) -> None:
        self.depth -= 1
        self.since = 0

    def _text(self, text: str) -> None:
        self.since = 0

    def _doctype(self, *about: object) -> None:
        raise TooMuch
