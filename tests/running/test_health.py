"""Whether the portal is well: each check well and not, and what is answered."""

import datetime

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from config import health
from programmes.domain import jobs
from programmes.models import PeriodicJob
from tests.support import mails


@pytest.fixture
def beating(db):
    jobs.ended("programmes.tasks.sweep_outbox", now=timezone.now(), seconds=0.1, failed=False)


class Away:
    """A database that does not answer; counts who asks."""

    def cursor(self):
        raise OperationalError("connection to server at 10.0.0.1 failed: password=secret")


def test_healthz_asks_nothing(client, monkeypatch):
    monkeypatch.setattr(health, "connection", Away())

    response = client.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert response.headers["Cache-Control"] == "no-store"


def test_readyz_names_every_check(client, beating):
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert response.json()["status"] == "ready"
    assert {name: one["ok"] for name, one in response.json()["checks"].items()} == dict.fromkeys(
        ["database", "migrations", "broker", "outbox", "beat", "files"], True
    )


def test_readyz_says_when_files_have_no_room(client, beating, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "not" / "there" / "yet"
    settings.KEEP_FREE_MB = 10**9

    response = client.get("/readyz")

    checks = response.json()["checks"]
    assert response.status_code == 503
    assert [name for name, one in checks.items() if not one["ok"]] == ["files"]
    assert 0 <= checks["files"]["free"] < 10**9
    # Pages work on: only what brings a file is refused.
    assert client.get("/readyz?for=pages").status_code == 200


def test_readyz_is_cheap(client, beating, django_assert_num_queries):
    client.get("/readyz")

    with django_assert_num_queries(3):
        client.get("/readyz")
    with django_assert_num_queries(1):
        client.get("/readyz?for=pages")


def test_readyz_without_a_database_says_so_and_tells_nothing(client, monkeypatch):
    monkeypatch.setattr(health, "connection", Away())

    response = client.get("/readyz")

    assert response.status_code == 503
    checks = response.json()["checks"]
    assert checks["database"] == {"ok": False, "says": "the database does not answer (OperationalError)"}
    assert checks["beat"] == {"ok": False, "says": "not asked: it needs the database"}
    assert checks["broker"]["ok"] is True
    assert "secret" not in response.text and "10.0.0.1" not in response.text
    assert client.get("/readyz?for=pages").status_code == 503


def test_a_database_that_goes_away_half_way_is_told_of_that_check(client, beating, monkeypatch):
    def gone(now):
        raise OperationalError

    monkeypatch.setitem(health.CHECKS, "outbox", gone)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert {name for name, one in response.json()["checks"].items() if not one["ok"]} == {"outbox"}


def test_readyz_counts_what_is_to_be_migrated(client, beating, monkeypatch):
    monkeypatch.setattr(health, "_up_to_date", False)
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda *_: ["one", "another"])

    response = client.get("/readyz?for=pages")

    assert response.status_code == 503
    assert response.json()["checks"]["migrations"] == {
        "ok": False,
        "says": "to be applied: run manage.py migrate",
        "missing": 2,
    }
    assert health._up_to_date is False


def test_a_mail_late_by_more_than_a_quarter_of_an_hour_is_not_well(client, beating):
    message = mails.message(now=timezone.now() - datetime.timedelta(minutes=14))
    waits = client.get("/readyz")
    type(message).objects.update(not_before=timezone.now() - datetime.timedelta(minutes=16))
    late = client.get("/readyz")

    assert (waits.status_code, late.status_code) == (200, 503)
    assert late.json()["checks"]["outbox"]["overdue"] == 1
    assert late.json()["checks"]["outbox"]["seconds"] in range(960, 1000)
    assert client.get("/readyz?for=pages").status_code == 200


def test_a_clock_that_never_rang_or_stopped_is_not_well(client, db):
    never = client.get("/readyz")
    jobs.ended(
        "programmes.tasks.sweep_outbox",
        now=timezone.now() - datetime.timedelta(minutes=6),
        seconds=1,
        failed=True,
    )
    stopped = client.get("/readyz")

    assert (never.status_code, never.json()["checks"]["beat"]["says"]) == (503, "no job has run yet")
    assert (stopped.status_code, stopped.json()["checks"]["beat"]["ok"]) == (503, False)


def test_a_broker_that_is_configured_and_does_not_answer_is_not_well(client, beating, settings):
    settings.REDIS_URL = "redis://:secret@127.0.0.1:1/0"

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["checks"]["broker"] == {"ok": False, "says": "does not answer (ConnectionError)"}
    assert client.get("/readyz?for=pages").status_code == 200


@pytest.mark.redis
def test_a_broker_that_answers_is_well(client, beating, settings):
    import os

    settings.REDIS_URL = os.environ["TEST_REDIS_URL"]

    assert client.get("/readyz").json()["checks"]["broker"] == {"ok": True, "says": "answers"}


def test_probes_are_not_sent_to_https(client, beating, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert [client.get(path).status_code for path in ("/healthz", "/readyz", "/metrics")] == [200, 200, 404]
    assert client.get("/").status_code == 301


def test_jobs_are_counted_and_failures_remembered(db):
    first, second = timezone.now(), timezone.now() + datetime.timedelta(seconds=15)

    jobs.ended("a.b", now=first, seconds=2.0, failed=True)
    jobs.ended("a.b", now=second, seconds=0.5, failed=False)

    kept = PeriodicJob.objects.get()
    assert str(kept) == "a.b"
    assert (kept.runs, kept.failures, kept.failed_at, kept.ended_at, kept.seconds) == (
        2,
        1,
        first,
        second,
        0.5,
    )
    assert jobs.last_beat() == second


def test_two_hosts_that_run_a_job_for_the_first_time_both_count(db, monkeypatch):
    """The other host's row comes between our look and our own."""
    real = PeriodicJob.objects.bulk_create

    def other_first(rows, **options):
        real([PeriodicJob(task="a.b", ended_at=timezone.now(), seconds=1, runs=1)])
        return real(rows, **options)

    monkeypatch.setattr(PeriodicJob.objects, "bulk_create", other_first)

    jobs.ended("a.b", now=timezone.now(), seconds=1, failed=False)

    assert PeriodicJob.objects.get().runs == 2


def test_every_job_of_the_clock_is_noted_as_it_ends(transactional_db, settings):
    from config.celery import app

    @app.task(name="tests.breaks")
    def breaks():
        raise ValueError("broken")

    @app.task(name="tests.nudged")
    def nudged():
        return None

    settings.CELERY_BEAT_SCHEDULE = {
        "sweep": {"task": "programmes.tasks.sweep_outbox", "schedule": 15.0},
        "breaks": {"task": "tests.breaks", "schedule": 15.0},
    }
    for name in ("programmes.tasks.sweep_outbox", "tests.breaks", "tests.nudged"):
        app.tasks[name].apply()

    assert list(PeriodicJob.objects.values_list("task", "runs", "failures")) == [
        ("programmes.tasks.sweep_outbox", 1, 0),
        ("tests.breaks", 1, 1),
    ]


def test_a_job_that_cannot_be_noted_is_done_all_the_same(transactional_db, monkeypatch, caplog):
    from config.celery import app

    def refuse(*arguments, **values):
        raise OperationalError

    monkeypatch.setattr(jobs, "ended", refuse)

    done = app.tasks["programmes.tasks.sweep_outbox"].apply()

    assert done.state == "SUCCESS"
    assert "It could not be noted that programmes.tasks.sweep_outbox ended." in caplog.text
    assert connection.in_atomic_block is False
