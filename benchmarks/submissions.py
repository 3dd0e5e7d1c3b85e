"""Submissions one after another, through the domain's verb; those at once are in ``last_place`` and ``deadline``."""

import statistics
import time
from collections.abc import Iterator

from applications.domain import submission
from benchmarks import Figure
from tests import factories, scenarios

ONE_BY_ONE = 100


def _bare_insert() -> float:
    spent = []
    for number in range(ONE_BY_ONE):
        started = time.perf_counter()
        factories.RegionFactory(ods_code=f"Z{number}", name=f"Region {number}")
        spent.append(time.perf_counter() - started)
    return statistics.median(spent) * 1000


def measure() -> Iterator[Figure]:
    """Yield milliseconds for one submission, and for a bare row beside it."""
    programme = factories.ProgrammeFactory()
    drafts = [scenarios.filled_in(programme).pk for _ in range(ONE_BY_ONE)]
    spent = []
    for pk in drafts:
        started = time.perf_counter()
        submission.submit(pk, now=factories.NOW)
        spent.append(time.perf_counter() - started)
    one = statistics.median(spent) * 1000
    yield Figure("one submission, mails queued", one, "ms", f"median of {ONE_BY_ONE}")
    yield Figure("a bare row inserted", _bare_insert(), "ms", f"median of {ONE_BY_ONE}")
