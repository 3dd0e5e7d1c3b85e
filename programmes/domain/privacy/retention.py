"""How long what is held on people is kept: what is over for long enough is made anonymous, each night.

Every outcome (withdrawn, never submitted, …) has its period on the programme. What is due is found by its dates, so
that a night that was missed is made up the next, and a run that is repeated finds nothing. A hold keeps what is due.
"""

from __future__ import annotations

import calendar
import datetime
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from programmes.domain.announcements import Announcement
from programmes.domain.privacy import anonymising, people, registry
from programmes.domain.privacy.people import plain_address
from programmes.models import Hold, Programme, RetentionReport

# So many records are made anonymous in one transaction.
BATCH = 100
AHEAD = datetime.timedelta(days=30)
# How long the reports of each night are kept.
REPORTS_KEPT = datetime.timedelta(days=400)

# Which records of a kind are still needed for another record that stays: their keys.
needed: Announcement[[str, set[int]]] = Announcement()


@dataclass(frozen=True)
class At:
    """What an outcome is asked for: a programme (None where it is of none), the moment ``now``, and ``before``.

    What has been over since before that is due.
    """

    programme: Programme | None
    before: datetime.datetime
    now: datetime.datetime


@dataclass(frozen=True)
class Outcome:
    """What became of some records, and which of them are over since a moment.

    ``period`` is the field of the programme that says how long they are kept; empty for what is of no programme, and
    kept as long as the setting ``KEEP_OTHER_MONTHS`` says. ``due`` returns the records that are over for so long, and
    not anonymous yet. They are of ``kind``, a root of the registry; without one ``carry_out`` says what is done with
    their keys.
    """

    key: str
    label: str
    period: str
    due: Callable[[At], QuerySet[Any]]
    kind: str = ""
    carry_out: Callable[[list[int], datetime.datetime], object] | None = None


@dataclass(frozen=True)
class Count:
    """How many records of one outcome in one programme are due, and how many of them are kept by a hold."""

    outcome: Outcome
    programme: Programme | None
    due: list[int] = field(default_factory=list)
    held: list[int] = field(default_factory=list)

    @property
    def why(self) -> str:
        """Why they go, as a sentence."""
        return f"{self.outcome.label}: over for more than {kept_for(self.outcome, self.programme)}."


_outcomes: dict[str, Outcome] = {}


def register(*outcomes: Outcome) -> None:
    """Let outcomes be looked at each night: those registered last first, because what hangs on others goes first."""
    _outcomes.update({outcome.key: outcome for outcome in outcomes})


def outcomes() -> list[Outcome]:
    """Every outcome."""
    return list(reversed(_outcomes.values()))


def label_of(key: str) -> str:
    """What an outcome is called; its key where there is none of that name any more."""
    return _outcomes[key].label if key in _outcomes else key


def kept_for(outcome: Outcome, programme: Programme | None) -> str:
    """How long an outcome is kept, such as “12 months”."""
    number, unit = _period(outcome.period, programme)
    return f"{number} {unit}" if number != 1 else f"1 {unit.removesuffix('s')}"


def _period(name: str, programme: Programme | None) -> tuple[int, str]:
    if not name:
        return settings.KEEP_OTHER_MONTHS, "months"
    return int(getattr(programme, name)), name.rpartition("_")[2]


def cut_off(period: str, programme: Programme | None, now: datetime.datetime) -> datetime.datetime:
    """Since when something has to be over at ``now`` to be due."""
    number, unit = _period(period, programme)
    if unit == "days":
        return now - datetime.timedelta(days=number)
    here = timezone.localtime(now)
    months = here.year * 12 + here.month - 1 - number
    year, month = months // 12, months % 12 + 1
    day = min(here.day, calendar.monthrange(year, month)[1])
    return here.replace(year=year, month=month, day=day)


def due(now: datetime.datetime, *, programmes: Iterable[Programme] | None = None) -> Iterator[Count]:
    """What is due at ``now``, by outcome and programme; changes nothing.

    With ``programmes`` only theirs; without, those of all and what is of no programme.
    """
    chosen = list(Programme.objects.order_by("pk") if programmes is None else programmes)
    holds = _standing_holds()
    seen: set[tuple[str, int]] = set()
    for outcome in outcomes():
        where: list[Programme | None] = [*chosen] if outcome.period else [None]
        for programme in where if outcome.period or programmes is None else ():
            count = _count(outcome, programme, now, holds)
            fresh = [key for key in count.due if (outcome.kind, key) not in seen or not outcome.kind]
            seen |= {(outcome.kind, key) for key in fresh}
            if fresh or count.held:
                yield Count(outcome, programme, fresh, count.held)


def _count(
    outcome: Outcome, programme: Programme | None, now: datetime.datetime, holds: set[tuple[int, str]]
) -> Count:
    rows = outcome.due(At(programme, cut_off(outcome.period, programme, now), now)).order_by("pk")
    if not outcome.kind:
        return Count(outcome, programme, list(rows.values_list("pk", flat=True)))
    root = registry.root_of(outcome.kind)
    found = dict(rows.values_list("pk", root.address))
    wanted: set[int] = set().union(*needed(outcome.kind, set(found)))
    held = {key for key, address in found.items() if _is_held(programme, str(address), holds)}
    return Count(
        outcome,
        programme,
        [key for key in found if key not in wanted and key not in held],
        sorted(held),
    )


def _standing_holds() -> set[tuple[int, str]]:
    rows = Hold.objects.standing().values_list("academy", "address")
    return {(academy, plain_address(address)) for academy, address in rows}


def _is_held(programme: Programme | None, address: str, holds: set[tuple[int, str]]) -> bool:
    """Whether an academy holds what is kept under an address; of no programme, whether any does."""
    return any(
        plain_address(address) == held and (programme is None or programme.academy_id == academy)
        for academy, held in holds
    )


def run(now: datetime.datetime, *, started_by: str) -> RetentionReport:
    """Make anonymous what is due at ``now``, in batches, and keep what was done. Safe to run twice, and at once."""
    began = time.monotonic()
    report = RetentionReport.objects.create(started_at=now, seconds=0, started_by=started_by[:150])
    counts: Counter[tuple[int | None, str, str]] = Counter()
    for count in due(now):
        key = (count.programme.pk if count.programme else None, count.outcome.key)
        counts[*key, "held"] += len(count.held)
        for start in range(0, len(count.due), BATCH):
            batch = count.due[start : start + BATCH]
            counts[*key, "gone"] += _carry_out(count.outcome, count.programme, batch, now)
    report.seconds = time.monotonic() - began
    report.counts = [
        {
            "programme": programme,
            "outcome": outcome,
            "gone": counts[programme, outcome, "gone"],
            "held": counts[programme, outcome, "held"],
        }
        for programme, outcome in sorted({key[:2] for key in counts}, key=lambda key: (key[0] or 0, key[1]))
    ]
    report.save()
    RetentionReport.objects.filter(started_at__lt=now - REPORTS_KEPT).delete()
    return report


def _carry_out(outcome: Outcome, programme: Programme | None, keys: list[int], now: datetime.datetime) -> int:
    """Make some records anonymous; return how many were still due, once nobody else could touch them."""
    with transaction.atomic():
        if outcome.carry_out is not None:
            outcome.carry_out(keys, now)
            return len(keys)
        anonymising.one_at_a_time()
        anonymising.lock(people.Person(keys={outcome.kind: set(keys)}))
        still = _count(outcome, programme, now, _standing_holds()).due
        chosen = [key for key in keys if key in set(still)]
        person = people.of_records({outcome.kind: chosen})
        anonymising.anonymise(person, now=now)
        anonymising.take_out_mentions(person)
        return len(chosen)
