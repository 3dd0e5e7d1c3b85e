"""Workers, beat and Redis that end in the middle of their work: every mail arrives, and none twice."""

import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from programmes.models import Message, Programme
from tests.conftest import services_here
from tests.faults.world import FULL, count_mails, own_redis, portal, wait_until
from tests.support import mails, smtp

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("quiet"),
]
MAILS = 200 if FULL else 30
# How much of the mail has gone each time.
KILLED_AT = (0.2, 0.45, 0.7) if FULL else (0.3, 0.6)


def _queue(number: int, *, occasion: str = "first") -> list[int]:
    """Queue so many mails to as many people, as pages do; their keys."""
    programme = Programme.objects.first() or mails.programme()
    values = {"programme": programme, "occasion": occasion, "now": timezone.now()}
    with transaction.atomic():
        return [mails.message(to_address=f"p{one}@example.org", **values).pk for one in range(number)]


def _broker(number: int) -> str:
    """A part of the shared Redis for one test."""
    return str(services_here()["redis"]).rpartition("/")[0] + f"/{number}"


def _let_leases_end() -> list[int]:
    """The five minutes go by for which a sender that was killed keeps its mails; their keys."""
    left = Message.objects.filter(status="sending")
    pks = list(left.values_list("pk", flat=True))
    left.update(leased_until=timezone.now() - timedelta(seconds=1))
    return pks


def _all_sent() -> bool:
    return not Message.objects.exclude(status="sent").exists()


def test_a_worker_killed_again_and_again_in_the_middle_loses_nothing(report):
    pks = _queue(MAILS)
    in_flight: list[int] = []
    with smtp.listening() as sink, portal(broker=_broker(9), sink=sink) as parts:
        sink.delay = 0.05
        parts.beat()
        worker = parts.worker()
        for part_done in KILLED_AT:
            goal = int(MAILS * part_done)
            assert wait_until(lambda goal=goal: len(sink.arrived()) >= goal), worker.said
            worker.kill()
            in_flight += _let_leases_end()
            worker.start()
        # A worker killed between two mails holds none; each kill was at a time when there was still much to do.
        assert wait_until(_all_sent), worker.said
        # Whatever was to come twice would come now.
        time.sleep(2)
    count = count_mails(sink, pks, in_flight=in_flight)

    report("Worker killed -9 three times", count, "each in the middle of the queue")
    assert count.figures == (MAILS, MAILS, 0, 0)
    assert count.in_flight <= len(KILLED_AT)


def test_a_redis_that_is_flushed_and_restarted_loses_nothing(report):
    pks = _queue(MAILS)
    with own_redis() as (redis, broker), smtp.listening() as sink, portal(broker=broker, sink=sink) as parts:
        sink.delay = 0.05
        beat, worker = parts.beat(), parts.worker()
        assert wait_until(lambda: len(sink.arrived()) >= MAILS // 4), worker.said
        # It keeps nothing on disk: what waited in it is gone, as by FLUSHALL.
        redis.stop()
        pks += _queue(10, occasion="while it is away")
        redis.start()
        assert wait_until(_all_sent), worker.said + beat.said
        time.sleep(2)
    count = count_mails(sink, pks)

    report("Redis flushed and restarted", count, "mails queued before, and while it was away")
    assert count.figures == (MAILS + 10, MAILS + 10, 0, 0)


def test_two_hosts_and_two_clocks_send_each_mail_once(report):
    pks = _queue(MAILS)
    with smtp.listening() as sink, portal(broker=_broker(10), sink=sink) as parts:
        for _ in range(2):
            parts.beat()
            parts.worker()
        assert wait_until(_all_sent), parts.parts[1].said
        time.sleep(2)
    count = count_mails(sink, pks)

    report("Two hosts sweep, beat started twice", count, "2 workers and 2 beats")
    assert count.figures == (MAILS, MAILS, 0, 0)
