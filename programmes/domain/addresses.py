"""When two email addresses are the same person's."""

from __future__ import annotations


def canonical(address: str) -> str:
    """The form of an address in which case, spaces, quotation marks, dots and plus-tags do not count.

    Used to compare and never to send: not every mail system ignores them.
    """
    local, _, domain = "".join(address.split()).casefold().rpartition("@")
    local = local.strip('"').partition("+")[0].replace(".", "")
    return f"{local}@{domain.rstrip('.')}"


def same_person(one: str, other: str) -> bool:
    """Whether two addresses are one mailbox, however they are spelled."""
    return canonical(one) == canonical(other)
