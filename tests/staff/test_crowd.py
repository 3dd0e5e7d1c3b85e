"""The crowd of the benchmarks: as the verbs would leave it, and with queries that do not depend on its size."""

import pytest
from django.test import Client

from benchmarks import crowd, staff_pages
from tests.invariants import broken

pytestmark = pytest.mark.django_db


def test_lists_and_home_take_the_same_queries_however_many_applications():
    client = Client()
    client.force_login(crowd.make(100))
    few = staff_pages.queries(client)

    client.force_login(crowd.make(400))
    many = staff_pages.queries(client)

    assert many == few
    assert "home page" in many


def test_the_crowd_breaks_no_rule():
    crowd.make(100)

    assert broken() == []
