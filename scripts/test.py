"""Run the tests: all but the browser's on SQLite, where coverage is measured, then what asks a service on PostgreSQL.

    python -m scripts.test                      # everything that can run on this machine
    python -m scripts.test tests/cohorts -x     # some of them: what stands here goes to pytest

Servers that are installed are started for the tests and stopped after them (`scripts/services.py`). Without
PostgreSQL everything runs once, on SQLite. REQUIRE_ALL=1 allows nothing left out, and holds coverage to its
bounds.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from scripts import coverage_gate, services
from tests.conftest import find_chromium

# SQLite must keep every rule too; what a browser shows is the same on both, and is looked at once, as are the tests
# that try the same things many times over (`either`, tests/conftest.py).
NOT_ON_SQLITE = "not postgres and not redis and not browser and not either"
NOTHING_SELECTED = 5
# The migrations take most of a minute in each process, the models a few seconds. That both make the same tables is
# checked by `makemigrations --check` and by tests/running/test_entry.py.
TABLES_FROM_MODELS = "--nomigrations"
# What asks neither database nor Redis nor browser is the same beside any of them, and has run, and so have the tests of
# single pages (tests/conftest.py).
NOT_TWICE = {"ONLY_WITH_A_SERVICE": "1"}
# One process a core; where a browser is waited for, one more.
WORKERS = int(os.environ.get("TEST_WORKERS") or os.cpu_count() or 2)


class Run(NamedTuple):
    """One call of pytest: on which database, with which arguments and variables."""

    database: str
    arguments: list[str]
    variables: dict[str, str]
    # Measuring coverage takes a third as long again, so it is done once, in the shorter run.
    measured: bool = True
    workers: int = WORKERS


def runs(arguments: list[str], named: dict[str, str]) -> list[Run]:
    """Return the calls of pytest that cover what can run, given the variables that name the services here."""
    if services.DATABASE_VARIABLE not in named:
        return [Run("SQLite", arguments, named)]
    no_services = {services.DATABASE_VARIABLE: "", services.REDIS_VARIABLE: ""}
    return [
        Run("SQLite", ["-m", NOT_ON_SQLITE, TABLES_FROM_MODELS, *arguments], no_services),
        Run(
            "PostgreSQL",
            [TABLES_FROM_MODELS, *arguments],
            {**named, **NOT_TWICE},
            measured=False,
            workers=WORKERS + 1,
        ),
    ]


def run(this: Run, coverage_file: Path | None) -> tuple[int, str]:
    """Call pytest, showing what it says; return its exit code and its closing line.

    With a ``coverage_file``, what ran of the portal is written there, if this is the run that is measured.
    """
    # What is measured stands in pyproject.toml. That pytest's own branches cannot be is no news.
    quiet = ["-W", "ignore:Unable to activate pytest branch coverage"]
    measuring = [*quiet, "-m", "slipcover", "--json", "--out", str(coverage_file)]
    command = [
        sys.executable,
        *(measuring if coverage_file and this.measured else []),
        "-m",
        "pytest",
        "-n",
        str(this.workers),
        "--dist",
        "worksteal",
        *this.arguments,
    ]
    environment = {**os.environ, **this.variables}
    # Each worker, and each command that a test starts, would compile the whole portal and its tests anew.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if sys.stdout.isatty():
        command.append("--color=yes")
    print(f"\n--- Tests on {this.database} ---", flush=True)
    said = b""
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as pytest:
        assert pytest.stdout
        try:
            while part := os.read(pytest.stdout.fileno(), 65536):
                sys.stdout.buffer.write(part)
                sys.stdout.buffer.flush()
                said = (said + part)[-4096:]
        except BaseException:
            pytest.terminate()
            raise
    closing_lines = [
        line for line in said.decode(errors="replace").splitlines() if re.search(r" in \d.*s", line)
    ]
    return pytest.returncode, closing_lines[-1] if closing_lines else f"ended with {pytest.returncode}"


def judge_coverage(coverage_file: Path) -> int:
    """Print what the measured run covered; return 1 when a bound is missed or nothing ran."""
    print(flush=True)
    if not coverage_file.exists():
        print("Nothing was measured.")
        return 1
    return coverage_gate.main(str(coverage_file))


def absent_services(named: dict[str, str]) -> list[str]:
    """Return what some tests need and this machine does not have."""
    here = {
        "PostgreSQL": named.get(services.DATABASE_VARIABLE),
        "Redis": named.get(services.REDIS_VARIABLE),
        "Chromium": find_chromium(),
    }
    return [name for name, where in here.items() if not where]


def run_all(arguments: list[str], named: dict[str, str], *, strict: bool) -> int:
    """Run what can run beside the services ``named``; print how it ended; return the exit code."""
    started = time.monotonic()
    absent = absent_services(named)
    if absent and strict:
        print(f"REQUIRE_ALL=1 leaves nothing out, but there is no {' and no '.join(absent)} here.")
        return 1
    with tempfile.TemporaryDirectory(prefix="cascade-coverage-") as folder:
        coverage_file = None if arguments else Path(folder) / "coverage.json"
        ended = {this.database: run(this, coverage_file) for this in runs(arguments, named)}
        below = judge_coverage(coverage_file) if coverage_file else 0
    if absent:
        print(
            f'\nNot here: {", ".join(absent)}. How many tests were left out stands above, under "left out".'
        )
    print(f"\nAll in {time.monotonic() - started:.0f} s:")
    for database, (_, closing_line) in ended.items():
        print(f"  {database}: {closing_line.strip('= ')}")
    codes = {code for code, _ in ended.values()}
    failed = bool(codes - {0, NOTHING_SELECTED}) or codes == {NOTHING_SELECTED}
    return 1 if failed or (strict and below) else 0


def main() -> int:
    """Run the tests that the command line selects, beside the services they need; return the exit code."""
    services.stop_tidily_when_told_to()
    try:
        with services.services() as named:
            return run_all(sys.argv[1:], named, strict=os.environ.get("REQUIRE_ALL") == "1")
    except services.NotStarted as reason:
        print(reason)
        return 1


if __name__ == "__main__":
    sys.exit(main())
