"""What the public sees of programmes: their cohorts, dates and places, and how many are left.

For showing only: whether a seat can really be given is decided under a lock, in ``cohorts/domain/capacity.py``.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils import timezone

from cohorts.domain import figures
from cohorts.domain.figures import Taken
from cohorts.models import Cohort, Session
from programmes.models import Programme
from programmes.models.programmes import ProgrammeQuerySet


@dataclass(frozen=True)
class CohortOnOffer:
    """A cohort that takes place. ``seats_left`` is never more than the places left in the whole programme."""

    cohort: Cohort
    seats_left: int

    @property
    def full(self) -> bool:
        """Whether nobody else can be placed in it now."""
        return self.seats_left == 0

    @property
    def sessions(self) -> list[Session]:
        """Its sessions in the order of their dates."""
        return list(self.cohort.sessions.all())

    @property
    def main_sessions(self) -> list[Session]:
        """The sessions that everyone attends and whose dates are settled."""
        return [one for one in self.sessions if not (one.optional or one.to_be_confirmed)]

    @property
    def hours(self) -> Session | None:
        """A session whose times of day are those of all the main ones; None where they differ, or none is set."""
        times = {
            (timezone.localtime(one.starts_at).time(), timezone.localtime(one.ends_at).time())
            for one in self.main_sessions
        }
        return self.main_sessions[0] if len(times) == 1 else None

    def is_over(self, now: datetime.datetime) -> bool:
        """Whether its last session has ended."""
        return self.cohort.ends_at is not None and self.cohort.ends_at <= now


@dataclass(frozen=True)
class ProgrammeOnOffer:
    """A programme with the cohorts that take place, by date; ``places_left`` is None where it has no total."""

    programme: Programme
    cohorts: tuple[CohortOnOffer, ...]
    places_left: int | None

    @property
    def full(self) -> bool:
        """Whether nobody else can be placed now, in any cohort."""
        return self.places_left == 0 or (bool(self.cohorts) and all(one.full for one in self.cohorts))

    @property
    def where(self) -> list[str]:
        """Each place in which it is held, once: "Online", or a venue with its postcode."""
        sessions = [session for one in self.cohorts for session in one.sessions]
        places = [str(session.venue) if session.venue else session.where for session in sessions]
        return list(dict.fromkeys(places))

    @property
    def has_dates(self) -> bool:
        """Whether there is anything to put into a calendar."""
        return any(one.sessions for one in self.cohorts)


def on_offer(programmes: ProgrammeQuerySet) -> list[ProgrammeOnOffer]:
    """What the public sees of some programmes, each with its academy and role description.

    Five queries, however many there are. Where very many places are taken, how many are left may be a minute old.
    """
    cohorts = Cohort.objects.filter(runs=True).prefetch_related("sessions__venue")
    rows = programmes.select_related("academy", "role_description").prefetch_related(
        Prefetch("cohorts", queryset=cohorts)
    )
    found = list(rows)
    taken = figures.taken([programme.pk for programme in found])
    return [_on_offer(programme, taken) for programme in found]


def _on_offer(programme: Programme, taken: Taken) -> ProgrammeOnOffer:
    total = programme.total_places
    left = None if total is None else max(0, total - taken.places.get(programme.pk, 0))
    cohorts = []
    for cohort in programme.cohorts.all():
        seats = max(0, cohort.maximum - taken.seats.get(cohort.pk, 0))
        cohorts.append(CohortOnOffer(cohort, seats if left is None else min(seats, left)))
    cohorts.sort(key=_by_date)
    return ProgrammeOnOffer(programme, tuple(cohorts), left)


def _by_date(one: CohortOnOffer) -> tuple[bool, float, int]:
    starts = one.cohort.starts_at
    return (starts is None, starts.timestamp() if starts else 0, one.cohort.pk)
