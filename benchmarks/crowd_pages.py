"""Pages with ten thousand, a hundred thousand and a million applications: queries, time, rows read, indexes.

First an academy with ten thousand by itself, then among the others of a nation, which have a million together; then the
harder case: a hundred thousand and a million in one academy. As in an installation there is a Redis; public pages are
made anew each time. What is worked out once a minute counts in the first of the two times, and in the rows.
"""

import os
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.test import Client
from django.urls import reverse

from benchmarks import Figure, crowd, crowd_copies, rows_read, staff_pages
from benchmarks.served import world

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SERVED = True
ACADEMIES = [int(number) for number in os.environ.get("ACADEMIES", "10,100").split(",") if number]
CROWDS = [int(number) for number in os.environ.get("CROWDS", "10000,100000,1000000").split(",")]
# Seconds after which a page is not measured again as the first of a minute.
LONG = 4.0
TIMES = 7
# A page that reads fewer rows is not said to grow.
MANY_ROWS = 5_000


@dataclass(frozen=True)
class Looked:
    """One page at one size: questions, milliseconds (first of a minute; those after it), and rows of the first."""

    queries: int
    first: float
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
    return {
        what: _looked(client, asked[what], number)
        for what, number in staff_pages.queries(client, asked).items()
    }


def _looked(client: Client, address: str, queries: int) -> Looked:
    from programmes.domain import freshness

    def anew() -> float:
        # A public page that is kept takes the same whatever the crowd.
        freshness.changed(freshness.PAGES)
        started = time.perf_counter()
        client.get(address)
        return time.perf_counter() - started

    def forget() -> None:
        freshness.changed(freshness.PROGRAMMES)

    forget()
    first = [anew()]
    spent = [anew() for _ in range(TIMES)]
    while len(first) < TIMES and sum(first) < LONG:
        forget()
        first.append(anew())
    forget()
    freshness.changed(freshness.PAGES)
    rows = rows_read.rows(client, address)
    return Looked(queries, statistics.median(first) * 1000, statistics.median(spent) * 1000, rows)


def measure() -> Iterator[Figure]:
    """Yield milliseconds, questions and rows for each page and crowd, and the indexes that serve it."""
    with world.keeping():
        yield from _measure()


def _measure() -> Iterator[Figure]:
    user = crowd.make(CROWDS[0])
    world.analyse()
    client, asked = _signed_in(user)
    first = look(client, asked)
    for what, seen in first.items():
        yield _compared(f"one academy, {CROWDS[0]:,}: {what}", seen, seen)
    there = 1
    for academies in ACADEMIES:
        started = time.perf_counter()
        crowd_copies.spread(user, academies, there)
        there = academies
        yield _made(f"{academies} academies with {academies * CROWDS[0]:,} applications", started)
        for what, seen in look(client, asked).items():
            yield _compared(f"one of {academies} academies: {what}", seen, first[what])
    yield from _indexes("nation", client, {what: asked[what] for what in first})
    for number, people in enumerate(CROWDS[1:]):
        started = time.perf_counter()
        crowd_copies.multiply(user, people // CROWDS[number], before=number)
        yield _made(f"{people:,} applications of one academy", started)
        for what, seen in look(client, asked).items():
            yield _compared(f"{people:,} in one academy: {what}", seen, first[what])
    yield from _indexes("one academy", client, {what: asked[what] for what in first})


def _indexes(where: str, client: Client, asked: dict[str, str]) -> Iterator[Figure]:
    for what, address in asked.items():
        plan = rows_read.served(client, address)
        if plan.indexes or plan.through:
            yield Figure(f"indexes, {where}: {what}", len(plan.indexes), "", plan.said)


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
    how = f"{seen.queries} queries{same}; {seen.rows:,} rows read, {before.rows:,} at first"
    ratio, anew = seen.milliseconds / before.milliseconds, seen.first / before.first
    times = f"{ratio:.1f} times as long; the first of a minute {seen.first:,.0f} ms, {anew:.1f} times as long"
    return Figure(what, seen.milliseconds, "ms", f"{how}; {times}{grows}")
