"""The way back: what a file says of a stored programme, and its text in YAML.

What would be the same if it were left out is left out, as in the files that people write by hand.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Any

import yaml
from django.db import models

from programmes.domain.programme_file.faults import Fault, Spot
from programmes.domain.programme_file.fields import LONDON, Entry, Key, ListOf, Mapping
from programmes.domain.programme_file.schema import (
    ACADEMY,
    COLUMNS,
    CRITERION,
    MAIL,
    OPTION,
    PARTS,
    RENAMED,
    body_of_mail,
    wording,
)
from programmes.domain.refused import Refused
from programmes.domain.wording import plural
from programmes.models import Programme, Region, RoleDescription

# Longer texts of one line are folded over several.
_LONG = 90
_WIDTH = 108


class Unwritable(Refused):
    """A programme that no file can say, with every fault that stands in the way."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        number = plural(len(self.faults), "thing")
        super().__init__(f"This programme cannot be written to a file yet: {number} to put right first.")


def entry_of(values: dict[str, Any]) -> Entry:
    """Values that come from rows rather than from a file, as one of its mappings."""
    return Entry(Spot("", "", 0, []), {}, values)


def said_of_row(row: models.Model, keys: Sequence[Key], **others: Any) -> Entry:
    """What a mapping of the file says of a row: its columns by their names, and ``others``."""
    names = [key.name for key in keys if key.name not in others]
    return entry_of({name: getattr(row, name) for name in names} | others)


def said_by_itself(programme: Programme) -> dict[str, Any]:
    """What a file says of a programme under the keys that are not another app's."""
    role = RoleDescription.objects.filter(programme=programme).first()
    parent: dict[str, Any] = {"programme": programme}
    mails = programme.message_templates.order_by("event")
    return {
        "academy": said_of_row(programme.academy, ACADEMY.keys),
        **{name: getattr(programme, name) for name in COLUMNS},
        **{name: local(getattr(programme, column)) for name, column in RENAMED.items()},
        "regions": list(programme.regions.order_by("name")),
        "role_description": role.text if role else None,
        "criteria": [
            said_of_row(
                criterion,
                CRITERION.keys,
                options=[said_of_row(option, OPTION.keys) for option in criterion.options.all()],
            )
            for criterion in programme.criteria.prefetch_related("options")
        ],
        **{
            name: [said_of_row(part, mapping.keys) for part in model._default_manager.filter(**parent)]
            for name, (mapping, model) in PARTS.items()
        },
        "mails": [said_of_row(one, MAIL.keys, key=one.event, body=wording(one.body)) for one in mails]
        or None,
    }


def local(moment: datetime.datetime | None) -> datetime.datetime | None:
    """A moment as clocks in England show it."""
    return moment.astimezone(LONDON) if moment else None


def written(entry: Entry, keys: Sequence[Key]) -> str:
    """The text of a file that says ``entry``, its keys in the order of ``keys``."""
    blocks: list[str] = []
    for key in keys:
        plain = _plain(entry[key.name], key)
        if plain is _LEFT_OUT:
            continue
        block = yaml.dump(
            {key.name: plain},
            Dumper=_Dumper,
            allow_unicode=True,
            default_flow_style=False,
            sort_keys=False,
            width=_WIDTH,
        )
        blocks.append(f"\n{block}" if blocks and isinstance(plain, dict | list) else block)
    return "".join(blocks)


_LEFT_OUT = object()


def _plain(value: Any, key: Key) -> Any:
    """A value as YAML has it; ``_LEFT_OUT`` where leaving the key out says the same."""
    if value is None or value == "" or value == key.default or (isinstance(value, list) and not value):
        return _LEFT_OUT
    if key.read is body_of_mail:
        return str(value).strip()
    if isinstance(value, Entry):
        assert isinstance(key.read, Mapping)
        return _plain_mapping(value, key.read)
    if isinstance(value, list):
        item = key.read.item if isinstance(key.read, ListOf) else None
        return [_plain_mapping(one, item) if isinstance(item, Mapping) else _scalar(one) for one in value]
    return _scalar(value)


def _plain_mapping(entry: Entry, mapping: Mapping) -> dict[str, Any]:
    plain = {key.name: _plain(entry[key.name], key) for key in mapping.keys}
    return {name: value for name, value in plain.items() if value is not _LEFT_OUT}


def _scalar(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return _Moment(f"{value:%Y-%m-%d %H:%M}")
    if isinstance(value, Region):
        return value.name
    # A choice of a row that was not read from the database is more than its text.
    return str(value) if isinstance(value, str) else value


class _Moment(str):
    """A date and time: written without quotes."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Indents lists, repeats rather than refers, and chooses the style that people read best."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = None
    if text != text.strip() or any(not (letter.isprintable() or letter == "\n") for letter in text):
        style = '"'
    elif "\n" in text:
        style = "|"
    elif len(text) > _LONG:
        style = ">"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _moment(dumper: yaml.SafeDumper, moment: _Moment) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(moment))


_Dumper.add_representer(str, _text)
_Dumper.add_representer(_Moment, _moment)


def differences(said: Any, read: Any, where: str = "", file: str = "") -> Iterator[Fault]:
    """Where what would be read from a file is not what is stored: a fault each."""
    if isinstance(said, Entry) and isinstance(read, Entry):
        for name, value in said.items():
            yield from differences(value, read[name], f"{where}.{name}" if where else name, read.spot.file)
    elif isinstance(said, list) and isinstance(read, list) and len(said) == len(read):
        for number, (one, other) in enumerate(zip(said, read, strict=True), start=1):
            item = one["key"] if isinstance(one, Entry) else number
            yield from differences(one, other, f"{where}[{item}]", file)
    elif said != read and (said or read):
        yield Fault(file, None, where, "What is stored cannot stand in a file exactly.", "Enter it again.")
