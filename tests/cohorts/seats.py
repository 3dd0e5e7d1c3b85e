"""A programme with seats, and the giving of them."""

import datetime
from typing import Any
from zoneinfo import ZoneInfo

from applications.models import Application
from cohorts.domain import places
from cohorts.models import Cohort, Place
from programmes.models import Programme
from tests import factories
from tests.factories import NOW
from tests.scenarios import reviewer_of

MOMENT = datetime.timedelta(microseconds=1)
# Five working days after Monday 5 October 2026.
DEADLINE = datetime.datetime(2026, 10, 12, 23, 59, tzinfo=ZoneInfo("Europe/London"))


def fresh(row: Any) -> Any:
    """The row as it is stored now."""
    return type(row).objects.get(pk=row.pk)


def programme_with(*, seats: int = 20, **fields: Any) -> Programme:
    """A programme with one cohort of two sessions, one of them by a link."""
    cohort = factories.CohortFactory(
        programme__title="Calm Conversations",
        name="Cohort 1",
        maximum=seats,
        joining_details="Bring a laptop.",
        **{f"programme__{name}": value for name, value in fields.items()},
    )
    start = datetime.datetime(2026, 11, 3, 9, 30, tzinfo=ZoneInfo("Europe/London"))
    for day in range(2):
        factories.SessionFactory(
            cohort=cohort,
            title=f"Day {day + 1}",
            starts_at=start + datetime.timedelta(days=day),
            joining_link="https://meet.example.org/secret" if day == 0 else "",
        )
    return cohort.programme


def cohort_of(programme: Programme) -> Cohort:
    """Its first cohort."""
    return programme.cohorts.get(name="Cohort 1")


def give(application: Application, cohort: Cohort | None = None, *, now: datetime.datetime = NOW) -> Place:
    """Give a seat, as a reviewer of the academy does."""
    cohort = cohort or cohort_of(application.programme)
    return places.give(application.pk, cohort.pk, user=reviewer_of(application.programme), now=now)
