"""Staff are asked what becomes of a cohort that has fewer people than it needs: on set days, once each, by mail."""

from __future__ import annotations

import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from cohorts.domain import capacity, certainty, plans
from cohorts.domain.preferences import date_lines, has_started
from cohorts.models import Cohort, Place
from programmes.domain import messages
from programmes.domain.wording import local_date, nhs_date, plural
from programmes.models import Message
from programmes.models.messages import MessageQuerySet


def ask_days(cohort: Cohort) -> list[datetime.date]:
    """The days on which staff are asked about a cohort under its minimum: set days before it starts.

    Where staff gave it longer, that day alone. Reads its sessions.
    """
    if cohort.decide_by is not None:
        return [cohort.decide_by]
    if cohort.starts_at is None:
        return []
    starts = local_date(cohort.starts_at)
    return sorted(starts - datetime.timedelta(days=days) for days in certainty.ASK_DAYS)


def day_due(cohort: Cohort, *, now: datetime.datetime) -> datetime.date | None:
    """The last of these days that has come; None before the first of them, and once the cohort has started."""
    if has_started(cohort, now):
        return None
    return max((day for day in ask_days(cohort) if day <= local_date(now)), default=None)


def to_ask(now: datetime.datetime) -> list[int]:
    """The cohorts that staff are to be asked about: a day has come, and fewer are confirmed or offered than needed.

    Not those that staff have decided to run anyway. One that was asked about on its last day is among them: `ask`
    asks once.
    """
    rows: QuerySet[Any] = Cohort.objects.filter(runs=True, minimum__gte=1).with_seats_taken()
    under = rows.filter(seats_taken__lt=F("minimum")).prefetch_related("sessions")
    return [
        cohort.pk
        for cohort in under.order_by("pk")
        if day_due(cohort, now=now) and not plans.decided_to_run(cohort)
    ]


def ask(cohort_id: int, *, now: datetime.datetime) -> bool:
    """Ask staff by mail, once for each day, what becomes of a cohort; return whether a mail was queued.

    A day that was missed is caught up; of two missed days only the last, so that two mails never come together.
    """
    with transaction.atomic():
        cohort = capacity.lock_with_people([cohort_id])[cohort_id]
        day = day_due(cohort, now=now)
        taken = cohort.places.taken().count()
        if day is None or not cohort.runs or taken >= cohort.minimum or plans.decided_to_run(cohort):
            return False
        asked = asked_by_mail(cohort).count()
        academy = cohort.programme.academy
        messages.queue(
            "cohort_under_minimum",
            occasion=f"{certainty.about(cohort)}:{day.isoformat()}",
            to_address=academy.contact_email,
            to_name=academy.name,
            programme=cohort.programme,
            about=certainty.about(cohort),
            now=now,
            context={
                "cohort": cohort.name,
                "dates": "\n".join(date_lines(cohort)),
                "numbers": numbers_in_words(cohort, now=now),
            },
        )
        return asked_by_mail(cohort).count() > asked


def asked_by_mail(cohort: Cohort) -> MessageQuerySet:
    """The mails in which staff were asked about a cohort, oldest first."""
    return Message.objects.about(certainty.about(cohort)).filter(event="cohort_under_minimum").order_by("pk")


def numbers_in_words(cohort: Cohort, *, now: datetime.datetime) -> str:
    """How a cohort stands against its minimum, for staff: people, days left, and what its people were told."""
    confirmed = cohort.places.filter(status=Place.Status.CONFIRMED).count()
    offered = cohort.places.filter(status=Place.Status.OFFERED).count()
    lines = [
        f"{cohort.name} needs {plural(cohort.minimum, 'person', 'people')}. "
        f"{confirmed} {'has' if confirmed == 1 else 'have'} confirmed, "
        f"and {offered} {'has' if offered == 1 else 'have'} an offer to answer."
    ]
    if cohort.starts_at is not None:
        days = (local_date(cohort.starts_at) - local_date(now)).days
        lines.append(f"It starts on {nhs_date(cohort.starts_at)}, in {plural(days, 'day')}.")
    if cohort.certain:
        lines.append("Its people have been told that it runs; some have left since.")
    elif by := certainty.decided_by(cohort):
        lines.append(f"The people in it were told that it is decided by {nhs_date(by)}.")
    return " ".join(lines)
