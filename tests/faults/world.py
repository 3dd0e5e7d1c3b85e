"""The portal's parts as they run for real, beside servers that can be killed, and the count of what arrived."""

import contextlib
import http.client
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psycopg2
from django.conf import settings
from django.db import connection

from scripts import services
from tests.support.smtp import Sink

ROOT = Path(__file__).resolve().parents[2]
# `make faults` goes the whole way; `make test` goes a shorter one of the same kind.
FULL = os.environ.get("FAULTS") == "full"
SECONDS = 90


def wait_until(said: Callable[[], Any], seconds: float = SECONDS) -> bool:
    """Whether something came true within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if said():
            return True
        time.sleep(0.1)
    return False


@dataclass
class Count:
    """What was promised and what became of it; ``twice`` counts the copies that nobody should have had."""

    promised: int
    arrived: int
    lost: int
    twice: int
    in_flight: int = 0

    @property
    def figures(self) -> tuple[int, int, int, int]:
        """Promised, arrived, lost and twice."""
        return self.promised, self.arrived, self.lost, self.twice


def count_mails(sink: Sink, pks: Iterable[int], *, in_flight: Iterable[int] = ()) -> Count:
    """What of the mails with these keys the mail server has, by Message-ID.

    A copy of a mail that was being sent as its sender was killed is counted apart: once for each kill.
    """
    names = {f"<message-{pk}@testserver>" for pk in pks}
    flying = [f"<message-{pk}@testserver>" for pk in in_flight]
    arrived = sink.arrived()
    more = {name: times - 1 for name, times in arrived.items() if times > 1}
    excused = sum(min(more.get(name, 0), flying.count(name)) for name in set(flying))
    unknown = set(arrived) - names
    assert not unknown, f"mails that nobody promised: {unknown}"
    return Count(
        promised=len(names),
        arrived=len(names & set(arrived)),
        lost=len(names - set(arrived)),
        twice=sum(more.values()) - excused,
        in_flight=excused,
    )


def database_url() -> str:
    """The address of the test's own database, for another process."""
    named = connection.settings_dict
    login = f"{named['USER']}:{named['PASSWORD']}" if named["USER"] else ""
    return f"postgres://{login}@{named['HOST']}:{named['PORT']}/{named['NAME']}"


@dataclass
class Part:
    """A part of the portal: a process with all its children."""

    command: list[str]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> Self:
        """Start it, or start it again."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        return self

    def kill(self) -> None:
        """End it and its children as a power cut does: nothing is finished, nothing is tidied up."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    @property
    def said(self) -> str:
        """What it wrote, to be shown where a test fails."""
        return self.log.read_text(errors="replace")[-3000:]


class Portal:
    """The parts that a test starts; all end with it."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = environment
        self.parts: list[Part] = []

    def _start(self, name: str, command: list[str], **values: str) -> Part:
        log = self.folder / f"{name}-{len(self.parts)}.log"
        part = Part([sys.executable, "-m", *command], self.environment | values, log).start()
        self.parts.append(part)
        return part

    def worker(self, **values: str) -> Part:
        """A Celery worker with a process that works and one that minds it."""
        number = f"{len(self.parts)}@{secrets.token_hex(3)}"
        command = ["celery", "--app", "config", "worker", "--loglevel", "INFO", "--concurrency", "1"]
        quiet = ["--without-gossip", "--without-mingle", "--hostname", number]
        return self._start("worker", command + quiet, **values)

    def beat(self, **values: str) -> Part:
        """Celery's clock."""
        schedule = self.folder / f"schedule-{len(self.parts)}"
        command = ["celery", "--app", "config", "beat", "--loglevel", "INFO", "--schedule", str(schedule)]
        return self._start("beat", command, **values)

    def web(self, port: int, *, threads: int = 1, **values: str) -> Part:
        """Gunicorn with two processes of so many threads each, once it answers."""
        command = ["gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
        command += ["--threads", str(threads)]
        part = self._start("web", command, PROMETHEUS_MULTIPROC_DIR=str(self.folder), **values)
        assert wait_until(lambda: _answers(port)), part.said
        return part

    def end(self) -> None:
        """End every part."""
        for part in self.parts:
            part.kill()


def _answers(port: int) -> bool:
    caller = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        caller.request("GET", "/healthz")
        return caller.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        caller.close()


@contextlib.contextmanager
def portal(*, broker: str, sink: Sink | None = None, database: str = "", **values: str) -> Iterator[Portal]:
    """The portal's parts on the test's database (or ``database``), until the block ends."""
    kept = {key: os.environ[key] for key in ("HOME", "LANG", "PATH", "TMPDIR") if key in os.environ}
    folder = Path(tempfile.mkdtemp(prefix="cascade-faults-"))
    environment = kept | {
        "ENV_FILE": os.devnull,
        "DJANGO_SETTINGS_MODULE": "tests.faults.portal_settings",
        "SECRET_KEY": settings.SECRET_KEY,
        "ALLOWED_HOSTS": "127.0.0.1",
        "SITE_URL": settings.SITE_URL,
        "HTTPS": "0",
        "DECISION_HOLD_MINUTES": "0",
        "DATABASE_URL": database or database_url(),
        "REDIS_URL": broker,
        "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}" if sink else "dummymail://",
        "MEDIA_ROOT": str(folder / "media"),
        "SWEEP_SECONDS": "1",
        "PYTHONUNBUFFERED": "1",
        **values,
    }
    world = Portal(folder, environment)
    try:
        yield world
    finally:
        world.end()
        shutil.rmtree(folder, ignore_errors=True)


class Server:
    """A server of the test's own, that can be stopped and started again on the same port with the same files."""

    def __init__(self, command: list[str], folder: Path, reach: Callable[[], None], **options: Any) -> None:
        self.command, self.folder, self.reach, self.options = command, folder, reach, options
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self.options,
            )
        assert wait_until(self._is_there, 30), (self.folder / "server.log").read_text()[-2000:]

    def _is_there(self) -> bool:
        with contextlib.suppress(OSError, psycopg2.OperationalError):
            self.reach()
            return True
        return False

    def stop(self, by: int = signal.SIGINT) -> None:
        """Stop it; who was speaking with it is cut off."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(by)
            self.process.wait(30)


@contextlib.contextmanager
def own_redis() -> Iterator[tuple[Server, str]]:
    """A Redis of the test's own, and its address."""
    program = services.find_redis()
    assert program
    folder, port = Path(tempfile.mkdtemp(prefix="cascade-redis-")), services.free_port()
    keeps_nothing = ["--save", "", "--appendonly", "no", "--dir", str(folder)]
    command = [str(program), "--bind", "127.0.0.1", "--port", str(port), *keeps_nothing]
    server = Server(command, folder, lambda: services._connect(port))
    try:
        server.start()
        yield server, f"redis://127.0.0.1:{port}/0"
    finally:
        server.stop(signal.SIGTERM)
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def own_postgresql() -> Iterator[tuple[Server, str]]:
    """A PostgreSQL of the test's own with a copy of the test's database in it, and the copy's address."""
    programs = services.find_postgresql()
    assert programs
    options = services._other_user()
    folder, port = Path(tempfile.mkdtemp(prefix="cascade-pg-")), services.free_port()
    data = folder / "data"
    if "user" in options:
        shutil.chown(folder, options["user"], options["group"])
    made = [programs / "initdb", "--pgdata", data, "--username", "cascade", "--auth", "trust", "--no-sync"]
    _run([*made, "--encoding", "UTF8", "--locale", "C.UTF-8"], cwd=folder, **options)
    command = [str(programs / "postgres"), "-D", str(data)]
    for setting in (f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"):
        command += ["-c", setting]
    address = f"postgres://cascade@127.0.0.1:{port}"
    server = Server(command, folder, lambda: psycopg2.connect(f"{address}/template1").close(), **options)
    try:
        server.start()
        _run([programs / "createdb", "--maintenance-db", f"{address}/template1", "copy"])
        dump = folder / "dump"
        dump.touch(mode=0o600)
        _run([programs / "pg_dump", "--format=custom", "--no-owner", f"--file={dump}", database_url()])
        _run([programs / "pg_restore", "--no-owner", f"--dbname={address}/copy", dump])
        yield server, f"{address}/copy"
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[Any], **options: Any) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
