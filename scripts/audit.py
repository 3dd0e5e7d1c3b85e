"""Look up every pinned package in a public list of known faults: ``make audit``.

    python -m scripts.audit

One question to OSV (https://osv.dev), which holds what the Python Packaging Authority publishes, with the names and
versions of ``requirements*.txt`` and nothing else. AUDIT_URL names another server that speaks the same. Where the list
cannot be reached, that is said in one line and nothing fails: the check needs the outside world, a build may not.
"""

import json
import os
import re
import sys
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LIST = "https://api.osv.dev/v1/querybatch"
SECONDS = 10
# Faults that do not touch us, each with its reason: {"GHSA-…": "we do not use that part"}.
ACCEPTED: dict[str, str] = {}


def pinned() -> list[tuple[str, str]]:
    """Every package that is pinned, with its version, in the alphabet's order."""
    found: set[tuple[str, str]] = set()
    for path in sorted(ROOT.glob("requirements*.txt")):
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, re.MULTILINE))
    return sorted(found)


def ask(packages: list[tuple[str, str]]) -> list[list[str]]:
    """The names of the known faults of each package, in the same order. Raises OSError or ValueError."""
    queries = [
        {"package": {"name": name, "ecosystem": "PyPI"}, "version": version} for name, version in packages
    ]
    request = urllib.request.Request(
        os.environ.get("AUDIT_URL") or LIST,
        json.dumps({"queries": queries}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=SECONDS) as response:
        answer: dict[str, Any] = json.load(response)
    results = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(results, list) or len(results) != len(packages):
        raise ValueError("it answered something else than was asked")
    return [[one["id"] for one in result.get("vulns", [])] for result in results]


def main() -> int:
    """Print what was found; return 1 when a pinned package has a known fault, else 0."""
    packages = pinned()
    try:
        answers = ask(packages)
    except (OSError, ValueError) as error:
        print(f"audit ... not done: the list of known faults cannot be reached ({type(error).__name__}).")
        return 0
    faults = [
        f"{name} {version}: {fault} (https://osv.dev/vulnerability/{fault})"
        for (name, version), found in zip(packages, answers, strict=True)
        for fault in found
        if fault not in ACCEPTED
    ]
    print(f"audit ... {'failed' if faults else 'passed'}: {len(packages)} packages", *faults, sep="\n  ")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
