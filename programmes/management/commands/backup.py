"""``manage.py backup``: the database and the uploaded files, into one folder."""

import datetime
import tarfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from programmes.management.backups import databases, manifest

MEDIA = "media.tar"


class Command(BaseCommand):
    help = "Write the database and the uploaded files into a new folder inside the one named."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the folder in which backups are kept."""
        parser.add_argument("folder", type=Path, help="where backups are kept; made where it is missing")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        """Database first: a file that comes meanwhile is one too many, never one too few."""
        now = timezone.now()
        made = folder / f"cascade-{now.astimezone(datetime.UTC):%Y%m%d-%H%M%S}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            made.mkdir(mode=0o700)
            names = [databases.dump(made), self._files(made)]
            for name in names:
                (made / name).chmod(0o600)
            kept = manifest.Manifest(
                made_at=now.isoformat(),
                version=manifest.version(),
                database=connection.vendor,
                migrations=manifest.applied(),
                files={name: manifest.checksum(made / name) for name in names},
            )
            manifest.write(made, kept)
        except OSError as error:
            raise CommandError(f"The backup could not be written: {error}") from error
        size = sum(path.stat().st_size for path in made.iterdir())
        self.stdout.write(f"Backed up to {made} ({size / 1e6:.1f} MB). It holds personal data: encrypt it.")

    def _files(self, made: Path) -> str:
        with tarfile.open(made / MEDIA, "w") as tar:
            root = Path(settings.MEDIA_ROOT)
            for path in sorted(root.rglob("*")) if root.is_dir() else []:
                if path.is_file():
                    tar.add(path, arcname=str(path.relative_to(root)))
        return MEDIA
