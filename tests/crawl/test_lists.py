"""Every list of staff is searched, turned round by each of its columns, and narrowed by each of its filters.

On both databases: PostgreSQL refuses what SQLite lets pass, such as an order by what is not selected.
"""

from __future__ import annotations

import re
from html import unescape

from django.test import Client

from tests.crawl.world import WorldTestCase
from tests.staff.addresses import lists

# As somebody types it: a part of a name, several words, nothing that anybody is called, signs that mean something.
WORDS = ("a", "sam example.org", "nobody-is-called-so", "50%_'\"\\")


class ListTests(WorldTestCase):
    def setUp(self):
        super().setUp()
        self.staff = Client()
        self.staff.force_login(self.world.superuser)

    def test_every_list_can_be_searched_ordered_and_narrowed(self):
        # Each that its reader may open.
        opened = [address for address in lists().values() if self.staff.get(address).status_code == 200]
        assert len(opened) > 20

        answers = {}
        for address in opened:
            shown = self.staff.get(address).text
            offered = {unescape(found) for found in re.findall(r'href="(\?[^"]+)"', shown)}
            searches = {f"?q={word}" for word in WORDS} if 'name="q"' in shown else set()
            for query in offered | searches:
                answers[address + query] = self.staff.get(address + query).status_code

        assert {query for query, status in answers.items() if status != 200} == set()
        assert sum("q=" in one for one in answers) > 40
        assert sum("o=" in one for one in answers) > 50
        assert len(answers) > 200
