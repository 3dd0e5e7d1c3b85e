"""Somebody who is in the register twice."""

import datetime

import pytest

from facilitators.domain.people import joining
from facilitators.models import Training
from programmes.domain.refused import Refused
from tests.facilitators.delivering import THEN
from tests.scenarios import reviewer_of

HOUR = datetime.timedelta(hours=1)


def day(text):
    return datetime.date.fromisoformat(text)


def join(kept, other, *, user=None, reason="One person", now=THEN):
    return joining.join(
        kept.facilitator_id,
        other.facilitator_id,
        reason=reason,
        user=user or reviewer_of(kept.programme),
        now=now,
    )


def refused(kept, other, **values):
    with pytest.raises(Refused) as found:
        join(kept, other, **values)
    return found.value.sentence


def the_training():
    return Training.objects.get()
