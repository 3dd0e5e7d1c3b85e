"""Throw-away PostgreSQL and Redis servers for tests and measurements.

They listen on loopback alone, on free ports, with their data in a temporary folder, and are stopped by their
process ids; servers that run on the machine already are neither used nor touched.

    python -m scripts.services pytest tests/cohorts     # any command, with both servers beside it
"""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple, NoReturn

import psycopg2

DATABASE_VARIABLE = "TEST_DATABASE_URL"
REDIS_VARIABLE = "TEST_REDIS_URL"
# Where distributions keep PostgreSQL's servers, which are rarely on the PATH; the latest comes first.
POSTGRESQL_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")
SECONDS_TO_START = 30
SECONDS_TO_STOP = 15


class NotStarted(Exception):
    """A server that is installed did not start; the text holds what it said."""


def find_postgresql() -> Path | None:
    """Return the folder that holds ``initdb`` and ``postgres``, or None when PostgreSQL is not installed."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    for pattern in POSTGRESQL_FOLDERS:
        found = Path("/").glob(pattern.removeprefix("/"))
        folders += sorted(
            found, key=lambda folder: [int(n) for n in folder.parent.name.split("-") if n.isdigit()]
        )[::-1]
    return next(
        (folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()),
        None,
    )


def find_redis() -> Path | None:
    """Return the Redis server's program (or Valkey's, which speaks the same), or None."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    return Path(found) if found else None


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _other_user() -> dict[str, Any]:
    """Say to ``subprocess`` as whom PostgreSQL runs: it refuses to run as root, so then as somebody else."""
    if os.geteuid() != 0:
        return {}
    known = {account.pw_name: account for account in pwd.getpwall()}
    account = known.get("postgres") or known["nobody"]
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _connect(port: int) -> None:
    socket.create_connection(("127.0.0.1", port), timeout=1).close()


def _wait_for(server: subprocess.Popen[bytes], reach: Callable[[], None], log: Path) -> None:
    give_up = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < give_up and server.poll() is None:
        with contextlib.suppress(OSError, psycopg2.OperationalError):
            return reach()
        time.sleep(0.05)
    raise NotStarted(f"{server.args!r} did not start. It said:\n{log.read_text(errors='replace')[-2000:]}")


@contextlib.contextmanager
def _running(
    command: list[str], *, folder: Path, reach: Callable[[], None], stop_by: int, **options: Any
) -> Iterator[None]:
    log = folder / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # Ctrl-C is for the tests; the servers end after them.
            start_new_session=True,
            **options,
        )
    try:
        _wait_for(server, reach, log)
        yield
    finally:
        server.send_signal(stop_by)
        try:
            server.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


class Certificate(NamedTuple):
    """The files (PEM) with which a server shows who it is: its certificate, and the key of that."""

    chain: Path
    key: Path


@contextlib.contextmanager
def postgresql(
    programs: Path, *, durable: bool = False, certificate: Certificate | None = None
) -> Iterator[str]:
    """Run PostgreSQL from the folder ``programs``; yields its ``postgres://`` address.

    Raises NotStarted. With a ``certificate`` it speaks TLS as well. Nothing is safe from a power cut in it, for it
    waits for no disk, unless it is to be ``durable``: then it waits as PostgreSQL does by itself, and takes the time
    that an installation's takes.
    """
    options = _other_user()
    folder = Path(tempfile.mkdtemp(prefix="cascade-pg-"))
    try:
        if "user" in options:
            shutil.chown(folder, options["user"], options["group"])
        password = secrets.token_hex(16)
        password_file = folder / "password"
        password_file.write_text(password)
        data = folder / "data"
        made = subprocess.run(
            [
                programs / "initdb",
                *("--pgdata", data, "--username", "cascade", "--pwfile", password_file),
                *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
            ],
            cwd=folder,
            capture_output=True,
            check=False,
            text=True,
            **options,
        )
        if made.returncode:
            raise NotStarted(f"initdb failed. It said:\n{made.stdout}{made.stderr}")
        port = free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": "",
            "max_connections": 200,
        }
        if certificate:
            settings |= {"ssl": "on"}
            for name, file in zip(("ssl_cert_file", "ssl_key_file"), certificate, strict=True):
                settings[name] = _private_copy(file, folder, options)
        if not durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        command = [str(programs / "postgres"), "-D", str(data)]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        address = f"postgres://cascade:{password}@127.0.0.1:{port}"

        def reach() -> None:
            # An open port is not enough: for a moment PostgreSQL answers that it is still starting.
            psycopg2.connect(f"{address}/template1").close()

        with _running(command, folder=folder, reach=reach, stop_by=signal.SIGINT, **options):
            connection = psycopg2.connect(f"{address}/template1")
            connection.autocommit = True
            connection.cursor().execute("CREATE DATABASE cascade")
            connection.close()
            yield f"{address}/cascade"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _private_copy(file: Path, folder: Path, options: dict[str, Any]) -> Path:
    """A copy that whoever runs PostgreSQL alone can read: it takes no other key."""
    copied = folder / file.name
    copied.touch(mode=0o600)
    copied.write_bytes(file.read_bytes())
    if "user" in options:
        shutil.chown(copied, options["user"], options["group"])
    return copied


@contextlib.contextmanager
def redis(program: Path, *, certificate: Certificate | None = None) -> Iterator[str]:
    """Run the Redis server ``program``, which keeps nothing; yields its ``redis://`` address.

    With a ``certificate`` it speaks TLS alone, and the address is a ``rediss://`` one. Raises NotStarted.
    """
    folder = Path(tempfile.mkdtemp(prefix="cascade-redis-"))
    try:
        port = free_port()
        command = [str(program), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        command += ["--dir", str(folder)]
        if certificate:
            command += ["--port", "0", "--tls-port", str(port), "--tls-auth-clients", "no"]
            command += ["--tls-cert-file", str(certificate.chain), "--tls-key-file", str(certificate.key)]
            command += ["--tls-ca-cert-file", str(certificate.chain)]
        else:
            command += ["--port", str(port)]
        with _running(command, folder=folder, reach=lambda: _connect(port), stop_by=signal.SIGTERM):
            yield f"redis{'s' if certificate else ''}://127.0.0.1:{port}/0"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def services(*, durable: bool = False) -> Iterator[dict[str, str]]:
    """Run what is installed and not already named in the environment; PostgreSQL ``durable`` or not.

    Yields the variables that name the servers (TEST_DATABASE_URL, TEST_REDIS_URL): each only if there is one.
    Raises NotStarted.
    """
    variables = (DATABASE_VARIABLE, REDIS_VARIABLE)
    named = {name: os.environ[name] for name in variables if os.environ.get(name)}
    with contextlib.ExitStack() as running:
        if DATABASE_VARIABLE not in named and (programs := find_postgresql()):
            named[DATABASE_VARIABLE] = running.enter_context(postgresql(programs, durable=durable))
        if REDIS_VARIABLE not in named and (program := find_redis()):
            named[REDIS_VARIABLE] = running.enter_context(redis(program))
        yield named


def stop_tidily_when_told_to() -> None:
    """Let a SIGTERM or SIGHUP end the process as Ctrl-C does, so that the servers are stopped then too."""

    def leave(number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGHUP, leave)


def main() -> int:
    """Run the command line's command beside the servers; its exit code is ours."""
    if not sys.argv[1:]:
        sys.exit(__doc__)
    stop_tidily_when_told_to()
    try:
        with services() as named:
            return subprocess.run(sys.argv[1:], env={**os.environ, **named}, check=False).returncode
    except NotStarted as reason:
        sys.exit(str(reason))


if __name__ == "__main__":
    sys.exit(main())
