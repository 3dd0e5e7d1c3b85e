"""The web processes are killed at the worst moment: “check your email” is read, and the mail is not queued yet."""

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode

import psycopg2
import pytest
from django.utils import timezone

from applications import tasks
from applications.models import Application, LinkRequest
from config.schedule import SCHEDULE
from programmes.domain import outbox
from programmes.models import Message
from programmes.views.gate import sign
from scripts.services import free_port
from tests import factories
from tests.faults.visitor import Answer, Visitor
from tests.faults.world import FULL, Part, count_mails, database_url, portal, wait_until
from tests.support import smtp

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("quiet"),
]
# One for each web process.
AT_ONCE = 2
KILLS = 5 if FULL else 1
PEOPLE = [f"p{number}@example.org" for number in range(KILLS * AT_ONCE)]


@contextlib.contextmanager
def _nothing_can_be_begun() -> Iterator[None]:
    """Whoever wants to write an application or a mail waits, until the block ends."""
    with contextlib.closing(psycopg2.connect(database_url())) as database, database.cursor() as cursor:
        cursor.execute("LOCK TABLE applications_application, programmes_message IN EXCLUSIVE MODE")
        yield


def _killed_after_the_answers(web: Part, port: int, path: str, addresses: list[str]) -> list[Answer]:
    """Let people ask for a link, and kill every web process when all have read the answer and none has a mail."""
    people = [Visitor(port, follows=False) for _ in addresses]
    tokens = [person.get(path).token for person in people]
    with _nothing_can_be_begun():
        answers = [
            person.post(path, [("csrfmiddlewaretoken", token), ("email", address)])
            for person, token, address in zip(people, tokens, addresses, strict=True)
        ]
        web.kill()
    return answers


def test_a_web_process_killed_after_its_answer_loses_no_mail(settings, report):
    now = timezone.now()
    programme = factories.ProgrammeFactory(
        opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=9)
    )
    path = f"/programmes/{programme.slug}/start/?{urlencode({'answers': sign(programme, {})})}"
    port = free_port()
    answers: list[Answer] = []
    with smtp.listening() as sink, portal(broker="", sink=sink) as parts:
        smtp.use(settings, sink)
        for first in range(0, len(PEOPLE), AT_ONCE):
            web = parts.web(port)
            answers += _killed_after_the_answers(web, port, path, PEOPLE[first : first + AT_ONCE])
        left = (LinkRequest.objects.count(), Application.objects.count(), Message.objects.count())
        # What beat rings for, again and again: PostgreSQL lets go of what the killed held when it has seen it.
        found: list[int] = []
        assert wait_until(lambda: found.append(tasks.send_links_asked_for()) or sum(found) >= len(PEOPLE))
        outbox.send_due(seconds=600)
    sent = Message.objects.values_list("to_address", "event", "pk")
    count = count_mails(sink, [pk for _, _, pk in sent])

    report("Web processes killed between answer and mail", count, f"{KILLS} times, 2 processes each")
    check_email = f"/programmes/{programme.slug}/check-your-email/"
    assert [(answer.status, answer.url) for answer in answers] == [(302, check_email)] * len(PEOPLE)
    assert SCHEDULE["send-links-asked-for"]["task"] == tasks.send_links_asked_for.name
    assert (left, sum(found)) == ((len(PEOPLE), 0, 0), len(PEOPLE))
    assert sorted((address, event) for address, event, _ in sent) == [(one, "continue") for one in PEOPLE]
    assert count.figures == (len(PEOPLE), len(PEOPLE), 0, 0)
    assert LinkRequest.objects.count() == 0
