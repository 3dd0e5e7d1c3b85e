"""Which fields hold something of a person, whose row it is, and what stands there once it is made anonymous.

Each app says so once, in its ``personal_data.py``, of every text, file and JSON field that it has: a test fails for a
field that is named nowhere. Erasure, retention, the export for one person and docs/privacy.md all read it from here.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Model, Q, QuerySet

if TYPE_CHECKING:
    from programmes.domain.privacy.people import Person

REMOVED = "[removed]"
NAME_REMOVED = "Name removed"
# A domain that no mail can ever reach (RFC 2606).
NOWHERE = "removed.invalid"


def removed_address(kind: str, key: int) -> str:
    """The address that takes the place of a removed one: one for each record, so that each stays a record alone."""
    return f"removed-{kind}-{key}@{NOWHERE}"


@dataclass(frozen=True)
class Held:
    """What a field holds: in words, and what takes its place in a row that is made anonymous.

    ``blank`` takes the row's value. ``names`` marks the name or address by which somebody is known: in another
    person's row it is that person's, and is not searched for mentions.
    """

    what: str
    blank: Callable[[Any, Model], Any]
    names: bool = False
    file: bool = False


def _when_there(put: Any) -> Callable[[Any, Model], Any]:
    return lambda value, _: put if value else value


def _key_of(row: Model) -> int:
    """The key of a row's record: of a row of history, that of what it is the history of."""
    return int(getattr(row, "id", row.pk))


def _address(value: Any, row: Model) -> Any:
    return removed_address(_kind_of(row), _key_of(row)) if value else value


def _kind_of(row: Model) -> str:
    return type(row).__name__.lower().removeprefix("historical")


NAME = Held("name", _when_there(NAME_REMOVED), names=True)
ADDRESS = Held("email address", _address, names=True)
# What is made of a name or an address, so that it is found again.
KEY = Held("name or address, in the form in which it is compared", _address, names=True)
NAME_KEY = Held("name, in the form in which it is compared", _when_there(""), names=True)
HAND = Held("who did it, in words", _when_there(NAME_REMOVED))
TEXT = Held("text", _when_there(REMOVED))
SHORT = Held("detail", _when_there(""))
LIST = Held("list", _when_there([]))
MAPPING = Held("values", _when_there({}))
FILE = Held("file", _when_there(""), file=True)


@dataclass(frozen=True)
class Part:
    """Some rows of a table that are one person's: which, and which fields of them are theirs (all, where none is said).

    ``exported`` is whether they are part of what the person is handed.
    """

    rows: Callable[[Person], Q]
    only: tuple[str, ...] = ()
    exported: bool = True


@dataclass(frozen=True)
class Table:
    """One model: what it is for, which of its fields hold something of people, and whose its rows are.

    ``holds`` are the fields that are blanked in a person's own row, and searched for mentions in any other's.
    ``mentions`` are texts in which somebody may be named, whoever's row it is. ``plain`` are fields that hold nothing
    of a person, with no need to say more. Rows of ``goes`` are deleted rather than blanked. ``settle`` runs before
    rows are blanked, at a moment.
    """

    model: type[Model]
    what: str = ""
    why: str = ""
    holds: Mapping[str, Held] = field(default_factory=dict)
    mentions: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    goes: bool = False
    settle: Callable[[QuerySet[Any], datetime.datetime], None] | None = None

    @property
    def label(self) -> str:
        """Its name in figures, such as ``applications.Application``."""
        return str(self.model._meta.label)

    @property
    def name(self) -> str:
        """Its name for a reader, such as “Applications”."""
        plural = str(self.model._meta.verbose_name_plural)
        return plural[:1].upper() + plural[1:]


@dataclass(frozen=True)
class Root:
    """A kind of record that a person is known by: the field with the address, and the one with the name.

    ``academy`` is the way from it to the academies whose record it is. ``running`` says, in a sentence each, what of
    some records still goes on at a moment, so that they cannot be erased yet. ``about`` is the first word of the keys
    under which mails about it are kept.
    """

    kind: str
    model: type[Model]
    address: str
    name: str = ""
    academy: str = ""
    about: str = ""
    running: Callable[[set[int], datetime.datetime], list[str]] | None = None


@dataclass(frozen=True)
class Derived:
    """Records that come with others: of ``kind``, where one of ``lookups`` leads to a record of the kind beside it.

    Those ``of_the_whole_person`` come only where everything of somebody is meant, those ``of_the_record`` only where a
    record goes: somebody else's, who is known by that record.
    """

    kind: str
    model: type[Model]
    lookups: Mapping[str, str]
    about: str = ""
    of_the_whole_person: bool = False
    of_the_record: bool = False


_tables: dict[type[Model], Table] = {}
_roots: dict[str, Root] = {}
_derived: list[Derived] = []


def register(*tables: Table) -> None:
    """Say what some models hold; said again, it takes the place of what was said before."""
    _tables.update({table.model: table for table in tables})


def register_roots(*roots: Root) -> None:
    """Say by which records people are known."""
    _roots.update({root.kind: root for root in roots})


def register_derived(*derived: Derived) -> None:
    """Say which records come with others."""
    _derived.extend(one for one in derived if one not in _derived)


def tables() -> list[Table]:
    """Every table, in the order in which the apps registered them."""
    return list(_tables.values())


def roots() -> list[Root]:
    """Every kind of record that people are known by."""
    return list(_roots.values())


def root_of(kind: str) -> Root:
    """The root of a kind; KeyError for one that there is not."""
    return _roots[kind]


def derived() -> list[Derived]:
    """Every kind of record that comes with another."""
    return list(_derived)


def about_words() -> dict[str, str]:
    """By the kind of a record, the first word of the keys under which mails about it are kept."""
    named = {root.kind: root.about for root in _roots.values()} | {
        one.kind: one.about for one in _derived if one.about
    }
    return {kind: about for kind, about in named.items() if about}


def history_of(model: type[Model]) -> type[Model] | None:
    """The model of a table's history; None where it has none."""
    manager = getattr(model, "history", None)
    return getattr(manager, "model", None)


def keyed(kind: str, lookup: str) -> Callable[[Person], Q]:
    """The rows whose ``lookup`` is one of the person's records of a kind."""
    return lambda person: Q(**{f"{lookup}__in": person.keys_of(kind)})


def addressed(name: str) -> Callable[[Person], Q]:
    """The rows in whose field an address of the person stands, compared without case."""

    def rows(person: Person) -> Q:
        found = Q(pk__in=[])
        for address in sorted(person.addresses):
            found |= Q(**{f"{name}__iexact": address})
        return found

    return rows


def about(name: str) -> Callable[[Person], Q]:
    """The rows whose field holds the key of one of the person's records, such as ``application:12``."""
    return lambda person: Q(**{f"{name}__in": sorted(person.about)})
