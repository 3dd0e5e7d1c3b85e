"""Lists that come in as a file: read with care, previewed row by row, and applied exactly as they were previewed.

Nothing is written before somebody has confirmed. What was confirmed is compared with what would happen now: if the
data has changed meanwhile, nothing happens either, and the preview is shown again.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.core.files.base import ContentFile
from django.db import transaction

from programmes.domain import access, workbooks
from programmes.domain.cells import as_typed
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.models import ImportFile, IntegratedCareSystem, Organisation, Programme, Sector

Person = User | AnonymousUser

MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 5000
# Those that are empty among them.
_MOST_LINES = 4 * MOST_ROWS
MADE, CHANGED, AS_BEFORE, REFUSED = "made", "changed", "as before", "refused"
# A file that nobody confirms is thrown away after this time.
KEPT = datetime.timedelta(days=1)


class BadFile(Refused):
    """The file cannot be read as a list; nothing of it is kept."""


class ChangedMeanwhile(Refused):
    """What the file would do is not what was previewed any more."""


@dataclass(frozen=True)
class Line:
    """One row of the file: its number, and its cells by column."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Outcome:
    """What becomes of a line: made, changed, as before, or refused with the column and the reason."""

    line: int
    what: str
    outcome: str
    column: str = ""
    reason: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        """Whether nothing comes of the line."""
        return self.outcome == REFUSED


def lines_of(name: str, content: bytes, columns: Sequence[str], required: Sequence[str]) -> list[Line]:
    """The rows of a CSV or XLSX file with these columns in any order. Raises `BadFile`, saying what to do."""
    if len(content) > MOST_BYTES:
        raise BadFile(
            f"The file is larger than {MOST_BYTES // 1024 // 1024} MB. Split it into several files."
        )
    kind = name.lower().rpartition(".")[2]
    if kind not in ("csv", "xlsx"):
        raise BadFile("The file is neither CSV nor XLSX. Save the list as one of the two.")
    rows = _csv_rows(content) if kind == "csv" else _xlsx_rows(content)
    heading = [cell.strip().lower() for cell in next(rows, [])]
    while heading and not heading[-1]:
        heading.pop()
    missing = [column for column in required if column not in heading]
    unknown = [column for column in heading if column not in columns]
    if missing or unknown or len(set(heading)) < len(heading):
        raise BadFile(
            f"The first line must name the columns: {', '.join(columns)}. Needed are {', '.join(required)}. "
            "Download the template and copy your list into it."
        )
    found = []
    for number, row in enumerate(rows, start=2):
        cells = {column: as_typed(cell).strip() for column, cell in zip(heading, row, strict=False)}
        if any(cells.values()):
            found.append(Line(number, {column: cells.get(column, "") for column in columns}))
        if len(found) > MOST_ROWS or number > _MOST_LINES:
            raise BadFile(f"The file has more than {MOST_ROWS:,} rows. Split it into several files.")
    if not found:
        raise BadFile("The file has no rows below the names of the columns.")
    return found


def _csv_rows(content: bytes) -> Iterator[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile("The file is not in UTF-8. In Excel save it as “CSV UTF-8”, or as XLSX.") from error
    try:
        yield from csv.reader(io.StringIO(text, newline=""), strict=True)
    except csv.Error as error:
        raise BadFile(
            "The file cannot be read as CSV: a quotation mark may be missing. Save it again."
        ) from error


def _xlsx_rows(content: bytes) -> Iterator[list[str]]:
    try:
        yield from workbooks.rows_of(content, most=_MOST_LINES)
    except workbooks.TooMuch as error:
        raise BadFile("The file holds more than can be read. Copy the list alone into a new file.") from error
    except workbooks.Unreadable as error:
        raise BadFile("The file cannot be read as XLSX. Open it in Excel and save it again.") from error


def cells_of(row: ImportFile) -> list[str]:
    """Every cell of a file that waits to be imported; none where it is gone. Where it is no list, its words."""
    try:
        content = content_of(row)
    except Refused:
        return []
    try:
        lines = _csv_rows(content) if row.name.lower().endswith(".csv") else _xlsx_rows(content)
        return [cell for line in lines for cell in line]
    except BadFile:
        return [content.decode("utf-8", "replace")]


def fingerprint(outcomes: Sequence[Outcome]) -> str:
    """What stands for a preview: the same as long as the same would happen."""
    said = [[one.line, one.what, one.outcome, one.column, one.reason, dict(one.values)] for one in outcomes]
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def keep_file(
    kind: ImportFile.Kind,
    *,
    name: str,
    content: bytes,
    user: User,
    now: datetime.datetime,
    programme: Programme | None = None,
) -> ImportFile:
    """Keep a file from its preview until it is confirmed; older ones that nobody confirmed are thrown away.

    ``programme`` is the one that the list is for, where it is for one.
    """
    throw_away(now)
    row = ImportFile(
        kind=kind,
        programme=programme,
        name=name[-200:],
        sha256=hashlib.sha256(content).hexdigest(),
        sent_by=user,
        sent_at=now,
    )
    row.content.save(f"{row.sha256[:32]}", ContentFile(content))
    return row


def throw_away(now: datetime.datetime) -> int:
    """Throw away the files that nobody confirmed within a day; return how many."""
    old = ImportFile.objects.filter(applied_at=None, sent_at__lt=now - KEPT)
    for row in old:
        row.content.delete(save=False)
    return old.delete()[0]


def content_of(row: ImportFile) -> bytes:
    """What a kept file holds. Raises `Refused` where it is gone, or was imported already."""
    if row.applied_at is not None:
        raise Refused("This file was imported already. Send it again if it has changed.")
    try:
        with row.content.open("rb") as file:
            return bytes(file.read())
    except FileNotFoundError as error:
        raise Refused("The file is not there any more. Send it again.") from error


def apply_file(
    row_id: int,
    *,
    previewed: str,
    plan: Callable[[ImportFile], list[Outcome]],
    carry_out: Callable[[Outcome, ImportFile], None],
    now: datetime.datetime,
) -> ImportFile:
    """Do what was previewed, all or nothing, and throw the file's content away.

    Raises `ChangedMeanwhile` where ``plan`` finds anything else than ``previewed``, the preview's fingerprint.
    """
    with transaction.atomic():
        row = ImportFile.objects.select_for_update().get(pk=row_id)
        outcomes = plan(row)
        if fingerprint(outcomes) != previewed:
            raise ChangedMeanwhile(
                "The data has changed since you saw the preview. Nothing was imported: look again."
            )
        for outcome in outcomes:
            if outcome.outcome in (MADE, CHANGED):
                carry_out(outcome, row)
        counted = [one.outcome for one in outcomes]
        row.made, row.changed, row.refused = (counted.count(one) for one in (MADE, CHANGED, REFUSED))
        row.applied_at = now
        stored, kept = row.content.storage, str(row.content.name)
        row.content = ""
        row.save()
        transaction.on_commit(lambda: stored.delete(kept))
        return row


UNSTORABLE = "The line holds a character that cannot be stored. Type it again."


def unstorable_column(line: Line) -> str:
    """The first column of a line with a character that the database cannot hold; empty where there is none."""
    return next((column for column, cell in line.cells.items() if "\0" in cell), "")


ORGANISATION_COLUMNS = ("name", "sector", "ics_code", "ods_code")
ORGANISATION_REQUIRED = ("name", "sector")


def plan_organisations(row: ImportFile) -> list[Outcome]:
    """What a list of organisations would do, line by line. Raises `BadFile`.

    An organisation is the same by its name, without case, in the same ICS.
    """
    lines = lines_of(row.name, content_of(row), ORGANISATION_COLUMNS, ORGANISATION_REQUIRED)
    systems = {system.code.casefold(): system for system in IntegratedCareSystem.objects.all()}
    there = {(one.name.casefold(), one.ics_id): one for one in Organisation.objects.all()}
    sectors = {str(label).casefold(): value for value, label in Sector.choices} | {
        value: value for value in Sector.values
    }
    seen: dict[tuple[str, int | None], int] = {}
    return [_organisation(line, systems, there, sectors, seen) for line in lines]


def _organisation(
    line: Line,
    systems: Mapping[str, IntegratedCareSystem],
    there: Mapping[tuple[str, int | None], Organisation],
    sectors: Mapping[str, str],
    seen: dict[tuple[str, int | None], int],
) -> Outcome:
    cells = line.cells
    if unstorable := unstorable_column(line):
        return Outcome(line.number, cells["name"].replace("\0", ""), REFUSED, unstorable, UNSTORABLE)
    name = " ".join(cells["name"].split())
    system = systems.get(cells["ics_code"].casefold())
    sector = sectors.get(cells["sector"].casefold())

    def refuse(column: str, reason: str) -> Outcome:
        return Outcome(line.number, name, REFUSED, column, reason)

    if not 0 < len(name) <= 200:
        return refuse("name", "A name of at most 200 characters is needed.")
    if sector is None:
        return refuse("sector", f"Use one of: {', '.join(str(label) for label in Sector.labels)}.")
    if cells["ics_code"] and system is None:
        return refuse("ics_code", "No ICS has this code.")
    if len(cells["ods_code"]) > 10:
        return refuse("ods_code", "An ODS code has at most 10 characters.")
    key = (name.casefold(), system.pk if system else None)
    if key in seen:
        return refuse("name", f"It stands on line {seen[key]} already.")
    seen[key] = line.number
    values = {
        "name": name,
        "sector": sector,
        "ics": system.pk if system else None,
        "ods_code": cells["ods_code"],
    }
    kept = there.get(key)
    if kept is None:
        return Outcome(line.number, name, MADE, values=values)
    as_before = kept.sector == sector and kept.ods_code == (cells["ods_code"] or kept.ods_code)
    outcome = AS_BEFORE if as_before else CHANGED
    return Outcome(line.number, name, outcome, values=values | {"pk": kept.pk})


def import_organisations(row_id: int, *, previewed: str, user: Person, now: datetime.datetime) -> ImportFile:
    """Make and change the organisations of a previewed file; their history names the file and who imported it.

    Raises `NotAllowed` without the role of administrator in any academy, and `ChangedMeanwhile`.
    """
    if not access.can_administer(user):
        raise access.NotAllowed("Only administrators import organisations.")

    def carry_out(outcome: Outcome, row: ImportFile) -> None:
        values = outcome.values
        one = (
            Organisation.objects.get(pk=values["pk"]) if "pk" in values else Organisation(name=values["name"])
        )
        one.sector = values["sector"]
        one.ics_id = values["ics"]
        one.ods_code = values["ods_code"] or one.ods_code
        changed_by(one, user)
        one._change_reason = f"Imported from {row.name}"[:100]  # type: ignore[attr-defined]
        one.save()

    return apply_file(row_id, previewed=previewed, plan=plan_organisations, carry_out=carry_out, now=now)
