"""How uploaded files are kept on disk, whole or not at all, and where static files are found."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]

MEGABYTE = 1_000_000


def free_bytes(folder: str | os.PathLike[str]) -> int:
    """How many bytes are free on the disk that holds ``folder``, which need not be there yet."""
    there = Path(folder).absolute()
    while not there.exists():
        there = there.parent
    return shutil.disk_usage(there).free


def kept_free() -> int:
    """How many bytes uploads leave free: a disk that files filled would stop the database beside them."""
    return settings.KEEP_FREE_MB * MEGABYTE


class WholeFiles(FileSystemStorage):
    """Django's own storage, which leaves the first half of a file behind where the disk fills up as it is written.

    The names are made of random bytes (`upload_to` of each field), so what is taken away is our own. Raises OSError
    (ENOSPC) also for a file that would take what is to be left free (KEEP_FREE_MB).
    """

    def _save(self, name: str, content: Any) -> str:
        if free_bytes(self.location) - content.size < kept_free():
            raise OSError(errno.ENOSPC, "Less than KEEP_FREE_MB would be left on the disk", self.location)
        try:
            saved: str = super()._save(name, content)  # type: ignore[misc]
        except OSError:
            self.delete(name)
            raise
        return saved


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Static files under names that carry their content; each address is worked out once a process.

    A page of staff names twenty, and which names there are is read once, when the process starts.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._addresses: dict[str, str] = {}

    def url(self, name: str, force: bool = False) -> str:
        """The address of a file; raises ValueError for a file that was not collected."""
        if force or settings.DEBUG:
            return str(super().url(name, force))
        if name not in self._addresses:
            self._addresses[name] = str(super().url(name))
        return self._addresses[name]
