"""The session after the training in which the facilitators of an ICS agree how a programme is delivered there."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import QuerySet

from facilitators.domain.community import meetings
from facilitators.domain.community.meetings import When
from facilitators.domain.people import register
from facilitators.models import Guest, ImplementationSession, Training
from programmes.domain import messages
from programmes.domain.access import Person, require_reviewer
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.wording import local_date
from programmes.models import IntegratedCareSystem, Programme

Answer = Guest.Answer
REASON_LIMIT = 300


def of_the_ics(programme: Programme, ics: IntegratedCareSystem) -> QuerySet[Training]:
    """The facilitators of an ICS in a programme: those who have not left it, by name."""
    rows = Training.objects.going_on().filter(programme=programme, facilitator__ics=ics)
    return rows.select_related("facilitator").order_by("facilitator__name", "pk")


def arrange(
    programme: Programme, ics: IntegratedCareSystem, when: When, *, user: Person, now: datetime.datetime
) -> ImplementationSession:
    """Set up the session of an ICS and invite its facilitators, by mail with a calendar file.

    Raises `Refused` for a time that is not ahead, and where nobody of the ICS is a facilitator; `NotAllowed` without
    the role of reviewer.
    """
    with transaction.atomic():
        require_reviewer(user, programme)
        meetings.require_possible(when, now)
        people = list(of_the_ics(programme, ics))
        if not people:
            raise Refused(
                f"Nobody of {ics.short_name} is a facilitator of {programme} yet: there is nobody to invite."
            )
        session = ImplementationSession(programme=programme, ics=ics)
        meetings.hold(session, when)
        changed_by(session, user)
        session.save()
        _invite(session, people, now=now)
        return session


def invite_new(session_id: int, *, user: Person, now: datetime.datetime) -> list[Training]:
    """Invite those facilitators of the ICS who are not invited yet; return them. Raises `Refused` without any."""
    with transaction.atomic():
        session = _lock(session_id, user)
        meetings.require_ahead(session, now)
        people = list(of_the_ics(session.programme, session.ics).exclude(invited_to__session=session))
        if not people:
            raise Refused("Every facilitator of the ICS is invited already.")
        _invite(session, people, now=now)
        return people


def change(session_id: int, when: When, *, user: Person, now: datetime.datetime) -> ImplementationSession:
    """Hold it at another time or place; who is invited is told, and asked anew. The same as before changes nothing.

    Raises `Refused` for one that is cancelled or has begun, whose attendance is taken, and for a time not ahead.
    """
    with transaction.atomic():
        session = _lock(session_id, user)
        if why_not := why_not_moved(session, now):
            raise Refused(why_not)
        meetings.require_possible(when, now)
        if meetings.hold(session, when):
            session.sequence += 1
            changed_by(session, user)
            session.save()
            for guest in _guests(session):
                guest.answer, guest.answered_at = Answer.NONE, None
                guest.save()
            _tell(session, "It has another time or place. Please answer again.", now=now)
        return session


def why_not_moved(session: ImplementationSession, now: datetime.datetime) -> str:
    """Why a session cannot be held at another time, as a sentence; empty where it can."""
    if why_not := meetings.why_not_ahead(session, now):
        return why_not
    return meetings.MARKED if session.guests.exclude(came=None).exists() else ""


def cancel(session_id: int, *, reason: str, user: Person, now: datetime.datetime) -> ImplementationSession:
    """Cancel it, with a reason that everybody who is invited reads."""
    with transaction.atomic():
        session = _lock(session_id, user)
        meetings.require_ahead(session, now)
        reason = reason.strip()[:REASON_LIMIT]
        if not reason:
            raise Refused("Enter the reason. Everybody who is invited reads it.")
        session.cancelled_at, session.cancelled_reason = now, reason
        session.sequence += 1
        changed_by(session, user)
        session.save()
        _tell(session, f"It is cancelled: {reason}", now=now)
        return session


def answer(session_id: int, training_id: int, *, comes: bool, now: datetime.datetime) -> Guest:
    """A facilitator says whether they come. Raises `Refused` for who is not invited, and once it has begun."""
    with transaction.atomic():
        session = _lock(session_id)
        meetings.require_ahead(session, now)
        guest = session.guests.filter(training=training_id).first()
        if guest is None:
            raise Refused("You are not invited to this session.")
        guest.answer = Answer.YES if comes else Answer.NO
        guest.answered_at = now
        guest.save()
        return guest


def mark(session_id: int, came: Collection[int], *, user: Person, now: datetime.datetime) -> int:
    """Note which of those invited came, by their trainings; return how many. It counts for what they owe to attend.

    Can be corrected at any time. Raises `Refused` before the day, and for a session that is cancelled.
    """
    with transaction.atomic():
        session = _lock(session_id, user)
        if why_not := meetings.why_not_marked(session, now):
            raise Refused(why_not)
        guests = _guests(session)
        meetings.note_who_came(
            {guest.training_id: guest.training_id in came for guest in guests},
            source=f"implementation:{session.pk}",
            held_on=local_date(session.starts_at),
            what=str(session),
            user=user,
            now=now,
        )
        for guest in guests:
            guest.came = guest.training_id in came
            changed_by(guest, user)
            guest.save()
        return sum(bool(guest.came) for guest in guests)


def agree(
    session_id: int, *, delivery_model: str, agreed_calendar: str, user: Person
) -> ImplementationSession:
    """Write down what was agreed, as Markdown, for the page of the ICS."""
    with transaction.atomic():
        session = _lock(session_id, user)
        session.delivery_model, session.agreed_calendar = delivery_model.strip(), agreed_calendar.strip()
        changed_by(session, user)
        session.save()
        return session


def _lock(session_id: int, user: Person | None = None) -> ImplementationSession:
    list(ImplementationSession.objects.select_for_update(no_key=True).filter(pk=session_id).only("pk"))
    session = ImplementationSession.objects.select_related("programme__academy", "ics").get(pk=session_id)
    if user is not None:
        require_reviewer(user, session.programme)
    return session


def _guests(session: ImplementationSession) -> list[Guest]:
    return list(session.guests.select_related("training__facilitator").order_by("training"))


def _invite(session: ImplementationSession, people: Iterable[Training], *, now: datetime.datetime) -> None:
    for person in people:
        Guest.objects.create(session=session, training=person, invited_at=now)
        _mail(session, person, "implementation_invited", {}, now=now)


def _tell(session: ImplementationSession, said: str, *, now: datetime.datetime) -> None:
    for guest in _guests(session):
        _mail(session, guest.training, "implementation_changed", {"said": said}, now=now)


def _mail(
    session: ImplementationSession,
    person: Training,
    event: str,
    said: dict[str, str],
    *,
    now: datetime.datetime,
) -> None:
    facilitator = person.facilitator
    messages.queue(
        event,
        occasion=f"implementation:{session.pk}:{session.sequence}",
        to_address=facilitator.email,
        to_name=facilitator.name,
        programme=session.programme,
        about=facilitator.about_key,
        now=now,
        context={
            "whose": session.ics.short_name,
            "when": meetings.when_of(session),
            "where": meetings.where_of(session),
            "path": f"implementation/{session.pk}/",
            **said,
        },
        link=register.link_for(facilitator, now=now),
        attachments=[meetings.calendar_file("implementation", str(session), [session], now=now)],
    )
