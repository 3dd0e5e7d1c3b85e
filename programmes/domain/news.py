"""Who gets no news of an academy: their choice, by the link in each mail with news, or told to its staff.

What concerns somebody's own application reaches them whatever they chose here.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from programmes.domain import links
from programmes.models import Academy, Link, NewsOptOut


def key_of(address: str) -> str:
    """How addresses are compared: without case."""
    return address.strip().casefold()


def opted_out(academy: Academy, addresses: Iterable[str]) -> set[str]:
    """Of some addresses the keys (`key_of`) of those that get no news of the academy."""
    keys = {key_of(address) for address in addresses}
    found = NewsOptOut.objects.filter(academy=academy).values_list("email_key", flat=True)
    return keys.intersection(found)


def is_opted_out(link: Link) -> bool:
    """Whether the reader for whom an unsubscribe link was made has opted out of that academy's news."""
    rows = NewsOptOut.objects.filter(academy=link.object_id, email_key=key_of(link.sent_to))
    return rows.exists()


def academy_of(link: Link) -> Academy:
    """Whose news an unsubscribe link is about. Raises `LinkDead` where the academy is gone."""
    academy = Academy.objects.filter(pk=link.object_id).first()
    if academy is None:
        raise links.LinkDead("This link no longer works: the academy it was about is gone.")
    return academy


def opt_out(link: Link, *, now: datetime.datetime) -> None:
    """Send its reader no more news of the academy; doing so twice changes nothing."""
    NewsOptOut.objects.get_or_create(
        academy=academy_of(link), email_key=key_of(link.sent_to), defaults={"email": link.sent_to, "at": now}
    )


def opt_in(link: Link) -> None:
    """Send its reader news of the academy again."""
    for row in NewsOptOut.objects.filter(academy=academy_of(link), email_key=key_of(link.sent_to)):
        row.delete()


def headers(link: Link) -> dict[str, str]:
    """What lets a mail program show its own "unsubscribe" beside a mail (RFC 2369, and with one press RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{links.address_of(link)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
