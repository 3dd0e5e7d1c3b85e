import http.server
import os
import threading
import time

import pytest

from scripts import health


@pytest.fixture
def asked(monkeypatch):
    """A web server that answers by one name alone; collects what it was asked."""
    seen = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append((self.path, self.headers["Host"]))
            self.send_response(200 if self.headers["Host"] == "cascade.example.org" else 400)
            self.end_headers()

        def log_message(self, *args):
            """Say nothing."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever).start()
    monkeypatch.setattr(health, "PORT", server.server_port)
    yield seen
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("allowed", ["cascade.example.org,other.example.org", ".cascade.example.org"])
def test_web_is_asked_by_a_name_it_answers_to(asked, monkeypatch, allowed):
    monkeypatch.setenv("ALLOWED_HOSTS", allowed)

    assert health.web_answers() is True

    assert asked == [("/readyz?for=pages", "cascade.example.org")]


@pytest.mark.parametrize("allowed", ["", "*", "elsewhere.example.org"])
def test_web_is_not_well_when_it_answers_anything_but_200(asked, monkeypatch, allowed):
    monkeypatch.setenv("ALLOWED_HOSTS", allowed)

    assert health.web_answers() is False


def test_web_is_not_well_when_nobody_listens(monkeypatch):
    monkeypatch.setattr(health, "PORT", 1)

    assert health.web_answers() is False


@pytest.mark.parametrize(("minutes_ago", "well"), [(None, False), (1, True), (9, True), (11, False)])
def test_beat_is_well_while_it_writes_its_times(tmp_path, monkeypatch, minutes_ago, well):
    monkeypatch.setattr(health, "BEAT_FILES", tmp_path)
    if minutes_ago is not None:
        written = tmp_path / "schedule.db"
        written.write_text("")
        then = time.time() - 60 * minutes_ago
        os.utime(written, (then, then))

    assert health.beat_is_beating() is well
