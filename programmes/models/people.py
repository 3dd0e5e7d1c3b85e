"""Under which key somebody's address and name are found again, however they are spelled."""

from __future__ import annotations

import unicodedata


def canonical(address: str) -> str:
    """The form of an address in which case, spaces, quotation marks, dots and plus-tags do not count.

    Used to compare and never to send: not every mail system ignores them.
    """
    local, _, domain = "".join(address.split()).casefold().rpartition("@")
    local = local.strip('"').partition("+")[0].replace(".", "")
    return f"{local}@{domain.rstrip('.')}"


def name_key(name: str) -> str:
    """The form of a name in which case, accents, marks, titles and the order of its parts do not count."""
    plain = "".join(
        letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter)
    )
    letters = "".join(
        letter if letter.isalnum() else " " for letter in plain.replace("’", "").replace("'", "")
    )
    parts = [part for part in letters.casefold().split() if part not in _TITLES]
    return " ".join(sorted(parts))[:150]


_TITLES = frozenset({"dr", "miss", "mr", "mrs", "ms", "mx", "prof", "professor", "revd", "sir"})
