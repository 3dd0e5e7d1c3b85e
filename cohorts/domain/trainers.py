"""A trainer's link to the register of one session: made by staff for that day, and closed by itself after it."""

from __future__ import annotations

import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.utils import timezone

from cohorts.models import Session
from programmes.domain import links, messages
from programmes.domain.access import require_reviewer
from programmes.domain.refused import Refused
from programmes.domain.wording import local_date, nhs_date
from programmes.models import Link

Person = User | AnonymousUser


def about(session: Session) -> str:
    """The key under which mails about a session's register are kept."""
    return f"register:{session.pk}"


def works_until(session: Session) -> datetime.datetime:
    """The end of the day after the session: until then a trainer can put the register right."""
    day = local_date(session.ends_at) + datetime.timedelta(days=2)
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time()))


def send_link(session_id: int, *, name: str, email: str, user: Person, now: datetime.datetime) -> Link:
    """Mail a trainer the link to the register of a session; it works until the end of the day after it.

    Raises `Refused` where that is over.
    """
    with transaction.atomic():
        rows = Session.objects.select_related("cohort__programme__academy")
        session = rows.get(pk=session_id)
        programme = session.cohort.programme
        require_reviewer(user, programme)
        until = works_until(session)
        if now >= until:
            raise Refused(
                f"{session} was on {nhs_date(session.starts_at)}: a trainer's link works until the end of the day "
                "after. Mark the register yourself."
            )
        link = links.mint(Link.Opens.REGISTER, session.pk, sent_to=email, now=now, lifetime=until - now)
        messages.queue(
            "register_link",
            occasion=f"link:{link.pk}",
            to_address=email,
            to_name=name,
            programme=programme,
            about=about(session),
            now=now,
            context={
                "cohort": session.cohort.name,
                "session": session.title,
                "when": nhs_date(session.starts_at, weekday=True),
            },
            link=link,
        )
        return link


def working_links(session: Session, *, now: datetime.datetime) -> list[Link]:
    """The links to a session's register that still work, oldest first."""
    rows = Link.objects.working(now).filter(opens=Link.Opens.REGISTER, object_id=session.pk)
    return list(rows.order_by("pk"))


def revoke_links(session_id: int, *, user: Person, now: datetime.datetime) -> int:
    """Close every link to a session's register; return how many there were."""
    with transaction.atomic():
        session = Session.objects.select_related("cohort__programme__academy").get(pk=session_id)
        require_reviewer(user, session.cohort.programme)
        return links.revoke(Link.Opens.REGISTER, session.pk, now=now)
