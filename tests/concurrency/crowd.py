"""Many people at once: real threads, each with a database connection of its own, let go at one moment."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

SECONDS_TO_GATHER = 30


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each call returned, or the exception it raised, in the order of the calls."""
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            gate.wait(SECONDS_TO_GATHER)
            return call()
        except Exception as error:  # noqa: BLE001  whatever it was is the outcome
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def of_kind(outcomes: Sequence[Any], kind: type) -> list[Any]:
    """The outcomes of one kind."""
    return [outcome for outcome in outcomes if isinstance(outcome, kind)]


@contextmanager
def everyone_counts_before_anyone_writes(
    patch: pytest.MonkeyPatch, module: Any, name: str, people: int
) -> Iterator[None]:
    """Hold everyone back after a function of ``module`` has counted, until all ``people`` have: the worst moment."""
    counted = threading.Barrier(people)
    count = getattr(module, name)

    def count_and_wait(*args: Any, **kwargs: Any) -> Any:
        result = count(*args, **kwargs)
        counted.wait(SECONDS_TO_GATHER)
        return result

    with patch.context() as patched:
        patched.setattr(module, name, count_and_wait)
        yield
