"""How a YAML file becomes a programme. The format: ``docs/programme-file.md``.

A file is read and checked as a whole before anything is stored, and all files of one call are one
transaction: either every programme is as its file says, or nothing has changed. Loading a file again updates
the programme and never duplicates; applications are never touched.

Other apps add keys of their own (cohorts) with `register`, and say no to what people already rely on (a limit
lowered below what is taken) by subscribing to `before_save`.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction

from programmes.domain.announcements import Announcement
from programmes.domain.organisations import load_integrated_care_systems
from programmes.domain.programme_file.faults import Fault, Faulty
from programmes.domain.programme_file.fields import Check, Entry, Key, Mapping
from programmes.domain.programme_file.moving import moved, weeks_to_future
from programmes.domain.programme_file.reading import read_file, read_text
from programmes.domain.programme_file.saving import Tally, save_programme, stored_faults
from programmes.domain.programme_file.schema import CHECKS, KEYS
from programmes.domain.programme_file.writing import (
    Unwritable,
    differences,
    entry_of,
    said_by_itself,
    written,
)
from programmes.models import Programme, Region

SHIPPED = Path(__file__).resolve().parent.parent / "catalogue"


def _nothing(programme: Programme) -> dict[str, Any]:
    return {}


def _as_it_is(entry: Entry) -> None:
    """A section without anything that belongs to one round only."""


@dataclass(frozen=True)
class Section:
    """Keys of the file that another app reads and stores.

    ``save`` gets the stored programme, the whole entry (the section's keys among its keys) and the tally. ``said`` is
    the way back: what a file would say of a stored programme under the section's keys. ``for_new_round`` takes out
    of that what belongs to one round only, such as the links of its meetings.
    """

    keys: tuple[Key, ...]
    save: Callable[[Programme, Entry, Tally], None]
    checks: tuple[Check, ...] = ()
    said: Callable[[Programme], dict[str, Any]] = _nothing
    for_new_round: Callable[[Entry], None] = _as_it_is


_sections: list[Section] = []

# A stored programme is about to become what an entry says; subscribers return the faults they find in that.
before_save: Announcement[[Programme, Entry]] = Announcement()


def register(section: Section) -> None:
    """Add an app's keys to the file, in its ``apps.py``; a section that is there is not added again."""
    if section not in _sections:
        _sections.append(section)


def known_keys() -> tuple[Key, ...]:
    """Every key that may stand outermost in a programme's file."""
    return KEYS + tuple(key for section in _sections for key in section.keys)


@dataclass
class Loaded:
    """The programmes that were stored, in the order of their files, and in plain lines what was done."""

    programmes: list[Programme] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def load(paths: Iterable[Path], *, moved_by_weeks: int = 0, check_only: bool = False) -> Loaded:
    """Store the programmes that some files describe.

    Args:
        paths: The files, a programme each.
        moved_by_weeks: Whole weeks by which every date is moved; weekdays and times of day stay.
        check_only: Do everything and take it back, so that nothing is changed.

    Raises:
        Faulty: With every fault; nothing has changed.

    """
    return _load(paths, lambda entry: moved_by_weeks, check_only=check_only)


def load_for_demo(*, today: datetime.date) -> list[Programme]:
    """Store the programmes that the portal ships with, each moved so that it is open on ``today``."""
    return _load(shipped_files(), lambda entry: weeks_to_future(entry, today)).programmes


def shipped_files() -> list[Path]:
    """The files of the programmes that the portal ships with."""
    return sorted(SHIPPED.glob("*.yaml"))


def _load(paths: Iterable[Path], weeks: Callable[[Entry], int], *, check_only: bool = False) -> Loaded:
    with transaction.atomic():
        loaded = Loaded()
        if not Region.objects.exists():
            loaded.lines.append(str(load_integrated_care_systems()))
        entries = [moved(entry, weeks(entry)) for entry in read(paths)]
        for programme, tally in _save(entries):
            loaded.programmes.append(programme)
            loaded.lines.append(f"{programme.title} ({programme.code})")
            loaded.lines.extend(f"  {line}" for line in tally.lines())
        if check_only:
            transaction.set_rollback(True)
    return loaded


def read(paths: Iterable[Path]) -> list[Entry]:
    """What the files say, as values; raises Faulty with the faults of all of them."""
    reader = _reader()
    faults: list[Fault] = []
    entries: list[Entry] = []
    for path in paths:
        found: list[Fault] = []
        if opened := read_file(path, found):
            entry = reader(*opened)
            if entry is not None and not found:
                entries.append(entry)
        faults += sorted(found, key=lambda fault: fault.line or 0)
    faults += _clashes(entries)
    if faults:
        raise Faulty(faults)
    return entries


def _reader() -> Mapping:
    sections = tuple(check for section in _sections for check in section.checks)
    return Mapping(known_keys(), CHECKS + sections)


def _clashes(entries: list[Entry]) -> Iterable[Fault]:
    """Where two files of one call cannot both be true."""
    for number, entry in enumerate(entries):
        for other in entries[:number]:
            for name in ("slug", "code"):
                if entry[name] == other[name]:
                    wrong = f"{other.spot.file} has the same {name}, “{entry[name]}”."
                    yield entry.fault(name, wrong, "Give one of them another.")
            academy, its = entry["academy"], other["academy"]
            if academy["slug"] == its["slug"] and academy != its:
                wrong = f"{other.spot.file} describes this academy otherwise."
                yield entry.fault("academy", wrong, "Make the two the same.")


def _save(entries: list[Entry]) -> list[tuple[Programme, Tally]]:
    """Store what was read; raises Faulty where it clashes with what is stored."""
    slugs = [entry["slug"] for entry in entries]
    stored = {p.slug: p for p in Programme.objects.select_for_update().filter(slug__in=slugs).order_by("pk")}
    faults: list[Fault] = []
    for entry in entries:
        programme = stored.get(entry["slug"])
        faults.extend(stored_faults(entry, programme))
        if programme:
            faults.extend(fault for found in before_save(programme, entry) for fault in found)
    if faults:
        raise Faulty(faults)
    return [store(entry, stored.get(entry["slug"])) for entry in entries]


def store(entry: Entry, stored: Programme | None) -> tuple[Programme, Tally]:
    """Make a stored programme (a new one, for None) what an entry says; in the caller's transaction."""
    programme, tally = save_programme(entry, stored)
    for section in _sections:
        section.save(programme, entry, tally)
    return programme, tally


def said_of(programme: Programme) -> Entry:
    """What a file says of a stored programme: every known key, those of other apps included."""
    values = dict(said_by_itself(programme))
    for section in _sections:
        values |= section.said(programme)
    return entry_of(values)


def renewed(entry: Entry) -> Entry:
    """The same for a new round: without what belongs to one round only."""
    for section in _sections:
        section.for_new_round(entry)
    return entry


def dump(programme: Programme) -> str:
    """The file of a stored programme; loading it changes nothing.

    Raises:
        Unwritable: Where no file can say what is stored, such as a programme without a criterion; with every fault.

    """
    said = said_of(programme)
    text = written(said, known_keys())
    faults: list[Fault] = []
    opened = read_text(text, f"{programme.slug}.yaml", faults)
    entry = _reader()(*opened) if opened else None
    if entry is not None and not faults:
        faults.extend(differences(said, entry))
    if faults:
        raise Unwritable(faults)
    return text
