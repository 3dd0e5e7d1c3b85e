"""The portal started by hand as the containers start it: the same commands, the same files, real servers beside it."""

import contextlib
import http.client
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg2
import pytest
import yaml
from django.db import connection

from scripts.services import free_port
from tests.support import smtp

pytestmark = [pytest.mark.postgres, pytest.mark.redis]

ROOT = Path(__file__).resolve().parents[2]
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
WEB = json.loads(
    re.findall(r"^CMD (\[.*\])", (ROOT / "Dockerfile").read_text().replace("\\\n", " "), re.MULTILINE)[-1]
)
COLLECT = "manage.py collectstatic --noinput"
SECONDS = 120
FIRST = ("/", "/healthz", "/staff/login/", "/accessibility/") * 3
ADDRESS = "new.colleague@example.org"
INVITE = f"""
from django.contrib.auth.models import User
from django.utils import timezone
from programmes.domain import invitations
from programmes.models import Academy, Role
user = User.objects.create_superuser("ada", "ada@example.org", "a-long-password-for-ada")
academy = Academy.objects.first()
invitations.invite(academy=academy, name="Nia", address="{ADDRESS}", role=Role.REVIEWER, by=user, now=timezone.now())
"""


# Each gives the table first.
COLUMNS = """
    SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default, is_identity
    FROM information_schema.columns WHERE table_schema = 'public'
"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
"""
INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
OURS = ("programmes_", "applications_", "cohorts_", "facilitators_")


def tables(cursor):
    """All that was made of our own tables, as rows that can be compared."""
    found = set()
    for question in (COLUMNS, CONSTRAINTS, INDEXES):
        cursor.execute(question)
        found |= {row for row in cursor.fetchall() if row[0].startswith(OURS)}
    return found


def require_tables_of_the_models(address):
    """That the migrations made what the models ask for: every other test has tables made from the models."""
    migrated = psycopg2.connect(address)
    with migrated.cursor() as theirs, connection.cursor() as ours:
        by_migrations, by_models = tables(theirs), tables(ours)
    migrated.close()
    assert len(by_models) > 1000
    # The models know nothing of it: SQLite has none.
    parts = {row for row in by_migrations if row[1] == "application_by_part"}
    assert len(parts) == 1
    assert by_migrations - parts == by_models


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """The files that the image holds: what .dockerignore lets through, and the NHS's, which its build fetches."""
    folder = tmp_path_factory.mktemp("image") / "app"
    left_out = (ROOT / ".dockerignore").read_text().split()
    names = {name.removeprefix("**/") for name in left_out if "/" not in name.removeprefix("**/")}
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*names))
    (folder / "var").mkdir()
    return folder


@pytest.fixture(scope="module")
def environment(image):
    """A database, a part of Redis and a folder for mails of its own, and nothing of the tests' settings."""
    name = f"entry_{secrets.token_hex(4)}"
    server = os.environ["TEST_DATABASE_URL"].rpartition("/")[0]
    admin = psycopg2.connect(os.environ["TEST_DATABASE_URL"])
    admin.autocommit = True
    admin.cursor().execute(f"CREATE DATABASE {name}")
    kept = {key: os.environ[key] for key in ("HOME", "LANG", "TMPDIR") if key in os.environ}
    yield kept | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "cascade.example.org",
        "SITE_URL": "https://cascade.example.org",
        "DATABASE_URL": f"{server}/{name}",
        "REDIS_URL": os.environ["TEST_REDIS_URL"].rpartition("/")[0] + "/7",
        "CACHE_URL": os.environ["TEST_REDIS_URL"].rpartition("/")[0] + "/8",
        "MEDIA_ROOT": str(image / "var" / "media"),
        "LOG_FORMAT": "json",
        "METRICS_TOKEN": "for-prometheus",
        "WEB_CONCURRENCY": "2",
        "PYTHONUNBUFFERED": "1",
    }
    admin.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")
    admin.close()


@contextlib.contextmanager
def running(command, image, environment):
    """A part of the portal, ended as its container ends it."""
    log = image / f"{Path(command[0]).name}-{len(command)}.log"
    with log.open("wb") as output:
        part = subprocess.Popen(
            command, cwd=image, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield log
        assert part.poll() is None, log.read_text()[-2000:]
    finally:
        part.send_signal(signal.SIGTERM)
        try:
            part.wait(40)
        except subprocess.TimeoutExpired:
            os.killpg(part.pid, signal.SIGKILL)
            part.wait()


def once(command, image, environment):
    done = subprocess.run(
        command, cwd=image, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS * 2
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def ask(port, path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": "cascade.example.org", **headers})
        response = connection.getresponse()
        # What answers may name itself; of which version it is helps attackers alone.
        assert response.getheader("Server") == "gunicorn"
        return response.status, response.read().decode()
    except (OSError, http.client.HTTPException) as error:
        return 0, repr(error)
    finally:
        connection.close()


def wait_for(said):
    end = time.monotonic() + SECONDS
    while not (last := said()) and time.monotonic() < end:
        time.sleep(0.3)
    return last


@pytest.mark.django_db
def test_the_portal_starts_as_its_containers_start_it(image, environment):
    port = free_port()
    web = [part.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for part in WEB]
    beat = [part.replace("/app/", f"{image}/") for part in SERVICES["beat"]["command"]]
    (image / "var" / "beat").mkdir()
    assert COLLECT in (ROOT / "Dockerfile").read_text()

    with smtp.listening() as sink:
        environment = environment | {"EMAIL_URL": f"smtp://127.0.0.1:{sink.port}"}
        worker_log = _from_nothing_to_a_mail(port, web, beat, image, environment, sink)

    (mail,) = sink.mails
    assert mail["To"] == f"Nia <{ADDRESS}>"
    lines = [json.loads(line) for line in worker_log.splitlines() if line.startswith("{")]
    sent = [line for line in lines if re.fullmatch(r"Mail \d+ was sent\.", line["message"])]
    assert [line["mail"] for line in sent] == [sent[0]["message"].split()[1]]
    assert sent[0]["job"] in ("programmes.tasks.send_messages", "programmes.tasks.sweep_outbox")
    assert ADDRESS not in worker_log
    _require_that_what_is_collected_is_served(image, environment)


def _from_nothing_to_a_mail(port, web, beat, image, environment, sink):
    """Start the parts one by one and look at /readyz in between; return what the worker wrote."""
    with running(web, image, environment):
        assert wait_for(lambda: ask(port, "/healthz")[0]) == 200
        before, unmigrated = ask(port, "/readyz?for=pages")
        assert (before, "run manage.py migrate" in unmigrated) == (503, True)

        once(SERVICES["migrate"]["command"], image, environment)
        require_tables_of_the_models(environment["DATABASE_URL"])
        assert ask(port, "/readyz?for=pages")[0] == 200
        status, answer = ask(port, "/readyz")
        failing = {name for name, one in json.loads(answer)["checks"].items() if not one["ok"]}
        assert (status, failing) == (503, {"beat"})
        assert ask(port, "/")[0] == 301

        with (
            running(SERVICES["worker"]["command"], image, environment) as worker_log,
            running(beat, image, environment),
        ):
            once(["python", "manage.py", "load_integrated_care_systems"], image, environment)
            files = sorted(str(path) for path in (image / "programmes" / "catalogue").glob("*.yaml"))
            once(["python", "manage.py", "load_programme", *files], image, environment)
            once(["python", "manage.py", "shell", "--command", INVITE], image, environment)
            assert wait_for(lambda: sink.mails), worker_log.read_text()[-2000:]
            assert wait_for(lambda: ask(port, "/readyz")[0] == 200), ask(port, "/readyz")[1]
    return worker_log.read_text()


def _require_that_what_is_collected_is_served(image, environment):
    """The build's last step, and a page that asks for what it made."""
    port = free_port()
    once(COLLECT.replace("manage.py", "python manage.py").split(), image, environment)
    web = [part.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for part in WEB]

    with running(web, image, environment | {"HTTPS": "0"}):
        # A start is slow, so its first requests come to all threads at once.
        with ThreadPoolExecutor(len(FIRST)) as visitors:
            first = list(visitors.map(lambda path: wait_for(lambda: ask(port, path)[0]), FIRST))
        assert first == [200] * len(FIRST)
        status, page = ask(port, "/")
        assets = re.findall(r'(?:href|src)="(/static/[^"]+\.[0-9a-f]{12}\.(?:css|js))"', page)
        answers = {path: ask(port, path)[0] for path in assets}
        refused = ask(port, "/metrics")[0]
        figures = [ask(port, "/metrics", Authorization="Bearer for-prometheus")[1] for _ in range(4)]

    assert status == 200
    assert len(answers) > 1 and set(answers.values()) == {200}
    assert refused == 401
    assert len(list((image / "var" / "metrics").glob("counter_*.db"))) == 2
    assert all("cascade_database_up 1.0" in one and 'view="home"' in one for one in figures)
    assert (image / "static" / "nhsuk").is_dir()
