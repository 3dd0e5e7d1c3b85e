"""A row read together with the rows that belong to it, of many tables, in one query.

Django prefetches with a query for each table. Here the database gives each table's rows as JSON, and they become what
a prefetch would have made of them.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from django.db.models import (
    CharField,
    DateTimeField,
    F,
    Field,
    ForeignKey,
    Func,
    IntegerField,
    JSONField,
    Model,
    QuerySet,
    TextField,
)
from django.db.models.fields.reverse_related import ForeignObjectRel, OneToOneRel

from programmes.domain.prepared import Prepared

Row = TypeVar("Row", bound=Model)

# By the kind of database: how rows become one list of lists, and what keeps JSON in it as it is.
_WORDS = {
    "postgresql": ("COALESCE(JSONB_AGG(JSONB_BUILD_ARRAY({})), '[]')", "{}"),
    "sqlite": ("JSON_GROUP_ARRAY(JSON_ARRAY({}))", "JSON({})"),
}


class _AsJson(Func):
    """The rows that refer to one, in their usual order: one list in JSON, each row a list of its columns."""

    def __init__(self, relation: ForeignObjectRel) -> None:
        super().__init__(F("pk"), output_field=JSONField())
        self.relation = relation

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **context: Any) -> Any:
        """In the words of the database at hand."""
        context["template"] = _sql(self.relation, connection.vendor)
        return super().as_sql(compiler, connection, *args, **context)


@functools.cache
def _sql(relation: ForeignObjectRel, vendor: str) -> str:
    """What Django would make of it, made once: it is the same for every request."""
    listed, of_json = _WORDS[vendor]
    model = relation.related_model
    columns = (
        of_json.format(f'"{field.column}"') if isinstance(field, JSONField) else f'"{field.column}"'
        for field in _fields(model)
    )
    order = ", ".join(_ordered(model, name) for name in map(str, model._meta.ordering or ["pk"]))
    return (
        f"(SELECT {listed.format(', '.join(columns))} FROM "  # noqa: S608  names of columns and tables
        f'(SELECT * FROM "{model._meta.db_table}" WHERE "{relation.field.column}" = %(expressions)s '
        f"ORDER BY {order}) rows_)"
    )


def _ordered(model: type[Model], name: str) -> str:
    options, down = model._meta, name.startswith("-")
    field: Any = options.pk if name.lstrip("-") == "pk" else options.get_field(name.lstrip("-"))
    return f'"{field.column}"{" DESC" if down else ""}'


def with_rows(rows: QuerySet[Row], names: Sequence[str]) -> QuerySet[Row]:
    """Add to a query the rows that refer to each of its own, by the names of the relations; see `handed_over`."""
    asked = {_told(name): _AsJson(_relation(rows.model, name)) for name in names}
    return cast("QuerySet[Row]", rows.annotate(**asked))


def handed_over(row: Row, names: Sequence[str]) -> Row:
    """Put what `with_rows` read beside a row where a prefetch would have put it."""
    for name in names:
        relation = _relation(type(row), name)
        found = [_made(relation.related_model, row, values) for values in row.__dict__.pop(_told(name))]
        for one in found:
            setattr(one, relation.field.name, row)
        if isinstance(relation, OneToOneRel):
            relation.set_cached_value(row, next(iter(found), None))
            continue
        kept = getattr(row, name).get_queryset()
        kept._result_cache, kept._prefetch_done = found, True  # noqa: SLF001
        row.__dict__.setdefault("_prefetched_objects_cache", {})[name] = kept
    return row


def read(row: Row, names: Sequence[str]) -> Row:
    """Read what refers to a row, as it is now, in one query. Raises DoesNotExist where the row is gone."""
    found = _beside(type(row), tuple(names)).get(key=row.pk)
    for name in map(_told, names):
        row.__dict__[name] = found.__dict__[name]
    return handed_over(row, names)


@functools.cache
def _beside(model: type[Model], names: tuple[str, ...]) -> Prepared[Model]:
    rows = with_rows(model._default_manager.only("pk"), names)
    return Prepared(lambda key: rows.filter(pk=key), key=-1)


def forget(row: Row, names: Sequence[str]) -> Row:
    """Let go of what was read beside a row: it is about to change."""
    for name in names:
        row.__dict__.get("_prefetched_objects_cache", {}).pop(name, None)
    return row


def _told(name: str) -> str:
    return f"rows_of_{name}"


def _relation(model: type[Model], name: str) -> ForeignObjectRel:
    return cast(ForeignObjectRel, model._meta.get_field(name))


def _fields(model: type[Model]) -> Sequence[Field[Any, Any]]:
    return model._meta.concrete_fields


def _made(model: type[Model], beside: Model, values: Sequence[Any]) -> Model:
    columns, readers = _columns(model)
    read = [
        reader(value) if reader and value is not None else value
        for reader, value in zip(readers, values, strict=True)
    ]
    return model.from_db(beside._state.db, columns, read)  # noqa: SLF001


@functools.cache
def _columns(model: type[Model]) -> tuple[list[str], list[Callable[[Any], Any] | None]]:
    """The names of a table's columns, and what turns each value from JSON into what Django reads; None for nothing."""
    fields = _fields(model)
    return [field.attname for field in fields], [_reader(field) for field in fields]


def _reader(field: Field[Any, Any]) -> Callable[[Any], Any] | None:
    if isinstance(field, ForeignKey):
        return _reader(field.target_field)
    if isinstance(field, JSONField | CharField | TextField | IntegerField):
        # Texts and numbers are in JSON what they are.
        return None
    if isinstance(field, DateTimeField):
        return functools.partial(_moment, field)
    return cast("Callable[[Any], Any]", field.to_python)


def _moment(field: DateTimeField[Any, Any], value: Any) -> datetime.datetime:
    found = cast(datetime.datetime, field.to_python(value))
    # SQLite keeps moments in UTC, and does not say so.
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
