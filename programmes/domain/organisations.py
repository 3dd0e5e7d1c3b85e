"""Integrated Care Systems: loading the dated list of them, and who may apply from where."""

from __future__ import annotations

import csv
import datetime
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from programmes.domain import freshness
from programmes.domain.programme_file.faults import Fault, Faulty
from programmes.domain.programme_file.saving import LEFT, MADE, UPDATED, keep
from programmes.models import IntegratedCareSystem, Organisation, Programme, Region
from programmes.models.organisations import IntegratedCareSystemQuerySet

SHIPPED = Path(__file__).resolve().parent.parent / "catalogue" / "integrated-care-boards.csv"
COLUMNS = (
    "code",
    "name",
    "region",
    "region_ods_code",
    "ons_code",
    "valid_from",
    "valid_to",
    "successor_codes",
)


_Workplaces = tuple[list["IntegratedCareSystem"], list["Organisation"]]
_workplaces: freshness.Kept[tuple[int, datetime.date, bool], _Workplaces] = freshness.Kept(
    freshness.PROGRAMMES
)


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    line: int
    code: str
    name: str
    region: str
    region_code: str
    ons_code: str
    valid_from: datetime.date
    valid_to: datetime.date | None
    successors: tuple[str, ...]


@dataclass(frozen=True)
class SystemsLoaded:
    """How many systems a load made, updated and left as they were."""

    made: int
    updated: int
    as_before: int

    def __str__(self) -> str:
        return (
            f"Integrated Care Systems: {self.made} made, {self.updated} updated, {self.as_before} as before"
        )


def load_integrated_care_systems(path: Path = SHIPPED) -> SystemsLoaded:
    """Store the Integrated Care Systems of a CSV file, with their regions, dates and successors.

    Systems are matched by code, so a second load changes nothing; none is ever deleted, for applications keep
    the system they were made from. A system that ends gets its last day and its successors here.

    Raises:
        Faulty: With every fault in the file; nothing has changed.

    """
    rows = _read(path)
    with transaction.atomic():
        outcomes: Counter[str] = Counter()
        regions = {region.ods_code: region for region in Region.objects.all()}
        stored = IntegratedCareSystem.objects.select_related("region").prefetch_related("successors")
        systems = {system.code: system for system in stored}
        for row in rows:
            region = regions.setdefault(row.region_code, Region(ods_code=row.region_code))
            keep(region, {"name": row.region})
            system = systems.setdefault(row.code, IntegratedCareSystem(code=row.code))
            outcomes[_keep_system(system, row, region)] += 1
        for row in rows:
            wanted = {systems[code] for code in row.successors}
            if set(systems[row.code].successors.all()) != wanted:
                systems[row.code].successors.set(wanted)
    return SystemsLoaded(outcomes[MADE], outcomes[UPDATED], outcomes[LEFT])


def _keep_system(system: IntegratedCareSystem, row: Row, region: Region) -> str:
    values = {
        "name": row.name,
        "region": region,
        "ons_code": row.ons_code,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
    }
    return keep(system, values)


def systems_for(programme: Programme, day: datetime.date) -> IntegratedCareSystemQuerySet:
    """The systems that exist on ``day`` in the programme's regions; in all, where it names none."""
    systems = IntegratedCareSystem.objects.valid_on(day)
    if programme.regions.exists():
        systems = systems.filter(region__in=programme.regions.all())
    return systems


def workplaces(
    programme: Programme, day: datetime.date, *, everywhere: bool = False
) -> tuple[list[IntegratedCareSystem], list[Organisation]]:
    """Where somebody who applies on ``day`` can work: the systems of `systems_for`, and the organisations in them.

    ``everywhere`` gives all systems of that day beside the same organisations: for what is open to other regions too.
    Each process keeps them, as it keeps what programmes are made of.
    """

    def read() -> tuple[list[IntegratedCareSystem], list[Organisation]]:
        systems = list(systems_for(programme, day).select_related("region"))
        organisations = list(Organisation.objects.filter(ics__in=systems).select_related("ics"))
        if everywhere:
            systems = list(IntegratedCareSystem.objects.valid_on(day))
        return systems, organisations

    return _workplaces.get((programme.pk, day, everywhere), read)


def successors(system: IntegratedCareSystem, day: datetime.date) -> list[IntegratedCareSystem]:
    """The systems that do on ``day`` what ``system`` did, by name; itself while it exists.

    With one in the list records can move by themselves; with several (a system was split) a person must say.
    """
    found: set[IntegratedCareSystem] = set()
    seen: set[int] = set()
    waiting = [system]
    while waiting:
        here = waiting.pop()
        if here.pk in seen:
            continue
        seen.add(here.pk)
        if here.valid_to is None or here.valid_to >= day:
            found.add(here)
        else:
            waiting.extend(here.successors.all())
    return sorted(found, key=lambda one: one.name)


def _read(path: Path) -> list[Row]:
    faults: list[Fault] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                right = f"Give these, in this order: {', '.join(COLUMNS)}."
                raise Faulty([Fault(str(path), 1, "", "The columns are not as expected.", right)])
            rows = [row for cells in reader if (row := _row(cells, str(path), reader.line_num, faults))]
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not in UTF-8"
        raise Faulty([Fault(str(path), None, "", f"Cannot be read: {reason}.", "Check the file.")]) from error
    first = {row.code: row.line for row in reversed(rows)}
    for row in rows:
        if first[row.code] != row.line:
            wrong = f"“{row.code}” is given twice, first on line {first[row.code]}."
            faults.append(Fault(str(path), row.line, "code", wrong, "Keep one of them."))
        faults.extend(
            Fault(
                str(path),
                row.line,
                "successor_codes",
                f"“{code}” is not in the file.",
                "Add or correct it.",
            )
            for code in row.successors
            if code not in first
        )
    if faults:
        raise Faulty(sorted(faults, key=lambda fault: fault.line or 0))
    return rows


def _row(cells: dict[str, str | None], name: str, line: int, faults: list[Fault]) -> Row | None:
    count = len(faults)

    def refuse(column: str, wrong: str, right: str) -> None:
        faults.append(Fault(name, line, column, wrong, right))

    def date(column: str) -> datetime.date | None:
        text = cells[column] or ""
        try:
            return datetime.date.fromisoformat(text) if text else None
        except ValueError:
            refuse(column, f"“{text}” is not a date.", "Write it as 2026-04-01.")
            return None

    if None in cells or None in cells.values():
        refuse("", "The line has too many or too few columns.", "A name with a comma needs double quotes.")
        return None
    for column in ("code", "name", "region", "region_ods_code", "valid_from"):
        if not cells[column]:
            refuse(column, "Nothing stands here.", "Fill it in.")
    valid_from, valid_to = date("valid_from"), date("valid_to")
    if valid_from and valid_to and valid_to < valid_from:
        refuse("valid_to", "The system ends before it begins.", "Give a later date.")
    if valid_from is None or len(faults) > count:
        return None
    return Row(
        line=line,
        code=cells["code"] or "",
        name=cells["name"] or "",
        region=cells["region"] or "",
        region_code=cells["region_ods_code"] or "",
        ons_code=cells["ons_code"] or "",
        valid_from=valid_from,
        valid_to=valid_to,
        successors=tuple(filter(None, (cells["successor_codes"] or "").split("|"))),
    )
