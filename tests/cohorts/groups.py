"""Cohorts with people in them, as the verbs put them there; their mails have been sent."""

import datetime
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from applications.domain import approvals, reviews
from applications.models import Application
from cohorts.domain import places, preferences
from cohorts.models import Cohort
from programmes.models import Message, Programme
from tests import factories, scenarios
from tests.cohorts.seats import give
from tests.factories import NOW

LONDON = ZoneInfo("Europe/London")


def cohort_at(
    programme: Programme,
    name: str,
    starts: datetime.datetime | None = None,
    *,
    town: str = "",
    **fields: Any,
) -> Cohort:
    """A cohort of two half-days, online or in a town."""
    cohort = factories.CohortFactory(programme=programme, name=name, **fields)
    starts = starts or datetime.datetime(2026, 11, 30, 9, 30, tzinfo=LONDON)
    venue = factories.VenueFactory(academy=programme.academy, town=town) if town else None
    for day in range(2):
        factories.SessionFactory(
            cohort=cohort,
            title=f"Day {day + 1}",
            starts_at=starts + datetime.timedelta(days=day),
            venue=venue,
            online=not town,
        )
    return cohort


def waiting(
    programme: Programme,
    *,
    ranked: Iterable[Cohort] = (),
    cannot: dict[Cohort, str] | None = None,
    shortlisted: bool = False,
    **who: Any,
) -> Application:
    """Somebody without a seat, who can attend some cohorts and not others."""
    application = scenarios.submitted(programme, **who)
    if ranked:
        preferences.save_preferences(application.pk, ranked=list(ranked), cannot_attend=cannot or {}, now=NOW)
    for approval in application.approvals.pending():
        approvals.support(approval.pk, name=approval.name, now=NOW)
    user = scenarios.reviewer_of(programme)
    application = reviews.shortlist(application.pk, user=user, now=NOW)
    if not shortlisted:
        application = reviews.put_on_waiting_list(application.pk, user=user, now=NOW)
    mails_are_sent()
    return application


def seated(cohort: Cohort, count: int = 1, *, confirmed: bool = True, **said: Any) -> list[Application]:
    """People with a seat in a cohort, confirmed or offered; ``said`` as for `waiting`."""
    people = []
    for _ in range(count):
        application = waiting(cohort.programme, shortlisted=True, **said)
        give(application, cohort)
        if confirmed:
            places.accept(application.pk, now=NOW)
        people.append(application)
    mails_are_sent()
    return people


def mails_are_sent() -> None:
    """Every mail so far has left, so that nothing takes it back."""
    Message.objects.filter(status="queued").update(status="sent", sent_at=NOW)


def newest(application: Application) -> Message:
    """The newest mail to an applicant that was not taken back."""
    rows = Message.objects.about(application.about).filter(to_address=application.email)
    return rows.exclude(scenarios.TAKEN_BACK).order_by("pk").last()


def queued(event: str) -> list[str]:
    """To whom a mail waits to be sent."""
    return sorted(Message.objects.filter(event=event, status="queued").values_list("to_address", flat=True))
