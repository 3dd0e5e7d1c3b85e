"""What may stand under a key: each kind of value, how it is read, and what is said when it is wrong.

A *reader* takes a node and its place; it returns the value, or gathers faults and returns None. The limits of
a key (length, choices, whether it is required) are the model's own: `of` and `keys_of` take them from there.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.db import models

from programmes.domain.programme_file.faults import Fault, Spot

Reader = Callable[[yaml.Node, Spot], Any]

LONDON = ZoneInfo("Europe/London")
# How like a known word a slip must be to be taken for it, from 0 to 1.
_ALIKE = 0.75
_EMPTY = ("", "~", "null", "Null", "NULL")
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,8}")


@dataclass(frozen=True)
class Key:
    """A key of a mapping: its name, how its value is read, and what stands for it when it is left out."""

    name: str
    read: Reader
    required: bool = False
    default: Any = None


class Entry(dict[str, Any]):
    """What one mapping of a file says, every known key filled in; knows the place of each key."""

    def __init__(self, spot: Spot, spots: dict[str, Spot], values: dict[str, Any]) -> None:
        super().__init__(values)
        self.spot = spot
        self.spots = spots

    def fault(self, name: str, wrong: str, right: str) -> Fault:
        """A fault of one key; of the mapping as a whole where the key was left out."""
        return self.spots.get(name, self.spot.key(name, self.spot.line)).fault(wrong, right)


@dataclass(frozen=True)
class Check:
    """A rule about several keys of one mapping; run only when none of those keys has a fault of its own."""

    keys: tuple[str, ...]
    faults: Callable[[Entry], Iterable[Fault]]


@dataclass(frozen=True)
class Mapping:
    """The reader of a mapping: refuses unknown, repeated and missing keys."""

    keys: tuple[Key, ...]
    checks: tuple[Check, ...] = ()

    def __call__(self, node: yaml.Node, spot: Spot) -> Entry | None:
        if not isinstance(node, yaml.MappingNode):
            names = _listed(key.name for key in self.keys)
            spot.refuse(f"{_what(node)} stands here.", f"Give the keys {names}.")
            return None
        known = {key.name: key for key in self.keys}
        spots: dict[str, Spot] = {}
        values: dict[str, Any] = {}
        faulty: set[str] = set()
        for name, value in self._known_pairs(node, spot, known, spots, faulty):
            count = len(spot.faults)
            values[name] = known[name].read(value, spots[name])
            if len(spot.faults) > count:
                faulty.add(name)
        for key in self.keys:
            if key.name not in values:
                values[key.name] = key.default
                if key.required and key.name not in faulty:
                    spot.refuse(f"The key “{key.name}” is missing.", "Add it.")
                    faulty.add(key.name)
        entry = Entry(spot, spots, values)
        for check in self.checks:
            if faulty.isdisjoint(check.keys):
                spot.faults.extend(check.faults(entry))
        return entry

    def _known_pairs(
        self,
        node: yaml.MappingNode,
        spot: Spot,
        known: dict[str, Key],
        spots: dict[str, Spot],
        faulty: set[str],
    ) -> Iterable[tuple[str, yaml.Node]]:
        """The pairs whose key is known; ``spots`` gets their places, ``faulty`` what was mistyped."""
        for key_node, value in node.value:
            name = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
            here = spot.key(name, key_node.start_mark.line + 1)
            if name not in known:
                faulty.add(nearest(name, known))
                right = suggestion(name, known, f"Known here: {_listed(known)}.")
                here.refuse("Unknown key.", right)
            elif name in spots:
                here.refuse(f"The key is given twice, first on line {spots[name].line}.", "Keep one of them.")
            else:
                spots[name] = here
                yield name, value


@dataclass(frozen=True)
class ListOf:
    """The reader of a list; items that are mappings with a ``key`` must each have another."""

    item: Reader
    least: int = 0

    def __call__(self, node: yaml.Node, spot: Spot) -> list[Any] | None:
        if not isinstance(node, yaml.SequenceNode):
            spot.refuse(
                f"{_what(node)} stands here.", "Write a list: each item begins with “- ” on a new line."
            )
            return None
        items = []
        lines: dict[str, int] = {}
        for number, item_node in enumerate(node.value, start=1):
            line = item_node.start_mark.line + 1
            name = _own_key(item_node)
            here = spot.item(name or str(number), line)
            if name and name in lines:
                here.refuse(
                    f"“{name}” is in the list twice, first on line {lines[name]}.", "Change one of them."
                )
            elif name:
                lines[name] = line
            items.append(self.item(item_node, here))
        if len(items) < self.least:
            spot.refuse("The list is too short.", f"It needs at least {self.least}.")
        return items


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that a mistyped one was most likely meant to be; empty where none is like it."""
    alike = get_close_matches(word.lower(), {name.lower(): name for name in known}, 1, _ALIKE)
    return next((name for name in known if name.lower() in alike), "")


def suggestion(word: str, known: Iterable[str], otherwise: str) -> str:
    """What to write instead of an unknown word: the nearest known one, or what ``otherwise`` says."""
    near = nearest(word, known)
    return f"Did you mean “{near}”?" if near else otherwise


def _own_key(node: yaml.Node) -> str:
    """What tells an item from its neighbours: its ``key``, or the text itself."""
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if isinstance(node, yaml.MappingNode):
        for key_node, value in node.value:
            if key_node.value == "key" and isinstance(value, yaml.ScalarNode):
                return str(value.value)
    return ""


def _what(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "A group of keys"
    if isinstance(node, yaml.SequenceNode):
        return "A list"
    return "Nothing" if _is_empty(node) else "A single value"


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.style is None and node.value in _EMPTY


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def scalar(node: yaml.Node, spot: Spot, right: str) -> str | None:
    """The text of a single value; None with the fault gathered where there is none, or something else."""
    if not isinstance(node, yaml.ScalarNode):
        spot.refuse(f"{_what(node)} stands here.", right)
        return None
    if _is_empty(node) or not node.value.strip():
        spot.refuse("Nothing stands here.", f"{right} Or leave the key out, if it is optional.")
        return None
    # In double quotes a text is meant exactly as it stands, its spaces at either end included.
    return str(node.value) if node.style == '"' else str(node.value).strip()


@dataclass(frozen=True)
class Line:
    """The reader of a text of one line, no longer than ``longest`` characters.

    ``valid`` says no with False or, as Django's validators do, with a ValidationError.
    """

    longest: int
    valid: Callable[[str], Any] = bool
    right: str = "Write a text of one line."

    def __call__(self, node: yaml.Node, spot: Spot) -> str | None:
        text = scalar(node, spot, self.right)
        if text is None:
            return None
        if "\n" in text:
            spot.refuse("The text has a line break.", "Write it in one line, or after “>-”.")
        elif len(text) > self.longest:
            spot.refuse(f"The text has {len(text)} characters.", f"It may have up to {self.longest}.")
        elif not self._is_valid(text):
            spot.refuse(f"“{text}” will not do.", self.right)
        else:
            return text
        return None

    def _is_valid(self, text: str) -> bool:
        try:
            return self.valid(text) is not False
        except ValidationError:
            return False


def markdown(node: yaml.Node, spot: Spot) -> str | None:
    """A text of any length, in Markdown."""
    return scalar(node, spot, "Write a text; one of several lines goes after “|”.")


def flag(node: yaml.Node, spot: Spot) -> bool | None:
    """``true`` or ``false``, and nothing else that YAML takes for them."""
    right = "Write true or false."
    text = scalar(node, spot, right)
    if text in ("true", "false"):
        return text == "true"
    if text is not None:
        spot.refuse(f"“{text}” is neither true nor false.", right)
    return None


@dataclass(frozen=True)
class Number:
    """The reader of a whole number, not below ``least`` and not above ``most``."""

    least: int | None = None
    most: int | None = None

    def __call__(self, node: yaml.Node, spot: Spot) -> int | None:
        limits = (
            "" if self.least is None else f" from {self.least} {f'to {self.most}' if self.most else 'up'}"
        )
        right = f"Write a whole number{limits}."
        text = scalar(node, spot, right)
        if text is None:
            return None
        if not _NUMBER.fullmatch(text):
            spot.refuse(f"“{text}” is not a whole number.", right)
        elif self.least is not None and int(text) < self.least:
            spot.refuse(f"{text} is too small.", right)
        elif self.most is not None and int(text) > self.most:
            spot.refuse(f"{text} is too large.", right)
        else:
            return int(text)
        return None


@dataclass(frozen=True)
class Choice:
    """The reader of one of a few words."""

    words: tuple[str, ...]

    def __call__(self, node: yaml.Node, spot: Spot) -> str | None:
        right = f"Write one of: {_listed(self.words)}."
        text = scalar(node, spot, right)
        if text is None or text in self.words:
            return text
        spot.refuse(f"“{text}” is not known.", suggestion(text, self.words, right))
        return None


def day(node: yaml.Node, spot: Spot) -> datetime.date | None:
    """A date such as 2023-05-09."""
    moment = _moment(node, spot, "%Y-%m-%d", "Write a date of the calendar as 2023-05-09.")
    return moment.date() if moment else None


def moment(node: yaml.Node, spot: Spot) -> datetime.datetime | None:
    """A date and time of day such as 2023-05-09 23:59, as clocks in England show it."""
    right = "Write a date of the calendar and a time of day as 2023-05-09 23:59."
    found = _moment(node, spot, "%Y-%m-%d %H:%M", right)
    if found is None:
        return None
    if found.astimezone(datetime.UTC).astimezone(LONDON).replace(fold=0) != found:
        spot.refuse("This time does not exist: clocks go forward over it.", "Choose another time.")
        return None
    return found


def _moment(node: yaml.Node, spot: Spot, form: str, right: str) -> datetime.datetime | None:
    text = scalar(node, spot, right)
    if text is None:
        return None
    try:
        found = datetime.datetime.strptime(text, form).replace(tzinfo=LONDON)
    except ValueError:
        found = None
    # Python would also take 2023-5-9 and the year 23; neither is what anyone meant.
    if found is None or f"{found:{form}}" != text or not 2000 <= found.year < 2100:
        spot.refuse(f"“{text}” will not do.", right)
        return None
    return found


def is_key(text: str) -> bool:
    """Whether a text is a short name of small letters, digits and hyphens."""
    return bool(_KEY.fullmatch(text))


_EMAIL_RIGHT = "Write an email address such as academy@example.org."
_KEY_RIGHT = "Write a short name of small letters, digits and hyphens, such as line-manager."
_URL_RIGHT = "Write an address that begins with https://."


def reader_of(field: models.Field[Any, Any]) -> Reader:
    """How a value for a model's field is read, by the kind of field; KeyError for a kind no file can hold."""
    length = field.max_length or 0
    if field.choices:
        return Choice(tuple(str(value) for value, _ in field.flatchoices))
    if isinstance(field, models.SlugField):
        return Line(length, is_key, _KEY_RIGHT)
    if isinstance(field, models.EmailField):
        return Line(length, validate_email, _EMAIL_RIGHT)
    if isinstance(field, models.URLField):
        return Line(length, URLValidator(schemes=["https"]), _URL_RIGHT)
    if isinstance(field, models.CharField):
        return Line(length)
    if isinstance(field, models.PositiveIntegerField):
        return Number(least=0)
    readers: dict[type, Reader] = {
        models.TextField: markdown,
        models.BooleanField: flag,
        models.IntegerField: Number(),
        models.DateTimeField: moment,
        models.DateField: day,
    }
    return readers[type(field)]


def of(model: type[models.Model], column: str, *, name: str = "", read: Reader | None = None) -> Key:
    """The key that fills a model's field, with the field's own limits.

    Args:
        model: Whose field it is.
        column: The field's name, which is also the key's unless ``name`` says otherwise.
        name: The key's name in the file.
        read: Another reader, where the field itself does not say enough.

    """
    field = model._meta.get_field(column)
    assert isinstance(field, models.Field)
    required = not field.blank and not field.null and not field.has_default()
    default = None if field.null or required else field.get_default()
    return Key(name or column, read or reader_of(field), required, default)


def keys_of(model: type[models.Model], *columns: str) -> tuple[Key, ...]:
    """The keys that fill several fields of a model under the fields' own names."""
    return tuple(of(model, column) for column in columns)
