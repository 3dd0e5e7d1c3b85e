"""The public pages against a page that does nothing, in one process, without a network."""

import statistics
import time
from collections.abc import Iterator

from django.test import Client

from benchmarks import Figure
from programmes.domain import catalogue
from programmes.domain.organisations import load_integrated_care_systems

TRIES = 50


def _milliseconds(client: Client, path: str) -> float:
    spent = []
    for _ in range(TRIES):
        started = time.perf_counter()
        response = client.get(path)
        spent.append(time.perf_counter() - started)
        if response.status_code != 200:
            raise RuntimeError(f"{path} answered {response.status_code}")
    return statistics.median(spent) * 1000


def measure() -> Iterator[Figure]:
    """Yield milliseconds a page, and how many times the bare page's that is."""
    from django.utils import timezone

    load_integrated_care_systems()
    programme = catalogue.load_for_demo(today=timezone.localdate())[0]
    client = Client()
    bare = _milliseconds(client, "/readyz?for=pages")
    yield Figure("/readyz?for=pages: one query and no template", bare, "ms", f"median of {TRIES}")
    for path in ("/", f"/programmes/{programme.slug}/", f"/programmes/{programme.slug}/eligibility/"):
        spent = _milliseconds(client, path)
        yield Figure(path, spent, "ms", f"{spent / bare:.0f} times the bare page")
