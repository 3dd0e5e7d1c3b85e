"""Reading changes nothing: every address of the project is opened again and again, and no row is any different.

Mail gateways, browsers that fetch ahead and search engines open links before their reader does.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from tests.crawl import addresses
from tests.crawl.world import World, build, everything_stored
from tests.factories import NOW

TIMES = int(os.environ.get("CRAWL_TIMES", "50"))


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker) -> Iterator[World]:
    """One of everything, built once for the whole crawl."""
    ...
