"""Calendars that people subscribe to: a private address each, and what stands in it.

An address is a link (`programmes.domain.links`): whoever has it can read the calendar, so that it can be replaced. A
calendar program asks for it by itself, every hour or so, for as long as it works.
"""

from __future__ import annotations

import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Prefetch

from applications.domain import nominations
from applications.domain.status import untold
from applications.models import Application, State, StateChange
from cohorts.domain.calendar import Entry, file_of
from cohorts.models import Cohort, Place, Session
from programmes.domain import access, links
from programmes.domain.wording import join_words, plural
from programmes.models import Academy, Link

# An applicant's address works until a month after the last session; dates that were left stay as long, as cancelled.
AFTERWARDS = datetime.timedelta(days=31)
# Staff see what was, for half a year.
_LOOK_BACK = datetime.timedelta(days=183)
_RENEW_WITHIN = datetime.timedelta(days=100)
_TRAINED = (State.CONFIRMED, State.ATTENDED, State.COMPLETED)


def note_change(application: Application, change: StateChange, now: datetime.datetime) -> None:
    """Give whoever gets a confirmed place an address that works long enough; subscribed to every change of state."""
    if change.to_state == State.CONFIRMED:
        keep_address(application, now=now)


def keep_address(application: Application, *, now: datetime.datetime) -> Link:
    """The address of an applicant's calendar, made if there is none, working until a month after the last session."""
    until = max([now + links.LIFETIME, *(end + AFTERWARDS for end in _ends_of(application))])
    link = links.newest(Link.Opens.CALENDAR, application.pk, now=now)
    if link is None:
        return links.mint(
            Link.Opens.CALENDAR, application.pk, sent_to=application.email, now=now, lifetime=until - now
        )
    links.keep_open(link, until=until)
    return link


def _ends_of(application: Application) -> list[datetime.datetime]:
    held = Session.objects.filter(cohort__places__in=application.places.taken())
    return list(held.values_list("ends_at", flat=True))


def new_address(application_id: int, *, now: datetime.datetime) -> Link:
    """Another address for an applicant's calendar; the one before stops working at once."""
    with transaction.atomic():
        application = nominations.lock_application(application_id)
        links.revoke(Link.Opens.CALENDAR, application.pk, now=now)
        return keep_address(application, now=now)


def new_staff_address(user: User, *, now: datetime.datetime) -> Link:
    """Another address for the calendar of a member of staff; the one before stops working at once."""
    with transaction.atomic():
        links.revoke(Link.Opens.STAFF_CALENDAR, user.pk, now=now)
        return links.mint(Link.Opens.STAFF_CALENDAR, user.pk, sent_to=user.email, now=now)


def address_of(opens: Link.Opens, object_id: int, *, now: datetime.datetime) -> str:
    """The address of a calendar as it stands; empty where there is none, or it was made with a key that is gone."""
    link = links.newest(opens, object_id, now=now)
    try:
        return links.address_of(link) if link else ""
    except links.LinkDead:
        return ""


def renew_staff_addresses(*, now: datetime.datetime) -> int:
    """Let the addresses of staff who still work here go on; return how many. Their calendars never just stop."""
    ending = Link.objects.working(now).filter(
        opens=Link.Opens.STAFF_CALENDAR, expires_at__lt=now + _RENEW_WITHIN
    )
    users = User.objects.in_bulk(ending.values_list("object_id", flat=True))
    return sum(
        links.keep_open(link, until=now + links.LIFETIME)
        for link in ending
        if link.object_id in users and access.can_view(users[link.object_id])
    )


def applicant_calendar(application: Application, *, now: datetime.datetime) -> str:
    """The sessions of the place that an applicant holds, as they have been told of it; and those that they have left.

    A change of place whose mail is still held does not show yet. What was left stays for a while, as cancelled.
    """
    hidden = untold(application, now)
    state = hidden[-1].from_state if hidden else application.state
    rows = application.places.select_related("cohort__programme").prefetch_related("cohort__sessions__venue")
    known = list((rows.filter(offered_at__lt=hidden[-1].at) if hidden else rows).order_by("-pk"))
    entries: list[Entry] = []
    if state in _TRAINED and known:
        current = known[0]
        entries += [
            Entry(current.cohort, session, placed=True, sequence=current.calendar_sequence)
            for session in current.cohort.sessions.all()
        ]
    seen = {entry.cohort.pk for entry in entries}
    for place in known:
        # The last place in each cohort says what a calendar knows of it.
        if place.cohort_id not in seen and _was_left_lately(place, now):
            entries += [
                Entry(place.cohort, session, cancelled=True, sequence=place.calendar_sequence)
                for session in place.cohort.sessions.all()
            ]
        seen.add(place.cohort_id)
    return file_of(entries, now=now, name=application.programme.title)


def _was_left_lately(place: Place, now: datetime.datetime) -> bool:
    """Whether a file of a place was sent, and the place was left less than a month ago."""
    left_at = place.answered_at
    return bool(place.calendar_sequence) and left_at is not None and left_at > now - AFTERWARDS


def staff_calendar(user: User, *, now: datetime.datetime) -> str:
    """The sessions of all programmes of somebody's academies, with the seats taken and nothing of any person."""
    sessions = Session.objects.filter(ends_at__gt=now - _LOOK_BACK).select_related("venue")
    cohorts = (
        Cohort.objects.visible_to(user)
        .select_related("programme")
        .with_seats_taken()
        .with_confirmed()
        .prefetch_related(Prefetch("sessions", queryset=sessions))
        .order_by("pk")
    )
    entries = [
        Entry(cohort, session, said=_seats(cohort)) for cohort in cohorts for session in cohort.sessions.all()
    ]
    names = list(Academy.objects.visible_to(user).order_by("name").values_list("name", flat=True))
    return file_of(entries, now=now, name=join_words(names) if len(names) < 3 else "Cascade")


def _seats(cohort: Cohort) -> str:
    taken, confirmed = getattr(cohort, "seats_taken", 0), getattr(cohort, "confirmed", 0)
    needs = f" It needs {cohort.minimum}." if cohort.minimum else ""
    said = f"{taken} of {plural(cohort.maximum, 'seat')} taken: {confirmed} confirmed, {taken - confirmed} offered."
    return said + needs
