"""Migrations make the tables that the models ask for: every other test has tables made from the models."""

import os
import subprocess
import sys
import uuid

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

# Each gives the table first.
COLUMNS = """
    SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default, is_identity
    FROM information_schema.columns WHERE table_schema = 'public'
"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
"""
INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
OURS = ("programmes_", "applications_", "cohorts_", "facilitators_")


def tables(cursor):
    """All that was made of our own tables, as rows that can be compared."""
    found = set()
    for question in (COLUMNS, CONSTRAINTS, INDEXES):
        cursor.execute(question)
        found |= {row for row in cursor.fetchall() if row[0].startswith(OURS)}
    return found


@pytest.fixture
def empty_database():
    """The address of a database with nothing in it."""
    name = f"migrated_{uuid.uuid4().hex}"
    address = os.environ["TEST_DATABASE_URL"]
    server = psycopg2.connect(address)
    server.autocommit = True
    server.cursor().execute(f"CREATE DATABASE {name}")
    yield f"{address.rpartition('/')[0]}/{name}"
    server.cursor().execute(f"DROP DATABASE {name}")
    server.close()


@pytest.mark.postgres
@pytest.mark.django_db
def test_migrations_make_what_the_models_ask_for(empty_database):
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DATABASE_URL": empty_database,
            "DEBUG": "1",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
        check=True,
    )

    migrated = psycopg2.connect(empty_database)
    with migrated.cursor() as theirs, connection.cursor() as ours:
        by_migrations, by_models = tables(theirs), tables(ours)
    migrated.close()

    assert len(by_models) > 1000
    assert by_migrations == by_models
