"""What must be true of the rows after anything that may have happened: each breach is a sentence."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db.models import Model

from applications.models import Application, Approval, Decision, State
from applications.models.applications import ENDED, NOMINATED
from cohorts.models import Cohort, Place, WaitingPlace
from programmes.models import Link, Message, NominationAllowance

SEATED = {State.OFFERED: Place.Status.OFFERED, State.CONFIRMED: Place.Status.CONFIRMED}


def rows() -> dict[str, list[Any]]:
    """Every row that a verb could change, to be compared with what is there later."""
    models: list[type[Model]] = [
        *apps.get_app_config("applications").get_models(),
        *apps.get_app_config("cohorts").get_models(),
        Link,
        Message,
        NominationAllowance,
    ]
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models}


def broken() -> list[str]:
    """Every breach of the rules in the database, as sentences; none when all is well."""
    applications = list(Application.objects.select_related("programme").order_by("pk"))
    return [
        *_nominations(applications),
        *_reserve(applications),
        *_seats(),
        *_states_against_rows(applications),
        *_record(applications),
        *_waiting_list(applications),
        *_calendars(applications),
    ]


def _numbers(what: str, numbers: Iterable[int | None], limit: int | None) -> Iterator[str]:
    given = sorted(number for number in numbers if number is not None)
    twice = [number for number, count in Counter(given).items() if count > 1]
    if twice:
        yield f"{what}: {twice} given twice"
    # A number may stand above a limit that was lowered since; there are never more of them than it allows.
    if limit is not None and len(given) > limit:
        yield f"{what}: {given} of {limit}"


def _nominations(applications: list[Application]) -> Iterator[str]:
    for allowance in NominationAllowance.objects.select_related("programme"):
        under = [
            one
            for one in applications
            if one.programme_id == allowance.programme_id and one.nomination_key == allowance.key
        ]
        used = [one.nomination_number for one in under if one.nomination_number is not None]
        yield from _numbers(f"nominations of {allowance}", used, allowance.limit)
        waiting = [one for one in under if one.state == State.RESERVE]
        if waiting and allowance.limit is not None and len(used) < allowance.limit:
            yield f"{allowance}: {len(waiting)} in reserve while {len(used)} of {allowance.limit} are used"
    for one in applications:
        state = State(one.state)
        if one.nomination_number is not None and state not in NOMINATED:
            yield f"{one} is {state} and holds a nomination"
        # Where a nominator confirms, it counts from the nominator's yes.
        needs_one = bool(one.nomination_key) and state in NOMINATED - {State.AWAITING_APPROVAL}
        if needs_one and one.nomination_number is None:
            yield f"{one} is {state} without a nomination"


def _reserve(applications: list[Application]) -> Iterator[str]:
    queues: defaultdict[tuple[int, str], list[Any]] = defaultdict(list)
    for one in applications:
        if (one.state == State.RESERVE) != (one.reserve_since is not None):
            yield f"{one} is {one.state}, in reserve since {one.reserve_since}"
        if one.state == State.RESERVE:
            queues[one.programme_id, one.nomination_key].append(one.reserve_since)
    for queue, moments in queues.items():
        if len(set(moments)) != len(moments):
            yield f"{queue}: two share a place in the reserve"


def _seats() -> Iterator[str]:
    taken = list(Place.objects.taken().select_related("programme"))
    for cohort in Cohort.objects.select_related("programme"):
        seats = [place.seat_number for place in taken if place.cohort_id == cohort.pk]
        yield from _numbers(f"seats of {cohort}", seats, cohort.maximum)
        if seats and not cohort.runs:
            yield f"{cohort} does not run, and has seats taken: {seats}"
    counted = list(Place.objects.counted().select_related("programme"))
    for programme in {place.programme for place in counted}:
        places = [place.programme_number for place in counted if place.programme_id == programme.pk]
        yield from _numbers(f"places of {programme}", places, programme.total_places)


def _states_against_rows(applications: list[Application]) -> Iterator[str]:
    places = defaultdict(list)
    for place in Place.objects.taken():
        places[place.application_id].append(place.status)
    decisions = defaultdict(list)
    for approval in Approval.objects.all():
        decisions[approval.application_id].append(approval.decision)
    for one in applications:
        state = State(one.state)
        expected = [SEATED[state]] if state in SEATED else []
        if places[one.pk] != expected:
            yield f"{one} is {state} with places {places[one.pk]}"
        found = set(decisions[one.pk])
        if Decision.NOT_ASKED in found and state != State.DRAFT:
            yield f"{one} is {state}, and somebody was never asked"
        if Decision.PENDING in found and state not in (State.AWAITING_APPROVAL, State.RESERVE):
            yield f"{one} is {state}, and somebody is still asked"
        if state == State.AWAITING_APPROVAL and Decision.PENDING not in found:
            yield f"{one} waits for approval by nobody"


def _record(applications: list[Application]) -> Iterator[str]:
    for one in applications:
        before, since = State.DRAFT.value, one.created_at
        for change in one.changes.all():
            if change.from_state != before:
                yield f"{one}: {change} does not follow {before}"
            before, since = change.to_state, change.at
        if (before, since) != (one.state, one.state_since) and one.changes.exists():
            yield f"{one} is {one.state}, its record says {before}"
        if not one.changes.exists() and one.state != State.DRAFT:
            yield f"{one} is {one.state} without a record"
        if State(one.state) in ENDED and one.nomination_number is not None:
            yield f"{one} has ended and holds a nomination"


def _waiting_list(applications: list[Application]) -> Iterator[str]:
    queued = set(WaitingPlace.objects.values_list("application_id", flat=True))
    for one in applications:
        if one.state == State.WAITLISTED and one.pk not in queued:
            yield f"{one} is on the waiting list without a place in it"


def _calendars(applications: list[Application]) -> Iterator[str]:
    """Whoever has a confirmed place was sent its dates, and nobody else is left with dates in the calendar."""
    states = {one.pk: State(one.state) for one in applications}
    ended_there = (State.ATTENDED, State.COMPLETED, State.DID_NOT_COMPLETE)
    for place in Place.objects.all():
        if states[place.application_id] in ended_there:
            continue
        if place.in_calendar != (place.status == Place.Status.CONFIRMED):
            yield f"{place} is {place.status}, in its person's calendar: {place.in_calendar}"
