"""Holds: what an academy keeps longer than retention and erasure would, with the reason."""

from __future__ import annotations

import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from programmes.domain import access
from programmes.domain.privacy.people import plain_address
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.models import Academy, Hold

_WHAT = "put and lift holds"


def put(
    *,
    academy: Academy,
    address: str,
    kind: str,
    reason: str,
    by: User | AnonymousUser,
    now: datetime.datetime,
) -> Hold:
    """Keep what an academy holds under an address, until the hold is lifted; nothing need be held there yet.

    Raises `NotAllowed` unless ``by`` administers the academy, `Refused` without a reason and where a hold stands.
    """
    access.require_administrator(by, academy, _WHAT)
    address, reason = plain_address(address), reason.strip()
    if not reason:
        raise Refused("Give a reason: it is kept with the hold.")
    with transaction.atomic():
        # Locked, so that two administrators cannot put the same hold at once.
        Academy.objects.select_for_update(no_key=True).get(pk=academy.pk)
        if Hold.objects.standing().filter(academy=academy, address__iexact=address).exists():
            raise Refused(f"There is a hold on {address} already.")
        assert isinstance(by, User)
        hold = Hold(academy=academy, address=address, kind=kind, reason=reason[:500], put_by=by, put_at=now)
        changed_by(hold, by)
        hold.save()
    return hold


def lift(hold_id: int, *, reason: str, by: User | AnonymousUser, now: datetime.datetime) -> Hold:
    """Lift a hold: what is due goes with the next night.

    Raises `NotAllowed` unless ``by`` administers its academy, `Refused` without a reason and for one that was lifted.
    """
    reason = reason.strip()
    with transaction.atomic():
        hold = Hold.objects.select_for_update(of=("self",)).select_related("academy").get(pk=hold_id)
        access.require_administrator(by, hold.academy, _WHAT)
        if hold.lifted_at is not None:
            raise Refused("This hold was lifted already.")
        if not reason:
            raise Refused("Say why: it is kept with the hold.")
        assert isinstance(by, User)
        hold.lifted_at, hold.lifted_by, hold.lifted_reason = now, by, reason[:500]
        changed_by(hold, by)
        hold.save()
    return hold
