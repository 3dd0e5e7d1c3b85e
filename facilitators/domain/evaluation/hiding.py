"""Which numbers are not shown: those of fewer than five answers, and what would give them away by subtraction."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

# Of fewer answers nothing is shown.
FEWEST = 5

Key = TypeVar("Key", bound=Hashable)


def hidden(counts: Mapping[Key, int]) -> set[Key]:
    """The groups of which nothing is shown, where their total is shown and each answer is in one of them.

    Those of 1 to 4 answers; and as long as the hidden ones together are fewer than 5, so that the total without the
    shown ones would tell of them, the smallest of the others as well. Of no answers there is nothing to hide.
    """
    found = {key for key, count in counts.items() if 0 < count < FEWEST}
    others = sorted((key for key, count in counts.items() if count >= FEWEST), key=lambda key: counts[key])
    for key in others:
        if not found or sum(counts[one] for one in found) >= FEWEST:
            break
        found.add(key)
    return found
