"""Break what the portal stands on while it works, and count what arrived of what was promised: ``make faults``.

The faults are the tests of ``tests/faults``, which ``make test`` runs with fewer mails and people. Here they go the
whole way, and a table is printed as it stands in ``docs/reliability.md``. Servers that are installed are started for it
(`scripts.services`); a fault that needs one that is not here is named as left out.

    python -m scripts.faults                              # all of them
    python -m scripts.faults tests/faults/test_smtp.py    # some: what stands here goes to pytest
"""

import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from scripts import services

ROOT = Path(__file__).resolve().parents[1]
HEAD = "| What happens | Promised | Arrived | Lost | Twice | In flight | Seconds | |"
RULE = "|---|---:|---:|---:|---:|---:|---:|---|"


def row(line: dict[str, Any]) -> str:
    """A line of the table, from what a test has written."""
    figures = ("promised", "arrived", "lost", "twice", "in_flight", "seconds")
    cells = [line["fault"], *(f"{line[name]:,}" for name in figures), line["note"]]
    return f"| {' | '.join(cells)} |"


def table(lines: list[dict[str, Any]]) -> str:
    """The whole table; empty where nothing was counted."""
    return "\n".join([HEAD, RULE, *map(row, lines)]) if lines else ""


def machine() -> str:
    """When, of which commit and on what this was measured."""
    asked = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    commit = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
    today = datetime.datetime.now(tz=datetime.UTC).strftime("%d %B %Y").lstrip("0")
    python = platform.python_version()
    return f"{today}, commit {commit}, Python {python}, {platform.machine()} with {os.cpu_count()} processor cores"


def main(arguments: list[str]) -> int:
    """Run the faults beside the servers they need, print the table; return pytest's exit code."""
    services.stop_tidily_when_told_to()
    with tempfile.TemporaryDirectory(prefix="cascade-report-") as folder, services.services() as named:
        report = Path(folder) / "report.jsonl"
        environment = {**os.environ, **named, "FAULTS": "full", "FAULTS_REPORT": str(report)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        command = [sys.executable, "-m", "pytest", "--nomigrations", "-q", *(arguments or ["tests/faults"])]
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        written = report.read_text().splitlines() if report.exists() else []
    print(f"\n{machine()}\n\n{table([json.loads(line) for line in written])}")
    return code


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except services.NotStarted as reason:
        sys.exit(str(reason))
