"""Allocations of six sizes, each in a process of its own, beside a plain solve of the first objective alone.

Oversubscribed: far more applicants than seats. Scarce: fewer applicants than the seats of all cohorts, so that minima
decide which cohorts run. Scores 0 to 100, or 0 to 20 where scarce; 42 ICSs with a cap; everybody can attend one to four
cohorts, or one to three. ``python -m benchmarks.allocation 750x50`` prints the figures of one size as JSON.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import highspy
import numpy as np

from benchmarks import Figure
from cohorts.domain.allocation import Problem, allocate
from tests.cohorts.allocation import problems


class Size(NamedTuple):
    people: int
    cohorts: int
    minimum: int
    choices: int
    scores: int
    cap: int


SIZES = {
    "60x2": Size(60, 2, 12, 4, 101, 5),
    "3000x50": Size(3_000, 50, 12, 4, 101, 30),
    "30000x200": Size(30_000, 200, 12, 4, 101, 120),
    "100000x200": Size(100_000, 200, 12, 4, 101, 120),
    "750x50": Size(750, 50, 12, 3, 21, 23),
    "1500x100": Size(1_500, 100, 12, 3, 21, 46),
}
MAXIMUM = 20


def problem(size: Size) -> Problem:
    """Return a problem of a size, the same every time."""
    return problems.drawn(
        1,
        people=size.people,
        cohorts=size.cohorts,
        minimum=size.minimum,
        maximum=MAXIMUM,
        choices=size.choices,
        systems=42,
        scores=size.scores,
        cap=size.cap,
    )


def plain(asked: Problem) -> float:
    """Return seconds for the first objective, as many as possible, without minima, as one would first write it."""
    number = {one.id: place for place, one in enumerate(asked.cohorts)}
    systems = {name: place for place, name in enumerate(sorted({one.ics for one in asked.applicants}))}
    arcs = [
        (place, number[cohort], systems[one.ics])
        for place, one in enumerate(asked.applicants)
        for cohort in one.ranks
    ]
    person, cohort, ics = np.array(arcs, dtype=np.int32).T
    people, cohorts = len(asked.applicants), len(number)
    limits = [1] * people + [one.maximum for one in asked.cohorts]
    limits += [asked.ics_cap or people] * len(systems) + [asked.total]
    programme = highspy.HighsLp()
    programme.num_col_, programme.num_row_ = len(arcs), len(limits)
    programme.col_cost_ = np.full(len(arcs), -1.0)
    programme.col_lower_, programme.col_upper_ = np.zeros(len(arcs)), np.ones(len(arcs))
    programme.row_lower_, programme.row_upper_ = np.zeros(len(limits)), np.array(limits, dtype=float)
    last = np.full(len(arcs), len(limits) - 1)
    rows = np.stack([person, people + cohort, people + cohorts + ics, last], axis=1)
    programme.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    programme.a_matrix_.start_ = np.arange(0, rows.size + 1, 4, dtype=np.int32)
    programme.a_matrix_.index_ = rows.ravel().astype(np.int32)
    programme.a_matrix_.value_ = np.ones(rows.size)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    started = time.perf_counter()
    solver.passModel(programme)
    solver.run()
    return time.perf_counter() - started


def peak() -> float:
    """Return the most memory that this process has had, in MB: of this program, not of the one that started it."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def one_size(name: str) -> dict[str, float | bool]:
    """Return what one size takes, all in this process: the allocation first, so that its memory is its own.

    The time is the median of as many allocations as there is time for within a second, and of one at least.
    """
    asked = problem(SIZES[name])
    took: list[float] = []
    while sum(took) < 1:
        started = time.perf_counter()
        allocation = allocate(asked)
        took.append(time.perf_counter() - started)
        if len(took) == 1:
            memory = peak()
    return {
        "seconds": sorted(took)[len(took) // 2],
        "memory": memory,
        "proven": allocation.proven,
        "placed": allocation.objective.placed,
        "plain": plain(asked),
    }


def measure() -> Iterator[Figure]:
    """Yield milliseconds and MB for each size, with what is proven and the ratio to the plain solve."""
    for name in SIZES:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.allocation", name],
            cwd=Path(__file__).parent.parent,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        found = json.loads(done.stdout)
        ratio = found["seconds"] / found["plain"]
        proven = "proven" if found["proven"] else "not proven"
        people, _, cohorts = name.partition("x")
        kind = "scarce" if SIZES[name].choices == 3 else "oversubscribed"
        what = f"{int(people):,} people, {cohorts} cohorts, {kind}"
        yield Figure(
            what,
            found["seconds"] * 1000,
            "ms",
            f"{proven}, {found['placed']} placed; {ratio:.1f} times a plain first objective",
        )
        yield Figure(
            f"{what}: peak memory", found["memory"], "MB", "of its own process, with Python and the problem"
        )


if __name__ == "__main__":
    print(json.dumps(one_size(sys.argv[1])))
