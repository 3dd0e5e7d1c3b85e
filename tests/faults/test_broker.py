"""A broker that is not there, or that takes the call and says nothing: a page is not held up, and no mail is lost."""

import time

import pytest
from celery.contrib.testing.worker import start_worker
from django.core import mail
from django.db import transaction

from config.celery import app
from programmes import tasks
from programmes.domain import outbox
from programmes.models import Message
from tests.conftest import services_here
from tests.faults import broker
from tests.support import mails

pytestmark = pytest.mark.django_db(transaction=True)

# A page with a form is answered within this time, whatever the broker does.
SECONDS = 3.0


@pytest.fixture
def silent_port():
    with broker.silent_port() as port:
        yield port


@pytest.fixture
def closed_port():
    with broker.closed_port() as port:
        yield port


def _queue_as_a_page_does(programme, occasion):
    """Queue a mail in a transaction of its own; return the row and the seconds it took."""
    begun = time.monotonic()
    with transaction.atomic():
        message = mails.message("received", programme=programme, occasion=occasion)
    return message, time.monotonic() - begun


@pytest.mark.parametrize("port", ["closed_port", "silent_port"])
def test_a_broker_out_of_reach_holds_up_no_page_and_loses_no_mail(port, request, monkeypatch, caplog):
    programme = mails.programme()

    with broker.portal_with_broker(f"redis://127.0.0.1:{request.getfixturevalue(port)}/0", monkeypatch):
        first, seconds = _queue_as_a_page_does(programme, "first")
        second, seconds_again = _queue_as_a_page_does(programme, "second")

        assert seconds < SECONDS
        assert seconds_again < 0.5
        assert [record.getMessage() for record in caplog.records if record.name == "programmes.tasks"] == [
            "The job broker does not answer (OperationalError); the sweep will send."
        ]
        assert set(Message.objects.values_list("status", flat=True)) == {"queued"}
        assert outbox.send_due() == 2
        assert outbox.send_due() == 0

    assert len(mail.outbox) == 2
    assert {first.pk, second.pk} == set(Message.objects.filter(status="sent").values_list("pk", flat=True))


def test_a_broker_that_is_back_is_asked_again_after_a_pause(closed_port, monkeypatch):
    programme = mails.programme()
    with broker.portal_with_broker(f"redis://127.0.0.1:{closed_port}/0", monkeypatch):
        _queue_as_a_page_does(programme, "while it is away")
        assert tasks._silent_until > time.monotonic()

    # Back, in this process; the pause is not over, so nothing is asked of it.
    message, _ = _queue_as_a_page_does(programme, "in the pause")
    assert Message.objects.get(pk=message.pk).status == "queued"

    monkeypatch.setattr(tasks, "_silent_until", time.monotonic() - 1)
    message, _ = _queue_as_a_page_does(programme, "after the pause")
    assert Message.objects.get(pk=message.pk).status == "sent"


def _wait_until(said, seconds: float = 15) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if said():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.redis
def test_a_worker_sends_as_soon_as_it_is_nudged(monkeypatch):
    programme = mails.programme()
    with (
        broker.portal_with_broker(str(services_here()["redis"]), monkeypatch),
        start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=20, loglevel="WARNING"),
    ):
        message, seconds = _queue_as_a_page_does(programme, "nudged")
        sent = _wait_until(lambda: Message.objects.get(pk=message.pk).status == "sent")

    assert sent is True
    assert seconds < SECONDS
    assert len(mail.outbox) == 1


@pytest.mark.redis
def test_the_task_that_waits_at_the_broker_names_rows_and_nothing_personal(monkeypatch):
    programme = mails.programme()
    with broker.portal_with_broker(str(services_here()["redis"]), monkeypatch):
        message, _ = _queue_as_a_page_does(programme, "seen")
        with app.connection_for_read() as line, line.SimpleQueue(app.conf.task_default_queue) as queue:
            task = queue.get(timeout=5)
            task.ack()

    assert task.headers["task"] == "programmes.tasks.send_messages"
    assert task.payload[0] == [[message.pk]]
    assert "sian@example.org" not in str(task.headers) + str(task.payload)
