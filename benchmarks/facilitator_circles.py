"""The circles of a crowd of facilitators: one past and one to come for each, who has booked them, and cover."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator

from django.utils import timezone

from benchmarks.crowd import insert
from benchmarks.facilitator_crowd import ONE_DAY, ORGANISATIONS, PROGRAMMES, TOPICS, WHOLE, World, answer
from facilitators.models import (
    Booking,
    Circle,
    CircleFacilitator,
    CoverAsked,
    CoverRequest,
    Delivery,
    DeliveryCredit,
    EvaluationResponse,
    Moment,
    Reach,
    Training,
)
from programmes.models.people import canonical

MINIMUM, MAXIMUM = 6, 8
AHEAD = 300
LEAST_AHEAD = datetime.timedelta(days=4)
CAME = 6
BOOKED = 7
State = Circle.State


def make(world: World, numbers: range, trainings: list[Training]) -> None:
    """The circles of some facilitators."""
    past = insert(_past(world, number, one) for number, one in zip(numbers, trainings, strict=True))
    ahead = insert(_ahead(world, number, one) for number, one in zip(numbers, trainings, strict=True))
    insert(
        _lead(circle, one)
        for circles in (past, ahead)
        for circle, one in zip(circles, trainings, strict=True)
    )
    held = [(circle, one) for circle, one in zip(past, trainings, strict=True) if circle.state == State.HELD]
    _held(world, held)
    insert(booking for circle in ahead for booking in _bookings_ahead(world, circle))
    _months_after(world, trainings)
    _cover(world, ahead, trainings)


def _circle(world: World, number: int, one: Training, state: str, starts_at: datetime.datetime) -> Circle:
    its = world.taught[number % PROGRAMMES]
    past = starts_at < world.now
    cancelled = state == State.CANCELLED
    return Circle(
        programme=its.programme,
        reference=f"{its.programme.code}-{'P' if past else 'C'}{number:06}",
        topic=its.topics[number // PROGRAMMES % TOPICS],
        starts_at=starts_at,
        ends_at=starts_at + WHOLE,
        online=number % 2 == 0,
        joining_link="https://meet.example.org/circle",
        place="" if number % 2 == 0 else "Leicester",
        ics_id=one.facilitator.ics_id if number % 4 else None,
        minimum=MINIMUM,
        maximum=MAXIMUM,
        state=state,
        cancelled_at=world.now - ONE_DAY if cancelled else None,
        cancelled_reason="Too few people." if cancelled else "",
        created_at=min(starts_at, world.now) - ONE_DAY,
        created_by=one.facilitator.name,
    )


def _at(world: World, number: int, day: datetime.date) -> datetime.datetime:
    """A moment of a day in working hours."""
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time(8 + number % 9)))


def _past(world: World, number: int, one: Training) -> Circle:
    """Held, but for some that were cancelled and some whose register is still open."""
    state = {4: State.CANCELLED, 9: State.PLANNED}.get(number % 25, State.HELD)
    days = (world.today - one.trained_on).days - 1
    circle = _circle(
        world, number, one, state, _at(world, number, one.trained_on + (1 + number * 17 % days) * ONE_DAY)
    )
    # Of a few who came is still to be asked how it was.
    if state == State.HELD and number % 4:
        circle.feedback_asked_at = circle.ends_at + WHOLE
    return circle


def _ahead(world: World, number: int, one: Training) -> Circle:
    state = {4: State.CANCELLED, 9: State.DRAFT}.get(number % 40, State.PLANNED)
    day = world.today + LEAST_AHEAD + number * 11 % AHEAD * ONE_DAY
    return _circle(world, number, one, state, _at(world, number, day))


def _lead(circle: Circle, one: Training) -> CircleFacilitator:
    return CircleFacilitator(circle=circle, training=one, added_at=circle.created_at)


# Bookings.
def _booking(world: World, circle: Circle, which: int, state: str, seat: int | None) -> Booking:
    organisation = world.organisations[(circle.pk + which) % ORGANISATIONS]
    email = f"participant{circle.pk}-{which}@example.org"
    booked_at = circle.created_at + which * datetime.timedelta(minutes=1)
    cancelled = state == Booking.State.CANCELLED
    return Booking(
        circle=circle,
        name=f"Parveen Participant {circle.pk}-{which}",
        email=email,
        address_key=canonical(email),
        organisation=organisation,
        sector=organisation.sector,
        ics=organisation.ics,
        state=state,
        seat_number=seat,
        booked_at=booked_at,
        seated_at=booked_at if seat else None,
        cancelled_at=circle.cancelled_at if cancelled else None,
        cancelled_by="The circle was cancelled" if cancelled else "",
    )


def _bookings_ahead(world: World, circle: Circle) -> Iterator[Booking]:
    """From none to one more than there are places."""
    for which in range(circle.pk % (MAXIMUM + 2)):
        if circle.state != State.PLANNED:
            yield _booking(world, circle, which, Booking.State.CANCELLED, None)
        elif which < MAXIMUM:
            yield _booking(world, circle, which, Booking.State.BOOKED, which + 1)
        else:
            yield _booking(world, circle, which, Booking.State.WAITING, None)


def _held(world: World, circles: list[tuple[Circle, Training]]) -> None:
    """What there is of circles that were held: who came, the delivery, and what people said."""
    booked: list[Booking] = []
    for circle, one in circles:
        for which in range(BOOKED):
            booking = _booking(world, circle, which, Booking.State.BOOKED, which + 1)
            booking.came, booking.marked_at = which < CAME, circle.ends_at
            booking.marked_by = one.facilitator.name
            booked.append(booking)
    insert(booked)
    made = insert(_delivery_of(circle) for circle, _ in circles)
    insert(
        DeliveryCredit(delivery=delivery, training=one)
        for delivery, (_, one) in zip(made, circles, strict=True)
    )
    insert(Reach(delivery=one, sector="nhs_trust", people=CAME) for one in made)
    questions = {its.programme.pk: its.questions[Moment.CIRCLE] for its in world.taught}
    asked = insert(_asked(booking) for booking in booked if booking.came and booking.circle.feedback_asked_at)
    given = [one for one in asked if one.given_at]
    insert(answer(one, questions[one.programme_id], one.pk) for one in given)


def _asked(booking: Booking) -> EvaluationResponse:
    """Every other has answered."""
    asked_at = booking.circle.feedback_asked_at
    return EvaluationResponse(
        programme_id=booking.circle.programme_id,
        moment=Moment.CIRCLE,
        booking=booking,
        asked_at=asked_at,
        given_at=asked_at if booking.pk % 2 else None,
    )


def _delivery_of(circle: Circle) -> Delivery:
    return Delivery(
        programme_id=circle.programme_id,
        sent_as=uuid.uuid4(),
        circle=circle,
        topic_id=circle.topic_id,
        held_on=timezone.localdate(circle.starts_at),
        online=circle.online,
        ics_id=circle.ics_id,
        state=Delivery.State.CONFIRMED,
        logged_at=circle.ends_at,
        confirmed_at=circle.ends_at,
        confirmed_by=f"The register of {circle.reference}",
    )


def _months_after(world: World, trainings: list[Training]) -> None:
    """Whoever was trained three months ago or longer was asked how it goes, but every tenth."""
    questions = {its.programme.pk: its.questions[Moment.MONTHS_3] for its in world.taught}
    asked = insert(
        EvaluationResponse(
            programme_id=one.programme_id,
            moment=Moment.MONTHS_3,
            training=one,
            asked_at=world.now - 2 * ONE_DAY,
            given_at=world.now - ONE_DAY if one.pk % 2 else None,
        )
        for one in trainings
        if one.pk % 10 and (world.today - one.trained_on).days > 95
    )
    insert(answer(one, questions[one.programme_id], one.pk) for one in asked if one.given_at)


# Cover.
def _cover(world: World, ahead: list[Circle], trainings: list[Training]) -> None:
    """For every twentieth circle that is planned cover is wanted, was found or was not."""
    leads = {row.circle_id: row for row in CircleFacilitator.objects.filter(circle__in=ahead)}
    planned = [
        (index, circle)
        for index, circle in enumerate(ahead)
        if index % 20 == 7 and circle.state == State.PLANNED
    ]
    people = {index: _of_the_programme(trainings, index) for index, _ in planned}
    requests = insert(
        _request(world, leads[circle.pk], people[index][:1]) for index, circle in planned if people[index]
    )
    asked: list[CoverAsked] = []
    by_lead = {one.lead_id: one for one in requests}
    for index, circle in planned:
        request = by_lead.get(leads[circle.pk].pk)
        asked += _people_asked(world, request, people[index]) if request else []
    insert(asked)
    found = [one for one in requests if one.found]
    for one in found:
        CircleFacilitator.objects.filter(pk=one.lead_id).update(stood_down_at=one.ended_at)
    insert(
        CircleFacilitator(
            circle_id=one.lead.circle_id, training=one.found, added_at=one.ended_at or world.now
        )
        for one in found
    )


def _of_the_programme(trainings: list[Training], index: int) -> list[Training]:
    own = trainings[index]
    return [one for one in trainings[index + 1 : index + 16] if one.programme_id == own.programme_id][:5]


def _request(world: World, lead: CircleFacilitator, people: list[Training]) -> CoverRequest:
    states = CoverRequest.State
    state = [states.OPEN, states.FOUND, states.NOT_FOUND, states.WITHDRAWN][lead.pk % 4]
    return CoverRequest(
        lead=lead,
        asked_at=world.now - 2 * ONE_DAY,
        find_by=world.now + ONE_DAY,
        state=state,
        found=people[0] if state == states.FOUND else None,
        ended_at=None if state == states.OPEN else world.now - ONE_DAY,
    )


def _people_asked(world: World, request: CoverRequest, people: list[Training]) -> list[CoverAsked]:
    answers = CoverAsked.Answer
    return [
        CoverAsked(
            request=request,
            training=one,
            asked_at=request.asked_at,
            answer=answers.YES if one.pk == request.found_id else answers.NONE,
            answered_at=request.ended_at if one.pk == request.found_id else None,
        )
        for one in people
    ]
