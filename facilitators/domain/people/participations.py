"""What somebody attended, evaluated or refreshed, noted by staff: it counts for a commitment, and is no delivery."""

from __future__ import annotations

import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from facilitators.domain import certificate_expiry, commitments
from facilitators.models import Commitment, Participation, Training
from programmes.domain.access import Person, require_reviewer
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.wording import local_date
from programmes.models import Obligation

# What is owed by taking part; anything else is owed by delivering.
KINDS = (Obligation.Kind.ATTEND, Obligation.Kind.EVALUATE, Obligation.Kind.REFRESH)


def why_not_noted(commitment: Commitment) -> str:
    """Why nothing can be noted for a commitment, as a sentence; empty where it can."""
    if commitment.kind in KINDS:
        return ""
    return "This commitment is about deliveries: they are logged, and not noted here."


def noted_for(commitment: Commitment) -> QuerySet[Participation]:
    """What is noted of a facilitator that is of a commitment's kind and unit, the last first.

    Of a commitment to attend one kind of meeting, only what is noted of that.
    """
    rows = Participation.objects.filter(
        training=commitment.training_id, kind=commitment.kind, unit=commitment.unit
    )
    return rows.filter(attends=commitment.attends) if commitment.attends else rows


def note(
    commitment_id: int, *, held_on: datetime.date, what: str, user: Person, now: datetime.datetime
) -> Participation:
    """Staff note that somebody took part in what a commitment asks for.

    Raises `Refused` for a commitment about deliveries, a day that lies ahead, and the same noted twice for one day.
    """
    with transaction.atomic():
        commitment = Commitment.objects.get(pk=commitment_id)
        _lock(commitment.training_id, user)
        if why_not := why_not_noted(commitment):
            raise Refused(why_not)
        if held_on > local_date(now):
            raise Refused("This day lies ahead. Note what somebody took part in once it was.")
        what = what.strip()[:200]
        if noted_for(commitment).filter(held_on=held_on, what=what).exists():
            raise Refused("This is noted already, for this day and in these words.")
        assert isinstance(user, User)
        noted = Participation.objects.create(
            training_id=commitment.training_id,
            kind=commitment.kind,
            unit=commitment.unit,
            attends=commitment.attends,
            held_on=held_on,
            what=what,
            noted_by=user,
        )
        commitments.recount([commitment.training_id], now=now)
        certificate_expiry.refreshed(noted, user=user, now=now)
        return noted


def forget(participation_id: int, *, user: Person, now: datetime.datetime) -> None:
    """Staff take back what was noted. Raises `Refused` for what the portal itself has noted."""
    with transaction.atomic():
        noted = Participation.objects.get(pk=participation_id)
        _lock(noted.training_id, user)
        if noted.source:
            raise Refused("The portal noted this itself: correct it where it comes from.")
        certificate_expiry.no_longer_refreshed(noted, user=user)
        changed_by(noted, user)
        noted.delete()
        commitments.recount([noted.training_id], now=now)


def _lock(training_id: int, user: Person) -> None:
    list(commitments.lock_trainings([training_id]))
    training = Training.objects.select_related("programme__academy").get(pk=training_id)
    require_reviewer(user, training.programme)
