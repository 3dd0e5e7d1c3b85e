"""Makes a crowd ten times as large by SQL: a million applications in minutes, where writing each row takes an hour.

Each copy is an applicant of their own, with the same ICS, programme and state as the first, and with everything that
belongs to them: ``manage.py check_integrity`` finds nothing wrong.
"""

from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Max

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import Model

# What is not copied as it stands, by table and column: {letter} tells the copies apart, and keys move by {step}.
APPLICATION = "t.application_id + k * {step}"
CHANGED: dict[str, dict[str, str]] = {
    "Application": {
        "id": "t.id + k * {step}",
        "reference": "t.reference || {letter}",
        **{name: "{letter} || t." + name for name in ("email", "email_key", "address_key")},
        "name": "t.name || ' ' || {letter}",
        "name_key": "t.name_key || ' ' || {letter}",
    },
    "Message": {
        "dedupe_key": "t.dedupe_key || ':' || {letter}",
        "about": "'application:' || (split_part(t.about, ':', 2)::bigint + k * {step})",
        "to_address": "{letter} || t.to_address",
    },
    "Place": {
        "seat_number": "t.seat_number + k * {seats}",
        "programme_number": "t.programme_number + k * {places}",
    },
}


def multiply(user: "User", times: int, *, before: int = 0) -> None:
    """Copy the applications of an academy's programmes until there are ``times`` as many.

    ``user`` is what `crowd.make` returned; ``before`` says how often its crowd has been copied already. Only for
    PostgreSQL. Raises ValueError for more than ten times, and for a third time: a copy is named by one letter.
    """
    from applications.models import Application, Approval, Review, StateChange
    from cohorts.models import Place, Preference, WaitingPlace
    from programmes.models import Message, Programme

    if not 2 <= times <= 10 or before > 1:
        raise ValueError("A copy is named by one letter: from two to ten times, and twice.")
    programmes = list(Programme.objects.visible_to(user).values_list("pk", flat=True))
    largest = Application.objects.aggregate(step=Max("pk"))
    largest |= Place.objects.aggregate(seats=Max("seat_number"), places=Max("programme_number"))
    named = {"letter": f"chr({96 + 10 * before} + k)"} | {
        name: str(many or 0) for name, many in largest.items()
    }
    mine = "SELECT id FROM applications_application WHERE programme_id = ANY(%s) AND id <= %s"
    told = "t.programme_id = ANY(%s) AND split_part(t.about, ':', 2)::bigint <= %s"
    values: list[Any] = [programmes, largest["step"]]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cohorts_cohort SET maximum = maximum * %s WHERE programme_id = ANY(%s)",
            [times, programmes],
        )
        _copy(Application, f"t.id IN ({mine})", times, named, values)
        for model in (StateChange, Approval, Review, Preference, Place, WaitingPlace):
            _copy(model, f"t.application_id IN ({mine})", times, named, values)
        _copy(Message, told, times, named, values)
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('applications_application', 'id'), max(id))"
            " FROM applications_application"
        )


def _copy(model: "type[Model]", which: str, times: int, named: dict[str, str], values: list[Any]) -> None:
    """Copy the rows of one table; keys of their own come from the table's sequence, or from the application's."""
    table = model._meta.db_table
    changed = CHANGED.get(model.__name__, {})
    names, sources = [], []
    for field in model._meta.concrete_fields:
        column = str(field.column)
        if column == "id" and column not in changed:
            continue
        source = changed.get(column) or (APPLICATION if column == "application_id" else f't."{column}"')
        names.append(f'"{column}"')
        sources.append(source.format(**named))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(sources)} FROM {table} t, "
            f"generate_series(1, {times - 1}) k WHERE {which}",
            values,
        )
