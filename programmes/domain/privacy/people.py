"""Who is meant: the records of one person, found by an address, and the names and addresses that are theirs alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from programmes.domain.privacy import registry
from programmes.domain.privacy.registry import NAME_REMOVED, NOWHERE, Root
from programmes.models import Academy
from programmes.models.people import canonical

# A database refuses a question with too many conditions.
_AT_ONCE = 100


@dataclass
class Person:
    """The records of a person by their kind, and what they are called in them.

    ``addresses`` are in small letters, ``names`` as they are spelled; of retention, only those that no record which
    stays has as well.
    """

    keys: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    addresses: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)

    def keys_of(self, kind: str) -> set[int]:
        """The keys of the person's records of a kind."""
        return self.keys.get(kind, set())

    @property
    def about(self) -> set[str]:
        """The keys under which mails about the person's records are kept."""
        words = registry.about_words()
        return {f"{words[kind]}:{key}" for kind, keys in self.keys.items() if kind in words for key in keys}

    def roots(self) -> list[tuple[Root, set[int]]]:
        """The records by which they are known, by kind."""
        found = [(root, self.keys_of(root.kind)) for root in registry.roots()]
        return [(root, keys) for root, keys in found if keys]


def plain_address(address: str) -> str:
    """An address as it is compared: without spaces around it and without case."""
    return address.strip().casefold()


def find(address: str) -> Person:
    """Everything that is held under an address, as it is now, compared without case.

    Records that come with those found come too, with the addresses and the names that stand in them: somebody who
    applied under one address and is in the register under another is one person.
    """
    person = Person(addresses={plain_address(address)})
    for root in registry.roots():
        rows = root.model._default_manager.filter(registry.addressed(root.address)(person))
        person.keys[root.kind] |= set(rows.values_list("pk", flat=True))
    _complete(person)
    _learn(person)
    return person


def of_records(records: Mapping[str, Iterable[int]]) -> Person:
    """Whoever some records are of, and what comes with these: no other records of the same people."""
    person = Person()
    for kind, keys in records.items():
        person.keys[kind] |= set(keys)
    _complete(person, whole=False)
    _learn(person)
    _leave_what_others_have(person)
    return person


def _complete(person: Person, *, whole: bool = True) -> None:
    """Add what comes with the records that are there, until nothing more does; all of the person where ``whole``."""
    before = -1
    while before != (before := sum(len(keys) for keys in person.keys.values())):
        for one in registry.derived():
            if (one.of_the_whole_person and not whole) or (one.of_the_record and whole):
                continue
            found = Q(pk__in=[])
            for lookup, kind in one.lookups.items():
                found |= Q(**{f"{lookup}__in": person.keys_of(kind)})
            rows = one.model._default_manager.filter(found)
            person.keys[one.kind] |= set(rows.values_list("pk", flat=True))


def _learn(person: Person) -> None:
    """Add the addresses and the names of the person's records, as they are and as they were."""
    for root, keys in person.roots():
        for rows in _rows_ever(root, keys):
            for values in rows.values(*filter(None, (root.address, root.name))):
                _note(person, str(values[root.address]), str(values.get(root.name) or ""))


def _rows_ever(root: Root, keys: set[int]) -> list[QuerySet[Any]]:
    """The rows of some records, and those of their history."""
    found = [root.model._default_manager.filter(pk__in=keys)]
    if (history := registry.history_of(root.model)) is not None:
        found.append(history._default_manager.filter(id__in=keys))
    return found


def _note(person: Person, address: str, name: str) -> None:
    if address and not address.endswith(f"@{NOWHERE}"):
        person.addresses.add(plain_address(address))
    words = name.split()
    # A name of one word is a word: it stands in texts about everything else as well.
    if len(words) > 1 and name != NAME_REMOVED:
        person.names.add(" ".join(words))


def _leave_what_others_have(person: Person) -> None:
    """Leave out the addresses and names that a record which stays has as well."""
    staying: set[str] = set()
    for root in registry.roots():
        rows = root.model._default_manager.exclude(pk__in=person.keys_of(root.kind))
        for name, known in ((root.address, person.addresses), (root.name, person.names)):
            staying |= _known_among(rows, name, known) if name else set()
    person.addresses = {one for one in person.addresses if one not in staying}
    person.names = {one for one in person.names if one.casefold() not in staying}


def _known_among(rows: QuerySet[Any], name: str, known: set[str]) -> set[str]:
    """Those of some addresses or names, in small letters, that stand in a field of some rows."""
    found: set[str] = set()
    listed = sorted(known)
    for start in range(0, len(listed), _AT_ONCE):
        wanted = Q(pk__in=[])
        for value in listed[start : start + _AT_ONCE]:
            wanted |= Q(**{f"{name}__iexact": value})
        there = rows.filter(wanted).values_list(name, flat=True)
        found |= {" ".join(str(value).split()).casefold() for value in there}
    return found


def shared_names(person: Person) -> set[str]:
    """Those of the person's names that somebody else has too: in texts, such a name may be the other's."""
    taken: set[str] = set()
    for root in registry.roots():
        if root.name:
            rows = root.model._default_manager.exclude(pk__in=person.keys_of(root.kind))
            taken |= _known_among(rows, root.name, person.names)
    return {one for one in person.names if one.casefold() in taken}


def others_like(address: str) -> list[str]:
    """Addresses that are held and differ from this one in case, dots or a tag alone: perhaps the same person's."""
    local, _, domain = plain_address(address).rpartition("@")
    found: set[str] = set()
    for root in registry.roots():
        rows = root.model._default_manager.filter(**{f"{root.address}__iendswith": f"@{domain}"})
        start = local.partition("+")[0][:1]
        rows = rows.filter(**{f"{root.address}__istartswith": start})
        found |= {plain_address(value) for value in rows.values_list(root.address, flat=True)}
    same = canonical(address)
    return sorted(one for one in found if canonical(one) == same and one != plain_address(address))


def academies_of(person: Person) -> set[int]:
    """The keys of the academies that hold something on the person."""
    found: set[int] = set()
    for root, keys in person.roots():
        rows = root.model._default_manager.filter(pk__in=keys)
        found |= set(rows.values_list(root.academy, flat=True))
    return found & set(Academy.objects.values_list("pk", flat=True))
