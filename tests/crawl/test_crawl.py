"""Reading changes nothing: every address of the project is opened again and again, and no row is any different.

Mail gateways, browsers that fetch ahead and search engines open links before their reader does. On SQLite somebody
unknown opens every address 50 times, by GET and HEAD in turn. What leads to the sign-in of staff is opened 6 times, and
so is all of staff's by those who are signed in: no gateway is. On PostgreSQL, where what is not said of the database is
the same, everything is opened once by each. CRAWL_TIMES in the environment sets another number for all of them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from itertools import cycle, islice
from unittest.mock import patch

import pytest
from django.db import connection
from django.template import Context
from django.template.base import Template
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import is_valid_path, resolve

from programmes.domain import freshness
from tests.crawl.addresses import fillings, patterns
from tests.crawl.world import World, WorldTestCase
from tests.support.rows import everything_stored

# The crawl of many times is done in parts, so that several processes share it.
PARTS = 8
# The first page of every emailed link; each is opened, whatever became of what it opens.
LINKS = (
    "my/<str:token>/",
    "approve/<str:token>/",
    "board/<str:token>/",
    "register/<str:token>/",
    "invitation/<str:token>/",
)
# A fresh link is asked for by a form alone, beside its lists the feed says that there is nothing, and there are no
# figures unless a token is set. A page that had another name before an upgrade leads to where it is now. Where no
# clock has run, the portal says truthfully that it is not ready.
CLOSED = {"link_fresh", "feed_nothing", "metrics", "moved", "readyz"}


def _render(template: Template, context: Context) -> str:
    """As outside tests."""
    return template.nodelist.render(context)


def times(usual: int) -> int:
    """How often each address is opened."""
    return int(os.environ.get("CRAWL_TIMES") or (usual if connection.vendor == "sqlite" else 2))


def addresses(world: World, start: str, *, every: bool = False) -> list[str]:
    """The addresses that begin so, each filled once; with ``every``, and for emailed links, in every way there is."""
    found = []
    for pattern in patterns():
        if pattern.text.startswith(start):
            filled = [pattern.filled(values) for values in fillings(pattern, world)]
            found += filled if every or pattern.text in LINKS else filled[:1]
    return found


def crawl(client: Client, found: Iterable[str], times: int = 2) -> dict[tuple[str, str], int]:
    """Open addresses so many times, by GET and HEAD in turn; return how each was answered the last time."""
    in_order = sorted(found)
    for_developers = [address for address in in_order if address.startswith("/dev/")]
    answers = _open(client, [address for address in in_order if address not in for_developers], times)
    # The mailbox of the demo is there only with DEBUG.
    with override_settings(DEBUG=True):
        return answers | _open(client, for_developers, times)


def _open(client: Client, found: list[str], times: int) -> dict[tuple[str, str], int]:
    answers = {}
    for address in found:
        for method in islice(cycle(("GET", "HEAD")), times):
            response = client.generic(method, address)
            answers[method, address] = response.status_code
            if response.streaming:
                # To close the answer as a whole would close the test's connection to the database.
                for close in response._resource_closers:
                    close()
    return answers


def broken(answers: dict[tuple[str, str], int]) -> list[tuple[str, str]]:
    return [asked for asked, status in answers.items() if status >= 500 and asked[1] != "/readyz"]


@pytest.mark.either
class CrawlTests(WorldTestCase):
    """A class, since the world takes seconds to build: it is made once in each process, and taken back at the end."""

    def setUp(self):
        super().setUp()
        # Without what Django's tests add for their own use: copies of every context, a traceback for every refusal.
        self.enterContext(
            patch.object(Template, "_render", lambda template, context: template.nodelist.render(context))
        )
        self.visitor = Client(raise_request_exception=False)

    def sign_in(self, who):
        client = Client(raise_request_exception=False)
        client.force_login(getattr(self.world, who))
        return client

    def assert_nothing_changes(self, client, found, number=2):
        before = everything_stored()

        answers = crawl(client, found, number)

        assert everything_stored() == before
        assert broken(answers) == []
        return answers

    def test_every_address_can_be_filled_with_a_real_object(self):
        unknown = [pattern.text for pattern in patterns() if not fillings(pattern, self.world)]

        assert unknown == []

    def test_opening_everything_that_a_visitor_can_open_changes_nothing(self):
        """Every page of every emailed link, whatever became of its application: no walk along closed doors."""
        by_pattern = {
            pattern: [pattern.filled(values) for values in fillings(pattern, self.world)]
            for pattern in patterns()
            if not pattern.text.startswith("staff/")
        }

        # The feed opens to a program with a key in a header; nothing else asks for one.
        with_a_key = Client(
            raise_request_exception=False, headers={"Authorization": f"Bearer {self.world.feed_key}"}
        )

        answers = self.assert_nothing_changes(
            with_a_key, (address for found in by_pattern.values() for address in found)
        )

        opened = {
            address for (method, address), status in answers.items() if (method, status) == ("GET", 200)
        }
        closed = {pattern.name for pattern, found in by_pattern.items() if opened.isdisjoint(found)}
        assert closed == CLOSED

    def test_what_is_kept_for_others_reads_nothing_whose_changes_go_unnoticed(self):
        matches = {
            one: resolve(one) for one in addresses(self.world, "") if "?" not in one and is_valid_path(one)
        }
        found = [one for one, match in matches.items() if getattr(match.func, "is_kept", False)]
        assert {matches[one].url_name for one in found} >= {"home", "programme", "circles", "circle"}

        with CaptureQueriesContext(connection) as queries:
            answers = {one: self.visitor.get(one).status_code for one in found}

        read = {table for one in queries for table in re.findall(r'(?:FROM|JOIN) "(\w+)"', one["sql"])}
        assert set(answers.values()) == {200}
        assert "programmes_programme" in read
        assert read & freshness.UNSEEN == set()

    def test_an_administrator_who_looks_at_everything_changes_nothing(self):
        client = self.sign_in("administrator")

        self.assert_nothing_changes(client, addresses(self.world, "staff/", every=True))


def _crawls(part: int) -> None:
    """The tests of one part: every so many-th address, opened many times by somebody unknown, and by staff."""

    def test_somebody_unknown(self: CrawlTests) -> None:
        found = sorted(addresses(self.world, ""))[part::PARTS]
        closed = [address for address in found if address.startswith("/staff/")]
        self.assert_nothing_changes(self.visitor, closed, times(6))
        self.assert_nothing_changes(self.visitor, {*found} - {*closed}, times(50))

    def test_staff(self: CrawlTests) -> None:
        found = sorted(addresses(self.world, "staff/"))[part::PARTS]
        self.assert_nothing_changes(self.sign_in("superuser"), found, times(6))

    setattr(
        CrawlTests,
        f"test_somebody_unknown_who_opens_part_{part}_many_times_changes_nothing",
        test_somebody_unknown,
    )
    setattr(CrawlTests, f"test_staff_who_open_part_{part}_many_times_change_nothing", test_staff)


for number in range(PARTS):
    _crawls(number)
