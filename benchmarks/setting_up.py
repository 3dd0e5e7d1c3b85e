"""What a command of the Makefile costs before it begins."""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks import Figure

TRIES = 5


def _seconds(command: list[str]) -> float:
    spent = []
    for _ in range(TRIES):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        spent.append(time.perf_counter() - started)
    return statistics.median(spent)


def measure() -> Iterator[Figure]:
    """Yield the seconds of a set-up that is current, and of starting Django."""
    how = f"median of {TRIES}"
    yield Figure("make setup, when everything is current", _seconds(["sh", "scripts/setup.sh"]), "s", how)
    yield Figure("manage.py check", _seconds([sys.executable, "manage.py", "check"]), "s", how)
