"""How an app on the left tells the apps on its right that something happened.

An announcement is a plain list of functions. The right subscribes in its ``apps.py``, once, so that a reader
finds every consequence there; the left calls it inside its own transaction and knows none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, ParamSpec

P = ParamSpec("P")


class Announcement(Generic[P]):
    """A list of subscribers; calling it calls each, in the order of subscription."""

    def __init__(self) -> None:
        self._subscribers: list[Callable[P, Any]] = []

    def subscribe(self, subscriber: Callable[P, Any]) -> None:
        """Add a function; one that is there already is not added again."""
        if subscriber not in self._subscribers:
            self._subscribers.append(subscriber)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> list[Any]:
        """Call every subscriber and return what they returned, in order."""
        return [subscriber(*args, **kwargs) for subscriber in self._subscribers]


# The rows of the outbox inserted by a transaction that has just been committed: a list of primary keys.
messages_queued: Announcement[[list[int]]] = Announcement()
# A mail whose reader's mail server said that the address will never be reached: its row, and the moment.
recipient_refused: Announcement[[Any, Any]] = Announcement()
# Somebody asks for the links of an address, or for a fresh one in place of an old link: the address or the link's row,
# and the moment. Subscribers mail what there is; nobody is told what there was.
links_asked_for: Announcement[[str, Any]] = Announcement()
fresh_link_asked_for: Announcement[[Any, Any]] = Announcement()
