"""A programme once more: a copy of everything that an academy says of it, its dates moved, for a new round."""

from __future__ import annotations

import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from simple_history.utils import update_change_reason

from programmes.domain import catalogue
from programmes.domain.programme_file.fields import Entry
from programmes.domain.programme_file.moving import moments_of_sessions, moved
from programmes.domain.publishing import locked
from programmes.domain.refused import Refused
from programmes.domain.wording import local_date, nhs_date
from programmes.models import Programme

Person = User | AnonymousUser
# What a copy may be moved by, in days.
FURTHEST = 3660


def first_day(programme: Programme) -> datetime.date | None:
    """The day of a programme's first session; of its opening or its deadline where none is set."""
    return _first_day(catalogue.said_of(programme))


def _first_day(said: Entry) -> datetime.date | None:
    sessions = moments_of_sessions(said)
    anchor = sessions[0] if sessions else said["opens"] or said["closes"]
    return local_date(anchor) if anchor else None


def days_until(programme: Programme, day: datetime.date) -> int:
    """By how many days the programme is moved so that it begins on ``day``.

    Raises `Refused` where it has no dates to move, for a day further off than ten years, and for one of another
    weekday: weekdays are kept.
    """
    first = first_day(programme)
    if first is None:
        raise Refused(f"{programme.title} has no dates to move. Copy it as it is, and set them there.")
    days = (day - first).days
    _require_near(days)
    if days % 7:
        earlier = day - datetime.timedelta(days=days % 7)
        later = earlier + datetime.timedelta(days=7)
        raise Refused(
            f"It began on {nhs_date(first, weekday=True)}, and weekdays are kept. "
            f"Choose {nhs_date(earlier, weekday=True)} or {nhs_date(later, weekday=True)}."
        )
    return days


def copy(
    programme_id: int, *, title: str, slug: str, code: str, days: int, user: Person, now: datetime.datetime
) -> Programme:
    """Make a programme like another one, every date ``days`` later at the same time of the clock; return it.

    Everything that was set up comes along: texts, criteria, questions, approvals, offers, obligations, evaluation, the
    wording of mails, venues, cohorts and their sessions. Applications, numbers set for a single ICS and the links of
    meetings do not, and the copy is not open. Raises `Refused` where a programme has the title, slug or code already,
    and for more than ten years; `NotAllowed` without the role of administrator.
    """
    with transaction.atomic():
        # Locked, so that a copy has all of one moment, and of two at once with one title the second is refused.
        old = locked(programme_id, user)
        _require_free(title, slug, code)
        _require_near(days)
        said = catalogue.renewed(moved(catalogue.said_of(old), days=days))
        said |= {"title": title, "slug": slug, "code": code, "published": False}
        new, _ = catalogue.store(said, None)
        update_change_reason(new, f"Copied from {old.title} ({old.code})"[:100])
        return new


def _require_near(days: int) -> None:
    if abs(days) > FURTHEST:
        raise Refused("Move the dates by ten years at most.")


def _require_free(title: str, slug: str, code: str) -> None:
    for lookup, value, what in (
        ("title__iexact", title, "title"),
        ("slug", slug, "address"),
        ("code", code, "code"),
    ):
        if Programme.objects.filter(**{lookup: value}).exists():
            raise Refused(f"Another programme has the {what} “{value}” already. Choose another one.")
