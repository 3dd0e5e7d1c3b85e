"""A mail server that is busy, refuses, or says nothing: each mail arrives once, or is shown to staff."""

from datetime import datetime, timedelta

import pytest

from programmes.domain import outbox
from programmes.models import Message
from tests.factories import NOW
from tests.faults.world import FULL, Count, count_mails
from tests.support import mails, smtp

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quiet")]
MAILS = 200 if FULL else 6


def _queue() -> list[int]:
    programme = mails.programme()
    return [
        mails.message(programme=programme, to_address=f"p{number}@example.org").pk for number in range(MAILS)
    ]


def _sweep_until_nothing_waits(start: datetime) -> datetime:
    """The sweep as it goes on for hours, each time a mail is due; when the last was dealt with."""
    now = start
    while (next_due := Message.objects.filter(status="queued").order_by("not_before").first()) is not None:
        now = max(now, next_due.not_before)
        outbox.send_due(now, seconds=600)
    return now


@pytest.mark.parametrize(
    ("what", "answers"),
    [
        ("421 at the greeting", {"EHLO": "421 too many connections", "HELO": "421 too many connections"}),
        ("421 at the text", {"END": "421 shutting down"}),
        ("451 for the recipient", {"RCPT": "451 greylisted, come back"}),
        ("451 at the text", {"END": "451 later"}),
    ],
)
def test_a_server_that_is_busy_for_an_hour_gets_each_mail_once(what, answers, settings, report):
    pks = _queue()
    with smtp.listening(answers) as sink:
        smtp.use(settings, sink)
        for minute in (0, 1, 6, 21):
            assert outbox.send_due(NOW + timedelta(minutes=minute), seconds=600) == 0
        sink.answers = {}
        last = _sweep_until_nothing_waits(NOW)
    count = count_mails(sink, pks)

    report(f"Mail server says {what} for an hour", count, "then takes mail again")
    assert count.figures == (MAILS, MAILS, 0, 0)
    assert last == NOW + timedelta(minutes=81)
    assert set(Message.objects.values_list("status", "attempts")) == {("sent", 5)}


def test_a_server_that_refuses_some_people_for_good_gets_the_others_mail_once(settings, report):
    pks = _queue()
    nobody = Message.objects.get(to_address="p3@example.org")
    with smtp.listening({"RCPT TO:<p3@": "550 5.1.1 no such user"}) as sink:
        smtp.use(settings, sink)
        _sweep_until_nothing_waits(NOW)
    count = count_mails(sink, [pk for pk in pks if pk != nobody.pk])

    report("Mail server says 550 for one of them", count, "1 more is shown to staff as failed, at once")
    assert count.figures == (MAILS - 1, MAILS - 1, 0, 0)
    assert list(Message.objects.exclude(status="sent").values_list("pk", "status", "attempts")) == [
        (nobody.pk, "failed", 1)
    ]


def test_a_server_that_hangs_holds_a_sweep_up_for_its_time_and_loses_nothing(settings, report):
    pks = _queue()
    with smtp.listening(silent=True) as sink:
        smtp.use(settings, sink, timeout=0.2)
        assert outbox.send_due(NOW, seconds=0.5) == 0
        tried = Message.objects.filter(attempts=1).count()
        sink.silent = False
        _sweep_until_nothing_waits(NOW)
    count = count_mails(sink, pks)

    report("Mail server takes the call and says nothing", count, "a sweep stops after its time")
    assert 2 <= tried < MAILS
    assert count.figures == (MAILS, MAILS, 0, 0)


def test_a_server_that_takes_a_mail_and_does_not_say_so_gets_it_again_under_the_same_name(settings, report):
    pks = _queue()
    with smtp.listening() as sink:
        smtp.use(settings, sink, timeout=0.2)
        sink.delay = 1
        assert outbox.send_due(NOW, seconds=0.1) == 0
        tried = list(Message.objects.filter(attempts=1).values_list("pk", flat=True))
        sink.delay = 0
        _sweep_until_nothing_waits(NOW)
    # Nobody can know whether such a mail was taken. The second has the name of the first, and mail programs show one.
    count = count_mails(sink, pks, in_flight=tried)

    report("Mail server hangs after it took the text", count, "its copy has the same Message-ID")
    assert count.figures == (MAILS, MAILS, 0, 0)
    assert count.in_flight == len(tried) == 1


def test_a_count_sees_what_is_lost_and_what_comes_twice(settings):
    """The count itself: with one mail missing and one sent twice, it says so."""
    pks = _queue()
    with smtp.listening() as sink:
        smtp.use(settings, sink)
        outbox.send_these(pks[1:], now=NOW, seconds=600)
        Message.objects.filter(pk=pks[1]).update(status="queued")
        outbox.send(pks[1], now=NOW)

    assert count_mails(sink, pks) == Count(MAILS, MAILS - 1, 1, 1, 0)
