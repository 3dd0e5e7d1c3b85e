"""How each kind of database is written to a file, and put back."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from django.core.management.base import CommandError
from django.db import connection

FILES = {"postgresql": "database.dump", "sqlite": "database.sqlite3"}
# Written by newer programs, and unknown to servers before 17; it changes nothing that is kept.
_NOT_FOR_OLD_SERVERS = b"SET transaction_timeout"


def dump(folder: Path) -> str:
    """Write the database as it is at one moment into the folder; return the file's name. Raises `CommandError`."""
    name = FILES[connection.vendor]
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with contextlib.closing(sqlite3.connect(folder / name)) as copy:
            connection.connection.backup(copy)
    else:
        _run(["pg_dump", "--format", "custom", "--no-owner", "--no-privileges", "--file", str(folder / name)])
    return name


def put_back(path: Path) -> None:
    """Make the database what it was: all of it, or, when anything fails, nothing. Raises `CommandError`."""
    if connection.vendor == "sqlite":
        _put_back_on_sqlite(path)
    else:
        _put_back_on_postgresql(path)


def _put_back_on_sqlite(path: Path) -> None:
    connection.ensure_connection()
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as copy:
        try:
            sound = copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        except sqlite3.DatabaseError:
            sound = False
        if not sound:
            raise CommandError(f"{path} is no sound SQLite database: nothing was changed.")
        copy.backup(connection.connection)


def _put_back_on_postgresql(path: Path) -> None:
    """In one transaction: the tables that are there go, those of the backup come."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
    connection.close()
    drops = [f"DROP TABLE IF EXISTS {connection.ops.quote_name(table)} CASCADE;\n" for table in tables]
    read = [_program("pg_restore"), "--no-owner", "--no-privileges", "--file", "-", str(path)]
    write = [_program("psql"), "--no-psqlrc", "--quiet", "--single-transaction", "--output", os.devnull]
    write += ["--set", "ON_ERROR_STOP=1"]
    pipe = subprocess.PIPE
    with (
        subprocess.Popen(read, stdout=pipe) as restoring,  # noqa: S603  a fixed command
        subprocess.Popen(write, env=_environment(), stdin=pipe, stderr=pipe) as putting,  # noqa: S603
    ):
        assert restoring.stdout and putting.stdin and putting.stderr
        sent = _send(putting.stdin, drops, restoring.stdout)
        whole = restoring.wait() == 0
        if not whole:
            # What psql has had so far is taken back: its transaction ends without a commit.
            putting.kill()
        with contextlib.suppress(BrokenPipeError):
            putting.stdin.close()
        said = putting.stderr.read().decode(errors="replace").strip()
        done = putting.wait() == 0
    if not whole:
        raise CommandError(f"pg_restore cannot read {path}: nothing was changed.")
    if not (sent and done):
        raise CommandError(f"The backup could not be put back, and nothing was changed. psql said: {said}")


def _send(into: IO[bytes], first: Iterable[str], lines: IO[bytes]) -> bool:
    """Send what is to be done; return whether all of it was taken. Reads to the end in any case."""
    taken = True
    try:
        into.write("".join(first).encode())
        for line in lines:
            if not line.startswith(_NOT_FOR_OLD_SERVERS):
                into.write(line)
            if line.startswith(b"CREATE"):
                break
        shutil.copyfileobj(lines, into)
        into.flush()
    except BrokenPipeError:
        taken = False
        for _ in lines:
            pass
    return taken


def _program(name: str) -> str:
    found = shutil.which(name)
    if not found:
        raise CommandError(f"{name} is not installed: it comes with PostgreSQL’s client (postgresql-client).")
    return found


def _environment() -> dict[str, str]:
    """The environment that names the database: no password stands on a command line, where others could read it."""
    values = connection.settings_dict
    names = {
        "PGHOST": "HOST",
        "PGPORT": "PORT",
        "PGUSER": "USER",
        "PGPASSWORD": "PASSWORD",
        "PGDATABASE": "NAME",
    }
    # What a server only remarks upon would fill the pipe that nobody reads meanwhile.
    quiet = {"PGOPTIONS": "-c client_min_messages=warning"}
    named = {variable: str(values[key]) for variable, key in names.items() if values.get(key)}
    options = values.get("OPTIONS", {})
    more = {"PGSSLMODE": "sslmode", "PGSSLROOTCERT": "sslrootcert", "PGSERVICE": "service"}
    return (
        os.environ | quiet | named | {name: str(options[key]) for name, key in more.items() if key in options}
    )


def _run(command: list[str]) -> None:
    done = subprocess.run(  # noqa: S603  a fixed command
        [_program(command[0]), *command[1:]], env=_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CommandError(f"{command[0]} failed. It said: {done.stderr.strip()}")
