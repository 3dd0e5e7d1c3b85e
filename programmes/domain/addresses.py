"""When two email addresses are the same person's."""

from __future__ import annotations

from programmes.models.people import canonical

__all__ = ["canonical", "same_person"]


def same_person(one: str, other: str) -> bool:
    """Whether two addresses are one mailbox, however they are spelled."""
    return canonical(one) == canonical(other)
