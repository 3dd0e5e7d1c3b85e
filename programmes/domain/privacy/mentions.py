"""Where people are named in other people's records: in reasons, notes, mails to others, logs; found and taken out.

An address is found anywhere. A name is found where it stands in full, and only where it is nobody else's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db.models import JSONField, Model, Q, QuerySet, TextField
from django.db.models.functions import Cast

from programmes.domain.privacy import registry
from programmes.domain.privacy.registry import REMOVED, Table

# With more names than this every row is read: a condition for each would be slower.
_ASKED_FOR = 12
_AT_ONCE = 500
_ADDRESS = re.compile(r"[^\s<>()\[\]{}\"“”,;:|\\]+@[^\s<>()\[\]{}\"“”,;:|\\/?]+")
_WORD = re.compile(r"\w+")
# The field of every row of history in which staff say why.
_WHY = "history_change_reason"


class Names:
    """Some names and addresses, to be taken out of texts; as fast for a thousand as for one."""

    def __init__(self, addresses: Iterable[str], names: Iterable[str]) -> None:
        self.addresses = {address.casefold() for address in addresses}
        self.names = {" ".join(name.split()) for name in names}
        self._by_first_word: dict[str, list[re.Pattern[str]]] = {}
        for name in sorted(self.names, key=len, reverse=True):
            first = _WORD.search(name)
            if first is not None:
                spaced = r"\s+".join(re.escape(word) for word in name[first.start() :].split())
                pattern = re.compile(rf"{spaced}(?!\w)", re.IGNORECASE)
                self._by_first_word.setdefault(first[0].casefold(), []).append(pattern)

    @property
    def all(self) -> list[str]:
        """All of them, in a fixed order."""
        return sorted(self.addresses | self.names)

    def out_of(self, value: Any) -> Any:
        """A text, or a JSON value with texts in it, without them; the same value where none stands in it."""
        if isinstance(value, str):
            return self._out_of_text(value)
        if isinstance(value, list):
            return [self.out_of(item) for item in value]
        if isinstance(value, dict):
            return {self.out_of(key): self.out_of(item) for key, item in value.items()}
        return value

    def _out_of_text(self, text: str) -> str:
        spans = [*self._addresses_in(text), *self._names_in(text)]
        for start, end in sorted(spans, reverse=True):
            text = text[:start] + REMOVED + text[end:]
        return text

    def _addresses_in(self, text: str) -> Iterator[tuple[int, int]]:
        for found in _ADDRESS.finditer(text) if "@" in text else ():
            # A full stop that ends the sentence, or a quotation mark, is no part of it.
            bare = found[0].strip("'’‘.!*_`")
            if bare.casefold() in self.addresses:
                start = found.start() + found[0].index(bare)
                yield start, start + len(bare)

    def _names_in(self, text: str) -> Iterator[tuple[int, int]]:
        until = 0
        for word in _WORD.finditer(text) if self._by_first_word else ():
            if word.start() < until:
                continue
            for pattern in self._by_first_word.get(word[0].casefold(), ()):
                if found := pattern.match(text, word.start()):
                    until = found.end()
                    yield found.span()
                    break


def take_out(names: Names) -> dict[str, int]:
    """Take names and addresses out of every text in which people may be named; return how many rows, by table."""
    found: dict[str, int] = {}
    if not names.all:
        return found
    for table in registry.tables():
        fields = searched(table)
        count = _out_of_rows(table.model, fields, names) if fields else 0
        history = registry.history_of(table.model)
        if history is not None:
            there = {one.name for one in history._meta.concrete_fields}
            count += _out_of_rows(history, tuple(name for name in fields if name in there), names)
        if count:
            found[table.label] = count
    for history in _histories():
        count = _out_of_rows(history, (_WHY,), names)
        if count:
            found[history._meta.label] = found.get(history._meta.label, 0) + count
    return found


def searched(table: Table) -> tuple[str, ...]:
    """The fields of a table that are searched, whoever's the row is."""
    free = [name for name, held in table.holds.items() if not (held.names or held.file)]
    return (*free, *table.mentions)


def _histories() -> list[type[Model]]:
    return [
        model for model in apps.get_models() if any(one.name == _WHY for one in model._meta.concrete_fields)
    ]


def _out_of_rows(model: type[Model], fields: tuple[str, ...], names: Names) -> int:
    """Take names and addresses out of some fields of a table; return how many rows had any."""
    changed = 0
    rows = _rows_to_read(model, fields, names)
    batch = list(rows[:_AT_ONCE])
    while batch:
        for values in batch:
            new = {name: names.out_of(values[name]) for name in fields}
            different = {
                name: _fitting(model, name, value) for name, value in new.items() if value != values[name]
            }
            if different:
                model._default_manager.filter(pk=values["pk"]).update(**different)
                changed += 1
        batch = list(rows.filter(pk__gt=batch[-1]["pk"])[:_AT_ONCE])
    return changed


def _rows_to_read(model: type[Model], fields: tuple[str, ...], names: Names) -> QuerySet[Any, Any]:
    """The rows that may name somebody, as values: all of them where there are many names to look for."""
    rows = model._default_manager.order_by("pk").values("pk", *fields)
    if len(names.all) > _ASKED_FOR:
        return rows
    wanted = Q(pk__in=[])
    for name in fields:
        as_json = isinstance(model._meta.get_field(name), JSONField)
        asked = f"{name}_as_text" if as_json else name
        if as_json:
            rows = rows.alias(**{asked: Cast(name, TextField())})
        for one in names.all:
            wanted |= _with_every_word(asked, one.split())
            if as_json:
                # SQLite keeps JSON in letters of ASCII alone.
                wanted |= _with_every_word(asked, [json.dumps(word)[1:-1] for word in one.split()])
    return rows.filter(wanted)


def _with_every_word(asked: str, words: Iterable[str]) -> Q:
    found = Q()
    for word in words:
        found &= Q(**{f"{asked}__icontains": word})
    return found


def _fitting(model: type[Model], name: str, value: Any) -> Any:
    """A value cut to what its field holds: what stands for a short name is longer than the name."""
    most = getattr(model._meta.get_field(name), "max_length", None)
    return value[:most] if most and isinstance(value, str) else value
