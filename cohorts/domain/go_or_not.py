"""Does a cohort run? When it has reached its minimum its people are told; when it has not, staff decide."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.db.models import Count, F, Q

from applications.domain.telling import tell_applicant
from cohorts.domain import capacity, places
from cohorts.domain.calendar import publish
from cohorts.models import Cohort, Place


def to_settle() -> list[int]:
    """The cohorts that have reached their minimum and whose people have not been told that they run."""
    confirmed = Count("places", filter=Q(places__status=Place.Status.CONFIRMED))
    rows = Cohort.objects.filter(runs=True, minimum__gte=1, certain_at=None).annotate(confirmed=confirmed)
    return list(rows.filter(confirmed__gte=F("minimum")).order_by("pk").values_list("pk", flat=True))


def settle(cohort_id: int, *, now: datetime.datetime) -> int:
    """Make a cohort that has reached its minimum certain, and tell the people in it; return how many were told."""
    programme_id = Cohort.objects.values_list("programme_id", flat=True).get(pk=cohort_id)
    with transaction.atomic():
        cohort = capacity.lock(programme_id, cohort_id)
        confirmed = cohort.places.filter(status=Place.Status.CONFIRMED).count()
        if cohort.certain or not cohort.runs or confirmed < cohort.minimum:
            return 0
        return make_certain(cohort, now=now)


def make_certain(cohort: Cohort, *, now: datetime.datetime) -> int:
    """Tell everyone confirmed in a locked cohort that it runs, with their calendar brought up to date."""
    cohort.certain_at = now
    cohort.save(update_fields=["certain_at"])
    rows = cohort.places.filter(status=Place.Status.CONFIRMED).select_related("application__programme")
    told = list(rows.order_by("pk"))
    for place in told:
        place.cohort = cohort
        tell_applicant(
            place.application,
            "cohort_runs",
            occasion=f"cohort:{cohort.pk}:{now.isoformat()}",
            now=now,
            context=places.place_context(place, now=now),
            attachments=[publish(place, now=now)],
        )
    return len(told)
