"""Asks a server over the loopback address, with as little work of its own as can be: it shares the machine."""

import re
import socket
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db import connections

HOST = "portal.example.org"
# One more than there are workers, so that none of them waits for us.
AT_ONCE = 3


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the head and the body."""

    status: int
    head: str
    body: bytes

    @property
    def location(self) -> str:
        """Where the answer leads; empty where it leads nowhere."""
        found = re.search(r"^location: *(\S+)", self.head, re.IGNORECASE | re.MULTILINE)
        return found[1] if found else ""

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that the answer sets."""
        return dict(re.findall(r"^set-cookie: *([^=]+)=([^;\r]*)", self.head, re.IGNORECASE | re.MULTILINE))


def _head(method: str, path: str, cookie: str) -> str:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", "Connection: close", "X-Forwarded-Proto: https"]
    lines += ["X-Forwarded-For: 192.0.2.1", f"Origin: https://{HOST}", f"Referer: https://{HOST}/"]
    if cookie:
        lines.append(f"Cookie: {cookie}")
    return "\r\n".join(lines) + "\r\n"


def get(path: str, cookie: str = "") -> bytes:
    """A GET as it goes over the wire."""
    return (_head("GET", path, cookie) + "\r\n").encode()


def post(path: str, fields: Sequence[tuple[str, str]] = (), cookie: str = "") -> bytes:
    """A form as it goes over the wire."""
    body = urlencode(fields).encode()
    kind = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    return (_head("POST", path, cookie) + kind).encode() + body


def ask(port: int, request: bytes) -> Answer:
    """Send one request and read its answer to the end; raises OSError."""
    with socket.create_connection(("127.0.0.1", port), timeout=120) as connection:
        connection.sendall(request)
        parts = []
        while part := connection.recv(262144):
            parts.append(part)
    head, _, body = b"".join(parts).partition(b"\r\n\r\n")
    if not head:
        raise ConnectionResetError("The server closed the connection without an answer.")
    return Answer(int(head[9:12]), head.decode("latin-1"), body)


def at_once(work: Callable[[Any], Any], what: Sequence[Any], *, threads: int = AT_ONCE) -> list[Any]:
    """What each came to, in their order, done by so many threads; what it raises is raised here."""
    gate = threading.Barrier(threads)

    def let_go(_: int) -> None:
        """Close what this thread has open to the database, or the database could not be taken away."""
        gate.wait()
        connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        try:
            return list(pool.map(work, what))
        finally:
            # Each waits for the others, so that it is done once in each thread.
            list(pool.map(let_go, range(threads)))


@dataclass(frozen=True)
class Rate:
    """How fast requests were answered: so many a second, and how long the middle one and the 95th of 100 took."""

    a_second: float
    median: float
    slowest: float


def rate(
    port: int, request: Callable[[int], bytes], *, times: int, expected: int, at_once: int = AT_ONCE
) -> Rate:
    """Send ``times`` requests, ``at_once`` of them at a time, and time them.

    ``request`` makes the request of a number before the clock starts. Raises RuntimeError for any answer that
    has not the ``expected`` status.
    """
    requests = [request(number) for number in range(times)]
    spent: list[float] = []
    wrong: list[Answer] = []
    waiting = iter(requests)
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                mine = next(waiting, None)
            if mine is None:
                return
            started = time.perf_counter()
            answer = ask(port, mine)
            spent.append(time.perf_counter() - started)
            if answer.status != expected:
                wrong.append(answer)

    threads = [threading.Thread(target=work) for _ in range(at_once)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole = time.perf_counter() - started
    if wrong or len(spent) != times:
        first = f"{wrong[0].head}\n{wrong[0].body[:2000].decode()}" if wrong else "A connection broke."
        raise RuntimeError(f"{len(wrong)} of {times} answers were not {expected}. {first}")
    spent.sort()
    return Rate(times / whole, statistics.median(spent), spent[int(times * 0.95)])
