"""Counts the rows that PostgreSQL reads for a page, and names the indexes that serve it."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

# A table of which so many rows were read by looking at each is said to be read through.
THROUGH = 1_000


@dataclass
class Served:
    """What PostgreSQL did for a page: the indexes it used, and the rows it read of tables that it went through."""

    indexes: Counter[str] = field(default_factory=Counter)
    through: Counter[str] = field(default_factory=Counter)

    @property
    def said(self) -> str:
        """In one line; the most used come first."""
        read = [f"{name} ({rows:,})" for name, rows in self.through.most_common()]
        return f"indexes {', '.join(self.largest)}" + (f"; reads through {', '.join(read)}" if read else "")

    @property
    def largest(self) -> list[str]:
        """The indexes by which the most rows were found, up to eight."""
        return [name for name, _ in self.indexes.most_common(8)]


def rows(client: Client, address: str) -> int:
    """Rows of tables and entries of indexes that a page reads; the statistics of PostgreSQL are asked."""
    before = _read_so_far()
    client.get(address)
    return _read_so_far() - before


def _read_so_far() -> int:
    with connection.cursor() as cursor:
        # They are written down at the end of a transaction, at most once a second unless asked for.
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(
            "SELECT (SELECT coalesce(sum(seq_tup_read), 0) FROM pg_stat_user_tables)"
            " + (SELECT coalesce(sum(idx_tup_read), 0) FROM pg_stat_user_indexes)"
        )
        return int(cursor.fetchone()[0])


def served(client: Client, address: str) -> Served:
    """Run a page's queries again, explained."""
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    found = Served()
    for query in captured.captured_queries:
        if (
            query["sql"].lstrip("( ").upper().startswith(("SELECT", "WITH"))
            and " FOR " not in query["sql"][-40:]
        ):
            with connection.cursor() as cursor:
                cursor.execute(
                    "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + query["sql"].replace("%", "%%"), []
                )
                plan = cursor.fetchone()[0]
            parsed = json.loads(plan) if isinstance(plan, str) else plan
            for node in _nodes(parsed[0]["Plan"]):
                _note(node, found)
    return found


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _note(node: dict[str, Any], found: Served) -> None:
    times = node.get("Actual Loops", 0)
    read = (node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0)) * times
    if times and "Index Name" in node:
        found.indexes[node["Index Name"]] += int(read) + 1
    elif node["Node Type"] == "Seq Scan" and read >= THROUGH:
        found.through[node["Relation Name"]] += int(read)
