"""Is there a seat? Counted from rows under a lock, numbered, and backed by the schema.

Locks are taken in one order: the programme, then the cohort, then the application (docs/decisions/0005).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import prefetch_related_objects

from applications.domain.nominations import lowest_free
from applications.models import Application
from cohorts.models import Cohort, Place
from programmes.domain.prepared import Prepared
from programmes.domain.refused import Refused
from programmes.domain.wording import plural
from programmes.models import Programme


class CohortFull(Refused):
    """Every seat of the cohort is taken."""


class ProgrammeFull(Refused):
    """Every place of the programme is taken."""


class MaximumTooLow(Refused):
    """The number wanted is below the seats that are taken."""


@dataclass(frozen=True)
class Numbers:
    """The numbers that a place takes: among the seats of its cohort and among the places of its programme."""

    seat: int
    programme: int


# What every claim on a seat asks, most of it while others wait.
_programme = Prepared(
    lambda key: Programme.objects.select_for_update(of=("self",), no_key=True).filter(pk=key), key=-1
)
_programme_of = Prepared(
    lambda application: (
        Programme.objects.select_for_update(of=("self",), no_key=True)
        .filter(applications=application)
        .order_by()
    ),
    application=-1,
)
_cohort = Prepared(
    lambda key, programme: Cohort.objects.select_for_update(of=("self",), no_key=True).filter(
        pk=key, programme=programme
    ),
    key=-1,
    programme=-2,
)
_seats = Prepared(
    lambda cohort: (
        Place.objects.taken().filter(cohort=cohort).order_by().values_list("seat_number", flat=True)
    ),
    cohort=-1,
)
_numbers = Prepared(
    lambda programme: (
        Place.objects.counted()
        .filter(programme=programme)
        .order_by()
        .values_list("programme_number", flat=True)
    ),
    programme=-1,
)


def lock_programme(programme_id: int) -> Programme:
    """Lock the programme: before anything of it is counted."""
    return _programme.get(key=programme_id)


def lock_programme_of(application_id: int) -> Programme:
    """Lock the programme of an application, which stays with it. Raises `Programme.DoesNotExist` without one."""
    return _programme_of.get(application=application_id)


def lock_cohorts(programme: Programme, cohort_ids: Iterable[int]) -> dict[int, Cohort]:
    """Lock some cohorts of a locked programme, in the order of their ids; return them, read afresh, by id."""
    rows = Cohort.objects.select_for_update(of=("self",), no_key=True).filter(
        pk__in=set(cohort_ids), programme=programme
    )
    cohorts = {cohort.pk: cohort for cohort in rows.order_by("pk")}
    for cohort in cohorts.values():
        cohort.programme = programme
    return cohorts


def lock(programme_id: int, cohort_id: int) -> Cohort:
    """Lock the programme and then the cohort; return the cohort, read afresh, with its programme.

    Raises `Cohort.DoesNotExist` for a cohort of another programme.
    """
    return _lock_cohort(lock_programme(programme_id), cohort_id)


def lock_for(application_id: int, cohort_id: int) -> Cohort:
    """Lock the programme of an application, and then one of its cohorts; return the cohort, as `lock` does.

    Raises as `lock_programme_of` and `lock` do.
    """
    return _lock_cohort(lock_programme_of(application_id), cohort_id)


def _lock_cohort(programme: Programme, cohort_id: int) -> Cohort:
    cohort = _cohort.get(key=cohort_id, programme=programme.pk)
    cohort.programme = programme
    return cohort


def lock_with_people(cohort_ids: Sequence[int]) -> dict[int, Cohort]:
    """Lock some cohorts of one programme, and the applications with a seat in them, in the order of ids.

    Nobody accepts, declines or withdraws between the counting and the telling. Cohorts of another programme than the
    first one's are not among those returned. They come with their sessions.
    """
    programme_id = Cohort.objects.values_list("programme_id", flat=True).get(pk=cohort_ids[0])
    cohorts = lock_cohorts(lock_programme(programme_id), cohort_ids)
    seated = Place.objects.taken().filter(cohort__in=cohorts).values_list("application_id", flat=True)
    # Evaluated, so that they are locked: one table, in the order of ids.
    list(
        Application.objects.select_for_update(no_key=True)
        .filter(pk__in=list(seated))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    prefetch_related_objects(list(cohorts.values()), "sessions__venue")
    return cohorts


def free_seats(programme: Programme) -> dict[int, int]:
    """How many more people can be seated in each cohort of a programme, by id; none where its places are used up.

    Certain only while the programme is locked.
    """
    places = list(Place.objects.counted().filter(programme=programme).values_list("cohort_id", "seat_number"))
    if programme.total_places is not None and len(places) >= programme.total_places:
        return dict.fromkeys(programme.cohorts.values_list("pk", flat=True), 0)
    taken = Counter(cohort_id for cohort_id, seat in places if seat is not None)
    maxima = programme.cohorts.values_list("pk", "maximum")
    left = None if programme.total_places is None else programme.total_places - len(places)
    free = {pk: max(0, maximum - taken[pk]) for pk, maximum in maxima}
    return free if left is None else {pk: min(seats, left) for pk, seats in free.items()}


def next_numbers(cohort: Cohort) -> Numbers:
    """The lowest free seat of a locked cohort and of its programme.

    Raises `CohortFull` or `ProgrammeFull`, naming the rule and the number.
    """
    seats = {seat for seat in _seats(cohort=cohort.pk) if seat is not None}
    seat = lowest_free(seats, cohort.maximum)
    if seat is None:
        raise CohortFull(f"{cohort.name} is full: all {cohort.maximum} seats are offered or confirmed.")
    return Numbers(seat, next_place(cohort.programme))


def next_place(programme: Programme) -> int:
    """The lowest free number among the places of a locked programme, of which an attended one is used too.

    Raises `ProgrammeFull`, naming the number.
    """
    numbers = {number for number in _numbers(programme=programme.pk) if number is not None}
    number = lowest_free(numbers, programme.total_places)
    if number is None:
        raise ProgrammeFull(
            f"{programme.title} is full: all {programme.total_places} places are offered, confirmed or attended."
        )
    return number


def require_maximum(cohort: Cohort, maximum: int) -> None:
    """Raise `MaximumTooLow`, naming the number, where fewer seats of a locked cohort are wanted than are taken."""
    taken = Place.objects.taken().filter(cohort=cohort).count()
    if maximum < taken:
        raise MaximumTooLow(f"{cohort.name} has {taken} seats taken: its maximum cannot be {maximum}.")


def require_total_places(programme: Programme, total: int | None) -> None:
    """Raise `MaximumTooLow`, naming the number, where fewer places of a locked programme are wanted than taken."""
    taken = Place.objects.counted().filter(programme=programme).count()
    if total is not None and total < taken:
        raise MaximumTooLow(f"{programme.title} has {taken} places taken: the total cannot be {total}.")


def require_nobody_seated(cohort: Cohort) -> None:
    """Raise `Refused`, naming the number, where a cohort that is not to take place has people in it."""
    taken = Place.objects.taken().filter(cohort=cohort).count()
    if taken:
        one = taken == 1
        raise Refused(
            f"{cohort.name} has {plural(taken, 'seat')} taken. "
            f"Take {'it' if one else 'them'} back first: {'the' if one else 'each'} person is then told, "
            "and can be offered another cohort."
        )
