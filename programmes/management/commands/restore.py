"""``manage.py restore``: make the database and the uploaded files what they were when a backup was made."""

import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from programmes.management.backups import databases, manifest
from programmes.management.commands.backup import MEDIA
from programmes.models import Message

# What a database that has only been migrated holds already.
MADE_BY_MIGRATE = {"contenttypes.ContentType", "auth.Permission"}


class Command(BaseCommand):
    help = "Put a backup back. Stop web, worker and beat first. An empty database alone is taken, unless --force."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the folder of one backup."""
        parser.add_argument("folder", type=Path, help="one backup: the folder that holds manifest.json")
        parser.add_argument("--force", action="store_true", help="replace what is there: it is lost")

    def handle(self, *args: Any, folder: Path, force: bool, **options: Any) -> None:
        """Judge the backup, then what is here; only then change anything."""
        kept = manifest.read(folder)
        if not force and (there := what_is_here()):
            raise CommandError(
                f"There is something here already: {there}. With --force it is replaced, and lost."
            )
        media = Path(settings.MEDIA_ROOT)
        media.parent.mkdir(parents=True, exist_ok=True)
        # Beside its place, so that one move puts it there; unpacked first, since a full disk must stop us before.
        fresh = Path(tempfile.mkdtemp(prefix=".restoring-", dir=media.parent))
        try:
            with tarfile.open(folder / MEDIA) as tar:
                tar.extractall(fresh, filter="data")
            databases.put_back(folder / databases.FILES[kept.database])
            replace_contents(media, fresh)
        except (OSError, tarfile.TarError) as error:
            raise CommandError(f"The backup could not be put back: {error}") from error
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        missing = manifest.known() - set(manifest.applied())
        self.stdout.write(f"Put back what was here on {kept.made_at} (version {kept.version}).")
        if missing:
            self.stdout.write("The backup is of an earlier version. Now run: manage.py migrate")
        else:
            waiting = Message.objects.filter(status__in=["queued", "sending"]).count()
            self.stdout.write(
                f"Mails that will go when the jobs run again: {waiting}. Look at the outbox first."
            )


def replace_contents(media: Path, fresh: Path) -> None:
    """Have the folder hold what ``fresh`` holds, and nothing else. The folder itself stays: it may be a volume."""
    media.mkdir(exist_ok=True)
    for path in media.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    for path in fresh.iterdir():
        shutil.move(path, media / path.name)


def what_is_here() -> str:
    """What would be lost, in words; empty for a database with no rows of ours and a folder with no files."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
    for model in apps.get_models():
        named = model._meta.label
        if model._meta.db_table in tables and named not in MADE_BY_MIGRATE:
            number = model._base_manager.count()
            if number:
                return f"{number} of {model._meta.verbose_name_plural}"
    media = Path(settings.MEDIA_ROOT)
    files = sum(1 for path in media.rglob("*") if path.is_file()) if media.is_dir() else 0
    return f"{files} uploaded files" if files else ""
