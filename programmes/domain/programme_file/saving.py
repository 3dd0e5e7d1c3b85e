"""How what a file says becomes rows: written only where they differ, parts matched by their key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from django.db import models

from programmes.domain.programme_file.faults import Fault
from programmes.domain.programme_file.fields import Entry
from programmes.domain.programme_file.schema import COLUMNS, PARTS, RENAMED
from programmes.models import (
    Academy,
    Criterion,
    CriterionOption,
    MessageTemplate,
    Programme,
    RoleDescription,
)
from programmes.models.parts import PartOfProgramme

Row = TypeVar("Row", bound=models.Model)

MADE, UPDATED, LEFT, REMOVED, KEPT = "made", "updated", "as before", "removed", "kept"


class Tally:
    """What a load did: how many rows of each kind were made, updated, left or removed; and what to know."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.notes: list[str] = []

    def count(self, what: str, outcome: str) -> None:
        """Count one row, such as ("criteria", "made")."""
        self.counts[what, outcome] += 1

    def lines(self) -> list[str]:
        """Plain lines for a person: a kind of row each, then the notes."""
        kinds = dict.fromkeys(what for what, _ in self.counts)
        outcomes = (MADE, UPDATED, LEFT, REMOVED, KEPT)
        return [
            f"{what}: " + ", ".join(f"{self.counts[what, o]} {o}" for o in outcomes if self.counts[what, o])
            for what in kinds
        ] + self.notes


def keep(row: Row, values: Mapping[str, Any]) -> str:
    """Give a row these values, and write it if it is new or differs; returns what was done."""
    if row.pk is None:
        outcome = MADE
    elif any(getattr(row, name) != value for name, value in values.items()):
        outcome = UPDATED
    else:
        return LEFT
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    return outcome


def keep_parts(
    model: type[PartOfProgramme], parent: Mapping[str, models.Model], entries: Iterable[Entry], tally: Tally
) -> Iterator[tuple[PartOfProgramme, Entry]]:
    """Make the parts of ``parent`` what the file says, in its order, and yield each with its entry.

    A part that is no longer in the file is deleted; what applicants answered keeps its wording.
    """
    what = str(model._meta.verbose_name_plural)
    entries = list(entries)
    stored = {part.key: part for part in model._default_manager.filter(**parent)}
    for key in stored.keys() - {entry["key"] for entry in entries}:
        stored[key].delete()
        tally.count(what, REMOVED)
    columns = {field.name for field in model._meta.concrete_fields}
    for position, entry in enumerate(entries, start=1):
        part = stored.get(entry["key"]) or model(**parent)
        values = {name: value for name, value in entry.items() if name in columns}
        tally.count(what, keep(part, values | {"position": position}))
        yield part, entry


def stored_faults(entry: Entry, stored: Programme | None) -> Iterator[Fault]:
    """What in a file clashes with other programmes and academies that are stored."""
    academy: Entry = entry["academy"]
    if stored and stored.academy.slug != academy["slug"]:
        yield academy.fault(
            "slug",
            f"“{entry['slug']}” is a programme of {stored.academy}.",
            f"Write “{stored.academy.slug}”, or give the programme another slug.",
        )
    for other in Academy.objects.filter(name=academy["name"]).exclude(slug=academy["slug"]):
        right = f"Write the slug “{other.slug}”, or another name."
        yield academy.fault("name", "Another academy has this name.", right)
    for programme in Programme.objects.filter(code=entry["code"]).exclude(slug=entry["slug"]):
        yield entry.fault("code", f"“{programme.code}” is the code of {programme}.", "Choose another code.")


def save_programme(entry: Entry, stored: Programme | None) -> tuple[Programme, Tally]:
    """Store a programme, its academy and its parts; returns it and what was done."""
    tally = Tally()
    academy = Academy.objects.filter(slug=entry["academy"]["slug"]).first() or Academy()
    tally.count("academy", keep(academy, entry["academy"]))
    programme = stored or Programme()
    values = {name: entry[name] for name in COLUMNS} | {RENAMED[name]: entry[name] for name in RENAMED}
    tally.count("programme", keep(programme, values | {"academy": academy}))
    if set(programme.regions.all()) != set(entry["regions"]):
        programme.regions.set(entry["regions"])
        tally.count("regions", UPDATED)
    if entry["role_description"] is not None:
        role = RoleDescription.objects.filter(programme=programme).first() or RoleDescription(
            programme=programme
        )
        tally.count("role description", keep(role, {"text": entry["role_description"]}))
    _save_parts(programme, entry, tally)
    if entry["mails"] is not None:
        _save_wording(programme, entry["mails"], tally)
    return programme, tally


def _save_parts(programme: Programme, entry: Entry, tally: Tally) -> None:
    parent = {"programme": programme}
    for criterion, said in keep_parts(Criterion, parent, entry["criteria"], tally):
        list(keep_parts(CriterionOption, {"criterion": criterion}, said["options"], tally))
    for name, (_, model) in PARTS.items():
        list(keep_parts(model, parent, entry[name], tally))


def _save_wording(programme: Programme, mails: Iterable[Entry], tally: Tally) -> None:
    stored = {template.event: template for template in programme.message_templates.all()}
    for said in mails:
        template = stored.pop(said["key"], None) or MessageTemplate(programme=programme, event=said["key"])
        tally.count("mails", keep(template, {"subject": said["subject"], "body": said["body"]}))
    for template in stored.values():
        template.delete()
        tally.count("mails", REMOVED)
