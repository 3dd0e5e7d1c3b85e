"""Making records anonymous: the rows stay, so that every figure stays, and nobody can be told from them any more."""

from __future__ import annotations

import datetime
from collections import Counter
from typing import Any

from django.db import transaction
from django.db.models import FileField, Model, Q, QuerySet

from programmes.domain.privacy import mentions, registry
from programmes.domain.privacy.mentions import Names
from programmes.domain.privacy.people import Person
from programmes.domain.privacy.registry import Held, Part, Table
from programmes.models import Academy


def one_at_a_time() -> None:
    """Wait for whoever else makes people anonymous: two would wait for each other's rows in texts about both.

    The first academy's row stands for the turn; nothing that hangs on an academy waits for it.
    """
    list(Academy.objects.select_for_update(no_key=True).order_by("pk")[:1])


def lock(person: Person) -> None:
    """Lock the records that a person is known by, in the order of the registry and of their keys."""
    for root, keys in person.roots():
        list(root.model._default_manager.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))


def anonymise(person: Person, *, now: datetime.datetime) -> dict[str, int]:
    """Blank or delete every row that is the person's, with its history and its files, in the running transaction.

    What others wrote about them is not looked through here: `take_out_mentions`. Returns how many rows, by table.
    """
    counts: Counter[str] = Counter()
    for table in registry.tables():
        for part in table.parts:
            counts[table.label] += _anonymise_part(table, part, person, now)
    return {label: count for label, count in counts.items() if count}


def take_out_mentions(person: Person, *, leaving: set[str] | None = None) -> dict[str, int]:
    """Take the person's addresses and names out of every text; but for the names in ``leaving``, which others have."""
    return mentions.take_out(Names(person.addresses, person.names - (leaving or set())))


def rows_of(table: Table, part: Part, person: Person) -> QuerySet[Any]:
    """The rows of a table that a part of the registry says are the person's."""
    return table.model._default_manager.filter(part.rows(person)).order_by("pk").distinct()


def history_rows_of(table: Table, part: Part, person: Person) -> QuerySet[Any] | None:
    """The rows of history of the same; with those in which an address of theirs stands. None where none is kept."""
    history = registry.history_of(table.model)
    if history is None:
        return None
    there = {one.name for one in history._meta.concrete_fields}
    wanted = Q(id__in=list(rows_of(table, part, person).values_list("pk", flat=True)))
    # Of what was deleted, and under an address that was corrected since.
    wanted |= part.rows(person)
    for name in [name for name, held in table.holds.items() if held is registry.ADDRESS and name in there]:
        wanted |= registry.addressed(name)(person)
    return history._default_manager.filter(wanted).order_by("pk")


def fields_of(table: Table, part: Part) -> dict[str, Held]:
    """The fields of a part that hold something of the person."""
    return {name: held for name, held in table.holds.items() if not part.only or name in part.only}


def _anonymise_part(table: Table, part: Part, person: Person, now: datetime.datetime) -> int:
    rows = rows_of(table, part, person)
    keys = list(rows.values_list("pk", flat=True))
    fields = fields_of(table, part)
    past = history_rows_of(table, part, person)
    # Before the rows are blanked: by then they could not be found by an address.
    past_keys = list(past.values_list("pk", flat=True)) if past is not None else []
    rows = table.model._default_manager.filter(pk__in=keys)
    if table.settle is not None:
        table.settle(rows, now)
    changed = rows.delete()[1].get(table.label, 0) if table.goes else _blank(rows, fields)
    if past is not None:
        kept = past.model._default_manager.filter(pk__in=past_keys)
        if table.goes:
            past.model._default_manager.filter(Q(pk__in=past_keys) | Q(id__in=keys)).delete()
        else:
            there = {one.name for one in past.model._meta.concrete_fields}
            _blank(kept, {name: held for name, held in fields.items() if name in there})
    return changed


def _blank(rows: QuerySet[Any], fields: dict[str, Held]) -> int:
    changed = 0
    for row in rows:
        values = {}
        for name, held in fields.items():
            there = getattr(row, name)
            if held.file:
                _delete_file(row, name)
                there = there.name if hasattr(there, "name") else there
            new = held.blank(there, row)
            if new != there:
                values[name] = new
        if values:
            type(row)._default_manager.filter(pk=row.pk).update(**values)
            changed += 1
    return changed


def _delete_file(row: Model, name: str) -> None:
    """Delete a file once the transaction is committed; a row of history only names it."""
    there = getattr(row, name)
    if isinstance(row._meta.get_field(name), FileField) and there:
        storage, path = there.storage, str(there.name)
        transaction.on_commit(lambda: storage.delete(path), robust=True)
