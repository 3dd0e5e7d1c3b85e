"""PostgreSQL restarts while people submit: they read to try again, keep what they typed, and nothing is lost."""

import contextlib
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg2
import pytest
from django.utils import timezone

from programmes.domain import links
from programmes.models import Link, Message
from scripts.services import free_port
from tests import factories, scenarios
from tests.conftest import services_here
from tests.faults.visitor import Answer, Visitor
from tests.faults.world import FULL, Server, count_mails, own_postgresql, portal, wait_until
from tests.support import smtp

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("quiet"),
]
PEOPLE = 100 if FULL else 16
RESTARTS = 3 if FULL else 1
TYPED = 'I led "circles" of 8 people.\n<b>Twice</b> a week & more; Siân.'


@pytest.fixture
def tokens():
    """Links to applications that lack nothing but to be submitted."""
    now = timezone.now()
    programme = factories.ProgrammeFactory(
        opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=9)
    )
    factories.QuestionFactory(programme=programme, key="why")
    people = [scenarios.filled_in(programme, now=now) for _ in range(PEOPLE)]
    Message.objects.all().delete()
    minted = [links.mint(Link.Opens.APPLICATION, one.pk, sent_to=one.email, now=now) for one in people]
    return [links.token_of(link) for link in minted]


def _rows(address: str, query: str) -> list[tuple[object, ...]]:
    with contextlib.closing(psycopg2.connect(address)) as database, database.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def _says_to_try_again(answer: Answer) -> bool:
    return (
        "Sorry, the service is not available at the moment" in answer.text and "Traceback" not in answer.text
    )


def _submit(port: int, token: str, seen: list[Answer]) -> Answer:
    """Submit an application, as often as it takes, by the forms that the pages hold; the last page."""
    visitor, path = Visitor(port), f"/my/{token}/check/"
    answer = visitor.get(path)
    while answer.status != 200:
        seen.append(answer)
        time.sleep(0.3)
        answer = visitor.get(path)
    fields = answer.hidden
    while True:
        answer = visitor.post(path, fields)
        if answer.status == 200:
            return answer
        seen.append(answer)
        time.sleep(0.3)


def _types_while_it_is_away(port: int, token: str, server: Server, address: str) -> None:
    """Somebody sends a page while the database is stopped, and sends it again from the page that they read."""
    path, visitor = f"/my/{token}/questions/", Visitor(port)
    page = visitor.get(path)
    (box,) = re.findall(r'<textarea[^>]* name="([^"]+)"', page.text)
    server.stop()
    away = visitor.post(path, [("csrfmiddlewaretoken", page.token), (box, TYPED)])
    server.start()
    again = visitor.post(path, away.hidden)

    assert (away.status, _says_to_try_again(away)) == (503, True)
    assert dict(away.hidden)[box] == TYPED
    assert again.status == 200
    assert _rows(address, "SELECT value FROM applications_answer WHERE value <> '\"My answer.\"'") == [
        (TYPED,)
    ]


def test_a_database_that_restarts_while_people_write_and_submit_loses_nothing(tokens, report):
    port, broker = free_port(), str(services_here()["redis"]).rpartition("/")[0] + "/11"
    seen: list[Answer] = []
    with (
        smtp.listening() as sink,
        own_postgresql() as (server, address),
        portal(broker=broker, database=address, sink=sink) as parts,
    ):
        parts.web(port)
        _types_while_it_is_away(port, tokens[0], server, address)
        done: list[Answer] = []
        restarts = threading.Thread(target=_restart, args=(server, done))
        restarts.start()
        with ThreadPoolExecutor(4) as people:
            done_now = people.map(lambda token: done.append(_submit(port, token, seen)), tokens)
            assert list(done_now) == [None] * PEOPLE
        restarts.join()
        parts.beat()
        worker = parts.worker()
        unsent = "SELECT id FROM programmes_message WHERE status <> 'sent'"
        assert wait_until(lambda: not _rows(address, unsent)), worker.said
        received = _rows(address, "SELECT id, about FROM programmes_message WHERE event = 'received'")
        submitted = _rows(address, "SELECT id FROM applications_application WHERE submitted_at IS NOT NULL")
        untold = _rows(address, UNTOLD)

    count = count_mails(sink, [int(str(pk)) for pk, _ in received])
    report(f"PostgreSQL restarted {RESTARTS}× during submissions", count, f"{len(seen)} pages said try again")
    assert [answer.url.endswith("/submitted/") for answer in done] == [True] * PEOPLE
    assert (len(submitted), untold) == (PEOPLE, [])
    assert count.figures == (PEOPLE, PEOPLE, 0, 0)
    assert seen, "nobody met the restart: the test shows nothing"
    assert [answer for answer in seen if not _says_to_try_again(answer)] == []
    assert {answer.status for answer in seen} == {503}


# Whoever submitted has a receipt.
UNTOLD = """
SELECT id FROM applications_application AS one WHERE submitted_at IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM programmes_message WHERE event = 'received' AND about = 'application:' || one.id)
"""


def _restart(server: Server, done: list[Answer]) -> None:
    """Restart the database each time so many more people have submitted."""
    for number in range(1, RESTARTS + 1):
        wait_until(lambda goal=number * PEOPLE // (RESTARTS + 2): len(done) >= goal)
        server.stop()
        time.sleep(1)
        server.start()
