"""The manifest of a backup: what is in it, with checksums, and of which version of the portal."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

NAME = "manifest.json"
FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. ``files`` has the SHA-256 of each; ``migrations`` are ``app.name``."""

    made_at: str
    version: str
    database: str
    migrations: list[str]
    files: dict[str, str]
    format: int = FORMAT


def version() -> str:
    """The version of the portal that runs."""
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def applied() -> list[str]:
    """The migrations that the database has had, as ``app.name``, in the alphabet's order."""
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def known() -> set[str]:
    """The migrations that this version of the portal has."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return {f"{app}.{name}" for app, name in loader.disk_migrations or {}}


def checksum(path: Path) -> str:
    """The SHA-256 of a file, read in parts."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def write(folder: Path, manifest: Manifest) -> None:
    """Write it into the backup's folder, last: a backup without one was interrupted."""
    text = json.dumps(asdict(manifest), indent=2, sort_keys=True)
    (folder / NAME).write_text(text + "\n", encoding="utf-8")


def read(folder: Path) -> Manifest:
    """The manifest of a backup that is whole and can be put back by this version.

    Raises `CommandError` with a sentence for one that is not there, is damaged, is of another kind of database, or was
    made by a later version.
    """
    try:
        manifest = Manifest(**json.loads((folder / NAME).read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise CommandError(f"{folder} is not a whole backup: it has no {NAME}.") from None
    except (ValueError, TypeError):
        raise CommandError(f"{folder / NAME} cannot be read: the backup is damaged.") from None
    if manifest.format != FORMAT:
        raise CommandError(f"{folder} has a form that this version does not know: {manifest.format}.")
    if manifest.database != connection.vendor:
        raise CommandError(f"The backup is of {manifest.database}, and this database is {connection.vendor}.")
    for name, expected in manifest.files.items():
        if not (folder / name).is_file() or checksum(folder / name) != expected:
            raise CommandError(
                f"{folder / name} is damaged or missing: nothing was changed. Take another backup."
            )
    if later := sorted(set(manifest.migrations) - known()):
        raise CommandError(
            f"The backup was made by a later version ({manifest.version}; this is {version()}): it has "
            f"{', '.join(later[:3])}{' and more' if len(later) > 3 else ''}. Install that version first."
        )
    return manifest
