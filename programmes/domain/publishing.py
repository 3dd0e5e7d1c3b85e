"""Opening a programme to the public, closing it before its deadline, and taking it off the pages."""

from __future__ import annotations

import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from programmes.domain import access
from programmes.domain.readiness import missing
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.models import Programme

Person = User | AnonymousUser

# The history keeps a hundred characters, and what was done stands before the reason.
REASON_LIMIT = 79


def open_programme(programme_id: int, *, user: Person, now: datetime.datetime) -> Programme:
    """Show a programme to the public; from its opening on people can apply. Return it.

    Raises `Refused` where something that must be there is missing, naming it, and where it is open already;
    `NotAllowed` without the role of administrator.
    """
    with transaction.atomic():
        programme = locked(programme_id, user)
        if programme.published:
            raise Refused(f"{programme.title} is open to the public already.")
        musts = [line.sentence for line in missing(programme, now=now) if line.must]
        if musts:
            raise Refused(f"{programme.title} cannot be opened yet. {' '.join(musts)}")
        programme.published = True
        return _saved(programme, user, "Opened to the public")


def close_early(programme_id: int, *, user: Person, reason: str, now: datetime.datetime) -> Programme:
    """Take no more applications from now on: the deadline becomes this minute. Return the programme.

    What was submitted is not touched, and the page stays. Raises `Refused` where the programme takes no applications
    now or opened within this minute, and for a reason longer than `REASON_LIMIT`; `NotAllowed` without the role of
    administrator.
    """
    with transaction.atomic():
        programme = locked(programme_id, user)
        if not programme.is_open(now):
            raise Refused(f"{programme.title} takes no applications now: there is nothing to close.")
        minute = now.replace(second=0, microsecond=0)
        if programme.opens_at and minute <= programme.opens_at:
            raise Refused(f"{programme.title} has only just opened. Wait a minute and try again.")
        programme.closes_at = minute
        programme.open_until_full = False
        return _saved(programme, user, f"Closed early: {_kept_whole(reason)}")


def take_down(programme_id: int, *, user: Person, reason: str) -> Programme:
    """Take a programme off the public pages, where it was opened by mistake or is long over. Return it.

    Applications are not touched: people go on by their links. Raises `Refused` where the public does not see it, and
    for a reason longer than `REASON_LIMIT`; `NotAllowed` without the role of administrator.
    """
    with transaction.atomic():
        programme = locked(programme_id, user)
        if not programme.published:
            raise Refused(f"The public does not see {programme.title}.")
        programme.published = False
        return _saved(programme, user, f"Taken off the pages: {_kept_whole(reason)}")


def locked(programme_id: int, user: Person) -> Programme:
    """A programme, locked for a verb of its administrators. Raises `NotAllowed` for anybody else."""
    rows = Programme.objects.select_for_update(of=("self",), no_key=True).select_related("academy")
    programme = rows.get(pk=programme_id)
    access.require_administrator(user, programme.academy)
    return programme


def _kept_whole(reason: str) -> str:
    """A reason that the history keeps as it was given. Raises `Refused` for one that would be cut."""
    if len(reason) > REASON_LIMIT:
        raise Refused(f"Give the reason in at most {REASON_LIMIT} characters: it is kept in the history.")
    return reason


def _saved(programme: Programme, user: Person, why: str) -> Programme:
    changed_by(programme, user)
    setattr(programme, "_change_reason", why)  # noqa: B010  django-simple-history's own way
    programme.save()
    return programme
