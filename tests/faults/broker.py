"""The portal of this process on a broker that is away, silent, or there."""

import contextlib
import runpy
import socket
import time
from collections.abc import Iterator

import pytest
from django.conf import settings
from kombu import pools

from config.celery import app
from programmes import tasks


def _forget_connections() -> None:
    """Let Celery name its queues and open its connections anew, with the settings of the moment."""
    pools.reset()
    app.__dict__.pop("amqp", None)
    app._pool = None


@contextlib.contextmanager
def portal_with_broker(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The portal's own settings for a broker at ``url``, in this process, until the block ends."""
    monkeypatch.setenv("REDIS_URL", url)
    written = runpy.run_path(str(settings.BASE_DIR / "config" / "settings.py"))
    names = {name.removeprefix("CELERY_").lower(): name for name in written if name.startswith("CELERY_")}
    before = {name: app.conf[name] for name in [*names, "task_default_queue"] if name != "beat_schedule"}
    monkeypatch.setattr(tasks, "_silent_until", 0.0)
    app.conf.update({name: written[names[name]] for name in before if name in names})
    # A queue of our own: another test, or another process, may use the same broker.
    app.conf.task_default_queue = f"test-{time.time_ns()}"
    _forget_connections()
    try:
        assert app.conf.task_always_eager is False
        yield
    finally:
        app.conf.update(before)
        _forget_connections()


@contextlib.contextmanager
def silent_port() -> Iterator[int]:
    """A port whose owner lets callers in and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(50)
        yield listener.getsockname()[1]


@contextlib.contextmanager
def closed_port() -> Iterator[int]:
    """A port on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    yield port
