"""Who changed a record, for its history.

An account is named by the request that it signed in with. Where there is none the history says in words whose hand it
was: a command, somebody at a public page or an emailed link, or the portal's own clock.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Model
from simple_history.models import HistoricalRecords

PUBLIC_PAGE = "Somebody, by a public page or an emailed link"
PORTAL = "The portal"

# As much as the history keeps of a reason.
REASON_LIMIT = 100

_named: ContextVar[str] = ContextVar("whose_hand", default="")


def changed_by(record: Model, user: User | AnonymousUser | None) -> None:
    """Name ``user`` in the history that the next save of ``record`` writes; None where no account did it."""
    # django-simple-history's own way.
    setattr(record, "_history_user", user)  # noqa: B010


def changed_because(record: Model, reason: str, user: User | AnonymousUser | None) -> None:
    """Name ``user``, and why, in the history that the next save or deletion of ``record`` writes."""
    changed_by(record, user)
    # django-simple-history's own way.
    setattr(record, "_change_reason", reason.strip()[:REASON_LIMIT])  # noqa: B010


@contextlib.contextmanager
def recorded_as(hand: str) -> Iterator[None]:
    """Whatever is changed inside by no account is recorded as done by ``hand``, such as "The command …"."""
    token = _named.set(hand[:100])
    try:
        yield
    finally:
        _named.reset(token)


def by_whom() -> str:
    """Whose hand changes records now, in words; empty where the request's account says it."""
    if _named.get():
        return _named.get()
    request = getattr(HistoricalRecords.context, "request", None)
    if request is None:
        return PORTAL
    return "" if request.user.is_authenticated else PUBLIC_PAGE


def name_the_hand(*, history_instance: Any, **_details: Any) -> None:
    """Say in a row of history whose hand it was, where no account is named and no reason is given."""
    if history_instance.history_user_id is None and not history_instance.history_change_reason:
        history_instance.history_change_reason = by_whom() or PORTAL
