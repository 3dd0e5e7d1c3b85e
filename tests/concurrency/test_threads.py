"""Several people served by the threads of one process, as containers serve them: each sees their own words alone."""

import re
from functools import partial

import pytest
from django.utils import timezone

from benchmarks.served import client, journey
from programmes.domain import catalogue
from programmes.domain.organisations import load_integrated_care_systems
from scripts.services import free_port
from tests.faults.world import own_redis, portal

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.django_db(transaction=True)]

# As many at once as there are threads.
THREADS = 4
PEOPLE = [f"visitor{number}z" for number in range(2 * THREADS)]
NAMES = re.compile(r"visitor\d+z")


def applied(port, slug, who):
    """Apply as somebody; returns the address of the last page, and whose names stood on the pages."""
    read = set()

    def ask(request):
        answer = client.ask(port, request)
        read.update(NAMES.findall(answer.head + answer.body.decode()))
        return answer

    return journey.submit(journey.Browser(ask), slug, who), read


def test_people_who_apply_at_once_read_nothing_of_each_other():
    load_integrated_care_systems()
    first, *_ = catalogue.load_for_demo(today=timezone.localdate())
    port = free_port()
    # Threads take turns a hundred times as often as usual.
    hurried = {"SWITCH_SECONDS": "0.00005", "ALLOWED_HOSTS": f"127.0.0.1,{client.HOST}"}

    with (
        own_redis() as (_, redis),
        portal(broker=redis, CACHE_URL=redis, PROXY_COUNT="1", **hurried) as parts,
    ):
        web = parts.web(port, threads=THREADS)
        done = client.at_once(partial(applied, port, first.slug), PEOPLE, threads=len(PEOPLE))
        said = web.log.read_text()

    assert [address.endswith("/submitted/") for address, _ in done] == [True] * len(PEOPLE)
    assert [read for _, read in done] == [{who} for who in PEOPLE]
    assert "Traceback" not in said
