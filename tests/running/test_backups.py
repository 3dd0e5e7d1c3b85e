"""A backup is put back to the last row and the last byte; and what must not be put back is refused."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from programmes.domain import jobs
from programmes.management.backups import databases, manifest
from programmes.models import Message, Programme, Region
from tests import factories
from tests.crawl.world import build
from tests.factories import NOW
from tests.support.rows import everything_stored

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def media(tmp_path, settings):
    """Uploaded files on a disk, as for real."""
    folder = tmp_path / "media"
    (folder / "answers" / "1").mkdir(parents=True)
    (folder / "answers" / "1" / "cv.pdf").write_bytes(b"%PDF " + bytes(range(256)) * 10)
    (folder / "empty.txt").write_bytes(b"")
    settings.MEDIA_ROOT = folder
    return folder


def files(folder: Path) -> dict[str, str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def backed_up(tmp_path) -> Path:
    call_command("backup", str(tmp_path / "backups"))
    (made,) = (tmp_path / "backups").iterdir()
    return made


def test_everything_comes_back_as_it_was(tmp_path, media, capsys):
    with time_machine.travel(NOW, tick=False):
        build()
    before, files_before = everything_stored(), files(media)
    made = backed_up(tmp_path)
    assert sum(number for number, _ in before.values()) > 500
    assert {path.name for path in made.iterdir()} == {
        "manifest.json",
        "media.tar",
        databases.FILES[connection.vendor],
    }
    assert {oct(path.stat().st_mode & 0o777) for path in made.iterdir() if path.name != "manifest.json"} == {
        "0o600"
    }

    call_command("flush", interactive=False, verbosity=0)
    factories.ProgrammeFactory(title="Came after the backup")
    shutil.rmtree(media / "answers")
    (media / "after.txt").write_text("came after")
    (media / "later").mkdir()
    assert everything_stored() != before

    with pytest.raises(
        CommandError, match=r"There is something here already: .* With --force it is replaced"
    ):
        call_command("restore", str(made))
    assert Programme.objects.filter(title="Came after the backup").exists()
    call_command("restore", str(made), "--force")

    assert everything_stored() == before
    assert files(media) == files_before
    assert [path.name for path in media.parent.glob(".restoring-*")] == []
    said = capsys.readouterr().out
    assert "Put back what was here on" in said
    waiting = Message.objects.filter(status="queued").count()
    assert f"Mails that will go when the jobs run again: {waiting}." in said
    # The next number of every table is right too.
    jobs.ended("after.restoring", now=NOW, seconds=1, failed=False)
    Region.objects.create(name="After")


def test_an_empty_instance_takes_a_backup_without_force(tmp_path, media):
    region = factories.RegionFactory()
    made = backed_up(tmp_path)
    call_command("flush", interactive=False, verbosity=0)
    shutil.rmtree(media)

    call_command("restore", str(made))

    assert Region.objects.get().pk == region.pk
    assert len(files(media)) == 2


def test_uploaded_files_alone_are_something_too(tmp_path, media):
    made = backed_up(tmp_path)

    with pytest.raises(CommandError, match="2 uploaded files"):
        call_command("restore", str(made))


def _edit(made: Path, **values):
    path = made / manifest.NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def _cut(path: Path):
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda made: (made / "manifest.json").unlink(), "is not a whole backup"),
        (lambda made: (made / "manifest.json").write_text("{"), "cannot be read: the backup is damaged"),
        (lambda made: (made / "manifest.json").write_text("{}"), "cannot be read: the backup is damaged"),
        (
            lambda made: _cut(made / databases.FILES[connection.vendor]),
            "is damaged or missing: nothing was changed",
        ),
        (lambda made: (made / "media.tar").unlink(), "is damaged or missing: nothing was changed"),
        (lambda made: _edit(made, format=2), "has a form that this version does not know: 2"),
        (lambda made: _edit(made, database="oracle"), "The backup is of oracle"),
        (
            lambda made: _edit(made, migrations=["programmes.9999_later"], version="9.9"),
            r"made by a later version \(9.9; this is .*\): it has programmes.9999_later",
        ),
    ],
)
def test_what_must_not_be_put_back_is_refused_and_changes_nothing(tmp_path, media, monkeypatch, spoil, said):
    monkeypatch.setattr(manifest, "known", lambda: {*manifest.applied()})
    factories.RegionFactory()
    made = backed_up(tmp_path)
    spoil(made)
    before, files_before = everything_stored(), files(media)

    with pytest.raises(CommandError, match=said):
        call_command("restore", str(made), "--force")

    assert everything_stored() == before
    assert files(media) == files_before


def _right_checksum(made: Path):
    name = databases.FILES[connection.vendor]
    kept = json.loads((made / manifest.NAME).read_text())["files"]
    _edit(made, files=kept | {name: manifest.checksum(made / name)})


@pytest.mark.parametrize("content", [b"no database at all", None])
def test_a_database_that_cannot_be_put_back_is_refused_and_changes_nothing(tmp_path, media, content):
    """Whole by its checksum, and no database, or one cut off half-way: what is here stays."""
    factories.RegionFactory()
    made = backed_up(tmp_path)
    path = made / databases.FILES[connection.vendor]
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3] if content is None else content)
    _right_checksum(made)
    before, files_before = everything_stored(), files(media)

    with pytest.raises(CommandError):
        call_command("restore", str(made), "--force")

    assert everything_stored() == before
    assert files(media) == files_before


def test_a_backup_of_an_earlier_version_asks_for_migrate(tmp_path, media, monkeypatch, capsys):
    made = backed_up(tmp_path)
    monkeypatch.setattr(manifest, "known", lambda: {*manifest.applied(), "programmes.9999_later"})

    call_command("restore", str(made), "--force")

    assert capsys.readouterr().out.endswith(
        "The backup is of an earlier version. Now run: manage.py migrate\n"
    )


def test_a_folder_that_cannot_be_written_is_named(tmp_path, media):
    (tmp_path / "file").write_text("")

    with pytest.raises(CommandError, match="The backup could not be written"):
        call_command("backup", str(tmp_path / "file"))


@pytest.mark.postgres
def test_without_postgresqls_programs_the_package_is_named(tmp_path, media, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CommandError, match="pg_dump is not installed: it comes with PostgreSQL’s client"):
        call_command("backup", str(tmp_path / "backups"))


@pytest.mark.postgres
def test_a_server_that_refuses_is_quoted_and_changes_nothing(tmp_path, media, monkeypatch):
    factories.RegionFactory()
    made = backed_up(tmp_path)
    before = everything_stored()
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "wrong")

    with pytest.raises(CommandError, match=r"pg_dump failed. It said: .*password authentication failed"):
        call_command("backup", str(tmp_path / "backups" / "other"))
    monkeypatch.undo()
    monkeypatch.setattr(
        databases, "_environment", lambda: os.environ | {"PGHOST": "127.0.0.1", "PGPORT": "1"}
    )
    with pytest.raises(CommandError, match=r"nothing was changed. psql said: .*refused"):
        call_command("restore", str(made), "--force")

    assert everything_stored() == before
