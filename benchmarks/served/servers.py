"""Runs gunicorn with two sync workers, for the portal or for the bare project, Celery's parts, and knows them all."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from benchmarks.served import client
from scripts.services import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
WORKERS = 2
SECONDS_TO_START = 60
PORTAL = "config.wsgi:application"
BARE = "benchmarks.served.bare:application"
# What a line of `/proc/<pid>/smaps_rollup` counts in.
KIB = 1024


@dataclass(frozen=True)
class Server:
    """A gunicorn that answers at ``port``, or a Celery worker; ``pid`` is the process that keeps its workers."""

    port: int
    pid: int

    def workers(self) -> list[int]:
        """The process ids of the workers; raises OSError where the machine has no /proc."""
        return [
            int(child)
            for task in Path(f"/proc/{self.pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]

    def memory(self) -> float:
        """Bytes that the largest worker holds: resident, with what it shares with the others."""
        return max(resident(pid) for pid in self.workers())


def resident(pid: int) -> float:
    """Bytes of a process that are in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return float(pages * os.sysconf("SC_PAGE_SIZE"))


def proportional(pid: int) -> float:
    """Bytes of a process that are in memory, those it shares counted as its part of them."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    found = next(line for line in lines if line.startswith("Pss:"))
    return float(int(found.split()[1]) * KIB)


def portal_environment(database: str, redis: str, folder: Path, *, key: str) -> dict[str, str]:
    """The environment of a portal in use: no DEBUG, HTTPS behind a proxy, a log line for each request.

    ``database`` and ``redis`` are addresses; uploaded files go into ``folder``. ``key`` signs links and sessions.
    """
    return {
        "ENV_FILE": os.devnull,
        "DEBUG": "0",
        "DEMO": "0",
        "SECRET_KEY": key,
        "ALLOWED_HOSTS": client.HOST,
        "SITE_URL": f"https://{client.HOST}",
        "PROXY_COUNT": "1",
        "DATABASE_URL": database,
        "REDIS_URL": redis,
        "CACHE_URL": redis,
        "MEDIA_ROOT": str(folder / "media"),
        "EMAIL_URL": "dummymail://",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }


def collect_static(environment: dict[str, str]) -> None:
    """Collect the static files, whose names carry their content, as an installation does once."""
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=True)


@contextlib.contextmanager
def process(
    command: list[str], environment: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """Run a Python module with its arguments; yields the process and what it writes, and stops it after."""
    with tempfile.TemporaryFile() as log:
        # Nothing of what the measurement itself was started with.
        variables = {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", **environment}
        running = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield running, log
        finally:
            end(running)


def end(running: subprocess.Popen[bytes]) -> None:
    """Ask a process to finish what it has in hand and to stop; after half a minute it is stopped."""
    running.send_signal(signal.SIGTERM)
    try:
        running.wait(30)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()


@contextlib.contextmanager
def gunicorn(application: str, environment: dict[str, str], *, workers: int = WORKERS) -> Iterator[Server]:
    """Serve ``application``; yields the server once it answers, and stops it after.

    Raises RuntimeError with what it said when it does not start.
    """
    port = free_port()
    bound = ["gunicorn", application, "--bind", f"127.0.0.1:{port}", "--workers", str(workers)]
    with process([*bound, "--worker-class", "sync", "--timeout", "120"], environment) as (running, log):
        _wait(running, log, lambda: client.ask(port, client.get("/healthz")).status == 200)
        yield Server(port, running.pid)


@contextlib.contextmanager
def celery_worker(environment: dict[str, str], *, concurrency: int = 2) -> Iterator[Server]:
    """A Celery worker with so many processes, once it is ready; raises RuntimeError with what it said if not."""
    name = f"{free_port()}@measured"
    command = ["celery", "-A", "config", "worker", "--concurrency", str(concurrency), "--hostname", name]
    with process([*command, "--loglevel", "INFO"], environment) as (running, log):
        _wait(running, log, lambda: b"ready." in said(log))
        yield Server(0, running.pid)


@contextlib.contextmanager
def beat(environment: dict[str, str], folder: Path) -> Iterator[None]:
    """Celery's clock, which keeps what it rang for last in ``folder``."""
    schedule = folder / f"beat-{free_port()}"
    with process(["celery", "-A", "config", "beat", "--schedule", str(schedule)], environment):
        yield


def said(log: IO[bytes]) -> bytes:
    """What a process wrote."""
    # The file has one position, which is the writer's too: it is read by the operating system's own means.
    return os.pread(log.fileno(), os.fstat(log.fileno()).st_size, 0)


def _wait(running: subprocess.Popen[bytes], log: IO[bytes], is_there: Callable[[], bool]) -> None:
    give_up = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < give_up and running.poll() is None:
        with contextlib.suppress(OSError):
            if is_there():
                return
        time.sleep(0.1)
    raise RuntimeError(f"It did not start. It said:\n{said(log)[-3000:].decode(errors='replace')}")
