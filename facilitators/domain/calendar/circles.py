"""Circles are put on the calendar, changed, cancelled and said to go ahead, by those who lead them or by staff.

Locks are taken in one order: the circle, then the trainings of those who lead it, by their ids (docs/decisions/0005).
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Collection, Sequence
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from applications.domain.references import ALPHABET
from facilitators.domain.calendar import circle_mails, circle_plans, seats
from facilitators.domain.calendar.circle_plans import Plan
from facilitators.domain.covering import cover
from facilitators.models import Circle, CircleFacilitator, Facilitation, Series, Training
from programmes.domain.access import require_reviewer
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.wording import join_words, plural
from programmes.models import Programme

Person = User | AnonymousUser


def create(
    programme: Programme,
    plans: Sequence[Plan],
    *,
    leads: Collection[int],
    by: str,
    now: datetime.datetime,
    user: Person | None = None,
    sent_by: Training | None = None,
) -> list[Circle]:
    """Put one circle on the calendar, or several as a series; return them, earliest first.

    Args:
        programme: Whose circles they are.
        plans: One for each circle.
        leads: The trainings of those who lead every one of them.
        by: Who sets them up, in words.
        now: The moment.
        user: The member of staff; None for a facilitator, who comes by an emailed link.
        sent_by: The training of the facilitator who sets them up, and knows of it.

    Raises:
        Refused: Where a rule of the programme, a date or the diary of a lead does not allow it.

    """
    with transaction.atomic():
        if user is not None:
            require_reviewer(user, programme)
        people = _require_possible(programme, plans, leads, now)
        series = None
        if len(plans) > 1:
            series = Series.objects.create(programme=programme, name=plans[0].topic.name, made_at=now)
        circles = [
            _make(programme, plan, series, people, by=by, now=now, user=user)
            for plan in sorted(plans, key=lambda plan: plan.starts_at)
        ]
        others = [person for person in people if person != sent_by]
        circle_mails.tell_leads(circles, others, what="On the calendar", by=by, occasion="new", now=now)
        return circles


def require_possible(
    programme: Programme, plans: Sequence[Plan], *, leads: Collection[int], now: datetime.datetime
) -> None:
    """Raise `Refused` where `create` would; nothing is put on the calendar."""
    with transaction.atomic():
        _require_possible(programme, plans, leads, now)


def _require_possible(
    programme: Programme, plans: Sequence[Plan], leads: Collection[int], now: datetime.datetime
) -> list[Training]:
    rules = circle_plans.rules_of(programme)
    if not rules.circles:
        raise Refused(f"{programme.title} has no circles on the calendar.")
    people = _lock_leads(programme, leads, rules)
    for plan in plans:
        circle_plans.check(plan, programme, rules, now=now)
        circle_plans.require_free(people, plan, leaving_out=None)
    circle_plans.require_apart(plans)
    return people


def _make(
    programme: Programme,
    plan: Plan,
    series: Series | None,
    people: Sequence[Training],
    *,
    by: str,
    now: datetime.datetime,
    user: Person | None,
) -> Circle:
    circle = Circle(
        programme=programme,
        reference=_new_reference(programme),
        series=series,
        created_at=now,
        created_by=by[:150],
        **_columns(plan),
    )
    changed_by(circle, user)
    circle.save()
    for person in people:
        CircleFacilitator.objects.create(circle=circle, training=person, added_at=now)
    return circle


def _columns(plan: Plan) -> dict[str, Any]:
    """What of a circle its plan says; of place and link only what its kind has."""
    columns = dict(vars(plan))
    if plan.online:
        columns |= {"place": "", "postcode": ""}
    else:
        columns["joining_link"] = ""
    return columns


def _new_reference(programme: Programme) -> str:
    while True:
        reference = f"{programme.code}-C{''.join(secrets.choice(ALPHABET) for _ in range(5))}"
        if not Circle.objects.filter(reference=reference).exists():
            return reference


def _lock_leads(programme: Programme, leads: Collection[int], rules: Facilitation) -> list[Training]:
    """Lock those who are to lead, so that nobody is put into two circles at the same time at the same moment."""
    rows = Training.objects.going_on().filter(pk__in=leads, programme=programme)
    locked = list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    if len(locked) < len(set(leads)):
        raise Refused("Choose facilitators of this programme: somebody you chose has left it.")
    if not rules.facilitators_at_least <= len(locked) <= rules.facilitators_at_most:
        raise Refused(f"A circle of this programme is led by {circle_plans.facilitators_in_words(rules)}.")
    found = Training.objects.filter(pk__in=locked).select_related("facilitator", "programme__academy")
    return list(found.order_by("pk"))


def require_ahead(circle: Circle, now: datetime.datetime) -> None:
    """Raise `Refused` unless a circle is planned and has not begun."""
    if circle.state != Circle.State.PLANNED:
        raise Refused(f"This circle is “{circle.get_state_display().lower()}”: it can no longer be changed.")
    if circle.starts_at <= now:
        raise Refused("This circle has begun: it can no longer be changed.")


def change(
    circle_id: int,
    plan: Plan,
    *,
    leads: Collection[int],
    by: str,
    now: datetime.datetime,
    user: Person | None = None,
    sent_by: Training | None = None,
) -> Circle:
    """Change a circle and who leads it; everybody who booked is told of another time, place or link, once.

    A larger maximum lets people move up from the waiting list. Raises `Refused` as `create` does, and where more
    people have a place than the new maximum holds.
    """
    with transaction.atomic():
        circle = seats.lock(circle_id)
        if user is not None:
            require_reviewer(user, circle.programme)
        require_ahead(circle, now)
        rules = circle_plans.rules_of(circle.programme)
        before = {lead.training_id for lead in circle.leads.filter(stood_down_at=None)}
        people = _lock_leads(circle.programme, leads, rules)
        circle_plans.check(plan, circle.programme, rules, now=now)
        circle_plans.require_free(people, plan, leaving_out=circle.pk)
        booked = seats.taken(circle)
        if plan.maximum < booked:
            raise Refused(
                f"{plural(booked, 'person has', 'people have')} a place: the maximum cannot be below that."
            )
        changes = _changes(circle, plan)
        moved = plan.starts_at != circle.starts_at
        for name, value in _columns(plan).items():
            setattr(circle, name, value)
        if changes:
            circle.sequence += 1
        if moved:
            # Another day: whether enough people come is asked anew.
            circle.asked_at = circle.goes_ahead_at = None
            circle.bookings.update(reminded_at=None)
        changed_by(circle, user)
        circle.save()
        _set_leads(circle, people, now=now)
        cover.follow(circle, changes, now=now)
        seats.within_maximum(circle)
        if changes:
            circle_mails.tell_of_changes(circle, changes, now=now)
        _tell_leads_of_change(circle, people, before, changes, by=by, now=now, sent_by=sent_by)
        seats.fill(circle, now=now)
        return circle


def _tell_leads_of_change(
    circle: Circle,
    people: Sequence[Training],
    before: Collection[int],
    changes: Sequence[str],
    *,
    by: str,
    now: datetime.datetime,
    sent_by: Training | None,
) -> None:
    occasion = f"changed:{now.isoformat()}"
    new = [person for person in people if person.pk not in before]
    stayed = [person for person in people if person.pk in before and person != sent_by]
    circle_mails.tell_leads([circle], new, what="You lead this circle", by=by, occasion=occasion, now=now)
    if changes:
        said = f"Changed: {join_words(changes)}"
        circle_mails.tell_leads([circle], stayed, what=said, by=by, occasion=occasion, now=now)


def _changes(circle: Circle, plan: Plan) -> list[str]:
    """What is different for those who come, in words; none where only numbers or details are."""
    after = _columns(plan)
    named = (
        ("the time", ("starts_at", "ends_at")),
        ("where it is held", ("online", "place", "postcode")),
        ("the link to join", ("joining_link",)),
    )
    return [words for words, names in named if any(getattr(circle, name) != after[name] for name in names)]


def _set_leads(circle: Circle, people: Sequence[Training], *, now: datetime.datetime) -> None:
    """Who no longer leads keeps the row, with when they stood down."""
    wanted = {person.pk for person in people}
    for lead in circle.leads.all():
        if lead.training_id in wanted:
            wanted.discard(lead.training_id)
            stood_down_at = None
        else:
            stood_down_at = lead.stood_down_at or now
        if lead.stood_down_at != stood_down_at:
            lead.stood_down_at = stood_down_at
            lead.save()
    for pk in sorted(wanted):
        CircleFacilitator.objects.create(circle=circle, training_id=pk, added_at=now)


def cancel(
    circle_id: int,
    *,
    reason: str,
    by: str,
    now: datetime.datetime,
    user: Person | None = None,
    sent_by: Training | None = None,
) -> Circle:
    """Cancel a circle; everybody who booked or waits is told with the reason, unless its time is over.

    One that was planned and never held can be cancelled afterwards. Raises `Refused` without a reason, and where it
    is cancelled or held already.
    """
    if not reason.strip():
        raise Refused("Say why the circle is cancelled: everybody who booked is told.")
    with transaction.atomic():
        circle = seats.lock(circle_id)
        if user is not None:
            require_reviewer(user, circle.programme)
        if circle.state != Circle.State.PLANNED:
            raise Refused(f"This circle is “{circle.get_state_display().lower()}” already.")
        circle.state = Circle.State.CANCELLED
        circle.cancelled_at = now
        circle.cancelled_reason = reason.strip()[:300]
        circle.sequence += 1
        changed_by(circle, user)
        circle.save()
        people = seats.release_all(circle, now=now)
        cover.follow(circle, (), now=now)
        if now < circle.ends_at:
            circle_mails.tell_of_cancelling(circle, people, now=now)
            leads = [person for person in leading(circle) if person != sent_by]
            said = f"Cancelled: {circle.cancelled_reason}"
            circle_mails.tell_leads([circle], leads, what=said, by=by, occasion="cancelled", now=now)
        return circle


def leading(circle: Circle) -> list[Training]:
    """The trainings of those who lead a circle now."""
    rows = Training.objects.filter(circles__circle=circle, circles__stood_down_at=None)
    return list(rows.select_related("facilitator", "programme__academy").order_by("circles__pk"))


def go_ahead(circle_id: int, *, now: datetime.datetime, user: Person | None = None) -> Circle:
    """Note that a circle under its minimum is held all the same; saying so twice is saying it once."""
    with transaction.atomic():
        circle = seats.lock(circle_id)
        if user is not None:
            require_reviewer(user, circle.programme)
        require_ahead(circle, now)
        if circle.goes_ahead_at is None:
            circle.goes_ahead_at = now
            changed_by(circle, user)
            circle.save()
        return circle
