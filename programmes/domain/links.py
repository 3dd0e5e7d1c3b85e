"""Emailed links: minted, opened and revoked here, and nowhere else.

Mail gateways open every link before the person does, so a link alone never changes anything. The row keeps random
bytes and the token's SHA-256; the token itself is derived when a mail is sent, and stands in no table.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import secrets
from collections.abc import Iterable

from django.conf import settings
from django.db.models import QuerySet

from programmes.domain.refused import Refused
from programmes.models import Link
from programmes.models.links import LinkQuerySet

LIFETIME = datetime.timedelta(days=400)
_PATHS = {
    Link.Opens.APPLICATION: "/my/{token}/",
    Link.Opens.APPROVAL: "/approve/{token}/",
    Link.Opens.BOARD: "/board/{token}/",
    Link.Opens.REGISTER: "/register/{token}/",
    Link.Opens.NEWS: "/news/{token}/",
    Link.Opens.CALENDAR: "/calendar/{token}.ics",
    Link.Opens.STAFF_CALENDAR: "/calendar/staff/{token}.ics",
    Link.Opens.INVITATION: "/invitation/{token}/",
    Link.Opens.FACILITATOR: "/facilitator/{token}/",
    Link.Opens.BOOKING: "/booking/{token}/",
}


class LinkDead(Refused):
    """The link was never made, has expired, or has been replaced; a visitor is not told which."""


def _derive(key: str, random: bytes) -> str:
    digest = hmac.new(key.encode(), random, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def fingerprint(token: str) -> str:
    """What the table knows of a token, 64 hexadecimal digits: no way leads back to the token."""
    return hashlib.sha256(token.encode()).hexdigest()


def mint(
    opens: Link.Opens,
    object_id: int,
    *,
    sent_to: str,
    now: datetime.datetime,
    lifetime: datetime.timedelta = LIFETIME,
) -> Link:
    """Make a link that opens one object for whoever reads the mail at ``sent_to``; return its row."""
    link = _new(opens, object_id, sent_to=sent_to, now=now, lifetime=lifetime)
    link.save()
    return link


def mint_for(opens: Link.Opens, whose: Iterable[tuple[int, str]], *, now: datetime.datetime) -> list[Link]:
    """Make many links at once, each to an object's key, for whoever reads the mail at an address; in that order."""
    return Link.objects.bulk_create(
        [_new(opens, key, sent_to=address, now=now, lifetime=LIFETIME) for key, address in whose]
    )


def _new(
    opens: Link.Opens, object_id: int, *, sent_to: str, now: datetime.datetime, lifetime: datetime.timedelta
) -> Link:
    random = secrets.token_bytes(32)
    return Link(
        opens=opens,
        object_id=object_id,
        sent_to=sent_to,
        random=random,
        token_hash=fingerprint(_derive(settings.LINK_KEYS[0], random)),
        created_at=now,
        expires_at=now + lifetime,
    )


def token_of(link: Link) -> str:
    """The token of a link: 43 characters of base64url.

    Tries every key in use, so that keys can be rotated; raises `LinkDead` where the key it was made with is gone.
    """
    for key in settings.LINK_KEYS:
        token = _derive(key, bytes(link.random))
        if hmac.compare_digest(fingerprint(token), link.token_hash):
            return token
    raise LinkDead("This link was made with a key that is no longer in use.")


def address_of(link: Link) -> str:
    """The whole address that goes into the mail."""
    return settings.SITE_URL + _PATHS[Link.Opens(link.opens)].format(token=token_of(link))


def find(opens: Link.Opens, token: str) -> Link | None:
    """The row of a token, working or not; None where there is none. Only for sending a fresh link."""
    return with_fingerprint(opens, fingerprint(token))


def with_fingerprint(opens: Link.Opens, token_hash: str) -> Link | None:
    """The row of the token with this fingerprint, working or not; None where there is none."""
    return Link.objects.filter(opens=opens, token_hash=token_hash).first()


def open_link(opens: Link.Opens, token: str, *, now: datetime.datetime) -> Link:
    """The row of a working link. Raises `LinkDead`, with one sentence for every cause."""
    link = _opened_by(fingerprint(token), opens, now).first()
    if link is None:
        raise LinkDead("This link no longer works. It may have been replaced by a newer one.")
    return link


def opened_by(token_hash: str, opens: Link.Opens, *, now: datetime.datetime) -> QuerySet[Link, int]:
    """The key of what the token with a `fingerprint` opens now, to be read together with that; none for a dead link."""
    return _opened_by(token_hash, opens, now).order_by().values_list("object_id", flat=True)


def _opened_by(token_hash: str, opens: Link.Opens, now: datetime.datetime) -> LinkQuerySet:
    return Link.objects.working(now).filter(opens=opens, token_hash=token_hash)


def newest(opens: Link.Opens, object_id: int, *, now: datetime.datetime) -> Link | None:
    """The working link to an object that was made last; None where there is none."""
    return Link.objects.working(now).filter(opens=opens, object_id=object_id).order_by("-pk").first()


def keep_open(link: Link, *, until: datetime.datetime) -> bool:
    """Let a link work at least until then; return whether that is longer than before."""
    return bool(Link.objects.filter(pk=link.pk, expires_at__lt=until).update(expires_at=until))


def revoke(opens: Link.Opens, object_id: int, *, now: datetime.datetime) -> int:
    """Close every working link to an object; return how many there were."""
    return Link.objects.working(now).filter(opens=opens, object_id=object_id).update(revoked_at=now)


def pass_on(opens: Link.Opens, object_id: int, *, to: int) -> int:
    """Let the links to an object ask for fresh ones to another, with which it was joined; return how many there were.

    They are closed before: whoever has one gets to the page that offers a fresh link, by mail.
    """
    return Link.objects.filter(opens=opens, object_id=object_id).update(object_id=to)


def mark_used(link: Link, *, now: datetime.datetime) -> None:
    """Note that a link did what it was for; it stays open to show what was decided."""
    Link.objects.filter(pk=link.pk, used_at=None).update(used_at=now)
