"""Pages with ten thousand, a hundred thousand and a million applications: queries, time, rows read, indexes."""

import os
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.test import Client
from django.test.utils import override_settings
from django.urls import reverse

from benchmarks import Figure, crowd, crowd_copies, rows_read, staff_pages
from benchmarks.served import world

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SERVED = True
CROWDS = [int(number) for number in os.environ.get("CROWDS", "10000,100000,1000000").split(",")]
# Seconds after which a page is not measured again.
LONG = 4.0
TIMES = 7
# A page that reads fewer rows is not said to grow.
MANY_ROWS = 5_000


@dataclass(frozen=True)
class Looked:
    """One page at one size: questions, milliseconds and rows."""

    queries: int
    milliseconds: float
    rows: int


def addresses(user: "User") -> dict[str, str]:
    """The public pages of a programme of the crowd, an applicant's own, and the staff's."""
    from applications.models import Application
    from programmes.models import Programme

    programme = Programme.objects.visible_to(user)[0]
    mine = Application.objects.filter(programme=programme)
    draft = world.link_to(mine.filter(state="draft").order_by("-pk")[0])
    status = world.link_to(mine.filter(state="waitlisted").order_by("-pk")[0])
    public = {
        "public: home": "/",
        "public: programme": reverse("programme", args=[programme.slug]),
        "applicant: status page": status,
        **{
            f"applicant: step “{step}”": f"{draft}{step}/"
            for step in ("about", "cohorts", "approvers", "check")
        },
    }
    return public | {f"staff: {what}": address for what, address in staff_pages.addresses().items()}


def look(client: Client, asked: dict[str, str]) -> dict[str, Looked]:
    """Open each address, some times over."""
    numbers = staff_pages.queries(client, asked)
    return {
        what: Looked(number, _milliseconds(client, asked[what]), rows_read.rows(client, asked[what]))
        for what, number in numbers.items()
    }


def _milliseconds(client: Client, address: str) -> float:
    spent: list[float] = []
    while len(spent) < TIMES and sum(spent) < LONG:
        started = time.perf_counter()
        client.get(address)
        spent.append(time.perf_counter() - started)
    return statistics.median(spent) * 1000


def measure() -> Iterator[Figure]:
    """Yield milliseconds, questions and rows for each page and crowd, the indexes, and a small academy beside it."""
    first: dict[str, Looked] = {}
    # What a kept page takes does not depend on the crowd: each is made anew here.
    with override_settings(KEEP_PAGES=0):
        user = crowd.make(CROWDS[0])
        for number, people in enumerate(CROWDS):
            started = time.perf_counter()
            if number:
                # The first by the crowd's own rows, the others as copies of what is there.
                crowd_copies.multiply(user, people // CROWDS[number - 1], before=number - 1)
            yield _made(f"{people:,} applications of one academy, as many copied in", started)
            client, asked = _signed_in(user)
            found = look(client, asked)
            first = first or found
            for what, seen in found.items():
                yield _compared(what, seen, first[what])
        for what in found:
            plan = rows_read.served(client, asked[what])
            if plan.indexes or plan.through:
                yield Figure(f"indexes: {what}", len(plan.indexes), "", plan.said)
        started = time.perf_counter()
        other = crowd.make(CROWDS[0])
        yield _made(f"another academy with {CROWDS[0]:,} beside it", started)
        for what, seen in look(*_signed_in(other)).items():
            yield _compared(f"the other academy's {what}", seen, first[what])


def _made(what: str, started: float) -> Figure:
    """Let PostgreSQL learn of what was made."""
    spent = time.perf_counter() - started
    world.analyse()
    learnt = time.perf_counter() - started - spent
    return Figure(what, spent, "s", f"VACUUM ANALYZE {learnt:.0f} s")


def _signed_in(user: "User") -> tuple[Client, dict[str, str]]:
    client = Client()
    client.force_login(user)
    return client, addresses(user)


def _compared(what: str, seen: Looked, before: Looked) -> Figure:
    same = "" if seen.queries == before.queries else f" ({before.queries} before)"
    grows = "; GROWS with the crowd" if seen.rows > max(MANY_ROWS, 3 * before.rows) else ""
    how = f"{seen.queries} queries{same}; {seen.rows:,} rows read, {before.rows:,} at {CROWDS[0]:,}"
    ratio = seen.milliseconds / before.milliseconds
    return Figure(what, seen.milliseconds, "ms", f"{how}; {ratio:.1f} times as long{grows}")
