"""The nights when the clocks change: each daily job rings once, and the sweep of the mails never pauses."""

import datetime
import itertools
from collections import defaultdict

import pytest
import time_machine
from celery.beat import Scheduler
from celery.schedules import crontab
from django.conf import settings

from config.celery import app
from programmes.management.clock import Clock
from tests.faults.world import Count

# Clocks go forward on 28 March 2027 at 1am, and back on 31 October 2027 at 2am: the evening before.
NIGHTS = {
    "forward": datetime.datetime(2027, 3, 27, 22, tzinfo=datetime.UTC),
    "back": datetime.datetime(2027, 10, 30, 22, tzinfo=datetime.UTC),
}
HOURS = 12
SCHEDULE = settings.CELERY_BEAT_SCHEDULE
DAILY = {
    name
    for name, entry in SCHEDULE.items()
    if isinstance(entry["schedule"], crontab)
    and len(entry["schedule"].hour) == len(entry["schedule"].minute) == 1
    and len(entry["schedule"].day_of_week) == 7
}
LOOKED_AT = {name: SCHEDULE[name] for name in (*sorted(DAILY), "send-what-is-due")}
# Clocks that stand still as long as nobody turns them: each look takes so many seconds.
SECONDS_A_LOOK = 0.05

Rings = dict[str, list[datetime.datetime]]


class Beat(Scheduler):
    """Celery's own clock, which notes when it would hand a job over and hands nothing over."""

    rung: Rings

    def apply_entry(self, entry, producer=None):
        self.rung[entry.name].append(datetime.datetime.now(datetime.UTC))


def _rung_by_beat(start: datetime.datetime) -> Rings:
    with time_machine.travel(start, tick=False) as clock:
        beat = Beat(app, lazy=True)
        beat.rung = defaultdict(list)
        beat.merge_inplace(LOOKED_AT)
        while datetime.datetime.now(datetime.UTC) < start + datetime.timedelta(hours=HOURS):
            clock.shift(max(beat.tick(), SECONDS_A_LOOK))
    return beat.rung


def _rung_by_the_embedded_clock(start: datetime.datetime) -> Rings:
    rung: Rings = defaultdict(list)
    with time_machine.travel(start, tick=False) as clock:
        ours = Clock()
        ours._schedules = {name: ours._schedules[name] for name in LOOKED_AT}
        ours._run = lambda name: rung[name].append(datetime.datetime.now(datetime.UTC))
        while datetime.datetime.now(datetime.UTC) < start + datetime.timedelta(hours=HOURS):
            clock.shift(10)
            ours.tick()
    return rung


@pytest.mark.parametrize("way", NIGHTS)
@pytest.mark.parametrize("kept_by", [_rung_by_beat, _rung_by_the_embedded_clock])
def test_each_job_rings_at_its_time_on_the_night_of_the_change(way, kept_by, report):
    rung = kept_by(NIGHTS[way])
    daily = {name: len(rung[name]) for name in DAILY}
    sweeps = rung["send-what-is-due"]
    missed = sum(times == 0 for times in daily.values())
    again = sum(max(times - 1, 0) for times in daily.values())
    who = "beat" if kept_by is _rung_by_beat else "run_jobs"

    report(
        f"Clocks go {way}, kept by {who}", Count(len(DAILY), len(DAILY) - missed, missed, again), "daily jobs"
    )
    assert len(DAILY) >= 10
    assert daily == dict.fromkeys(DAILY, 1)
    assert max(later - earlier for earlier, later in itertools.pairwise(sweeps)) <= datetime.timedelta(
        seconds=20
    )
    for name in DAILY:
        times = SCHEDULE[name]["schedule"]
        local = [ring.astimezone(app.timezone) for ring in rung[name]]
        assert [(one.hour, one.minute) for one in local] == [(*times.hour, *times.minute)]
