"""After days without worker and beat the clocks catch up: what was missed is done, and nobody is told it thrice.

Beat runs on two hosts by mistake, too: two workers take each job at one moment.
"""

import datetime
import itertools
from collections import Counter
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings

from applications.models import Approval
from applications.tasks import chase_approvers
from config.celery import app
from programmes.management import samples
from programmes.models import Message
from tests import factories, invariants, scenarios
from tests.concurrency.crowd import at_once
from tests.crawl.world import build
from tests.factories import NOW
from tests.faults.world import FULL, Count

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quiet")]

LONDON = ZoneInfo("Europe/London")
# A Wednesday.
NOON = datetime.datetime(2026, 11, 18, 12, 30, tzinfo=datetime.UTC)
OUTAGES = [3, 10, 30] if FULL else [10]
# Hours between two rounds of every job, and for how many hours.
ROUNDS, DAY = (6, 24) if FULL else (12, 24)
# The sweep of the mails is counted at a mail server (`test_workers.py`); the check changes nothing.
LEFT_OUT = {"programmes.tasks.sweep_outbox", "programmes.tasks.check_integrity"}
JOBS = sorted({entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} - LEFT_OUT)


def _told(since: datetime.datetime) -> Counter[tuple[str, str, str]]:
    """How often each person got each kind of mail about the same record since then."""
    rows = Message.objects.filter(created_at__gte=since)
    return Counter(rows.values_list("to_address", "event", "about"))


def _twice_at_once(name: str) -> list[object]:
    """Run a job by two workers at one moment; what went wrong."""
    return [one for one in at_once([app.tasks[name].run] * 2) if isinstance(one, Exception)]


@pytest.mark.parametrize("days", OUTAGES)
def test_the_night_after_an_outage_tells_nobody_the_same_thing_twice(days, report):
    app.autodiscover_tasks(force=True)
    begin = NOON if FULL else NOW
    back = begin + datetime.timedelta(days=days, hours=6)
    with time_machine.travel(begin, tick=False):
        # The sample people take half a minute to make: the short way is one application in every state.
        samples.make(begin) if FULL else build()
        # The short way's portal has a link or two to nothing from the start.
        before = [] if FULL else invariants.broken()
    failed = []
    with time_machine.travel(back, tick=False) as now:
        for _ in range(0, DAY, ROUNDS):
            failed += [fault for name in JOBS for fault in _twice_at_once(name)]
            now.shift(datetime.timedelta(hours=ROUNDS))
        told = _told(back)
        broken = invariants.broken()
    twice = {what: times for what, times in told.items() if times > 1}

    count = Count(len(told), len(told), 0, len(twice))
    report(
        f"{days} days without worker and beat",
        count,
        "mails of the day after, each job by two workers at once",
    )
    assert failed == []
    assert told
    assert twice == {}
    assert set(broken) <= set(before)


def test_approvers_are_chased_one_by_one_after_an_outage(report):
    programme = factories.ProgrammeFactory(closes_at=NOON + datetime.timedelta(days=90))
    factories.ApprovalStepFactory(programme=programme)
    scenarios.submitted(programme, now=NOON)
    back = NOON + datetime.timedelta(days=21)

    with time_machine.travel(back, tick=False) as now:
        for _ in range(24 * 8):
            chase_approvers()
            now.shift(datetime.timedelta(hours=1))
    rows = Message.objects.filter(event="approval_chaser").order_by("created_at")
    chased = [row.created_at for row in rows]
    gaps = [later - earlier for earlier, later in itertools.pairwise(chased)]

    report(
        "21 days without them: an approver's reminders",
        Count(3, len(chased), 3 - len(chased), 0),
        "48 hours apart",
    )
    assert len(chased) == 3
    assert all(gap >= datetime.timedelta(hours=48) for gap in gaps)
    assert Approval.objects.get().chasers_sent == 3
    assert {one.astimezone(LONDON).weekday() for one in chased} <= {0, 1, 2, 3, 4}
