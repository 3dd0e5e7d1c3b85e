"""What a log line is about: the request, the job and the mail in hand. References alone, nothing personal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar, Token
from types import MappingProxyType

_fields: ContextVar[Mapping[str, str]] = ContextVar("what a log line is about", default=MappingProxyType({}))


def fields() -> Mapping[str, str]:
    """What is in hand now, by name: ``request``, ``task``, ``job``, ``mail``."""
    return _fields.get()


def enter(**more: str) -> Token[Mapping[str, str]]:
    """Take something in hand; return what `leave` wants."""
    return _fields.set({**_fields.get(), **more})


def leave(token: Token[Mapping[str, str]]) -> None:
    """Put down what was taken in hand with this token."""
    _fields.reset(token)


@contextlib.contextmanager
def about(**more: str) -> Iterator[None]:
    """Have something in hand for the length of a block."""
    token = enter(**more)
    try:
        yield
    finally:
        leave(token)
