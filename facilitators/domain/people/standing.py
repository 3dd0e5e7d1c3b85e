"""Where a facilitator stands in a programme, and in words by which rule and which dates.

What counts is kept on each training (`recount`), so that the standing on a day is a comparison of dates: the same here
in words and in a list as a filter.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import models, transaction
from django.db.models import Case, Count, Exists, F, Max, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from facilitators.domain import windows
from facilitators.models import DeliveryCredit, Facilitation, Pause, Training
from facilitators.models.people import TrainingQuerySet
from programmes.domain.wording import nhs_date, plural
from programmes.models import Programme

Role = DeliveryCredit.Role
# Observing is no delivery.
_DELIVERS = (Role.LED, Role.LED_JOINTLY)
_ONE_DAY = datetime.timedelta(days=1)
_BATCH = 500


class Standing(models.TextChoices):
    """Where somebody stands in one programme."""

    PROVISIONAL = "provisional", "Provisional"
    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    LAPSED = "lapsed", "Lapsed"
    LEFT = "left", "Left"


@dataclass(frozen=True)
class Stands:
    """A standing, and the sentence that says by which rule and which dates."""

    standing: Standing
    sentence: str


@dataclass(frozen=True)
class Kept:
    """What is kept on a training: how often was delivered, when last, and the first day of having lapsed."""

    delivered: int
    last_delivered_on: datetime.date | None
    lapses_on: datetime.date | None


def rules_of(programme: Programme) -> Facilitation:
    """How the facilitators of a programme work; the defaults where nothing is stored."""
    return getattr(programme, "facilitation", None) or Facilitation(programme=programme)


def on_day(training: Training, day: datetime.date) -> Stands:
    """Where a training stands on a day. Reads its programme's facilitation, and its pauses (prefetched or not).

    Somebody who has left has left, whatever else; who pauses pauses; then who has lapsed; the rest are provisional
    until they have delivered as often as the programme asks, and then active.
    """
    if training.ended_on is not None and training.ended_on <= day:
        return Stands(Standing.LEFT, f"Left on {nhs_date(training.ended_on)}: {training.ended_reason}")
    pauses = sorted((one.from_on, one.until_on, one.reason) for one in training.pauses.all())
    if now := [one for one in pauses if one[0] <= day <= one[1]]:
        first, _, reason = now[0]
        back = back_on([(one[0], one[1]) for one in pauses], day)
        text = f"Pauses from {nhs_date(first)} until {nhs_date(back - _ONE_DAY)}: {reason}"
        return Stands(Standing.PAUSED, _sentences(text, "What is due later moves by as many days."))
    rules = rules_of(training.programme)
    ahead = [one[0] for one in pauses if one[0] > day]
    later = f"A pause begins on {nhs_date(ahead[0])}." if ahead else ""
    if training.lapses_on is not None and training.lapses_on <= day:
        return Stands(Standing.LAPSED, _sentences(_lapsed(training, rules), later))
    needed = rules.deliveries_until_active
    standing = Standing.PROVISIONAL if training.delivered < needed else Standing.ACTIVE
    return Stands(standing, _sentences(_delivered(training, needed), _until(training), later))


def back_on(pauses: Iterable[tuple[datetime.date, datetime.date]], day: datetime.date) -> datetime.date:
    """The first day from ``day`` on that is in none of the pauses (first and last day of each)."""
    for first, last in sorted(pauses):
        if first <= day <= last:
            day = last + _ONE_DAY
    return day


def _sentences(*parts: str) -> str:
    """Sentences in a row, each with its end."""
    said = [part.strip() for part in parts if part.strip()]
    return " ".join(part if part[-1] in ".!?" else f"{part}." for part in said)


def _delivered(training: Training, needed: int) -> str:
    times = {1: "once", 2: "twice"}.get(training.delivered) or plural(training.delivered, "time")
    done = "No delivery yet"
    if training.last_delivered_on is not None:
        done = f"Delivered {times} so far, last on {nhs_date(training.last_delivered_on)}"
    if not needed:
        return f"{done}; active since the training on {nhs_date(training.trained_on)}."
    words = {1: "the first delivery", 2: "the second delivery", 3: "the third delivery"}
    return f"{done}; active from {words.get(needed, f'delivery number {needed}')} on."


def _until(training: Training) -> str:
    if training.lapses_on is None:
        return ""
    return f"Lapses without another delivery by {nhs_date(training.lapses_on - _ONE_DAY)}."


def _lapsed(training: Training, rules: Facilitation) -> str:
    since = f"No delivery since {nhs_date(training.last_delivered_on or training.trained_on)}"
    rule = plural(rules.lapses_after_months or 0, "month")
    return (
        f"{since}{'' if training.last_delivered_on else ', the day of the training'}: without one in {rule} a "
        f"facilitator lapses, which was on {nhs_date(training.lapses_on)}. A delivery ends that."
    )


def standing_is(standing: str, day: datetime.date) -> Q:
    """The condition for trainings that stand so on a day: the same rule as `on_day`, for queries on trainings."""
    left = Q(ended_on__isnull=False, ended_on__lte=day)
    paused = Exists(Pause.objects.filter(training=OuterRef("pk"), from_on__lte=day, until_on__gte=day))
    lapsed = Q(lapses_on__isnull=False, lapses_on__lte=day)
    # Without a row of its own a programme has the defaults. By a query of its own: Django joins a row that is compared
    # with as one that has to be there.
    default = Facilitation._meta.get_field("deliveries_until_active").default
    own = Facilitation.objects.filter(programme=OuterRef("programme")).values("deliveries_until_active")
    provisional = Q(delivered__lt=Coalesce(Subquery(own[:1]), default))
    if standing == Standing.LEFT:
        return left
    if standing == Standing.PAUSED:
        return ~left & Q(paused)
    if standing == Standing.LAPSED:
        return ~left & ~Q(paused) & lapsed
    here = ~left & ~Q(paused) & ~lapsed
    return here & provisional if standing == Standing.PROVISIONAL else here & ~provisional


def with_standing(trainings: TrainingQuerySet, day: datetime.date) -> TrainingQuerySet:
    """Trainings that know their ``standing`` on a day (a value of `Standing`), and can be ordered by it."""
    whens = [When(standing_is(one.value, day), then=Value(one.value)) for one in Standing]
    return trainings.annotate(standing=Case(*whens, output_field=models.CharField()))


# What is kept.
def recount(training_ids: Collection[int]) -> None:
    """Keep on some trainings how often they delivered, when last, and when they lapse; under their lock."""
    trainings = Training.objects.filter(pk__in=training_ids).select_related("programme__facilitation")
    for training, kept in reckon(list(trainings)):
        if (training.delivered, training.last_delivered_on, training.lapses_on) != (
            kept.delivered,
            kept.last_delivered_on,
            kept.lapses_on,
        ):
            # No change of the person's record: nothing for its history.
            Training.objects.filter(pk=training.pk).update(
                delivered=kept.delivered,
                last_delivered_on=kept.last_delivered_on,
                lapses_on=kept.lapses_on,
            )


def reckon(trainings: Collection[Training]) -> list[tuple[Training, Kept]]:
    """What is to be kept on some trainings, by the rows that count: two queries, however many there are.

    A delivery before the training does not count, and of those that do each counts once.
    """
    keys = [training.pk for training in trainings]
    credited = DeliveryCredit.objects.filter(
        training__in=keys,
        role__in=_DELIVERS,
        delivery__state__in=["logged", "confirmed"],
        delivery__held_on__gte=F("training__trained_on"),
        delivery__programme=F("training__programme"),
    )
    counted = (
        credited.order_by().values("training").annotate(times=Count("pk"), last=Max("delivery__held_on"))
    )
    done = {row["training"]: (row["times"], row["last"]) for row in counted}
    pauses: defaultdict[int, list[tuple[datetime.date, datetime.date]]] = defaultdict(list)
    for pk, first, last in Pause.objects.filter(training__in=keys).values_list(
        "training", "from_on", "until_on"
    ):
        pauses[pk].append((first, last))
    found = []
    for training in trainings:
        times, last_on = done.get(training.pk, (0, None))
        months = rules_of(training.programme).lapses_after_months
        found.append(
            (training, Kept(times, last_on, _lapses_on(training, last_on, months, pauses[training.pk])))
        )
    return found


def _lapses_on(
    training: Training,
    last_on: datetime.date | None,
    months: int | None,
    pauses: list[tuple[datetime.date, datetime.date]],
) -> datetime.date | None:
    """The day after the last one on which a delivery would have come in time; days of a pause do not count."""
    if months is None:
        return None
    since = last_on or training.trained_on
    last_day = windows.moved(since, windows.months_later(since, months), pauses)
    return last_day + _ONE_DAY if last_day < datetime.date.max else None


def recount_programme(programme_id: int) -> None:
    """Keep anew what hangs on a programme's rule, which has changed; with its trainings locked."""
    with transaction.atomic():
        rows = Training.objects.select_for_update(no_key=True).filter(programme=programme_id).order_by("pk")
        keys = list(rows.values_list("pk", flat=True))
        for start in range(0, len(keys), _BATCH):
            recount(keys[start : start + _BATCH])
