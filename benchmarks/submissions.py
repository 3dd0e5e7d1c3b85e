"""Submissions at once against a cap of five, and one after another without a cap, through the domain's verbs."""

import statistics
import threading
import time
from collections.abc import Iterator

from django.db import connection, connections

from applications.domain import submission
from benchmarks import Figure
from tests import factories, scenarios

AT_ONCE = 40
ONE_BY_ONE = 100


def _bare_insert() -> float:
    spent = []
    for number in range(ONE_BY_ONE):
        started = time.perf_counter()
        factories.RegionFactory(ods_code=f"Z{number}", name=f"Region {number}")
        spent.append(time.perf_counter() - started)
    return statistics.median(spent) * 1000


def measure() -> Iterator[Figure]:
    """Yield milliseconds for one submission, and seconds for forty at once from one ICS."""
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
    if connection.vendor == "postgresql":
        yield _at_once()


def _at_once() -> Figure:
    limited = factories.ProgrammeFactory(limited=True)
    ics = factories.IntegratedCareSystemFactory()
    drafts = [scenarios.filled_in(limited, ics=ics).pk for _ in range(AT_ONCE)]
    gate = threading.Barrier(AT_ONCE + 1)

    def submit(pk: int) -> None:
        gate.wait()
        submission.submit(pk, now=factories.NOW)
        connections.close_all()

    threads = [threading.Thread(target=submit, args=(pk,)) for pk in drafts]
    for thread in threads:
        thread.start()
    gate.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    return Figure(
        f"{AT_ONCE} submissions at once, one ICS, cap of 5",
        time.perf_counter() - started,
        "s",
        "until the last",
    )
