"""Which facilitators and bookings are over, and since when: what the nightly retention takes away."""

from __future__ import annotations

from django.db.models import DateField, Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from facilitators.models import Booking, Facilitator, Training
from programmes.domain.privacy import retention
from programmes.domain.privacy.registry import NAME_REMOVED
from programmes.domain.privacy.retention import At, Outcome
from programmes.domain.wording import local_date
from programmes.models import Programme

_REGISTER = "keep_register_months"


def _facilitators(at: At) -> QuerySet[Facilitator]:
    """Those of a programme who have left, or lapsed in, all that they were trained in, each for long enough.

    Of another programme its own period counts: who was trained in two stays as long as either keeps them.
    """
    over = Coalesce("ended_on", "lapses_on", output_field=DateField())
    there = Training.objects.filter(facilitator=OuterRef("pk")).annotate(over=over)
    here = there.filter(programme=at.programme, over__lt=local_date(at.before))
    rows = Facilitator.objects.filter(Exists(here)).exclude(name=NAME_REMOVED)
    keep = there.filter(over=None)
    for other in Programme.objects.filter(trainings__facilitator__in=rows.values("pk")).distinct():
        until = local_date(retention.cut_off(_REGISTER, other, at.now))
        keep = keep | there.filter(programme=other, over__gte=until)
    return rows.exclude(Exists(keep))


def _bookings(at: At) -> QuerySet[Booking]:
    rows = Booking.objects.filter(circle__programme=at.programme, circle__ends_at__lt=at.before)
    return rows.exclude(name=NAME_REMOVED)


def still_needed(kind: str, keys: set[int]) -> set[int]:
    """The applications by which people who are still in the register were trained: they go with them, not before."""
    if kind != "application":
        return set()
    there = Training.objects.exclude(facilitator__name=NAME_REMOVED)
    return {
        key
        for name in ("application", "also_by")
        for key in there.filter(**{f"{name}__in": keys}).values_list(name, flat=True)
        if key in keys
    }


OUTCOMES = (
    Outcome("booking", "Bookings of circles", "keep_bookings_days", _bookings, "booking"),
    Outcome("register", "Facilitators who have left or lapsed", _REGISTER, _facilitators, "facilitator"),
)


def register() -> None:
    """Let these be looked at each night, and keep what the register needs."""
    retention.register(*OUTCOMES)
    retention.needed.subscribe(still_needed)
