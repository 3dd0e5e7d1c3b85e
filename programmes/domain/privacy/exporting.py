"""Everything that is held on one person, as a ZIP: a JSON file in which each table is named, and the files they sent.

UK GDPR, article 15. What it says of other people is kept to what concerns the person: accounts of staff are “a member
of staff”, and rows of others are named by their number alone.
"""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from typing import Any

from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import BinaryField, Field, FileField, Model

from programmes.domain.privacy import anonymising, erasing, people, registry
from programmes.domain.privacy.erasing import Hand
from programmes.domain.privacy.people import Person
from programmes.domain.privacy.registry import Part, Table
from programmes.domain.refused import Refused

_OF_HISTORY = ("history_id", "history_user", "history_change_reason")


def export(address: str, *, by: Hand, now: datetime.datetime) -> bytes:
    """A ZIP with everything that is held under an address; that it was made is kept.

    Raises `Refused` where nothing is held, `NotAllowed` for a member of staff who does not administer it all.
    """
    with transaction.atomic():
        person = people.find(address)
        if isinstance(by, User):
            erasing.require_may_see(person, by)
        said, files = everything(person)
        if not said:
            raise Refused(erasing.NOTHING_HELD)
        counts = {label: len(entry["rows"]) for label, entry in said.items()}
        erasing.noted_as_exported(person, by=by, counts=counts, now=now)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        about = {"address": people.plain_address(address), "made_at": now, "tables": list(said.values())}
        archive.writestr("data.json", json.dumps(about, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2))
        for name, content in files.items():
            archive.writestr(f"files/{name}", content)
    return packed.getvalue()


def everything(person: Person) -> tuple[dict[str, dict[str, Any]], dict[str, bytes]]:
    """What is held on a person: by table its rows, each with words for its fields; and their files by name."""
    said: dict[str, dict[str, Any]] = {}
    files: dict[str, bytes] = {}
    for table in registry.tables():
        rows: dict[int, dict[str, Any]] = {}
        earlier: dict[int, dict[str, Any]] = {}
        for part in table.parts:
            if part.exported:
                for row in anonymising.rows_of(table, part, person):
                    rows.setdefault(row.pk, _said_of(row, table, part))
                    files.update(_files_of(row, table, part))
                past = anonymising.history_rows_of(table, part, person)
                for row in past if past is not None else ():
                    earlier.setdefault(row.pk, _said_of(row, table, part))
        if rows or earlier:
            said[table.label] = {
                "table": table.name,
                "holds": table.what,
                "why": table.why,
                "rows": list(rows.values()),
                "earlier_versions": list(earlier.values()),
            }
    return said, files


def _said_of(row: Model, table: Table, part: Part) -> dict[str, Any]:
    said = {}
    for one in row._meta.concrete_fields:
        if (
            isinstance(one, BinaryField)
            or one.name in _OF_HISTORY
            or _of_somebody_else(one.name, table, part)
        ):
            continue
        said[str(one.verbose_name)] = _value_of(row, one)
    return said


def _of_somebody_else(name: str, table: Table, part: Part) -> bool:
    """Whether a field of a row, of which only a part is the person's, is another's."""
    return bool(part.only) and name in table.holds and name not in part.only


def _value_of(row: Model, one: Field[Any, Any]) -> Any:
    value = getattr(row, one.attname)
    if one.is_relation and value is not None:
        model = one.related_model
        if model is User:
            return "A member of staff"
        known = {table.model: table for table in registry.tables()}.get(model)  # type: ignore[arg-type]
        if known is None or known.parts:
            return f"{model._meta.verbose_name} {value}"  # type: ignore[union-attr]
        return str(getattr(row, one.name))
    if isinstance(one, FileField):
        return str(value)
    shown = getattr(row, f"get_{one.name}_display", None)
    return shown() if shown is not None else value


def _files_of(row: Model, table: Table, part: Part) -> dict[str, bytes]:
    found = {}
    for name, held in anonymising.fields_of(table, part).items():
        there = getattr(row, name)
        if held.file and there:
            try:
                with there.open("rb") as file:
                    content = file.read()
            except FileNotFoundError:
                continue
            found[f"{table.label.lower()}-{row.pk}-{name}"] = content
    return found
