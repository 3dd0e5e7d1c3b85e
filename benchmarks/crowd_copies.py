"""Makes a crowd many times as large by SQL: a million applications in minutes, where writing each row takes an hour.

Each copy is an applicant of their own, with the same ICS and state as the first, and with everything that belongs to
them: ``manage.py check_integrity`` finds nothing wrong. `multiply` copies people into the same programmes, `spread` the
whole academy, as the academies of a nation.
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


def _copy(model: "type[Model]", which: str, times: int, named: dict[str, str], values: list[Any]) -> None:
    """Copy the rows of one table within its programmes."""
    changed = {"application_id": APPLICATION} | CHANGED.get(model.__name__, {})
    written = {name: how.format(**named) for name, how in changed.items()}
    _insert(model, which, range(1, times), written, values)


def _insert(
    model: "type[Model]", which: str, copies: range, changed: dict[str, str], values: list[Any]
) -> None:
    """Insert copies of the rows ``t`` that are ``which``, with some columns ``changed``: ``k`` is the copy's number.

    A key of its own that does not change comes from the table's sequence, which goes on behind those that do.
    """
    table = model._meta.db_table
    columns = [str(field.column) for field in model._meta.concrete_fields]
    columns = [column for column in columns if column != "id" or column in changed]
    sources = [changed.get(column, f't."{column}"') for column in columns]
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {', '.join(sources)} FROM {table} t, "
            f"generate_series({copies.start}, {copies.stop - 1}) k WHERE {which}",
            values,
        )
        if "id" in changed:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")


def spread(user: "User", academies: int, there: int = 1) -> None:
    """Copy the whole academy of ``user`` until there are so many; nobody works in the others, which closed a year ago.

    ``user`` is what `crowd.make` returned; ``there`` says how many there are already. Only for PostgreSQL.
    """
    from applications.models import Application, Approval, Review, StateChange
    from cohorts.models import Cohort, Place, Preference, Session, WaitingPlace
    from programmes.models import Academy, ApprovalStep, Message, Programme

    # Whose keys move with the copy, as does what points to them; each after what it points to.
    moved: list[type[Model]] = [Academy, Programme, ApprovalStep, Cohort, Application]
    steps = {model: model._default_manager.aggregate(step=Max("pk"))["step"] or 0 for model in moved}
    programmes = Programme.objects.visible_to(user)
    mine: dict[type[Model], str] = {
        Academy: "t.id IN (SELECT academy_id FROM programmes_programme WHERE id = ANY(%s))",
        Programme: "t.id = ANY(%s)",
        **dict.fromkeys((ApprovalStep, Cohort, Application, Message), "t.programme_id = ANY(%s)"),
        Session: "t.cohort_id IN (SELECT id FROM cohorts_cohort WHERE programme_id = ANY(%s))",
    }
    of_one = "t.application_id IN (SELECT id FROM applications_application WHERE programme_id = ANY(%s))"
    mine |= dict.fromkeys((StateChange, Approval, Review, Preference, Place, WaitingPlace), of_one)
    named = {"applications": str(steps[Application]), "programmes": str(steps[Programme])}
    values = [list(programmes.values_list("pk", flat=True))]
    for model, which in mine.items():
        changed = _moving(model, steps) | {
            column: source.format(**named) for column, source in SPREAD.get(model.__name__, {}).items()
        }
        _insert(model, which, range(there, academies), changed, values)


def _moving(model: "type[Model]", steps: "dict[type[Model], int]") -> dict[str, str]:
    """The keys of a table that move with a copy: its own, and those of what it points to."""
    own = {"id": f"t.id + k * {steps[model]}"} if model in steps else {}
    return own | {
        str(field.column): f"t.{field.column} + k * {steps[field.related_model]}"
        for field in model._meta.concrete_fields
        if field.related_model in steps
    }


SPREAD = {
    "Academy": {name: f"t.{name} || '-' || k" for name in ("slug", "name")},
    "Programme": {
        "slug": "t.slug || '-' || k",
        "code": "'P' || lpad(to_hex(t.id + k * {programmes}), 5, '0')",
        # What is open is what the public pages show, whatever there has been before.
        "opens_at": "now() - interval '2 years'",
        "closes_at": "now() - interval '1 year'",
    },
    "Application": {
        "reference": "t.reference || '.' || k",
        **{name: "'a' || k || '.' || t." + name for name in ("email", "email_key", "address_key")},
        "name": "t.name || ' ' || k",
        "name_key": "t.name_key || ' ' || k",
    },
    "Message": {
        "dedupe_key": "t.dedupe_key || ':' || k",
        "about": "'application:' || (split_part(t.about, ':', 2)::bigint + k * {applications})",
        "to_address": "'a' || k || '.' || t.to_address",
    },
}
