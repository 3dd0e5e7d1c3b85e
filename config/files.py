"""How uploaded files are kept on disk: whole, or not at all."""

from __future__ import annotations

from typing import Any

from django.core.files.storage import FileSystemStorage


class WholeFiles(FileSystemStorage):
    """Django's own storage, which leaves the first half of a file behind where the disk fills up as it is written.

    The names are made of random bytes (`upload_to` of each field), so what is taken away is our own.
    """

    def _save(self, name: str, content: Any) -> str:
        try:
            saved: str = super()._save(name, content)  # type: ignore[misc]
        except OSError:
            self.delete(name)
            raise
        return saved
