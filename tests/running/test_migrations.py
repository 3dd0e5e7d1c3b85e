"""What a migration may not do while two versions run, found; and what it may do instead, on both databases."""

import importlib
from pathlib import Path

import pytest
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

from config import migrations as ours
from scripts import migrations as lint

NAME = models.CharField(max_length=50)


def state() -> ProjectState:
    before = ProjectState()
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", NAME),
        ("note", models.CharField(max_length=50, null=True)),
        ("number", models.IntegerField(default=0)),
    ]
    before.add_model(ModelState("programmes", "Thing", fields))
    return before


def migration(*operations, atomic=True, **more):
    made = type(
        "Migration", (migrations.Migration,), {"operations": list(operations), "atomic": atomic, **more}
    )
    return made("0002_next", "programmes")


def found(*operations, **more) -> list[str]:
    return list(lint.faults_of(migration(*operations, **more), "programmes", state()))


def alter(name, field):
    return migrations.AlterField("thing", name, field)


def nothing(apps, schema_editor):
    """Moves nothing."""


INDEX = models.Index(fields=["name"], name="thing_name")
CHECK = models.CheckConstraint(condition=models.Q(number__gte=0), name="thing_number")


@pytest.mark.parametrize(
    "operations",
    [
        [migrations.AddField("thing", "more", models.TextField(null=True))],
        [migrations.AddField("thing", "more", models.IntegerField(db_default=3))],
        [migrations.AddField("thing", "others", models.ManyToManyField("programmes.Thing"))],
        [alter("name", models.CharField(max_length=80, help_text="Longer"))],
        [alter("name", models.TextField())],
        [alter("number", models.IntegerField(default=0, null=True))],
        [migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))])],
        [
            migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True)), ("name", NAME)]),
            migrations.AddIndex("other", models.Index(fields=["name"], name="other_name")),
        ],
        [
            ours.CreateModels(
                [migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))])]
            ),
            migrations.AddIndex("other", models.Index(fields=["id"], name="other_id")),
        ],
        [migrations.RunPython(nothing, migrations.RunPython.noop)],
        [ours.AddConstraintNotValid("thing", CHECK)],
        [migrations.AlterModelOptions("thing", {"verbose_name": "a thing"})],
        [migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("thing", "note")])],
    ],
)
def test_what_stops_nobody_is_allowed(operations):
    assert found(*operations) == []


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        (
            migrations.AddField("thing", "more", models.TextField(default="")),
            "the older version leaves it out",
        ),
        (
            migrations.AddField("thing", "more", models.IntegerField(null=True, db_index=True)),
            "its index is made",
        ),
        (
            migrations.AddField("thing", "more", models.ForeignKey("Thing", models.CASCADE, null=True)),
            "its index is made",
        ),
        (migrations.RemoveField("thing", "note"), "still reads and writes it"),
        (migrations.RenameField("thing", "note", "remark"), "asks for the old name"),
        (migrations.RenameModel("Thing", "Item"), "asks for the old name"),
        (migrations.AlterModelTable("thing", "things"), "asks for the old name"),
        (migrations.DeleteModel("Thing"), "may still read it"),
        (migrations.AddIndex("thing", INDEX), "use AddIndexConcurrently"),
        (migrations.AddConstraint("thing", CHECK), "use AddConstraintNotValid"),
        (alter("note", models.CharField(max_length=50)), "every row is read"),
        (alter("name", models.CharField(max_length=50, unique=True)), "its index is made"),
        (alter("name", models.CharField(max_length=50, db_index=True)), "its index is made"),
        (alter("name", models.CharField(max_length=20)), "may write more than fits"),
        (alter("name", models.CharField(max_length=50, db_column="title")), "asks for the old column"),
        (alter("number", models.TextField()), "every row is written anew"),
        (ours.AddIndexConcurrently("thing", INDEX), "set atomic = False"),
        (migrations.RunPython(nothing), "moves data with no way back"),
        (migrations.RunSQL("SELECT 1"), "moves data with no way back"),
    ],
)
def test_what_locks_or_breaks_is_found(operation, why):
    (fault,) = found(operation)

    assert why in fault


def test_data_is_not_moved_together_with_tables():
    both = [
        migrations.AddField("thing", "more", models.TextField(null=True)),
        migrations.RunPython(nothing, nothing),
    ]

    assert found(*both) == ["moves data and changes tables: make two migrations of it"]


def test_an_index_made_outside_a_transaction_is_allowed():
    assert found(ours.AddIndexConcurrently("thing", INDEX), atomic=False) == []


class Loaded:
    """What Django's loader knows: the first migration of an app, and the next."""

    def __init__(self, **more):
        first = migration(migrations.DeleteModel("Thing"))
        second = migration(
            migrations.DeleteModel("Thing"), dependencies=[("programmes", "0001_initial")], **more
        )
        other = migration(migrations.DeleteModel("Thing"), dependencies=[("axes", "0001_initial")])
        self.disk_migrations = {
            ("programmes", "0001_initial"): first,
            ("programmes", "0002_next"): second,
            ("axes", "0002_theirs"): other,
        }

    def project_state(self, node, at_end):
        return state()


def test_the_first_migration_and_those_of_others_are_free():
    (fault,) = lint.faults(Loaded())

    assert fault.startswith("programmes.0002_next: Delete model Thing: ")


def test_a_migration_that_says_why_is_let_through():
    assert list(lint.faults(Loaded(stops_the_portal="The table has 40 rows."))) == []


def test_the_portals_own_migrations_have_no_fault(capsys):
    assert list(lint.faults(MigrationLoader(None))) == []


@pytest.mark.django_db(transaction=True)
def test_what_to_use_instead_works_here(settings):
    """On this database, whichever it is: made, in use, and taken away."""
    start = state()
    steps = [
        migration(ours.AddIndexConcurrently("thing", INDEX), atomic=False),
        migration(ours.AddConstraintNotValid("thing", CHECK)),
        migration(ours.ValidateConstraint("thing", CHECK.name)),
        migration(ours.RemoveIndexConcurrently("thing", INDEX.name), atomic=False),
    ]
    table = "programmes_thing"
    with connection.schema_editor() as editor:
        editor.create_model(start.apps.get_model("programmes", "Thing"))
    try:
        states, seen = [start.clone()], []
        for step in steps:
            with connection.schema_editor(atomic=step.atomic) as editor:
                states.append(step.apply(states[-1].clone(), editor))
            seen.append({INDEX.name, CHECK.name} & set(_constraints(table)))
        with connection.schema_editor(atomic=False) as editor:
            steps[-1].unapply(states[-2].clone(), editor)
        back = set(_constraints(table))
        with connection.schema_editor(atomic=False) as editor:
            steps[0].unapply(states[0].clone(), editor)
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(states[-1].apps.get_model("programmes", "Thing"))

    assert seen == [{INDEX.name}, {INDEX.name, CHECK.name}, {INDEX.name, CHECK.name}, {CHECK.name}]
    assert INDEX.name in back


def _constraints(table):
    with connection.cursor() as cursor:
        return connection.introspection.get_constraints(cursor, table)


@pytest.mark.django_db(transaction=True)
def test_tables_that_point_to_each_other_are_made_at_once_and_taken_away():
    def to(other):
        return models.ForeignKey(f"programmes.{other}", models.CASCADE, null=True, related_name="+")

    key = ("id", models.BigAutoField(primary_key=True))
    both = [
        migrations.CreateModel("One", [key, ("other", to("Other"))]),
        migrations.CreateModel("Other", [key, ("one", to("One"))]),
    ]
    step = migration(ours.CreateModels(both))
    before = state()
    assert before.apps.get_model("programmes", "Thing"), "worked out, before there are more"

    with connection.schema_editor() as editor:
        after = step.apply(before.clone(), editor)
    one, other = (after.apps.get_model("programmes", name) for name in ("One", "Other"))
    second = other.objects.create(one=one.objects.create())
    one.objects.update(other=second)
    found = list(one.objects.values_list("other__one", "pk"))
    one.objects.update(other=None)
    with connection.schema_editor() as editor:
        step.unapply(before.clone(), editor)

    assert [first == second for first, second in found] == [True]
    assert not {"programmes_one", "programmes_other"} & set(connection.introspection.table_names())
    assert step.operations[0].describe() == "Create 2 models"


PARTS = ours.AddPartsIndex("thing", "thing_by_part", ["name", "upper(note)"], "number > 0")


@pytest.fixture
def thing():
    """A table, and the state of the models that says so."""
    start = state()
    model = start.apps.get_model("programmes", "Thing")
    with connection.schema_editor() as editor:
        editor.create_model(model)
    yield start
    with connection.schema_editor() as editor:
        editor.delete_model(model)


def applied(step, start):
    with connection.schema_editor(atomic=False) as editor:
        step.apply(start.clone(), editor)


@pytest.mark.django_db(transaction=True)
def test_parts_of_words_are_found_by_an_index_where_the_database_has_one(thing):
    step = migration(PARTS, atomic=False)

    applied(step, thing)
    made = {name: found["type"] for name, found in _constraints("programmes_thing").items() if found["index"]}
    applied(step, thing)
    with connection.schema_editor(atomic=False) as editor:
        step.unapply(thing.clone(), editor)

    expected = {"thing_by_part": "gin"} if connection.vendor == "postgresql" else {}
    assert {name: kind for name, kind in made.items() if "part" in name} == expected
    assert "thing_by_part" not in _constraints("programmes_thing")
    assert PARTS.describe() == "Create index thing_by_part for parts of words on model thing"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_where_the_extension_is_refused_the_index_is_left_out_and_that_is_said(thing, caplog):
    with connection.cursor() as cursor:
        cursor.execute("DROP EXTENSION IF EXISTS pg_trgm")
        cursor.execute("CREATE ROLE a_stranger")
        cursor.execute("SET ROLE a_stranger")
    try:
        applied(migration(PARTS, atomic=False), thing)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute("DROP ROLE a_stranger")

    assert "thing_by_part is left out, and searches read every row: permission denied" in caplog.text
    assert "thing_by_part" not in _constraints("programmes_thing")


def test_the_book_says_how_the_index_of_the_portal_is_put_right():
    # By its file: where tables are made from the models, Django knows of no migrations.
    finding = importlib.import_module("applications.migrations.0002_finding").Migration
    (step,) = [one for one in finding.operations if isinstance(one, ours.AddPartsIndex)]
    book = " ".join((Path(__file__).parents[2] / "docs" / "running.md").read_text().split())

    parts = ", ".join(f"{column} gin_trgm_ops" for column in step.columns)
    put_right = f"{step.name} ON applications_application USING gin ({parts}) WHERE {step.condition};"
    assert f"CREATE INDEX CONCURRENTLY {put_right}" in book
