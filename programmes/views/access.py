"""Who may open a page: every view says so, and a test walks all addresses and fails on one that does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


def access(rule: str) -> Callable[[View], View]:
    """Write on a view who may open it, in words; the check itself is the view's, or its decorator's."""

    def mark(view: View) -> View:
        view.access_rule = rule  # type: ignore[attr-defined]
        return view

    return mark


public = access("anyone")
"""Marks a view that anyone may open, and that shows nothing personal."""
