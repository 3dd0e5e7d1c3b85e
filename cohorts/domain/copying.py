"""Another cohort like one there is: the same sessions on later days, at the same times of an English clock."""

from __future__ import annotations

import datetime
import secrets

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from cohorts.domain import capacity
from cohorts.models import Cohort, Session
from programmes.domain import access
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.wording import local_date

Person = User | AnonymousUser


def copy(
    cohort_id: int, *, name: str, first_day: datetime.date, user: Person, now: datetime.datetime
) -> Cohort:
    """Make a cohort like another one, its first session on ``first_day``; return the new one.

    Times, venues, numbers and joining details are the same; joining links are not, each meeting has its own. Raises
    `Refused` for a day that has passed, a name that the programme has already, or a cohort without sessions;
    `NotAllowed` without the role of administrator.
    """
    programme_id = Cohort.objects.values_list("programme_id", flat=True).get(pk=cohort_id)
    with transaction.atomic():
        old = capacity.lock(programme_id, cohort_id)
        academy = old.programme.academy
        if not access.can_administer(user, academy):
            raise access.NotAllowed(f"Only an administrator of {academy} can add a cohort.")
        sessions = list(old.sessions.all())
        if not sessions:
            raise Refused(f"{old.name} has no sessions to copy. Add them first.")
        if first_day <= local_date(now):
            raise Refused("Choose a first day after today.")
        if old.programme.cohorts.filter(name__iexact=name.strip()).exists():
            raise Refused(
                f"{old.programme.title} has a cohort called {name.strip()} already. Choose another name."
            )
        new = Cohort(
            programme=old.programme,
            key=_key(name),
            name=name.strip(),
            minimum=old.minimum,
            maximum=old.maximum,
            joining_details=old.joining_details,
        )
        changed_by(new, user)
        new.save()
        later = first_day - local_date(sessions[0].starts_at)
        for session in sessions:
            Session.objects.create(
                cohort=new,
                key=session.key,
                kind=session.kind,
                title=session.title,
                starts_at=_shifted(session.starts_at, later),
                ends_at=_shifted(session.ends_at, later),
                venue_id=session.venue_id,
                online=session.online,
                optional=session.optional,
                to_be_confirmed=session.to_be_confirmed,
            )
        return new


def _shifted(moment: datetime.datetime, by: datetime.timedelta) -> datetime.datetime:
    """So many days later at the same time of the clock, whatever the clock changes between."""
    wall = timezone.make_naive(moment) + by
    return timezone.make_aware(wall)


def _key(name: str) -> str:
    """A key that no cohort has: staff never see it, files and answers hold on to it."""
    return f"{slugify(name)[:40].strip('-') or 'cohort'}-{secrets.token_hex(3)}"
