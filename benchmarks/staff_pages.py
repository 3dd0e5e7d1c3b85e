"""The staff's lists and home page with 100 and with 100,000 applications: the same queries, and how much slower."""

import os
import statistics
import time
from collections.abc import Iterator

from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.http import urlencode

from benchmarks import Figure, crowd

FEW, MANY = 100, int(os.environ.get("CROWD", "100000"))
TIMES = 7


def addresses() -> dict[str, str]:
    """Return what is opened, by what it is called."""
    lists = {
        f"list of {model._meta.verbose_name_plural}": reverse(
            f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        )
        for model in apps.get_models()
        # The accounts are the superuser's alone.
        if admin.site.is_registered(model) and model._meta.label != "auth.User"
    }
    applications = reverse("admin:applications_application_changelist")
    narrowed = {
        "applications under review": {"state": "under_review"},
        "applications searched for a name": {"q": "Applicant 77"},
        "applications, second page": {"p": "2"},
        "applications by name": {"o": "2"},
        "applications that may be one person's twice": {"duplicates": "yes"},
    }
    asked = {what: f"{applications}?{urlencode(query)}" for what, query in narrowed.items()}
    return {"home page": reverse("admin:index"), **lists, **asked}


def queries(client: Client, asked: dict[str, str] | None = None) -> dict[str, int]:
    """Return how many queries each address takes."""
    found = {}
    for what, address in (asked or addresses()).items():
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(address)
            found[what] = len(captured)
        assert answer.status_code == 200, f"{address}: {answer.status_code}"
    return found


def milliseconds(client: Client, address: str) -> float:
    """Return how long an address takes: the median."""
    spent = []
    for _ in range(TIMES):
        started = time.perf_counter()
        client.get(address)
        spent.append(time.perf_counter() - started)
    return statistics.median(spent) * 1000


def looked_at(client: Client) -> dict[str, tuple[int, float]]:
    """Return the queries and the milliseconds of each address."""
    known = addresses()
    return {what: (number, milliseconds(client, known[what])) for what, number in queries(client).items()}


def measure() -> Iterator[Figure]:
    """Yield milliseconds for each address with many applications, beside few."""
    client = Client()
    client.force_login(crowd.make(FEW))
    few = looked_at(client)
    started = time.perf_counter()
    client.force_login(crowd.make(MANY))
    yield Figure(f"{MANY:,} applications made", time.perf_counter() - started, "s")
    with connection.cursor() as cursor:
        # What autovacuum does within minutes; the database of a measurement does not live so long.
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    for what, (queries, milliseconds) in looked_at(client).items():
        before, was = few[what]
        same = f"{queries} queries" if queries == before else f"{queries} queries, {before} before"
        yield Figure(
            what, milliseconds, "ms", f"{same}; {milliseconds / was:.1f} times as long as with {FEW}"
        )
