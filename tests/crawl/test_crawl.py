"""Reading changes nothing: every address of the project is opened again and again, and no row is any different.

Mail gateways, browsers that fetch ahead and search engines open links before their reader does. A visitor opens every
address 50 times, and so every emailed link; signed-in staff open theirs a few times, with every object there is.
CRAWL_TIMES and CRAWL_TIMES_SIGNED_IN in the environment set other numbers.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

import pytest
import time_machine
from django.test import Client, override_settings

from tests.crawl.addresses import fillings, patterns
from tests.crawl.world import World, build
from tests.factories import NOW
from tests.support.rows import everything_stored

pytestmark = pytest.mark.django_db

TIMES = int(os.environ.get("CRAWL_TIMES", "50"))
TIMES_SIGNED_IN = int(os.environ.get("CRAWL_TIMES_SIGNED_IN", "2"))
# The first page of every emailed link; each is opened, whatever became of what it opens.
LINKS = ("my/<str:token>/", "approve/<str:token>/")
# A fresh link is asked for by a form alone.
FORMS_ONLY = {"link_fresh"}


@pytest.fixture
def world() -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield build()


def addresses(world: World, start: str, *, not_start: str = "\0", every: bool = False) -> list[str]:
    """The addresses that begin so, each filled once; with ``every``, and for emailed links, in every way there is."""
    found = []
    for pattern in patterns():
        if pattern.text.startswith(start) and not pattern.text.startswith(not_start):
            filled = [pattern.filled(values) for values in fillings(pattern, world)]
            found += filled if every or pattern.text in LINKS else filled[:1]
    return found


def crawl(client: Client, found: Iterable[str], times: int = 1) -> dict[tuple[str, str], int]:
    """Open addresses by GET and HEAD so many times; return how each was answered the last time."""
    in_order = sorted(found)
    for_developers = [address for address in in_order if address.startswith("/dev/")]
    answers = _open(client, [address for address in in_order if address not in for_developers], times)
    # The mailbox of the demo is there only with DEBUG.
    with override_settings(DEBUG=True):
        return answers | _open(client, for_developers, times)


def _open(client: Client, found: list[str], times: int) -> dict[tuple[str, str], int]:
    answers = {}
    for address in found:
        for method, ask in {"GET": client.get, "HEAD": client.head}.items():
            for _ in range(times):
                response = ask(address)
                answers[method, address] = response.status_code
                if response.streaming:
                    # To close the answer as a whole would close the test's connection to the database.
                    for close in response._resource_closers:
                        close()
    return answers


def broken(answers: dict[tuple[str, str], int]) -> list[tuple[str, str]]:
    return [asked for asked, status in answers.items() if status >= 500]


def test_every_address_can_be_filled_with_a_real_object(world: World) -> None:
    unknown = [pattern.text for pattern in patterns() if not fillings(pattern, world)]

    assert unknown == []


@pytest.mark.parametrize("part", ["applicants", "approvers and the public", "staff"])
def test_opening_every_address_fifty_times_changes_nothing(world: World, part: str) -> None:
    found = {
        "applicants": lambda: addresses(world, "my/"),
        "approvers and the public": lambda: [
            address for address in addresses(world, "", not_start="my/") if not address.startswith("/staff/")
        ],
        "staff": lambda: addresses(world, "staff/"),
    }[part]()
    client = Client(raise_request_exception=False)
    before = everything_stored()

    answers = crawl(client, found, TIMES)

    assert everything_stored() == before
    assert broken(answers) == []


def test_opening_everything_that_a_visitor_can_open_changes_nothing(world: World) -> None:
    """Every page of every emailed link, whatever became of its application: and no walk along closed doors."""
    by_pattern = {
        pattern: [pattern.filled(values) for values in fillings(pattern, world)]
        for pattern in patterns()
        if not pattern.text.startswith("staff/")
    }
    client = Client(raise_request_exception=False)
    before = everything_stored()

    answers = crawl(client, (address for found in by_pattern.values() for address in found))

    assert everything_stored() == before
    assert broken(answers) == []
    opened = {address for (method, address), status in answers.items() if (method, status) == ("GET", 200)}
    assert {pattern.name for pattern, found in by_pattern.items() if opened.isdisjoint(found)} == FORMS_ONLY


@pytest.mark.parametrize("who", ["administrator", "superuser"])
def test_staff_who_look_at_everything_change_nothing(world: World, who: str) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(getattr(world, who))
    found = addresses(world, "staff/", every=who == "administrator")
    before = everything_stored()

    answers = crawl(client, found, TIMES_SIGNED_IN if who == "superuser" else 1)

    assert everything_stored() == before
    assert broken(answers) == []
