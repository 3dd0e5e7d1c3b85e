"""The clock of the noticeboard's mail: one that fails keeps no other waiting, and is tried again."""

import datetime

import pytest
import time_machine

from facilitators import tasks
from facilitators.domain.community import digest
from programmes.models import Message
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_one_mail_that_fails_keeps_no_other_waiting_and_comes_the_next_day(monkeypatch, caplog):
    post = factories.NoticeFactory(state="published", published_at=NOW + datetime.timedelta(hours=1))
    first, second = [factories.TrainingFactory(programme=post.programme) for _ in range(2)]
    send = digest.send

    def fails(facilitator_id, *, now):
        if facilitator_id == first.facilitator_id:
            raise RuntimeError("The disk is full")
        return send(facilitator_id, now=now)

    with time_machine.travel(NOW + datetime.timedelta(days=1), tick=False):
        monkeypatch.setattr(digest, "send", fails)
        sent = [tasks.send_noticeboard_digests()]
    monkeypatch.setattr(digest, "send", send)
    with time_machine.travel(NOW + datetime.timedelta(days=2), tick=False):
        sent.append(tasks.send_noticeboard_digests())

    assert sent == [1, 1]
    assert [mail.to_name for mail in Message.objects.order_by("pk")] == [
        second.facilitator.name,
        first.facilitator.name,
    ]
    assert [record.getMessage() for record in caplog.records] == [
        f"Facilitator {first.facilitator_id} could not be mailed what is on the noticeboard."
    ]
