"""What a programme asks and offers, read once for many requests.

An applicant's pages read a dozen tables of which nothing changes for weeks. Each process keeps them until a change is
told (`programmes/domain/freshness.py`). For showing, and for the wording of what is kept: whether a programme is open,
and how many it takes, a verb reads under its lock.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Sequence

from django.conf import settings
from django.db.models import QuerySet, prefetch_related_objects

from applications.models import Application
from programmes.domain import freshness, links, together
from programmes.domain.prepared import A_MOMENT, Prepared
from programmes.models import Criterion, Link, Programme

# What the steps of an application are made of.
PARTS = ("approval_steps", "questions", "declarations", "cohorts__sessions__venue")
# What is asked before there is one.
_GATE = "criteria__options"
# Says of a kept programme that both have been read: Django looks through all of it to find that out.
_WHOLE = "read_whole"

_kept: freshness.Kept[int, Programme] = freshness.Kept(freshness.PROGRAMMES)
_published: freshness.Kept[str, Programme | None] = freshness.Kept(freshness.PROGRAMMES)


def opened_by(
    token: str, *, beside: Sequence[str], now: datetime.datetime, workplace: bool = True
) -> Application | None:
    """The application that an emailed link opens; None where the link is dead.

    With its programme, that with its academy and, where it is kept, `PARTS`; where it is wanted with its ``workplace``,
    the ICS and the organisation; and with what else is ``beside`` it, by the names of the relations. All in one query.
    """
    found = _opened(tuple(beside), workplace, settings.KEEP_PAGES)(
        fingerprint=links.fingerprint(token), now=now
    )
    application = next(iter(found), None)
    return application and hand_over(together.handed_over(application, beside))


@functools.cache
def _opened(beside: tuple[str, ...], workplace: bool, kept: bool) -> Prepared[Application]:
    rows = Application.objects.order_by()
    if workplace:
        rows = rows.select_related("ics", "organisation")
    if not kept:
        rows = rows.select_related("programme__academy")
    with_parts = together.with_rows(rows, beside)
    opens = functools.partial(links.opened_by, opens=Link.Opens.APPLICATION)
    return Prepared(
        lambda fingerprint, now: with_parts.filter(pk__in=opens(fingerprint, now=now)),
        fingerprint="of no token",
        now=A_MOMENT,
    )


def hand_over(application: Application) -> Application:
    """Give an application its programme with its academy and `PARTS`, where that is kept; it has its own where not."""
    application.programme = of(application)
    return application


def of(application: Application) -> Programme:
    """An application's programme as it is kept, with its academy and `PARTS`; its own where nothing is kept.

    Redis is asked once for each time that an application is read.
    """
    if not settings.KEEP_PAGES:
        return application.programme
    found: Programme | None = application.__dict__.get("kept_programme")
    if found is None:
        found = application.__dict__["kept_programme"] = _as_kept(application.programme_id)
    return found


def read_parts(programme: Programme, *names: str) -> None:
    """Read parts of a programme, by the names of relations, where they are not at hand, as those of a kept one are."""
    if _WHOLE not in programme.__dict__:
        prefetch_related_objects([programme], *names)


def criteria_of(programme: Programme) -> list[Criterion]:
    """A programme's criteria with their options, in their order, as they are kept."""
    if settings.KEEP_PAGES:
        programme = _as_kept(programme.pk)
    read_parts(programme, _GATE)
    return list(programme.criteria.all())


def _as_kept(programme_id: int) -> Programme:
    return _kept.get(programme_id, lambda: _read(Programme.objects.get(pk=programme_id)))


def published(slug: str) -> Programme | None:
    """The programme at a public address, with its academy, as it is kept; None where none is published there."""

    def rows() -> QuerySet[Programme]:
        return Programme.objects.published().filter(slug=slug).select_related("academy", "role_description")

    if not settings.KEEP_PAGES:
        return rows().first()
    return _published.get(slug, lambda: next(map(_read, rows()), None))


def _read(programme: Programme) -> Programme:
    prefetch_related_objects([programme], "academy", *PARTS, _GATE)
    programme.__dict__[_WHOLE] = True
    return programme
