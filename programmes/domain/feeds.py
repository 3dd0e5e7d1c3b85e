"""Keys of the feed: each opens the figures of one academy to one program, until it expires or is revoked.

Only the hash of a key is stored. A key is 32 random bytes, so that a plain hash of it cannot be guessed backwards.
"""

from __future__ import annotations

import datetime
import hashlib
import secrets

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Q

from programmes.domain import access
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_date
from programmes.models import Academy, FeedKey

Person = User | AnonymousUser

PREFIX = "cascade_"
# When a key was last used is known to the hour: reading must not write each time.
_NOTED_EVERY = datetime.timedelta(hours=1)
_WHAT = "make or revoke keys of its feed"


class NoSuchKey(Refused):
    """No key was given, or one that was never made."""


class KeyEnded(Refused):
    """The key was good once: it has expired, or was revoked."""


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def make_key(
    academy: Academy, *, name: str, user: User, expires_at: datetime.datetime | None, now: datetime.datetime
) -> tuple[FeedKey, str]:
    """Make a key for a program that reads the feed of ``academy``; return its row and the key, stored nowhere.

    Raises `NotAllowed` without the role of administrator, `Refused` for a last day that has passed.
    """
    access.require_administrator(user, academy, _WHAT)
    if expires_at is not None and expires_at <= now:
        raise Refused("The last day of the key must be after today.")
    key = PREFIX + secrets.token_urlsafe(32)
    row = FeedKey(
        academy=academy,
        name=name,
        begins_with=key[: len(PREFIX) + 4],
        key_hash=_hash(key),
        created_by=user,
        created_at=now,
        expires_at=expires_at,
    )
    changed_by(row, user)
    row.save()
    return row, key


def revoke_key(key_id: int, *, user: Person, now: datetime.datetime) -> FeedKey:
    """Close a key at once. Raises `NotAllowed` without the role of administrator, `Refused` where it is revoked."""
    with transaction.atomic():
        row = FeedKey.objects.select_for_update(of=("self",)).select_related("academy").get(pk=key_id)
        access.require_administrator(user, row.academy, _WHAT)
        if why := why_not_revoked(row):
            raise Refused(why)
        row.revoked_at = now
        changed_by(row, user)
        # Of the rest the feed itself may note at this moment that the key was used.
        row.save(update_fields=["revoked_at"])
        return row


def why_not_revoked(key: FeedKey) -> str:
    """Why a key cannot be revoked, in a sentence; empty where it can."""
    return f"This key was revoked on {nhs_date(key.revoked_at)} already." if key.revoked_at else ""


def open_with(key: str, *, now: datetime.datetime) -> FeedKey:
    """The row of a key that works; that it was used is noted once an hour. Raises `NoSuchKey` or `KeyEnded`."""
    row = FeedKey.objects.select_related("academy").filter(key_hash=_hash(key)).first()
    if row is None:
        raise NoSuchKey("Send the key of your academy in the header “Authorization: Bearer …”.")
    if row.revoked_at is not None:
        raise KeyEnded(f"This key was revoked on {nhs_date(row.revoked_at)}. Ask the academy for a new one.")
    if row.expires_at is not None and row.expires_at <= now:
        raise KeyEnded(f"This key expired on {nhs_date(row.expires_at)}. Ask the academy for a new one.")
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - _NOTED_EVERY)
    FeedKey.objects.filter(stale, pk=row.pk).update(last_used_at=now)
    return row
