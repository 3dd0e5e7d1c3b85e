"""How a commitment stands on a day, in a word and in a sentence."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.db import models
from django.db.models import F, Q

from facilitators.domain import windows
from facilitators.domain.commitments import paused_on
from facilitators.models import Commitment
from programmes.domain.wording import nhs_date, plural
from programmes.models import Obligation

# Its end is so near that somebody ought to look at it.
DUE_MONTHS = 3
# How often a thing was done, in words.
_WORDS = {
    Obligation.Unit.SESSION: ("session", "sessions"),
    Obligation.Unit.PROGRAMME: ("programme", "programmes"),
    Obligation.Unit.COHORT: ("cohort", "cohorts"),
    Obligation.Unit.DAY: ("day", "days"),
    Obligation.Unit.PERSON: ("person", "people"),
}


class Stands(models.TextChoices):
    """How a commitment stands; the first that is true, in this order."""

    MET = "met", "Met"
    MET_LATE = "met_late", "Met late"
    WAIVED = "waived", "Waived"
    ENDED = "ended", "No longer owed"
    PAUSED = "paused", "Paused"
    OVERDUE = "overdue", "Overdue"
    DUE = "due", "Due"
    ON_TRACK = "on_track", "On track"


def stands(commitment: Commitment, *, today: datetime.date, paused: bool) -> Stands:
    """How a commitment stands on a day; ``paused`` says whether its facilitator pauses on it."""
    due_on = commitment.due_on
    if commitment.met_on is not None:
        return Stands.MET_LATE if due_on and commitment.met_on > due_on else Stands.MET
    if commitment.waived_on is not None:
        return Stands.WAIVED
    if commitment.training.ended_on is not None:
        return Stands.ENDED
    if paused:
        return Stands.PAUSED
    if due_on is None or windows.months_later(today, DUE_MONTHS) < due_on:
        return Stands.ON_TRACK
    return Stands.OVERDUE if due_on < today else Stands.DUE


def standing_as(how: Stands, *, today: datetime.date) -> Q:
    """The commitments that stand so on a day, as a condition of a query: the same answer as `stands`."""
    soon = windows.months_later(today, DUE_MONTHS)
    late = Q(due_on__isnull=False, met_on__gt=F("due_on"))
    unmet = Q(met_on__isnull=True)
    owed = unmet & Q(waived_on__isnull=True, training__ended_on__isnull=True)
    working = owed & ~paused_on(today)
    conditions = {
        Stands.MET: Q(met_on__isnull=False) & (Q(due_on__isnull=True) | Q(met_on__lte=F("due_on"))),
        Stands.MET_LATE: late,
        Stands.WAIVED: unmet & Q(waived_on__isnull=False),
        Stands.ENDED: unmet & Q(waived_on__isnull=True, training__ended_on__isnull=False),
        Stands.PAUSED: owed & paused_on(today),
        Stands.OVERDUE: working & Q(due_on__lt=today),
        Stands.DUE: working & Q(due_on__gte=today, due_on__lte=soon),
        Stands.ON_TRACK: working & (Q(due_on__isnull=True) | Q(due_on__gt=soon)),
    }
    return conditions[how]


def amount(number: int, unit: str) -> str:
    """ "3 programmes", "1 person"."""
    return plural(number, *_WORDS[Obligation.Unit(unit)])


def quantity(commitment: Commitment) -> str:
    """How much is asked for: "at least 3 programmes", "3 to 5 sessions", "sessions, as they come"."""
    if commitment.window == Obligation.Window.STANDING:
        return f"{_WORDS[Obligation.Unit(commitment.unit)][1]}, as they come"
    if commitment.at_most and commitment.at_most > commitment.at_least:
        return f"{commitment.at_least} to {amount(commitment.at_most, commitment.unit)}"
    return f"at least {amount(commitment.at_least, commitment.unit)}"


def left(commitment: Commitment) -> int:
    """How many are still owed; 0 where it is met, waived, or stands without a number."""
    if commitment.met_on or commitment.waived_on or commitment.window == Obligation.Window.STANDING:
        return 0
    return max(commitment.at_least - commitment.done, 0)


def sentence(commitment: Commitment, how: Stands) -> str:
    """How a commitment stands, with the dates and numbers that make it so."""
    done = f"{amount(commitment.done, commitment.unit)} done"
    until = f", until {nhs_date(commitment.due_on)}" if commitment.due_on else ""
    owes = f"{commitment.done} of {quantity(commitment)} done{until}"
    still = f"{amount(left(commitment), commitment.unit)} still to do"
    by_another = " by another commitment that stands for it" if commitment.done < commitment.at_least else ""
    on = nhs_date(commitment.met_on)
    return {
        Stands.MET: f"Met on {on}{by_another}: {owes}.",
        Stands.MET_LATE: f"Met late, on {on}{by_another}: {done}; it was due on {nhs_date(commitment.due_on)}.",
        Stands.WAIVED: f"Waived on {nhs_date(commitment.waived_on)}: {commitment.waived_reason}",
        Stands.ENDED: f"No longer owed, since the facilitator has left the programme: {done}.",
        Stands.PAUSED: f"Paused: nothing is owed in these days. {owes}, which each day of the pause moves on.",
        Stands.OVERDUE: f"Overdue: it was due on {nhs_date(commitment.due_on)}. {done}, {still}.",
        Stands.DUE: f"Due on {nhs_date(commitment.due_on)}: {done}, {still}.",
        Stands.ON_TRACK: _on_track(commitment, owes, still),
    }[how]


def _on_track(commitment: Commitment, owes: str, still: str) -> str:
    if commitment.window == Obligation.Window.STANDING:
        return f"Goes on for as long as you are a facilitator: {amount(commitment.done, commitment.unit)} so far."
    return f"{owes}: {still}."


def lines(rows: Sequence[Commitment]) -> list[str]:
    """Each of some commitments that are owed, with what is done and left of it: the lines of a reminder."""
    return [
        f"{row.description.rstrip('.')}: {amount(row.done, row.unit)} done, {amount(left(row), row.unit)} to do "
        f"until {nhs_date(row.due_on)}"
        for row in rows
    ]
