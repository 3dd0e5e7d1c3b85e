"""People submit while the broker of jobs is away or silent: no page is held up, and every receipt arrives once."""

import time
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from applications.models import Application
from programmes import tasks
from programmes.domain import links, outbox
from programmes.models import Link, Message
from tests import factories, scenarios
from tests.faults import broker
from tests.faults.world import FULL, count_mails
from tests.support import smtp

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 100 if FULL else 8
# No page takes longer because of the broker.
SECONDS = 3.0


@pytest.fixture
def drafts(quiet):
    """Links to applications that lack nothing but to be submitted; no receipt is on its way yet."""
    now = timezone.now()
    programme = factories.ProgrammeFactory(
        opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=9)
    )
    people = [scenarios.filled_in(programme, now=now) for _ in range(PEOPLE)]
    Message.objects.all().delete()
    minted = [links.mint(Link.Opens.APPLICATION, one.pk, sent_to=one.email, now=now) for one in people]
    return [links.token_of(link) for link in minted]


@pytest.mark.parametrize(
    ("what", "port"), [("refuses", broker.closed_port), ("is silent", broker.silent_port)]
)
def test_people_submit_while_the_broker_is_away(what, port, drafts, settings, monkeypatch, report):
    from programmes.domain import announcements

    monkeypatch.setattr(announcements.messages_queued, "_subscribers", [tasks.nudge])
    longest, gone_on = 0.0, 0
    with (
        smtp.listening() as sink,
        port() as where,
        broker.portal_with_broker(f"redis://127.0.0.1:{where}/0", monkeypatch),
    ):
        smtp.use(settings, sink)
        for token in drafts:
            begun = time.monotonic()
            answer = Client().post(f"/my/{token}/check/", {"confirm": "yes"})
            longest = max(longest, time.monotonic() - begun)
            gone_on += answer.status_code == 302 and answer.headers["Location"].endswith("/submitted/")
        before = len(sink.kept)
        outbox.send_due(seconds=600)
    submitted = set(Application.objects.exclude(submitted_at=None).values_list("pk", flat=True))
    told = Message.objects.filter(event="received").values_list("about", "pk")
    count = count_mails(sink, [pk for _, pk in told])

    report(f"Broker {what} while people submit", count, f"the longest page took {longest:.1f} s")
    assert (gone_on, len(submitted), before) == (PEOPLE, PEOPLE, 0)
    assert sorted(about for about, _ in told) == sorted(f"application:{pk}" for pk in submitted)
    assert count.figures == (PEOPLE, PEOPLE, 0, 0)
    assert longest < SECONDS
