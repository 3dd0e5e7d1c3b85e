"""The connections to PostgreSQL and Redis, without what Django does anew for each of many requests a second."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from django.db import connections

# A connection that answered is believed in for so long; one that broke since shows the page that says try again.
SECONDS = 1.0


@contextlib.contextmanager
def checked_once_a_second() -> Iterator[None]:
    """Around a request: a connection is asked whether it is alive at most once in `SECONDS`, not by every request."""
    now = time.monotonic()
    known: Sequence[Any] = connections.all(initialized_only=True)
    for connection in known:
        connection.health_check_done = now - getattr(connection, "was_alive", 0.0) < SECONDS
    believed = {id(connection) for connection in known if connection.health_check_done}
    yield
    used: Sequence[Any] = connections.all(initialized_only=True)
    for connection in used:
        if connection.health_check_done and id(connection) not in believed:
            connection.was_alive = now


class OneClient(RedisCacheClient):
    """Django's, that makes its client of Redis once: each has a table of two hundred commands."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._made: dict[int, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """The client of a server; any number of threads may use it."""
        index = self._get_connection_pool_index(write)  # type: ignore[attr-defined]
        if index not in self._made:
            self._made[index] = super().get_client(key, write=write)
        return self._made[index]


class OneClientCache(RedisCache):
    """Django's cache in Redis, by `OneClient`."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = OneClient
