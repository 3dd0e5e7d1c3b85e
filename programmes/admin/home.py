"""The staff's first page: what waits on them, how their programmes stand, and what was done last.

The number of queries depends neither on the number of academies nor on those of programmes and applications. Among
very many applications what is counted may be a minute old, and the page says of when it is.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from applications.domain import figures
from applications.domain.figures import AllowanceUse, Days, Reached
from applications.models import Application
from cohorts.domain import figures as places
from cohorts.domain.figures import Seats
from cohorts.models import Session
from programmes.admin.changes import last_changes
from programmes.admin.pages import page_of
from programmes.admin.waiting import address_of
from programmes.domain import access, crowds, freshness, workload
from programmes.domain.wording import nhs_date, nhs_datetime, plural
from programmes.domain.workload import Counted
from programmes.models import Academy, IntegrityReport, Programme, Role
from programmes.models.academies import AcademyQuerySet

# A programme that closed longer ago, and has no session ahead, is not looked at every morning.
LATELY = datetime.timedelta(days=180)
# Of the impossible states found, how many stand on the page.
NAMED = 20


@dataclass(frozen=True)
class Item:
    """One line of what waits: how many of what, since when or until when, and the list of exactly those."""

    count: int
    name: str
    when: str
    url: str


@dataclass(frozen=True)
class Full:
    """How full something is: ``taken`` of ``of`` (None: without a limit), in words, with a mark at ``needed``."""

    name: str
    taken: int
    of: int | None
    words: str
    url: str = ""
    needed: int = 0

    @property
    def length(self) -> int:
        """How long its bar is: what is taken may be more than is allowed."""
        return max(self.taken, self.of or 0, 1)


@dataclass(frozen=True)
class Standing:
    """How one programme stands."""

    programme: Programme
    when: str
    funnel: Sequence[Reached]
    limits: Sequence[Full]
    nominations: Sequence[Full]
    days: Days | None


@dataclass(frozen=True)
class Desk:
    """One academy of the reader: what waits there, and its programmes."""

    academy: Academy
    items: Sequence[Item]
    programmes: Sequence[Standing]


@dataclass(frozen=True)
class _Counted:
    """What is counted of some programmes, and when that was: their work, their days and how each stands."""

    at: datetime.datetime
    waits: Mapping[int, Sequence[Counted]]
    days: Mapping[int | None, Days]
    standings: Mapping[int, Sequence[Standing]]


_counted: freshness.Kept[tuple[int, ...], _Counted] = freshness.Kept(freshness.PROGRAMMES, most=100)


def home_context(request: HttpRequest) -> dict[str, Any]:
    """Everything that the first page shows to whoever asks for it."""
    now = timezone.now()
    # Read once: with the keys themselves the figures are found by indexes alone.
    academy_of = dict(access.programmes_visible_to(request.user).values_list("pk", "academy"))
    programmes = sorted(academy_of)
    academies = Academy.objects.visible_to(request.user)
    listed = list(academies)
    applications = Application.objects.filter(programme__in=programmes).values("programme")
    found = _counted.get(
        tuple(programmes), lambda: _count(academy_of, now), if_=lambda _: crowds.are_many(applications)
    )
    return {
        "desks": [
            Desk(
                academy,
                [
                    _item(one, academy if len(listed) > 1 else None, now)
                    for one in found.waits.get(academy.pk, [])
                ],
                found.standings.get(academy.pk, []),
            )
            for academy in listed
        ],
        "counted_at": "" if found.at == now else nhs_datetime(found.at),
        "days": found.days.get(None),
        "changes": last_changes(programmes, academies, now=now),
        "check": _check(request.user, now),
    }


def _count(academy_of: Mapping[int, int], now: datetime.datetime) -> _Counted:
    programmes = sorted(academy_of)
    days = figures.days_to_decision(programmes, now=now)
    return _Counted(now, workload.waits(academy_of, now=now), days, _standings(programmes, days, now))


def _item(counted: Counted, academy: Academy | None, now: datetime.datetime) -> Item:
    return Item(counted.count, counted.name, _when(counted, now), address_of(counted.waiting, academy))


def _when(counted: Counted, now: datetime.datetime) -> str:
    """Since when the first waits, or when the first is due, in words."""
    first = "" if counted.count == 1 else "the first "
    if counted.waiting.due:
        return f"{first}{nhs_datetime(counted.moment)}"
    days = (timezone.localdate(now) - timezone.localdate(counted.moment)).days
    return f"{first}since today" if days == 0 else f"{first}for {plural(days, 'day')}"


# The programmes.
def _current(programmes: Collection[int], now: datetime.datetime) -> list[Programme]:
    ahead = Session.objects.filter(cohort__programme=OuterRef("pk"), cohort__runs=True, ends_at__gt=now)
    lately = Q(closes_at=None) | Q(closes_at__gt=now - LATELY) | Q(Exists(ahead))
    return list(Programme.objects.published().filter(lately, pk__in=programmes))


def _standings(
    programmes: Collection[int], days: Mapping[int | None, Days], now: datetime.datetime
) -> dict[int, list[Standing]]:
    """How each current programme stands, by academy: one query for each kind of figure."""
    current = _current(programmes, now)
    keys = [programme.pk for programme in current]
    funnels = figures.funnel(keys)
    given = places.places_given(keys)
    seats = places.seats(keys, now=now)
    nominations: dict[int, list[AllowanceUse]] = {}
    for one in figures.nominations(keys):
        nominations.setdefault(one.allowance.programme_id, []).append(one)
    found: dict[int, list[Standing]] = {}
    for programme in current:
        standing = Standing(
            programme,
            _open_or_closed(programme, now),
            funnels.get(programme.pk, []),
            _limits(programme, given, seats.get(programme.pk, [])),
            [_nominations(one) for one in nominations.get(programme.pk, [])],
            days.get(programme.pk),
        )
        found.setdefault(programme.academy_id, []).append(standing)
    return found


def _open_or_closed(programme: Programme, now: datetime.datetime) -> str:
    if programme.opens_later(now):
        return f"Opens {nhs_datetime(programme.opens_at)}"
    if programme.has_closed(now):
        return f"Closed {nhs_date(programme.closes_at)}"
    return f"Open until {nhs_datetime(programme.closes_at)}" if programme.closes_at else "Open"


def _limits(programme: Programme, given: Mapping[int, int], seats: Sequence[Seats]) -> list[Full]:
    """The places of a programme, and the seats of its cohorts."""
    taken, total = given.get(programme.pk, 0), programme.total_places
    words = f"{taken} of {total} given" if total is not None else f"{taken} given, without a limit"
    return [Full("Places", taken, total, words), *(_seats(one) for one in seats)]


def _seats(one: Seats) -> Full:
    cohort = one.cohort
    words = f"{one.taken} of {cohort.maximum} taken, {one.confirmed} confirmed"
    if one.taken < cohort.minimum:
        words += f"; {cohort.minimum - one.taken} fewer than its minimum of {cohort.minimum}"
    url = reverse("admin:cohorts_cohort_change", args=[cohort.pk])
    return Full(cohort.name, one.taken, cohort.maximum, words, url, needed=cohort.minimum)


def _nominations(one: AllowanceUse) -> Full:
    words = f"{one.used} of {one.limit} used"
    if one.in_reserve:
        words += f", {one.in_reserve} in reserve"
    return Full(one.allowance.whose, one.used, one.limit, words)


# The check for impossible states.
@dataclass(frozen=True)
class Found:
    """One impossible state: what it is, what to do, and the page of the record where it has one."""

    sentence: str
    what_to_do: str
    url: str


@dataclass(frozen=True)
class Check:
    """The last run of the check, as its reader may see it; ``ran`` is empty before the first."""

    ran: str
    found: Sequence[Found]
    more: int


def _check(user: Any, now: datetime.datetime) -> Check | None:
    """What the last check found among the records of the reader's academies; None for who administers none."""
    academies = set(_administered(user).values_list("pk", flat=True))
    if not academies and not user.is_superuser:
        return None
    report = IntegrityReport.objects.order_by("-started_at", "-pk").first()
    if report is None:
        return Check("", [], 0)
    seen = [one for one in report.findings if user.is_superuser or one["academy"] in academies]
    found = [Found(one["sentence"], one["what_to_do"], page_of(one["about"])) for one in seen[:NAMED]]
    return Check(nhs_datetime(report.started_at), found, len(seen) - len(found))


def _administered(user: Any) -> AcademyQuerySet:
    return access.academies_with(user, Role.ADMINISTRATOR)
