"""Log lines carry references and nothing personal: as made, and over whole journeys."""

import io
import json
import logging
import re
import runpy
import smtplib
from unittest.mock import patch

import pytest
import time_machine
from django.conf import settings as portal_settings
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, connection
from django.test import Client

from config import logs
from config.celery import app
from config.requests import reference
from programmes.domain import outbox, tracing
from tests import factories
from tests.crawl.addresses import fillings, patterns
from tests.crawl.world import build
from tests.factories import NOW
from tests.support import mails

TOKEN = "aB3_-" * 8 + "xyz"


class Captured:
    """The log as an instance with this form writes it, line by line."""

    def __init__(self, form):
        made = logs.logging_settings("DEBUG", form)["formatters"][form]
        stream = io.StringIO()
        self.handler = logging.StreamHandler(stream)
        self.handler.setFormatter(
            logs.JsonLines() if form == "json" else logs.Plain(made["format"], style=made["style"])
        )
        self.text = stream.getvalue

    def objects(self):
        return [json.loads(line) for line in self.text().splitlines()]


@pytest.fixture
def captured(request):
    """Everything that is logged, at any level."""
    this = Captured(getattr(request, "param", "json"))
    wanted = {name: one["level"] for name, one in logs.logging_settings("DEBUG", "json")["loggers"].items()}
    levels = {logging.getLogger(name): level for name, level in {"": "DEBUG", **wanted}.items()}
    before = {logger: logger.level for logger in levels}
    logging.getLogger().addHandler(this.handler)
    for logger, level in levels.items():
        logger.setLevel(level)
    yield this
    logging.getLogger().removeHandler(this.handler)
    for logger, level in before.items():
        logger.setLevel(level)


def test_settings_know_two_forms(monkeypatch):
    monkeypatch.setenv("LOG_FORMAT", "json")
    path = str(portal_settings.BASE_DIR / "config" / "settings.py")

    assert runpy.run_path(path)["LOGGING"]["handlers"]["console"]["formatter"] == "json"

    monkeypatch.setenv("LOG_FORMAT", "xml")
    with pytest.raises(ImproperlyConfigured, match="LOG_FORMAT must be"):
        runpy.run_path(path)


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        (f"Not Found: /my/{TOKEN}/", "Not Found: /my/[link]/"),
        (f"/calendar/{TOKEN}.ics?x={TOKEN}", "/calendar/[link].ics?x=[link]"),
        ("to Siân <sian.o’brien+x@nhs.example.org>, again", "to Siân <[address]>, again"),
        ("{'a@b.example.org': (550, b'no')}", "{'[address]': (550, b'no')}"),
        ("postgres://cascade:p%40ss@db.example.org:5432/x", "postgres://[login]@db.example.org:5432/x"),
        (
            "duplicate key\nDETAIL:  Key (email)=(a b) already exists.\nin line 3",
            "duplicate key\nDETAIL: [left out]\nin line 3",
        ),
        (
            "psycopg2.errors.X: no\nDETAIL: Failing row contains (1, My answer).",
            "psycopg2.errors.X: no\nDETAIL: [left out]",
        ),
        ("celery@host, LSC-7K3QP, 12:30", "celery@host, LSC-7K3QP, 12:30"),
    ],
)
def test_scrub_leaves_out_what_no_line_may_hold(text, scrubbed):
    assert logs.scrub(text) == scrubbed


@pytest.mark.parametrize("captured", ["plain"], indirect=True)
def test_a_line_for_people_ends_with_what_it_is_about(captured):
    with tracing.about(request="abc", mail="7"):
        try:
            raise ValueError("sian@example.org")
        except ValueError:
            logging.getLogger("x").exception("It broke for %s", "sian@example.org")
    logging.getLogger("x").info("Nothing in hand")

    first, *between, last = captured.text().splitlines()
    assert first.endswith(" ERROR x It broke for [address] [request=abc mail=7]")
    assert between[-1] == "ValueError: [address]"
    assert last.endswith(" INFO x Nothing in hand")


def test_a_json_line_is_one_object(captured):
    with tracing.about(request="abc"):
        try:
            raise ValueError("a\nb")
        except ValueError:
            logging.getLogger("x").warning("two\nlines", exc_info=True, stack_info=True)

    (line,) = captured.objects()
    assert (line["level"], line["logger"], line["message"], line["request"]) == (
        "WARNING",
        "x",
        "two\nlines",
        "abc",
    )
    assert "ValueError: a\nb" in line["exception"]
    assert "test_a_json_line_is_one_object" in line["stack"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line["time"])


def test_a_sane_reference_is_taken_over_and_any_other_replaced():
    assert reference("0f8fad5b-d9cb-469f-a165-70867728950e") == "0f8fad5b-d9cb-469f-a165-70867728950e"
    for other in ("", "short", "x" * 41, "with space in", "line\nbreak12", "<script>alert", TOKEN):
        made = reference(other)
        assert re.fullmatch(r"[0-9a-f]{16}", made)
        assert made != reference(other)


@pytest.mark.django_db
def test_every_answer_names_its_request_and_so_does_its_line(client, captured):
    response = client.get("/privacy/", headers={"x-request-id": "from-the-proxy-1"})
    missing = client.get(f"/my/{TOKEN}/?email=sian@example.org")

    assert response.headers["X-Request-ID"] == "from-the-proxy-1"
    lines = {line["request"]: line for line in captured.objects() if line["logger"] == "config.requests"}
    seen = lines["from-the-proxy-1"]
    assert (seen["method"], seen["status"]) == ("GET", response.status_code)
    assert 0 < seen["seconds"] < 30
    assert lines[missing.headers["X-Request-ID"]]["status"] == missing.status_code
    (refused,) = [line for line in captured.objects() if line["logger"] == "django.request"]
    assert refused["message"] == "Gone: /my/[link]/"
    assert refused["request"] == missing.headers["X-Request-ID"]
    assert TOKEN not in captured.text()
    assert "sian@example.org" not in captured.text()


@pytest.mark.django_db
def test_probes_leave_no_line_and_their_no_is_no_error(client, captured):
    client.get("/healthz")
    client.get("/readyz")

    lines = captured.objects()
    assert not [line for line in lines if line["logger"] == "config.requests"]
    assert [line["level"] for line in lines if line["logger"] == "django.request"] == ["INFO"]


@pytest.mark.django_db(transaction=True)
def test_a_mail_is_followed_from_the_request_to_the_job_that_sends_it(captured):
    with tracing.about(request="request-0001"):
        message = mails.message()

    (line,) = [line for line in captured.objects() if line["message"] == f"Mail {message.pk} was sent."]
    assert (line["request"], line["mail"]) == ("request-0001", str(message.pk))
    assert line["job"] == "programmes.tasks.send_messages"
    assert re.fullmatch(r"[0-9a-f-]{36}", line["task"])
    assert tracing.fields() == {}


def test_the_request_travels_with_its_job():
    from config.celery import name_the_request

    with_it, without = {}, {}
    with tracing.about(request="request-0001"):
        name_the_request(headers=with_it)
    name_the_request(headers=without)

    assert (with_it, without) == ({"cascade_request": "request-0001"}, {})


def test_celery_leaves_the_log_as_the_settings_have_it():
    before = list(logging.getLogger().handlers)

    app.log.already_setup = False
    app.log.setup_logging_subsystem(loglevel="INFO")

    assert logging.getLogger().handlers == before


@pytest.mark.django_db
def test_a_row_that_the_database_refuses_is_not_quoted(captured):
    academy = factories.AcademyFactory(contact_email="sian@example.org")
    columns = {f.column: getattr(academy, f.attname) for f in academy._meta.concrete_fields}
    try:
        with connection.cursor() as cursor:
            names = ", ".join(connection.ops.quote_name(name) for name in columns)
            cursor.execute(
                f"INSERT INTO {academy._meta.db_table} ({names}) VALUES ({', '.join(['%s'] * len(columns))})",
                list(columns.values()),
            )
    except IntegrityError:
        logging.getLogger("x").exception("Refused: %r", columns["contact_email"])

    (line,) = [line for line in captured.objects() if line["logger"] == "x"]
    assert "IntegrityError" in line["exception"]
    assert "sian@example.org" not in captured.text()


ANSWER = "What I wrote about myself in confidence"
HOW = {"email": "somebody.new@example.org", "address": "somebody.new@example.org"}


def _names_of_fields(html):
    return set(re.findall(r'name="([^"]+)"', html)) - {"csrfmiddlewaretoken"}


@pytest.mark.django_db
def test_journeys_leave_no_token_no_address_and_no_answer_in_the_log(captured):
    """Every page behind every link and of the staff is opened, every form on them sent; a mail server refuses."""
    with time_machine.travel(NOW, tick=False):
        world = build()
        staff = Client(raise_request_exception=False)
        staff.force_login(world.superuser)
        visitor = Client(raise_request_exception=False)
        opened = posted = 0
        found = {"": [], "staff/": []}
        for pattern in patterns():
            start = "staff/" if pattern.text.startswith("staff/") else ""
            found[start] += [pattern.filled(values) for values in fillings(pattern, world)[:2]]
        for client, addresses in ((visitor, found[""]), (staff, found["staff/"][::4])):
            for address in addresses:
                page = client.get(address)
                opened += 1
                if page.streaming or "html" not in page.headers.get("Content-Type", ""):
                    continue
                names = _names_of_fields(page.content.decode())
                filled = {name: HOW["email"] if "mail" in name else ANSWER for name in names}
                if filled and not address.startswith("/staff/logout"):
                    client.post(address, filled)
                    posted += 1
        with patch("django.core.mail.backends.locmem.EmailBackend.send_messages", _refuse):
            mails.message(to_address="refused@example.org", now=NOW)
            outbox.send_due(NOW)

    text = captured.text()
    tokens = {token for address in found[""] for token in re.findall(r"[A-Za-z0-9_-]{43}", address)}
    assert opened > 200 and posted > 60 and len(tokens) > 10
    assert "config.requests" in text and "was not sent: SMTPRecipientsRefused" in text
    assert not [token for token in tokens if token in text]
    assert re.findall(r"[^\s\"']+@[a-z0-9-]+\.[a-z.]+", text) == []
    assert ANSWER not in text


def _refuse(backend, messages):
    raise smtplib.SMTPRecipientsRefused({"refused@example.org": (550, b"refused@example.org is not here")})
