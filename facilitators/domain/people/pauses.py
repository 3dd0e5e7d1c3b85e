"""Pausing as a facilitator, coming back, leaving a programme, and being put back in.

Facilitators do it themselves by their link; staff do it for them, and for longer. What is due moves with the pauses
(`commitments.recount`).
"""

from __future__ import annotations

import datetime

from django.db import transaction

from facilitators.domain import commitments, windows
from facilitators.domain.people import register
from facilitators.models import Circle, CircleFacilitator, Pause, Training
from programmes.domain.access import Person, require_reviewer
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.wording import local_date, nhs_date, plural

# How long a facilitator pauses without asking the academy; pauses that follow each other count together.
LONGEST_MONTHS = 6
# The last day that staff can enter: a slip of the keys is no pause of 900 years.
_FURTHEST_YEARS = 10
REASON_LIMIT = 300
_ONE_DAY = datetime.timedelta(days=1)


def pause(
    training_id: int,
    *,
    from_on: datetime.date,
    until_on: datetime.date,
    reason: str,
    user: Person | None,
    now: datetime.datetime,
) -> Pause:
    """Pause in a programme from one day until another, both included, with a reason.

    ``user`` is the member of staff who notes it; None for the facilitator's own wish, which begins today or later and
    is for at most 6 months together with what it follows on. Staff may note any time, and the facilitator is told.
    Raises `Refused`, and `NotAllowed` for staff without the role.
    """
    with transaction.atomic():
        training = _lock(training_id, user)
        _require_not_left(training)
        _require_days(training, from_on, until_on, own=user is None, today=local_date(now))
        row = Pause(
            training=training,
            from_on=from_on,
            until_on=until_on,
            reason=_reason(reason),
            made_by_id=_key(user),
        )
        changed_by(row, user)
        row.save()
        commitments.recount([training.pk], now=now)
        if user is not None:
            _tell(
                training,
                "facilitator_paused",
                f"pause:{row.pk}",
                now=now,
                from_on=nhs_date(from_on),
                until_on=nhs_date(until_on),
                reason=row.reason,
            )
        return row


def _require_days(
    training: Training,
    from_on: datetime.date,
    until_on: datetime.date,
    *,
    own: bool,
    today: datetime.date,
) -> None:
    if until_on < from_on:
        raise Refused("The last day is before the first. Enter a last day that is the same or later.")
    if from_on < training.trained_on:
        raise Refused(f"The training was on {nhs_date(training.trained_on)}: a pause begins after that.")
    if until_on > windows.months_later(today, 12 * _FURTHEST_YEARS):
        raise Refused(f"The last day is more than {_FURTHEST_YEARS} years away. Enter an earlier day.")
    if not own:
        return
    if from_on < today:
        raise Refused("The first day has passed. Enter today or a later day.")
    # As one with every pause that it overlaps, or that ends the day before or begins the day after.
    first, last = from_on, until_on
    for one in (*training.pauses.order_by("from_on"), *training.pauses.order_by("-from_on")):
        if one.from_on <= last + _ONE_DAY and one.until_on >= first - _ONE_DAY:
            first, last = min(first, one.from_on), max(last, one.until_on)
    longest = windows.months_later(first, LONGEST_MONTHS) - _ONE_DAY
    if last > longest:
        raise Refused(
            f"You can pause for up to {plural(LONGEST_MONTHS, 'month')} yourself: until {nhs_date(longest)} at the "
            f"latest. Write to {training.programme.contact_email} if you need longer."
        )


def end_pause(pause_id: int, *, user: Person | None, now: datetime.datetime) -> Training:
    """End a pause: from today on it does not count, and one that has not begun is taken back; return the training.

    Raises `Refused` where it has ended already, and `NotAllowed` for staff without the role.
    """
    with transaction.atomic():
        found = Pause.objects.values_list("training", flat=True).filter(pk=pause_id).first()
        if found is None:
            raise Refused("This pause was taken back already.")
        training = _lock(found, user)
        _require_not_left(training)
        row = training.pauses.filter(pk=pause_id).first()
        today = local_date(now)
        if row is None or row.until_on < today:
            raise Refused("This pause has ended already.")
        changed_by(row, user)
        if row.from_on >= today:
            row.delete()
        else:
            row.until_on = today - _ONE_DAY
            row.save()
        commitments.recount([training.pk], now=now)
        if user is not None:
            _tell(training, "facilitator_pause_ended", f"pause:{pause_id}", now=now, back_on=nhs_date(today))
        return training


def leave(training_id: int, *, reason: str, user: Person | None, now: datetime.datetime) -> Training:
    """Leave a programme from today on, with a reason; what was delivered stays counted.

    Raises `Refused` for somebody who still leads circles that are planned: they would have nobody. `NotAllowed` for
    staff without the role.
    """
    with transaction.atomic():
        training = _lock(training_id, user)
        _require_not_left(training)
        if led := circles_ahead(training, now):
            raise Refused(
                f"There {'is' if led == 1 else 'are'} still {plural(led, 'planned circle')} to lead. Hand them over to "
                "somebody else or cancel them first."
            )
        training.ended_on, training.ended_reason = local_date(now), _reason(reason)
        changed_by(training, user)
        training.save()
        _tell(
            training,
            "facilitator_left",
            f"left:{training.pk}:{now.isoformat()}",
            now=now,
            ended_on=nhs_date(training.ended_on),
            reason=training.ended_reason,
        )
        return training


def circles_ahead(training: Training, now: datetime.datetime) -> int:
    """How many circles that are still to come somebody leads."""
    rows = CircleFacilitator.objects.filter(training=training, stood_down_at__isnull=True)
    ahead = (Circle.State.DRAFT, Circle.State.PLANNED)
    return rows.filter(circle__state__in=ahead, circle__starts_at__gt=now).count()


def put_back(training_id: int, *, user: Person, now: datetime.datetime) -> Training:
    """Staff put somebody who has left back in the register of a programme, who is told.

    Raises `Refused` for somebody who has not left, `NotAllowed` without the role.
    """
    with transaction.atomic():
        training = _lock(training_id, user)
        if training.ended_on is None:
            raise Refused(f"{training.facilitator.name} has not left {training.programme}.")
        training.ended_on, training.ended_reason = None, ""
        changed_by(training, user)
        training.save()
        commitments.begin(training, now=now)
        _tell(training, "facilitator_back", f"back:{training.pk}:{now.isoformat()}", now=now)
        return training


def _lock(training_id: int, user: Person | None) -> Training:
    """Lock one training; staff need the role of reviewer in its programme."""
    training = Training.objects.select_for_update(no_key=True).get(pk=training_id)
    if user is not None:
        require_reviewer(user, training.programme)
    return training


def _require_not_left(training: Training) -> None:
    if training.ended_on is not None:
        raise Refused(
            f"{training.facilitator.name} left {training.programme} on {nhs_date(training.ended_on)}."
        )


def _reason(reason: str) -> str:
    if not reason.strip():
        raise Refused("Give a reason: it is kept in the register.")
    return reason.strip()[:REASON_LIMIT]


def _key(user: Person | None) -> int | None:
    return user.pk if user is not None else None


def _tell(training: Training, event: str, occasion: str, *, now: datetime.datetime, **context: str) -> None:
    register.tell(
        training.facilitator,
        event,
        programme=training.programme,
        occasion=occasion,
        now=now,
        context=context,
    )
