"""What is asked for too often is refused, whichever process is asked, and a limit never closes the portal."""

import datetime
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import time_machine
from django.core import mail
from django.test import Client

from programmes.domain import feeds, limits, outbox
from programmes.models import Message
from tests import factories, scenarios
from tests.factories import NOW

ROOT = Path(__file__).resolve().parents[2]
# Counts 25 times, as a process of its own that knows the folder and nothing else.
COUNTS = """
import datetime, sys
from django.conf import settings
settings.configure(COUNTS_FOLDER=sys.argv[1])
from programmes.domain import limits
now = datetime.datetime(2026, 10, 5, 12, 0, tzinfo=datetime.UTC)
print(*(limits.count("feed:1", seconds=60, now=now) for _ in range(25)))
"""


@pytest.fixture
def folder(settings, tmp_path):
    settings.COUNTS_FOLDER = str(tmp_path / "counts")
    return tmp_path / "counts"


def settings_with(monkeypatch, **values):
    for name in ("CACHE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"SECRET_KEY": "k" * 50, "DEBUG": "0", "ENV_FILE": os.devnull, **values}.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "config" / "settings.py"))


def test_processes_without_redis_count_together_and_miss_nothing(tmp_path):
    run = [sys.executable, "-c", COUNTS, str(tmp_path)]
    processes = [subprocess.Popen(run, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]

    said = [process.communicate()[0].split() for process in processes]

    assert sorted(int(one) for counts in said for one in counts) == list(range(1, 51))


def test_each_thing_and_each_stretch_is_counted_for_itself(folder):
    later = NOW + datetime.timedelta(seconds=60)

    found = [
        limits.count("feed:1", seconds=60, now=NOW),
        limits.count("feed:1", seconds=60, now=NOW),
        limits.count("feed:2", seconds=60, now=NOW),
        limits.count("feed:1", seconds=60, now=later),
    ]

    assert found == [1, 2, 1, 1]


def test_what_earlier_stretches_counted_is_thrown_away(folder):
    for minutes in range(4):
        limits.count("feed:1", seconds=60, now=NOW + datetime.timedelta(minutes=minutes))

    assert len(list(folder.iterdir())) == 2


def test_what_is_counted_tells_nothing_of_whom(folder):
    limits.count("feed:secret", seconds=60, now=NOW)

    (stretch,) = folder.iterdir()
    (counted,) = stretch.iterdir()
    assert ("secret" in counted.name, counted.read_bytes()) == (False, b".")
    assert (stretch.stat().st_mode & 0o077, counted.stat().st_mode & 0o077) == (0, 0)


def test_while_nothing_can_be_counted_nobody_is_refused(settings, tmp_path, caplog):
    (tmp_path / "file").write_text("no folder")
    settings.COUNTS_FOLDER = str(tmp_path / "file")

    assert limits.count("feed:1", seconds=60, now=NOW) == 0
    assert "Requests cannot be counted: the folder of counts cannot be written." in caplog.messages


@pytest.mark.django_db
def test_a_program_that_asks_too_often_is_told_to_wait_without_redis(folder, settings):
    settings.FEED_REQUESTS_A_MINUTE = 2
    programme = factories.ProgrammeFactory()
    user = scenarios.administrator_of(programme)
    with time_machine.travel(NOW, tick=False):
        _, key = feeds.make_key(programme.academy, name="Power BI", user=user, expires_at=None, now=NOW)

        found = [
            Client().get("/feed/v1/programmes/", headers={"Authorization": f"Bearer {key}"}) for _ in range(3)
        ]

    assert [answer.status_code for answer in found] == [200, 200, 429]


def test_where_counts_are_kept_follows_from_what_there_is(monkeypatch):
    alone = settings_with(monkeypatch)
    shared = settings_with(monkeypatch, REDIS_URL="redis://redis:6379/0")
    named = settings_with(monkeypatch, REDIS_URL="redis://redis:6379/0", CACHE_URL="redis://other:6379/1")

    assert alone["COUNTS_FOLDER"] == str(ROOT / "var" / "counts")
    assert (shared["COUNTS_FOLDER"], shared["CACHES"]["default"]["LOCATION"]) == ("", "redis://redis:6379/0")
    assert (named["COUNTS_FOLDER"], named["CACHES"]["default"]["LOCATION"]) == ("", "redis://other:6379/1")
    assert named["CACHES"]["default"]["OPTIONS"] == {"socket_connect_timeout": 1, "socket_timeout": 1}


@pytest.mark.django_db
def test_nobody_can_fill_somebodys_mailbox_by_asking_for_their_links():
    """Counted by the rows of the outbox, which every process reads."""
    with time_machine.travel(NOW, tick=False):
        scenarios.started(factories.ProgrammeFactory(), "sam@example.org")
        before = Message.objects.count()

        for _ in range(50):
            Client().post("/link-again/", {"email": "sam@example.org"})
        outbox.send_due()

    assert Message.objects.count() == before + 1
    assert [sent.to for sent in mail.outbox if sent.subject.startswith("Your link")] == [["sam@example.org"]]


@pytest.mark.django_db
def test_guessing_a_password_closes_the_door_for_every_process(settings):
    """The failures are counted in the database; the right password does not open a closed door."""
    user = scenarios.reviewer_of(factories.ProgrammeFactory())
    user.set_password("a long password of theirs")
    user.save()
    address = "/staff/login/"
    for number in range(settings.AXES_FAILURE_LIMIT):
        Client().post(address, {"username": user.username, "password": f"guess {number}"})

    closed = Client().post(address, {"username": user.username, "password": "a long password of theirs"})
    other = Client().post(
        address,
        {"username": user.username, "password": "a long password of theirs"},
        REMOTE_ADDR="192.0.2.7",
    )

    assert closed.status_code == 429
    # Whoever guesses does not lock the person out elsewhere.
    assert other.status_code == 302
