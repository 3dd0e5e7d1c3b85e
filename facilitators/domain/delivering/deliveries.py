"""What facilitators delivered: logged by them or by a circle's register, corrected with its history, never twice.

Whatever writes a delivery locks the trainings credited in it, in the order of their ids, and counts their commitments
again in the same transaction: two people who log one delivery come after each other, and the second is asked.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.db.models import Q

from applications.domain.actors import Actor
from facilitators.domain import commitments
from facilitators.domain.delivering import delivery_rows as rows
from facilitators.domain.delivering.delivery_rows import LEADING, Given, Role, State, Unit
from facilitators.models import Circle, CircleFacilitator, Delivery, DeliveryCredit, Training
from programmes.domain.access import Person, require_reviewer
from programmes.domain.record import changed_by, recorded_as
from programmes.domain.refused import Refused
from programmes.domain.wording import local_date, nhs_date

# For so long after it was logged, and until it is confirmed, who was in it can correct it.
CORRECTED_WITHIN = datetime.timedelta(days=30)
# Of one sector in one delivery: a slip of the keyboard is more.
MOST_PEOPLE = 5000


class LooksTheSame(Refused):
    """On the same day somebody of it is in a delivery, or leads a circle, of the same programme: is it that one?"""

    def __init__(self, deliveries: Collection[Delivery], circles: Collection[Circle]) -> None:
        self.deliveries, self.circles = list(deliveries), list(circles)
        super().__init__("There is one on the same day already. Is this the same?")


# Logging.
def log(
    training_id: int,
    given: Given,
    *,
    sent_as: uuid.UUID,
    now: datetime.datetime,
    others: Collection[int] = (),
    evidence: File[Any] | None = None,
    draft: bool = False,
    another: bool = False,
) -> Delivery:
    """A facilitator logs what they delivered, or keeps it as a draft; return the delivery.

    Args:
        training_id: Whose delivery it is.
        given: What is told of it.
        sent_as: Made with the form: the same form sent again is the same delivery.
        now: The moment.
        others: The trainings in the same programme of those who led it as well.
        evidence: A file; None keeps the one before.
        draft: Keep it, and count it later.
        another: They were asked, and say that it is another one than those of the same day.

    Raises:
        LooksTheSame: Where it may be one that is there already, and they were not asked.
        Refused: For a day that lies ahead, somebody of another programme, or who has left.

    """
    with transaction.atomic():
        people = _people(training_id, others)
        own = people[training_id]
        delivery = Delivery.objects.filter(sent_as=sent_as).first()
        if delivery is not None and (
            delivery.state != State.DRAFT or delivery.logged_by_id != own.facilitator_id
        ):
            return delivery
        _require_possible(given, people.values(), now=now)
        if not draft and not another:
            _ask_about_the_same(own.programme_id, people, given, but=delivery)
        delivery = delivery or Delivery(sent_as=sent_as, programme_id=own.programme_id)
        delivery.logged_by_id, delivery.logged_at = own.facilitator_id, now
        delivery.ics_id = own.facilitator.ics_id
        delivery.state = State.DRAFT if draft else State.LOGGED
        delivery.said_to_differ = another
        with recorded_as(f"{'Kept as a draft' if draft else 'Logged'} by {own.facilitator.name}"):
            rows.write(delivery, given, rows.roles_of(given, own.pk, others))
            rows.keep_evidence(delivery, evidence)
        commitments.recount(people, now=now)
        return delivery


def _people(training_id: int, others: Collection[int]) -> dict[int, Training]:
    """The locked trainings of who logs and of those with them. Raises `Refused` for one of another programme."""
    wanted = {training_id, *others}
    list(commitments.lock_trainings(wanted))
    found = Training.objects.select_related("facilitator").in_bulk(wanted)
    if len({training.programme_id for training in found.values()}) != 1 or len(found) != len(wanted):
        raise Refused("Everybody of a delivery must be trained in its programme. Nothing was logged.")
    return found


def _require_possible(given: Given, people: Iterable[Training], *, now: datetime.datetime) -> None:
    if given.held_on > local_date(now):
        raise Refused(f"{nhs_date(given.held_on)} lies ahead. Log a delivery once it was held.")
    for training in people:
        if training.ended_on and given.held_on > training.ended_on:
            raise Refused(
                f"{training.facilitator.name} left the programme on {nhs_date(training.ended_on)}: choose a day "
                "until then."
            )
    if any(number > MOST_PEOPLE for number in given.people.values()):
        raise Refused(f"A delivery reaches at most {MOST_PEOPLE:,} people of one sector. Check the numbers.")


def _ask_about_the_same(
    programme_id: int, people: Collection[int], given: Given, *, but: Delivery | None
) -> None:
    same = list(look_alikes(programme_id, people, given.held_on).exclude(pk=but.pk if but else None))
    planned = on_calendar(programme_id, people, given.held_on) if given.role in LEADING else []
    if same or planned:
        raise LooksTheSame(same, planned)


def on_calendar(programme_id: int, training_ids: Collection[int], held_on: datetime.date) -> list[Circle]:
    """The circles of a day that one of some people leads, and whose register is still to come."""
    circles = Circle.objects.filter(
        programme=programme_id,
        starts_at__date=held_on,
        state=Circle.State.PLANNED,
        leads__in=CircleFacilitator.objects.filter(training__in=training_ids, stood_down_at=None),
    )
    return list(circles.select_related("topic").distinct())


def look_alikes(programme_id: int, training_ids: Collection[int], held_on: datetime.date) -> Any:
    """The deliveries that count, of a programme on a day, in which one of some people is credited."""
    that_day = Delivery.objects.counted().filter(programme=programme_id, held_on=held_on)
    return that_day.filter(credits__training__in=training_ids).distinct().select_related("topic")


def told(delivery: Delivery, training: Training) -> Given:
    """What a delivery says, as one of those in it would tell it again."""
    own = delivery.credits.filter(training=training).first()
    return Given(
        delivery.held_on,
        unit=delivery.unit,
        role=own.role if own else Role.LED,
        online=delivery.online,
        place=delivery.place,
        topic=delivery.topic,
        people=dict(delivery.reached.values_list("sector", "people")),
        how_it_went=delivery.how_it_went,
        notes=delivery.notes,
    )


def same_as(
    delivery_id: int, training_id: int, *, role: str, now: datetime.datetime, others: Collection[int] = ()
) -> Delivery:
    """A facilitator says that what they were about to log is a delivery that is there: they are credited in it.

    Who led it becomes one of those who led it jointly. Only for one of the day's: somebody of those who log is in it.
    """
    with transaction.atomic():
        before = rows.lock(delivery_id, also={training_id, *others})
        people = _people(training_id, others)
        own = people[training_id]
        known = set(before.credits.values_list("training", flat=True))
        if before.programme_id != own.programme_id or not known & set(people) or not rows.counts(before):
            raise Refused("This delivery cannot be taken for yours. Log your own instead.")
        roles = dict(before.credits.values_list("training", "role"))
        given = Given(before.held_on, role=role)
        for pk, wanted in rows.roles_of(given, training_id, others).items():
            if roles.get(pk, Role.OBSERVED) == Role.OBSERVED:
                roles[pk] = wanted
        with recorded_as(f"Said to be the same by {own.facilitator.name}"):
            rows.credit_exactly(before, rows.jointly(roles))
        commitments.recount(roles, now=now)
        return before


# Correcting, taking back, confirming.
def why_not_corrected(delivery: Delivery, training: Training | None, *, now: datetime.datetime) -> str:
    """Why a facilitator (None: staff) cannot correct a delivery or take it back; empty where they can."""
    if delivery.state == State.TAKEN_BACK:
        return "This delivery was taken back."
    if delivery.circle_id:
        return "This delivery comes from the register of its circle: correct the register."
    if training is None or delivery.state == State.DRAFT:
        return ""
    if delivery.state == State.CONFIRMED:
        return "The academy has confirmed this delivery. Write to the academy to have it corrected."
    if now > delivery.logged_at + CORRECTED_WITHIN:
        return "It is more than 30 days since this delivery was logged. Write to the academy to have it corrected."
    return ""


def correct(
    delivery_id: int,
    given: Given,
    *,
    now: datetime.datetime,
    training_id: int | None = None,
    user: Person | None = None,
    others: Collection[int] | None = None,
    evidence: File[Any] | None = None,
    reason: str = "",
) -> Delivery:
    """Correct a delivery: by one who is credited in it (``training_id``), or by staff (``user``) with a reason.

    ``others`` are those who led it besides the facilitator who corrects it; None leaves all credits as they are.
    """
    with transaction.atomic():
        own = set() if training_id is None else {training_id}
        wanted = own | set(others or ())
        delivery = rows.lock(delivery_id, also=wanted)
        hand = _require_may(delivery, training_id, user, reason, now=now)
        roles = dict(delivery.credits.values_list("training", "role"))
        trainings = Training.objects.select_related("facilitator").in_bulk({*wanted, *roles})
        if any(training.programme_id != delivery.programme_id for training in trainings.values()):
            raise Refused("Everybody of a delivery must be trained in its programme. Nothing was changed.")
        _require_possible(given, trainings.values(), now=now)
        if others is not None and training_id is not None:
            seen = {pk: role for pk, role in roles.items() if role == Role.OBSERVED and pk != training_id}
            roles = {**seen, **rows.roles_of(given, training_id, others)}
        with recorded_as(hand):
            changed_by(delivery, user)
            # Beside the name of an account the history keeps the reason: django-simple-history's own way.
            setattr(delivery, "_change_reason", hand)  # noqa: B010
            rows.write(delivery, given, roles)
            rows.keep_evidence(delivery, evidence)
        commitments.recount(trainings, now=now)
        return delivery


def _require_may(
    delivery: Delivery, training_id: int | None, user: Person | None, reason: str, *, now: datetime.datetime
) -> str:
    """Whose hand corrects a delivery or takes it back, in words. Raises `Refused` where it may not."""
    training = None
    if training_id is not None:
        training = Training.objects.select_related("facilitator").get(pk=training_id)
        own = Q(training=training) & (Q(role__in=LEADING) | Q(delivery__logged_by=training.facilitator))
        if not delivery.credits.filter(own).exists():
            raise Refused("Only those who led a delivery, or logged it, can change it.")
    else:
        assert user is not None
        require_reviewer(user, delivery.programme)
        if not reason.strip():
            raise Refused("Give a reason: it is kept with your name.")
    if why_not := why_not_corrected(delivery, training, now=now):
        raise Refused(why_not)
    if training is None:
        return f"Corrected by staff: {reason.strip()}"[:100]
    return f"Corrected by {training.facilitator.name}"


def take_back(
    delivery_id: int,
    *,
    reason: str,
    now: datetime.datetime,
    training_id: int | None = None,
    user: Person | None = None,
) -> Delivery:
    """Take a delivery back, with a reason that is kept: it does not count any more, and stays on the list."""
    if not reason.strip():
        raise Refused("Give a reason: it is kept with the delivery.")
    with transaction.atomic():
        delivery = rows.lock(delivery_id)
        _require_may(delivery, training_id, user, reason, now=now)
        delivery.state, delivery.taken_back_reason = State.TAKEN_BACK, reason.strip()[:300]
        with recorded_as("Taken back"):
            changed_by(delivery, user)
            delivery.save()
        commitments.recount(list(delivery.credits.values_list("training", flat=True)), now=now)
        return delivery


def throw_away(delivery_id: int, *, training_id: int) -> None:
    """A facilitator throws a draft of theirs away. Raises `Refused` for what was logged."""
    with transaction.atomic():
        delivery = rows.lock(delivery_id)
        training = Training.objects.get(pk=training_id)
        if delivery.state != State.DRAFT or delivery.logged_by_id != training.facilitator_id:
            raise Refused("Only a draft can be thrown away. Take the delivery back instead.")
        if delivery.evidence:
            storage, old = delivery.evidence.storage, str(delivery.evidence.name)
            transaction.on_commit(lambda: storage.delete(old))
        delivery.delete()


def confirm(delivery_ids: Collection[int], *, user: Person, now: datetime.datetime) -> list[Delivery]:
    """Staff confirm logged deliveries; return those that were logged. Any other is left as it is."""
    confirmed = []
    for pk in sorted(delivery_ids):
        with transaction.atomic():
            delivery = rows.lock(pk)
            require_reviewer(user, delivery.programme)
            if delivery.state != State.LOGGED:
                continue
            delivery.state, delivery.confirmed_at = State.CONFIRMED, now
            delivery.confirmed_by = Actor.staff(user).name
            changed_by(delivery, user)
            delivery.save()
            confirmed.append(delivery)
    return confirmed


# By a circle's register.
def of_circle(circle: Circle, *, people: Mapping[str, int], by: str, now: datetime.datetime) -> Delivery:
    """The one delivery that a circle's register makes, with the people who came by sector; credited to its leads.

    The circle is locked by the caller. Called again for a corrected register it changes the same delivery. What a lead
    has logged by hand for the same day, and did not say to be another, becomes this delivery.
    """
    with transaction.atomic():
        leads = list(circle.leads.filter(stood_down_at=None).values_list("training", flat=True))
        held_on = local_date(circle.starts_at)
        maybe = Q(circle=circle) | Q(pk__in=look_alikes(circle.programme_id, leads, held_on).values("pk"))
        credited = DeliveryCredit.objects.filter(delivery__in=Delivery.objects.filter(maybe))
        people_in_it = {*leads, *credited.values_list("training", flat=True)}
        list(commitments.lock_trainings(people_in_it))
        delivery = Delivery.objects.filter(circle=circle).first() or _logged_by_hand(circle, leads, held_on)
        if delivery is None:
            delivery = Delivery(sent_as=uuid.uuid4(), programme_id=circle.programme_id, logged_at=now)
        delivery.circle = circle
        delivery.ics_id = circle.ics_id or delivery.ics_id
        if delivery.state != State.TAKEN_BACK:
            delivery.state, delivery.confirmed_at, delivery.confirmed_by = State.CONFIRMED, now, by[:150]
        given = Given(
            held_on,
            online=circle.online,
            place=circle.place,
            topic=circle.topic,
            people=people,
            how_it_went=delivery.how_it_went,
            notes=delivery.notes,
        )
        seen = DeliveryCredit.objects.filter(delivery=delivery.pk, role=Role.OBSERVED)
        roles = dict(seen.values_list("training", "role"))
        with recorded_as(f"The circle’s register, by {by}"):
            rows.write(delivery, given, rows.jointly({**roles, **dict.fromkeys(leads, Role.LED)}))
        commitments.recount(people_in_it, now=now)
        return delivery


def _logged_by_hand(circle: Circle, leads: Collection[int], held_on: datetime.date) -> Delivery | None:
    """The one delivery of that day that a lead logged by hand before the register; None where it cannot be told."""
    by_hand = look_alikes(circle.programme_id, leads, held_on).filter(
        Q(topic=None) | Q(topic=circle.topic_id), circle=None, said_to_differ=False, unit=Unit.SESSION
    )
    found = list(by_hand[:2])
    return found[0] if len(found) == 1 else None
