"""The look-up of known faults: one question, and a build that goes on where nobody answers."""

import http.server
import json
import threading

import pytest

from scripts import audit


@pytest.fixture
def listed(monkeypatch):
    """A list of known faults of our own; answers with what is put into it, and keeps what it was asked."""
    this = {"asked": [], "answer": lambda queries: {"results": [{} for _ in queries]}}

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            this["asked"].append(asked)
            body = json.dumps(this["answer"](asked["queries"])).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            """Say nothing."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever).start()
    monkeypatch.setenv("AUDIT_URL", f"http://127.0.0.1:{server.server_port}/")
    yield this
    server.shutdown()
    server.server_close()


def test_every_pinned_package_is_asked_for_once(listed, capsys):
    assert audit.main() == 0

    (asked,) = listed["asked"]
    names = [(query["package"]["name"], query["version"]) for query in asked["queries"]]
    assert len(names) == len(set(names)) > 60
    assert {"django", "sentry-sdk", "pytest"} <= {name for name, _ in names}
    assert capsys.readouterr().out == f"audit ... passed: {len(names)} packages\n"


def _django_is_at_fault(queries):
    bad = [
        {"vulns": [{"id": "GHSA-1"}, {"id": "GHSA-2"}]} if q["package"]["name"] == "django" else {}
        for q in queries
    ]
    return {"results": bad}


def test_a_known_fault_fails_unless_it_is_accepted(listed, capsys, monkeypatch):
    listed["answer"] = _django_is_at_fault
    monkeypatch.setattr(audit, "ACCEPTED", {"GHSA-1": "We do not use that part."})

    assert audit.main() == 1

    said = capsys.readouterr().out
    assert "GHSA-2 (https://osv.dev/vulnerability/GHSA-2)" in said
    assert "GHSA-1" not in said
    monkeypatch.setattr(audit, "ACCEPTED", {"GHSA-1": "So.", "GHSA-2": "So."})
    assert audit.main() == 0


@pytest.mark.parametrize("answer", [lambda queries: [], lambda queries: {"results": []}])
def test_an_answer_that_is_none_is_no_answer(listed, capsys, answer):
    listed["answer"] = answer

    assert audit.main() == 0

    assert capsys.readouterr().out.startswith(
        "audit ... not done: the list of known faults cannot be reached"
    )


def test_a_list_out_of_reach_is_named_in_one_line_and_fails_nothing(monkeypatch, capsys):
    monkeypatch.setenv("AUDIT_URL", "http://127.0.0.1:1/")

    assert audit.main() == 0

    assert capsys.readouterr().out == (
        "audit ... not done: the list of known faults cannot be reached (URLError).\n"
    )
