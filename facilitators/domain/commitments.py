"""What a facilitator owes and by when, from the obligations of a programme; what of it is done; and what staff waive.

One `Commitment` stands for one window of one obligation, in the words of the day on which it began. ``done``,
``met_on`` and ``due_on`` are worked out here and nowhere else, from the rows that count, with the trainings locked.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Max, Q, Sum

from facilitators.domain import windows
from facilitators.domain.people import standing
from facilitators.models import Commitment, Delivery, DeliveryCredit, Participation, Pause, Training
from programmes.domain.access import Person, require_reviewer
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.wording import local_date
from programmes.models import Obligation

Kind, Unit, Window, Role = Obligation.Kind, Obligation.Unit, Obligation.Window, DeliveryCredit.Role
# What somebody did in a delivery, so that it counts for an obligation of a kind; other kinds have participations.
ROLES: dict[str, tuple[str, ...]] = {
    Kind.DELIVER: (Role.LED, Role.LED_JOINTLY),
    Kind.CO_DELIVER: (Role.LED_JOINTLY,),
    Kind.OBSERVE: (Role.OBSERVED,),
}
# So many trainings are locked and counted together by the daily clock.
BATCH = 200


@dataclass(frozen=True)
class Reckoned:
    """What a commitment's columns are by the rows that count."""

    due_on: datetime.date | None
    done: int
    met_on: datetime.date | None


# Beginning.
def begin(training: Training, *, now: datetime.datetime) -> None:
    """Make what somebody owes from the day of their training on, and count what is done; a second call adds nothing.

    Of an obligation for every year the year that runs now is made: who was trained long ago owes nothing for the
    years before the portal knew them.
    """
    with transaction.atomic():
        list(lock_trainings([training.pk]))
        today = local_date(now)
        there = set(training.commitments.values_list("key", flat=True))
        for obligation in training.programme.obligations.all():
            if obligation.key not in there:
                year = windows.year_on(training.trained_on, today)
                _make(training, obligation, year if obligation.window == Window.EVERY_YEAR else 0)
        recount([training.pk], now=now)


def _make(training: Training, obligation: Obligation, year: int) -> None:
    starts_on, due_on = _window(training, obligation, year)
    Commitment.objects.get_or_create(
        training=training,
        key=obligation.key,
        starts_on=starts_on,
        defaults={
            "obligation": obligation,
            "kind": obligation.kind,
            "at_least": obligation.at_least or 1,
            "at_most": obligation.at_most,
            "unit": obligation.unit,
            "window": obligation.window,
            "people_at_least": obligation.people_at_least,
            "one_of": obligation.one_of,
            "attends": obligation.attends,
            "description": obligation.description,
            "first_due_on": due_on,
            "due_on": due_on,
        },
    )


def _window(
    training: Training, obligation: Obligation, year: int
) -> tuple[datetime.date, datetime.date | None]:
    if obligation.window == Window.EVERY_YEAR:
        return windows.year_of(training.trained_on, year)
    if obligation.window == Window.STANDING or not obligation.months:
        return training.trained_on, None
    return training.trained_on, windows.months_later(training.trained_on, obligation.months)


def lock_trainings(training_ids: Iterable[int]) -> Iterator[Training]:
    """Lock some trainings, in the order of their ids: after programme and circle, before deliveries."""
    rows = Training.objects.select_for_update(no_key=True).filter(pk__in=set(training_ids))
    return rows.order_by("pk").iterator()


# Counting.
def recount(training_ids: Collection[int], *, now: datetime.datetime) -> None:
    """Work out for some trainings when each commitment is due, what is done, and since when it is met.

    Under the lock of the trainings. A new year of an obligation for every year is made where it has begun.
    """
    with transaction.atomic():
        trainings = {training.pk: training for training in lock_trainings(training_ids)}
        _turn_years(trainings, local_date(now))
        rows = list(Commitment.objects.filter(training__in=trainings))
        reckoned = reckon(rows)
        for row in rows:
            found = reckoned[row.pk]
            if (row.due_on, row.done, row.met_on) != (found.due_on, found.done, found.met_on):
                row.due_on, row.done, row.met_on = found.due_on, found.done, found.met_on
                row.save(update_fields=["due_on", "done", "met_on"])
        # Whether somebody is active hangs on the same rows.
        standing.recount(trainings)


def reckon(rows: Collection[Commitment]) -> dict[int, Reckoned]:
    """What the columns of some commitments are by the rows that count, by their keys; writes nothing.

    All commitments of a training have to be among them. Three queries, however many there are.
    """
    trainings = {row.training_id for row in rows}
    pauses: defaultdict[int, list[tuple[datetime.date, datetime.date]]] = defaultdict(list)
    for training_id, first, last in Pause.objects.filter(training__in=trainings).values_list(
        "training", "from_on", "until_on"
    ):
        pauses[training_id].append((first, last))
    done = _what_was_done(trainings)
    grouped: defaultdict[tuple[int, str], list[Commitment]] = defaultdict(list)
    for row in sorted(rows, key=lambda one: one.starts_on):
        grouped[row.training_id, row.key].append(row)
    found: dict[int, Reckoned] = {}
    for (training_id, _), own in grouped.items():
        asked = [_asked(row, pauses[training_id]) for row in own]
        things = _things(own[-1], done[training_id])
        for row, window, counted in zip(own, asked, windows.count(asked, things), strict=True):
            found[row.pk] = Reckoned(window.due_on, counted.done, counted.met_on)
    return _one_of(rows, found)


def _asked(row: Commitment, pauses: list[tuple[datetime.date, datetime.date]]) -> windows.Asked:
    due_on = windows.moved(row.starts_on, row.first_due_on, pauses) if row.first_due_on else None
    return windows.Asked(row.starts_on, due_on, row.at_least, ends=row.window != Window.STANDING)


def _one_of(rows: Collection[Commitment], found: dict[int, Reckoned]) -> dict[int, Reckoned]:
    """Of those that stand for each other, beginning on one day, the first that is met meets all that have an end."""
    met: dict[tuple[int, str, datetime.date], datetime.date] = {}
    for row in rows:
        met_on = found[row.pk].met_on
        key = (row.training_id, row.one_of, row.starts_on)
        if row.one_of and met_on:
            met[key] = min(met_on, met.get(key, met_on))
    for row in rows:
        day = met.get((row.training_id, row.one_of, row.starts_on))
        if day and row.window != Window.STANDING:
            found[row.pk] = Reckoned(found[row.pk].due_on, found[row.pk].done, day)
    return found


@dataclass(frozen=True)
class _Done:
    """One delivery credited to somebody, or one participation: ``people`` is None for the latter."""

    kinds: tuple[str, ...]
    unit: str
    held_on: datetime.date
    people: int | None
    order: int
    attends: str = ""


def _what_was_done(training_ids: Collection[int]) -> defaultdict[int, list[_Done]]:
    found: defaultdict[int, list[_Done]] = defaultdict(list)
    credited = DeliveryCredit.objects.filter(
        training__in=training_ids,
        delivery__programme=F("training__programme"),
        delivery__state__in=[Delivery.State.LOGGED, Delivery.State.CONFIRMED],
    ).annotate(people=Sum("delivery__reached__people"))
    for training_id, role, unit, held_on, people, delivery_id in credited.values_list(
        "training", "role", "delivery__unit", "delivery__held_on", "people", "delivery"
    ):
        kinds = tuple(kind for kind, roles in ROLES.items() if role in roles)
        found[training_id].append(_Done(kinds, unit, held_on, people or 0, delivery_id))
    participations = Participation.objects.filter(training__in=training_ids)
    for training_id, kind, unit, held_on, pk, attends in participations.values_list(
        "training", "kind", "unit", "held_on", "pk", "attends"
    ):
        found[training_id].append(_Done((kind,), unit, held_on, None, pk, attends))
    return found


def _things(row: Commitment, done: Iterable[_Done]) -> Iterator[windows.Thing]:
    """What of all that somebody did is of the kind and the unit that a commitment asks for.

    A commitment to reach so many people counts those whom deliveries reached, whatever the unit of the delivery.
    """
    for one in done:
        if row.kind not in one.kinds or row.attends not in ("", one.attends):
            continue
        by_people = row.unit == Unit.PERSON and one.people is not None
        if not by_people and one.unit != row.unit:
            continue
        if one.people is not None and one.people < (row.people_at_least or 0):
            continue
        yield windows.Thing(one.held_on, one.people or 0 if by_people else 1, one.order)


# The turn of the year.
def _turn_years(trainings: dict[int, Training], today: datetime.date) -> None:
    """Make the years that have begun of what locked trainings owe every year: also those that an outage left out."""
    latest = (
        Commitment.objects.filter(training__in=trainings, obligation__window=Window.EVERY_YEAR)
        .order_by("training", "obligation")
        .values("training", "obligation")
        .annotate(begun_on=Max("starts_on"))
    )
    found = list(latest)
    obligations = Obligation.objects.in_bulk({row["obligation"] for row in found})
    for row in found:
        training = trainings[row["training"]]
        last = min(today, training.ended_on or today)
        year = windows.year_on(training.trained_on, row["begun_on"]) + 1
        while windows.year_of(training.trained_on, year)[0] <= last:
            _make(training, obligations[row["obligation"]], year)
            year += 1


def to_turn(now: datetime.datetime) -> list[int]:
    """The trainings for which a new year of some obligation has begun, and is not made yet."""
    year_ago = windows.months_later(local_date(now), -12)
    rows = (
        Commitment.objects.filter(obligation__window=Window.EVERY_YEAR, training__ended_on__isnull=True)
        .order_by("training", "obligation")
        .values("training", "obligation")
        .annotate(begun_on=Max("starts_on"))
        # A day more: a year that began on 29 February ends on the 27th.
        .filter(begun_on__lte=year_ago + windows.ONE_DAY)
    )
    return sorted({row["training"] for row in rows})


# By staff.
def waive(commitment_id: int, *, user: Person, reason: str, now: datetime.datetime) -> Commitment:
    """Staff let somebody off a commitment, with a reason that is kept and shown to them.

    Raises `Refused` where it is met or waived already, or without a reason; `NotAllowed` without the role.
    """
    with transaction.atomic():
        commitment = _lock(commitment_id, user)
        if why_not := why_not_waived(commitment):
            raise Refused(why_not)
        if not reason.strip():
            raise Refused("Give a reason: it is kept with your name, and the facilitator reads it.")
        commitment.waived_on, commitment.waived_reason = local_date(now), reason.strip()[:300]
        changed_by(commitment, user)
        commitment.save()
        return commitment


def ask_again(commitment_id: int, *, user: Person, now: datetime.datetime) -> Commitment:
    """Staff take back that a commitment was waived: it is owed as before."""
    with transaction.atomic():
        commitment = _lock(commitment_id, user)
        if commitment.waived_on is None:
            raise Refused("This commitment is not waived. Nothing was changed.")
        commitment.waived_on, commitment.waived_reason = None, ""
        changed_by(commitment, user)
        commitment.save()
        recount([commitment.training_id], now=now)
        return Commitment.objects.get(pk=commitment_id)


def why_not_waived(commitment: Commitment) -> str:
    """Why a commitment cannot be waived, as a sentence; empty where it can."""
    if commitment.waived_on is not None:
        return "This commitment is waived already."
    if commitment.met_on is not None:
        return "This commitment is met: there is nothing to waive."
    return ""


def _lock(commitment_id: int, user: Person) -> Commitment:
    training_id = Commitment.objects.values_list("training", flat=True).get(pk=commitment_id)
    list(lock_trainings([training_id]))
    found = Commitment.objects.select_related("training__programme__academy", "training__facilitator")
    commitment = found.get(pk=commitment_id)
    require_reviewer(user, commitment.training.programme)
    return commitment


def paused_on(day: datetime.date) -> Q:
    """The commitments whose facilitator pauses on a day, as a condition of a query."""
    return Q(training__in=Pause.objects.filter(from_on__lte=day, until_on__gte=day).values("training"))
