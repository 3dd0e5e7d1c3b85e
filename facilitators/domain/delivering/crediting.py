"""Who is credited with a delivery, put right by staff: somebody added, taken out, or noted as having done another part.

Of a circle's delivery the credits are its leads: they are changed with it, so that a corrected register says the same.
Locks are taken in the order of the circle, the trainings and the delivery.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping

from django.db import transaction

from facilitators.domain import commitments
from facilitators.domain.calendar import seats
from facilitators.domain.delivering import delivery_rows as rows
from facilitators.domain.delivering.delivery_rows import LEADING, Role, State
from facilitators.models import Circle, CircleFacilitator, Delivery, DeliveryCredit, Training
from programmes.domain.access import Person, require_reviewer
from programmes.domain.addresses import canonical
from programmes.domain.record import changed_because
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_date
from programmes.models import Programme


def trained_at(programme: Programme, email: str) -> Training:
    """Somebody's training in a programme by their address in the register. Raises `Refused` where there is none."""
    rows_there = Training.objects.filter(programme=programme, facilitator__address_key=canonical(email))
    training = rows_there.select_related("facilitator").first()
    if training is None:
        raise Refused(f"Nobody with the address {email} is a facilitator of {programme}. Check the address.")
    return training


def why_not_credited_otherwise(delivery: Delivery) -> str:
    """Why it cannot be changed who is credited with a delivery, as a sentence; empty where it can."""
    if delivery.state == State.TAKEN_BACK:
        return "This delivery was taken back."
    return "This is a draft: only its facilitator sees it." if delivery.state == State.DRAFT else ""


def credit(
    delivery_id: int,
    changes: Mapping[int, str | None],
    *,
    reason: str,
    user: Person,
    now: datetime.datetime,
) -> Delivery:
    """Staff change who is credited with a delivery, with a reason that the history keeps; all is counted anew.

    Args:
        delivery_id: Of the delivery.
        changes: What each did, by their training; None takes somebody out. Whoever is not named stays as they are.
        reason: Why; `record.REASON_LIMIT` characters are kept.
        user: The member of staff.
        now: The moment.

    Raises:
        Refused: Where nobody would be left, for a circle nobody who led it; for somebody of another programme, trained
            after the day or gone by then; for a draft, for one that was taken back, and without a reason.
        NotAllowed: Without the role of reviewer.

    """
    if not reason.strip():
        raise Refused("Give a reason: it is kept with your name.")
    circle_id = Delivery.objects.values_list("circle", flat=True).get(pk=delivery_id)
    with transaction.atomic():
        if circle_id is not None:
            seats.lock(circle_id)
        delivery = rows.lock(delivery_id, also=list(changes))
        require_reviewer(user, delivery.programme)
        if why_not := why_not_credited_otherwise(delivery):
            raise Refused(why_not)
        before = dict(delivery.credits.values_list("training", "role"))
        after = {pk: role for pk, role in {**before, **changes}.items() if role is not None}
        _require_possible(delivery, after, new=set(after) - set(before))
        after = rows.jointly(_of_a_circle(after) if delivery.circle_id else after)
        for pk in sorted({*before, *after}):
            if before.get(pk) != after.get(pk):
                _write(delivery, pk, after.get(pk), reason=reason, user=user)
        if delivery.circle is not None:
            _lead(delivery.circle, after, reason=reason, user=user, now=now)
        commitments.recount({*before, *after}, now=now)
        return delivery


def _require_possible(delivery: Delivery, after: Mapping[int, str], *, new: Collection[int]) -> None:
    if not after:
        raise Refused("Somebody must be credited with a delivery. Take the delivery back if nobody held it.")
    if delivery.circle_id and not set(after.values()) & set(LEADING):
        raise Refused("Somebody must have led a circle that was held. Choose who led it.")
    for training in Training.objects.select_related("facilitator").filter(pk__in=new):
        name = training.facilitator.name
        if training.programme_id != delivery.programme_id:
            raise Refused(f"{name} is not trained in {delivery.programme}. Nothing was changed.")
        if training.trained_on > delivery.held_on:
            raise Refused(
                f"{name} was trained on {nhs_date(training.trained_on)}, after this delivery. "
                "Nothing was changed."
            )
        if training.ended_on and training.ended_on < delivery.held_on:
            raise Refused(
                f"{name} left the programme on {nhs_date(training.ended_on)}, before this delivery. "
                "Nothing was changed."
            )


def _of_a_circle(roles: Mapping[int, str]) -> dict[int, str]:
    """The same, as a circle's register would say it: who led it alone led it."""
    return {pk: Role.LED if role in LEADING else Role.OBSERVED for pk, role in roles.items()}


def _write(delivery: Delivery, training_id: int, role: str | None, *, reason: str, user: Person) -> None:
    """Write, change or take out one credit; its history says who did, and why."""
    row = delivery.credits.filter(training=training_id).first()
    row = row or DeliveryCredit(delivery=delivery, training_id=training_id)
    changed_because(row, reason, user)
    if role is None:
        row.delete()
    else:
        row.role = role
        row.save()


def _lead(
    circle: Circle, roles: Mapping[int, str], *, reason: str, user: Person, now: datetime.datetime
) -> None:
    """Let exactly those lead a held circle who are credited with having led it; who no longer does keeps the row."""
    there = {row.training_id: row for row in circle.leads.all()}
    for pk, role in roles.items():
        if role in LEADING and pk not in there:
            there[pk] = CircleFacilitator(circle=circle, training_id=pk, added_at=now)
    for pk, row in there.items():
        leads = roles.get(pk) in LEADING
        if row.pk is None or leads != (row.stood_down_at is None):
            row.stood_down_at = None if leads else now
            changed_because(row, reason, user)
            row.save()
