"""Connections to the database and to Redis do no work anew that each of many requests a second would repeat."""

import os

import pytest
from django.core.cache import caches
from django.db import DEFAULT_DB_ALIAS

from config import connections


@pytest.fixture
def connection(db):
    return connections.connections[DEFAULT_DB_ALIAS]


@pytest.fixture
def asked(connection, monkeypatch):
    """When the connection was asked whether it is alive. It says yes without looking: what counts is how often."""
    moments = []
    # As in use (CONN_HEALTH_CHECKS); the tests' own settings leave it off.
    monkeypatch.setattr(connection, "health_check_enabled", True)
    # A connection that breaks is for tests/faults; here only the asking is counted.
    monkeypatch.setattr(connection, "is_usable", lambda: moments.append(connections.time.monotonic()) or True)
    monkeypatch.setattr(connection, "was_alive", 0.0, raising=False)
    monkeypatch.setattr(connection, "health_check_done", False)
    return moments


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(connections.time, "monotonic", lambda: now[0])
    return now


def request(connection, *, queries=1):
    with connections.checked_once_a_second():
        for _ in range(queries):
            connection.close_if_health_check_failed()


def test_a_connection_is_asked_once_a_second_whether_it_is_alive(connection, asked, clock):
    for _ in range(7):
        request(connection, queries=3)
        clock[0] += 0.25

    assert asked == [1000.0, 1001.0]


def test_requests_that_ask_the_database_nothing_do_not_make_it_believed(connection, asked, clock):
    request(connection)
    for _ in range(3):
        clock[0] += 0.5
        request(connection, queries=0)
    request(connection)

    assert asked == [1000.0, 1001.5]


@pytest.mark.redis
def test_the_client_of_redis_is_made_once(settings):
    settings.CACHES = {
        "default": {"BACKEND": "config.connections.OneClientCache", "LOCATION": os.environ["TEST_REDIS_URL"]},
    }
    cache = caches["default"]

    cache.set("one", "two", 5)

    assert cache.get("one") == "two"
    reads, writes = cache._cache.get_client(), cache._cache.get_client(write=True)
    assert reads is writes
