"""The day of a training, corrected by staff: what is owed, where somebody stands and the reminders follow it."""

from __future__ import annotations

import datetime
from collections import defaultdict

from django.db import transaction

from facilitators.domain import commitments, reminders, windows
from facilitators.domain.people import register
from facilitators.models import Commitment, Training
from programmes.domain.access import Person, require_reviewer
from programmes.domain.record import changed_because
from programmes.domain.refused import Refused
from programmes.domain.wording import local_date, nhs_date
from programmes.models import Obligation


def correct(
    training_id: int, *, trained_on: datetime.date, reason: str, user: Person, now: datetime.datetime
) -> Training:
    """Staff correct the day of a training, with a reason; every window moves with it, and the facilitator is told.

    Raises `Refused` without a reason, for the day that is there, one that lies ahead, and one after they have left;
    `NotAllowed` without the role of reviewer.
    """
    with transaction.atomic():
        list(commitments.lock_trainings([training_id]))
        training = Training.objects.select_related("programme__academy", "facilitator").get(pk=training_id)
        require_reviewer(user, training.programme)
        _require_possible(training, trained_on, reason, today=local_date(now))
        training.trained_on = trained_on
        changed_because(training, reason, user)
        training.save()
        move_windows(training, reason=reason, user=user, today=local_date(now))
        commitments.recount([training.pk], now=now)
        register.tell(
            training.facilitator,
            "facilitator_training_day",
            programme=training.programme,
            occasion=f"training:{training.pk}:day:{now.isoformat()}",
            now=now,
            context={"trained_on": nhs_date(trained_on), "reason": reason.strip()},
        )
        return training


def _require_possible(
    training: Training, trained_on: datetime.date, reason: str, *, today: datetime.date
) -> None:
    if not reason.strip():
        raise Refused("Give a reason: it is kept in the register.")
    if trained_on == training.trained_on:
        raise Refused("This is the day in the register already.")
    if trained_on > today:
        raise Refused("The day of the training lies ahead. Enter today or an earlier day.")
    if training.ended_on and trained_on > training.ended_on:
        raise Refused(
            f"{training.facilitator.name} left {training.programme} on {nhs_date(training.ended_on)}: choose a day "
            "until then."
        )


def move_windows(training: Training, *, reason: str, user: Person, today: datetime.date) -> None:
    """Let the windows of a locked training begin with its day; the caller counts anew.

    A window keeps its length. Of what is owed every year each year becomes that which has most of its days; where two
    become the same one the later stays, and what was noted of the other is in its history.
    """
    taken: defaultdict[str, set[datetime.date]] = defaultdict(set)
    for row in training.commitments.order_by("-starts_on"):
        starts_on, due_on = _window(row, training.trained_on, today)
        changed_because(row, reason, user)
        if starts_on in taken[row.key]:
            row.delete()
            continue
        taken[row.key].add(starts_on)
        if (row.starts_on, row.first_due_on) != (starts_on, due_on):
            row.starts_on, row.first_due_on, row.due_on = starts_on, due_on, due_on
            row.save()


def _window(
    row: Commitment, trained_on: datetime.date, today: datetime.date
) -> tuple[datetime.date, datetime.date | None]:
    """The first and the last day of a commitment's window, had the training been on ``trained_on``."""
    if row.window == Obligation.Window.EVERY_YEAR:
        middle = windows.months_later(row.starts_on, 6)
        return windows.year_of(trained_on, windows.year_on(trained_on, min(middle, today)))
    if row.first_due_on is None:
        return trained_on, None
    return trained_on, windows.months_later(trained_on, reminders.months_of(row))
