"""Hold coverage to its two bounds: every ``domain/`` whole, the portal nearly so.

    python -m scripts.coverage_gate coverage.json

Reads what ``slipcover --json`` wrote. Lines and branches count alike.
"""

import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

DOMAIN_PERCENT = 100.0
WHOLE_PERCENT = 95.0
PLACES_SHOWN = 12


@dataclass
class Count:
    """How many lines and branches there are, and how many of them ran."""

    ran: int = 0
    there: int = 0

    def add(self, summary: dict[str, Any]) -> None:
        """Count one file's summary in."""
        ran = summary["covered_lines"] + summary["covered_branches"]
        self.ran += ran
        self.there += ran + summary["missing_lines"] + summary["missing_branches"]

    @property
    def percent(self) -> float:
        """What part ran, in percent; 100 of nothing."""
        return 100.0 * self.ran / self.there if self.there else 100.0


def _places(measured: dict[str, Any]) -> str:
    """Name what of a file did not run: its lines, then the branches never taken from lines that did run."""
    lines = set(measured["missing_lines"])
    branches = [f"{start}->{end}" for start, end in measured["missing_branches"] if start not in lines]
    places = [*map(str, sorted(lines)), *branches]
    more = f" and {len(places) - PLACES_SHOWN} more" if len(places) > PLACES_SHOWN else ""
    return ", ".join(places[:PLACES_SHOWN]) + more


def judge(report: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Take the report of ``slipcover --json``; return what is to be told, and which bounds are missed."""
    whole = Count()
    domains: defaultdict[str, Count] = defaultdict(Count)
    in_domains: list[str] = []
    elsewhere: list[str] = []
    for name, measured in sorted(report["files"].items()):
        whole.add(measured["summary"])
        in_a_domain = "domain" in PurePath(name).parts
        if in_a_domain:
            domains[PurePath(name).parts[0]].add(measured["summary"])
        if measured["summary"]["percent_covered"] < (DOMAIN_PERCENT if in_a_domain else WHOLE_PERCENT):
            (in_domains if in_a_domain else elsewhere).append(f"{name} lacks {_places(measured)}")
    told = [f"{app}/domain: {count.percent:.2f} % (100 % is wanted)" for app, count in domains.items()]
    told.append(f"the whole: {whole.percent:.2f} % (at least {WHOLE_PERCENT:.0f} % is wanted)")
    return told, in_domains + (elsewhere if whole.percent < WHOLE_PERCENT else [])


def main(path: str) -> int:
    """Print the judgement of the report at ``path``; return 1 when a bound is missed, else 0."""
    told, lacking = judge(json.loads(Path(path).read_text(encoding="utf-8")))
    print("Coverage of lines and branches:", *told, *lacking, sep="\n  ")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
