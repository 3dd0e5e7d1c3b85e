"""Figures and error reports: off unless named, and nothing of people in them."""

import json
import subprocess
import sys

import pytest
import sentry_sdk
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone
from sentry_sdk.transport import Transport

from config import metrics, monitoring
from programmes.domain import jobs
from programmes.models import IntegrityReport
from tests.support import mails

TOKEN = "T" * 43
# Apart from the test: a report quotes the lines of code around an error.
WHO, WROTE, SESSION, WHERE = "sian@example.org", "What I wrote", "a-session-of-somebody", "192.0.2.7"


@pytest.fixture
def figures_on(settings, monkeypatch):
    settings.METRICS_TOKEN = "let-me-in"
    # What tests before this one counted in the same process is no figure of its own.
    monkeypatch.setattr(metrics, "_counted", None)


def _read(client, **headers):
    return client.get("/metrics", headers={"authorization": "Bearer let-me-in", **headers})


def test_there_are_no_figures_unless_a_token_is_set(client):
    assert client.get("/metrics").status_code == 404


@pytest.mark.parametrize("sent", ["", "let-me-in", "Bearer other", "Basic let-me-in"])
def test_figures_are_for_who_has_the_token(client, figures_on, sent):
    response = client.get("/metrics", headers={"authorization": sent})

    assert (response.status_code, response.content) == (401, b"")
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_figures_of_requests_outbox_and_clocks(client, figures_on, db):
    now = timezone.now()
    mails.message(now=now)
    jobs.ended("programmes.tasks.sweep_outbox", now=now, seconds=0.5, failed=True)
    IntegrityReport.objects.create(started_at=now, seconds=1, started_by="x", rules=1, findings=[{}, {}])
    client.get("/healthz")
    client.get(f"/my/{TOKEN}/")

    response = _read(client)
    lines = response.content.decode().splitlines()

    assert response.headers["Cache-Control"] == "no-store"
    for line in (
        'cascade_requests_total{method="GET",status="200",view="healthz"} 1.0',
        'cascade_request_seconds_count{view="healthz"} 1.0',
        "cascade_database_up 1.0",
        "cascade_outbox_overdue 1.0",
        "cascade_outbox_failed 0.0",
        'cascade_job_runs_total{job="programmes.tasks.sweep_outbox"} 1.0',
        'cascade_job_failures_total{job="programmes.tasks.sweep_outbox"} 1.0',
        'cascade_job_seconds{job="programmes.tasks.sweep_outbox"} 0.5',
        "cascade_integrity_findings 2.0",
    ):
        assert line in lines
    assert TOKEN not in response.text


def test_figures_without_a_database_say_that_it_does_not_answer(client, figures_on, monkeypatch):
    def away(self):
        raise OperationalError
        yield

    monkeypatch.setattr(metrics.Stored, "_read", away)

    # A figure that can be known beforehand; `test_readyz_says_when_files_have_no_room` asks the disk itself.
    monkeypatch.setattr(metrics, "free_bytes", lambda folder: 123)

    lines = _read(client).content.decode().splitlines()

    assert {"cascade_database_up 0.0", "cascade_files_free_bytes 123.0"} <= set(lines)
    assert not any(line.startswith("cascade_outbox") for line in lines)


COUNT = """
import sys
from django.conf import settings
settings.configure(METRICS_TOKEN="x")
from config import metrics
for _ in range(int(sys.argv[1])):
    metrics.note_request(view="v", method="GET", status=200, seconds=0.01)
if sys.argv[1] == "0":
    metrics.Stored.collect = lambda self: iter(())
    print(metrics.page().decode())
"""


def test_figures_of_several_processes_are_added_up(tmp_path, monkeypatch):
    monkeypatch.setenv(metrics.FOLDER, str(tmp_path))
    said = ""
    for number in ("2", "3", "0"):
        said = subprocess.run(
            [sys.executable, "-c", COUNT, number], capture_output=True, text=True, check=True
        ).stdout

    assert 'cascade_requests_total{method="GET",status="200",view="v"} 5.0' in said


AT_ONCE = """
import threading
from django.conf import settings
settings.configure(METRICS_TOKEN="x")
from config import metrics
metrics.Stored.collect = lambda self: iter(())
together = threading.Barrier(8)
def note():
    together.wait()
    metrics.note_request(view="v", method="GET", status=200, seconds=0.01)
threads = [threading.Thread(target=note) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(metrics.page().decode())
"""


def test_the_first_requests_of_a_process_may_come_at_once():
    done = subprocess.run([sys.executable, "-c", AT_ONCE], capture_output=True, text=True, check=True)

    assert done.stderr == ""
    assert 'cascade_requests_total{method="GET",status="200",view="v"} 8.0' in done.stdout


def test_what_is_named_and_not_installed_is_said_in_a_sentence():
    with pytest.raises(ImproperlyConfigured) as refused:
        monitoring.require("SENTRY_DSN", "no_such_package")

    assert str(refused.value) == (
        "SENTRY_DSN is set, but its package is not installed. Run: pip install --requirement "
        "requirements-monitoring.txt. Or leave SENTRY_DSN out."
    )


@pytest.fixture
def reported():
    """What would go to Sentry."""
    seen = []

    class Kept(Transport):
        def capture_envelope(self, envelope):
            seen.extend(item.payload.json for item in envelope.items if item.type == "event")

    monitoring.start_sentry("https://key@sentry.example.org/1", Kept)
    yield seen
    sentry_sdk.get_global_scope().set_client(None)


def test_an_error_is_reported_without_whose_page_it_was(rf, reported, monkeypatch, db):
    def broken(*arguments, **values):
        private = WHO
        raise ValueError(f"no {private} with {TOKEN}")

    monkeypatch.setattr("config.health.look", broken)
    asked = rf.post(f"/readyz?who={WHO}", {"answer": WROTE}, REMOTE_ADDR=WHERE)
    asked.environ["HTTP_COOKIE"] = f"sessionid={SESSION}"
    statuses = []
    # It is the form that is looked for, so it has to get as far as the view.
    monkeypatch.setattr(CsrfViewMiddleware, "process_view", lambda *_: None)

    WSGIHandler()(asked.environ, lambda status, headers, error=None: statuses.append(status))

    assert statuses == ["500 Internal Server Error"]
    assert [one["exception"]["values"][0]["type"] for one in reported] == ["ValueError"]
    assert reported[0]["exception"]["values"][0]["value"] == "no [address] with [link]"
    text = json.dumps(reported)
    assert [private for private in (WHO, TOKEN, WROTE, SESSION, WHERE) if private in text] == []
    assert reported[0]["request"] == {"method": "POST"}


def test_a_report_without_a_request_is_cleaned_too():
    event = {"message": "to sian@example.org", "user": {"id": 1}, "extra": {"many": ["a@b.org", 2]}}

    assert monitoring.without_people(event) == {
        "message": "to [address]",
        "extra": {"many": ["[address]", 2]},
    }
