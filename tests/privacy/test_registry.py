"""Every text, file and JSON field is named in the registry, and what the registry names is there."""

import io
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import models

from programmes.domain.privacy import registry
from programmes.models import Message

TEXTS = (models.CharField, models.TextField, models.FileField, models.JSONField, models.BinaryField)
LOOKED_AT = (*TEXTS, models.GenericIPAddressField)


def written(model) -> set[str]:
    """The fields of a model that somebody can write into: those with choices are only chosen from."""
    fields = [one for one in model._meta.concrete_fields if isinstance(one, LOOKED_AT)]
    return {one.name for one in fields if not one.choices}


def every_model() -> list:
    models_ = [model for model in apps.get_models() if not model._meta.proxy]
    return [model for model in models_ if not hasattr(model, "history_date")]


def registered(model) -> set[str]:
    tables = {table.model: table for table in registry.tables()}
    table = tables.get(model)
    return {*table.holds, *table.mentions, *table.plain} if table else set()


def test_every_text_of_every_model_is_in_the_registry():
    unnamed = {
        f"{model._meta.label}.{name}"
        for model in every_model()
        for name in written(model) - registered(model)
    }

    assert unnamed == set()
    assert len(every_model()) > 70


def test_the_registry_names_no_field_twice_and_none_that_is_not_there():
    faults = []
    for table in registry.tables():
        names = [*table.holds, *table.mentions, *table.plain]
        there = {one.name for one in table.model._meta.concrete_fields}
        faults += [f"{table.label}.{name} is named twice" for name in set(names) if names.count(name) > 1]
        faults += [f"{table.label}.{name} is not there" for name in set(names) - there]
        for part in table.parts:
            faults += [f"{table.label}: {name} is not held" for name in set(part.only) - set(table.holds)]

    assert faults == []


def test_what_a_history_keeps_is_what_its_model_has():
    """So that what is blanked in a row is blanked in its history."""
    extra = []
    for model in every_model():
        history = registry.history_of(model)
        if history is not None:
            own = {one.name for one in history._meta.concrete_fields if not one.name.startswith("history_")}
            extra += [
                f"{model._meta.label}.{name}" for name in own - {one.name for one in model._meta.fields}
            ]

    assert extra == []


def test_every_table_that_holds_something_of_people_says_what_and_why():
    logs = {"axes.AccessFailureLog", "axes.AccessLog"}

    silent = [table.label for table in registry.tables() if table.holds and not (table.what and table.why)]

    assert set(silent) == logs


def test_what_is_deleted_has_no_file_that_would_stay_behind():
    assert [
        table.label for table in registry.tables() if table.goes for held in table.holds.values() if held.file
    ] == []


@pytest.mark.parametrize("kind", ["application", "approver", "lead", "nominee", "facilitator", "booking"])
def test_who_a_person_is_is_found_by_an_address_and_a_name(kind):
    root = registry.root_of(kind)

    assert {root.address, root.name} <= {one.name for one in root.model._meta.fields}


def test_registering_again_changes_nothing():
    before = registry.tables(), registry.derived()

    registry.register(*before[0])
    registry.register_derived(*before[1])

    assert (registry.tables(), registry.derived()) == before
    assert registry.history_of(Message) is None


def test_the_documentation_has_the_table_of_the_registry():
    printed = io.StringIO()
    call_command("personal_data", stdout=printed)

    assert printed.getvalue().count("\n") > 30
    assert (Path(settings.BASE_DIR) / "docs" / "privacy.md").read_text().endswith(printed.getvalue())
