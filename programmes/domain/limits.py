"""How often something is asked for within a time, counted over every process of the portal.

With Redis the counts are kept there. On one host without it they are files of that host, which all its processes
share: each request adds a byte, and where the byte came to stand is the count.
"""

from __future__ import annotations

import datetime
import hashlib
import logging
import os
import shutil
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def count(what: str, *, seconds: int, now: datetime.datetime) -> int:
    """How often this was asked for in the present stretch of so many seconds, this time among them.

    0 while it cannot be counted: a limit is there to spare the portal, and must not close it.
    """
    stretch = int(now.timestamp()) // seconds
    try:
        if settings.COUNTS_FOLDER:
            return _in_files(Path(settings.COUNTS_FOLDER), what, f"{seconds}-{stretch}")
        counter = f"{what}:{stretch}"
        cache.add(counter, 0, timeout=2 * seconds)
        return cache.incr(counter)
    except RedisError:
        logger.warning("Requests cannot be counted: Redis does not answer.")
    except OSError:
        logger.warning("Requests cannot be counted: the folder of counts cannot be written.", exc_info=True)
    return 0


def _in_files(folder: Path, what: str, stretch: str) -> int:
    here = folder / stretch
    if not here.is_dir():
        _forget_others(folder, stretch)
        here.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = here / hashlib.sha256(what.encode()).hexdigest()
    # What is appended is never written over, whoever else appends at this moment.
    file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(file, b".")
        return os.lseek(file, 0, os.SEEK_CUR)
    finally:
        os.close(file)


def _forget_others(folder: Path, stretch: str) -> None:
    """Throw away what earlier stretches of the same length counted; the one before may still be written."""
    seconds, _, number = stretch.partition("-")
    for other in folder.glob(f"{seconds}-*"):
        if int(other.name.partition("-")[2]) < int(number) - 1:
            shutil.rmtree(other, ignore_errors=True)
