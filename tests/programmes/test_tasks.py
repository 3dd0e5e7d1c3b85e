"""The clocks and nudges of the outbox."""

import pytest
from django.core import mail
from django.utils import timezone

from programmes import tasks
from programmes.domain import announcements
from programmes.models import Message
from tests.support import mails

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    monkeypatch.setattr(tasks, "_silent_until", 0.0)


def test_the_sweep_sends_what_is_due():
    programme = mails.programme()
    mails.message("received", programme=programme)
    mails.message("offer", programme=programme, now=timezone.now())

    assert tasks.sweep_outbox.delay().get() == 1
    assert [sent.subject for sent in mail.outbox] == [
        "We have received your application to Leadership Support Circles (LSC-7K3QP)"
    ]


def test_a_nudge_sends_the_mails_it_names_and_no_other():
    programme = mails.programme()
    named = mails.message("received", programme=programme)
    mails.message("continue", programme=programme)

    tasks.nudge([named.pk])

    assert list(Message.objects.filter(status="sent")) == [named]
    assert len(mail.outbox) == 1


def test_the_portal_nudges_its_workers():
    assert tasks.nudge in announcements.messages_queued._subscribers


@pytest.mark.django_db(transaction=True)
def test_a_mail_goes_as_soon_as_its_transaction_is_committed():
    message = mails.message("received")

    assert Message.objects.get(pk=message.pk).status == "sent"
