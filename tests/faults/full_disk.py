"""A disk without room, for the tests' uploads."""

import errno
from collections.abc import Iterator
from typing import Any

from config.files import WholeFiles


class FullDisk(WholeFiles):
    """A disk that takes the first eight bytes of a file and no more."""

    def _save(self, name: str, content: Any) -> str:
        beginning = content.read(8)

        def chunks(chunk_size: int | None = None) -> Iterator[bytes]:
            yield beginning
            raise OSError(errno.ENOSPC, "No space left on device")

        content.chunks = chunks
        return super()._save(name, content)
