"""The embedded clock, which keeps the portal's times where there is no Redis."""

import datetime
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command

from config.celery import app
from programmes.management.clock import Clock
from programmes.models import Message
from tests import factories
from tests.factories import NOW
from tests.scenarios import submitted

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parents[2]


def _queued(programme):
    return Message.objects.filter(programme=programme, status=Message.Status.QUEUED).count()


def test_clock_does_nothing_before_a_job_is_due():
    with time_machine.travel(NOW, tick=False):
        clock = Clock()

        ran = clock.tick()

    assert ran == []


def test_clock_sends_what_waits_after_fifteen_seconds():
    programme = factories.ProgrammeFactory()
    submitted(programme)
    waiting = _queued(programme)
    with time_machine.travel(NOW, tick=False) as traveller:
        clock = Clock()
        traveller.shift(datetime.timedelta(seconds=16))

        ran = clock.tick()

    assert waiting == 2
    assert "send-what-is-due" in ran
    assert _queued(programme) == 0


KNOWN = """
import django
django.setup()
from django.conf import settings
from programmes.management.clock import Clock, app
Clock()
print(sorted({entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} - set(app.tasks)))
"""


def test_clock_knows_every_job_in_a_process_that_has_read_no_tasks():
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DEBUG": "1",
        "ENV_FILE": os.devnull,
    }

    done = subprocess.run(
        [sys.executable, "-c", KNOWN], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_clock_goes_on_when_a_job_fails(settings, caplog):
    @app.task(name="tests.fails")
    def fails():
        raise ValueError("broken")

    settings.CELERY_BEAT_SCHEDULE = {
        "broken": {"task": "tests.fails", "schedule": 1.0},
        "send-what-is-due": {"task": "programmes.tasks.sweep_outbox", "schedule": 1.0},
    }

    ran = Clock().run_all()

    assert ran == ["broken", "send-what-is-due"]
    assert "The job broken failed" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_clock_looks_again_and_again_until_it_is_told_to_stop(settings):
    stop = threading.Event()
    looked = []

    @app.task(name="tests.looks")
    def looks():
        looked.append(len(looked))
        if len(looked) == 2:
            stop.set()

    settings.CELERY_BEAT_SCHEDULE = {"looks": {"task": "tests.looks", "schedule": 0.0}}

    Clock().run(stop, pause=0.01)

    assert looked == [0, 1]


def test_run_jobs_once_names_every_job(settings, capsys):
    call_command("run_jobs", "--once")

    assert capsys.readouterr().out.split("\n")[:-1] == [
        f"ran {name}" for name in settings.CELERY_BEAT_SCHEDULE
    ]


def test_run_jobs_leaves_the_clocks_to_celery_where_there_is_redis():
    app.conf.task_always_eager = False
    try:
        with pytest.raises(CommandError, match="celery -A config worker"):
            call_command("run_jobs", "--once")
    finally:
        app.conf.task_always_eager = True
