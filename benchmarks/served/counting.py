"""How many questions a whole submission asks the database: the same requests, made in this process."""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from unittest import mock

from django.db import connection
from django.test import Client

from benchmarks import Figure
from benchmarks.served import client, journey

_OF_TRANSACTIONS = frozenset({"BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK"})


class Counted:
    """Counts statements by their first word; give it to ``connection.execute_wrapper``."""

    def __init__(self) -> None:
        self.words: Counter[str] = Counter()

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.words[sql.split(None, 1)[0].upper()] += 1
        return execute(sql, params, many, context)

    @property
    def statements(self) -> int:
        """Those that ask or change something."""
        return sum(number for word, number in self.words.items() if word not in _OF_TRANSACTIONS)


def in_process() -> journey.Asked:
    """Asks the portal in this process, as the load client asks it over the wire."""
    browser = Client()

    def ask(request: bytes) -> client.Answer:
        head, _, body = request.decode().partition("\r\n\r\n")
        method, path, _ = head.split(" ", 2)
        kind = "application/x-www-form-urlencoded" if method == "POST" else ""
        answer = browser.generic(method, path, body, content_type=kind)
        return client.Answer(
            answer.status_code, f"\r\nLocation: {answer.headers.get('Location', '')}", answer.content
        )

    return ask


def of_a_submission(slug: str) -> Iterator[Figure]:
    """Yield the statements of one whole submission to a programme; somebody has submitted before.

    Of two, that with fewer: what pages are made of is read again each minute, which may fall into one of them.
    """
    journey.submit(journey.Browser(in_process()), slug, f"warm{slug}")
    figures = [_counted(slug, f"counted{number}{slug}") for number in range(2)]
    yield min(figures, key=lambda figure: figure.value)


def _counted(slug: str, who: str) -> Figure:
    counted = Counted()
    browser = journey.Browser(in_process())
    mined = journey.link_of
    # The moment is Django's own; its types leave it out.
    commits = mock.Mock(wraps=getattr(connection, "_commit"))  # noqa: B009

    def link_of(email: str) -> str:
        before = Counter(counted.words)
        found = mined(email)
        counted.words = before
        return found

    with (
        connection.execute_wrapper(counted),
        mock.patch.object(journey, "link_of", link_of),
        mock.patch.object(connection, "_commit", commits),
    ):
        journey.submit(browser, slug, who)
    words = ", ".join(f"{number} {word}" for word, number in counted.words.most_common())
    return Figure(
        f"statements of a submission to {slug}",
        counted.statements,
        "",
        f"in {len(browser.requests)} requests and {commits.call_count} transactions; all: {words}",
    )
