"""What academy staff decide on an application, and what an applicant can do about one in hand."""

from __future__ import annotations

import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from applications.domain import nominations
from applications.domain.workflow import Actor, Hand, change_state, require
from applications.models import Application, Review, State
from programmes.domain import access
from programmes.domain.refused import Refused
from programmes.models import Programme

Person = User | AnonymousUser


def _lock_for(user: Person, application_id: int) -> Application:
    """Lock an application for a decision; raise `NotAllowed` where the role does not cover it."""
    application = nominations.lock_application(application_id)
    access.require_reviewer(user, application.programme.academy)
    return application


def record_review(
    application_id: int,
    *,
    user: Person,
    outcome: str,
    score: int | None = None,
    notes: str = "",
    now: datetime.datetime,
) -> Review:
    """Keep what a reviewer thinks; it decides nothing by itself."""
    with transaction.atomic():
        application = _lock_for(user, application_id)
        return Review.objects.create(
            application=application,
            reviewer_id=user.pk,
            outcome=outcome,
            score=score,
            notes=notes,
            created_at=now,
        )


def scores(programme: Programme) -> dict[int, int]:
    """The score of each application of a programme that was given one, by primary key; one query.

    The mean of what each reviewer said last, to the nearest whole number, halves up.
    """
    rows = Review.objects.filter(application__programme=programme, score__isnull=False).order_by("pk")
    said: dict[int, dict[int, int]] = {}
    for application_id, reviewer_id, score in rows.values_list("application_id", "reviewer_id", "score"):
        said.setdefault(application_id, {})[reviewer_id] = score or 0
    return {pk: (2 * sum(by.values()) + len(by)) // (2 * len(by)) for pk, by in said.items()}


def shortlist(application_id: int, *, user: Person, now: datetime.datetime) -> Application:
    """Find an application suitable; it then waits for a place."""
    with transaction.atomic():
        application = _lock_for(user, application_id)
        change_state(application, State.SHORTLISTED, action="shortlist", actor=Actor.staff(user), now=now)
        return application


def put_on_waiting_list(application_id: int, *, user: Person, now: datetime.datetime) -> Application:
    """Tell a shortlisted applicant that there is no seat yet."""
    with transaction.atomic():
        application = _lock_for(user, application_id)
        change_state(application, State.WAITLISTED, action="waitlist", actor=Actor.staff(user), now=now)
        return application


def turn_down(application_id: int, *, user: Person, reason: str, now: datetime.datetime) -> Application:
    """Decide that an application is not successful, with a reason that the applicant reads; its nomination is freed."""
    with transaction.atomic():
        application, allowance = nominations.lock(application_id)
        access.require_reviewer(user, application.programme.academy)
        change_state(
            application,
            State.UNSUCCESSFUL,
            action="turn_down",
            actor=Actor.staff(user),
            reason=reason,
            now=now,
        )
        nominations.move_up(allowance, now=now)
        return application


def ask_for_information(
    application_id: int, *, user: Person, wanted: str, now: datetime.datetime
) -> Application:
    """Ask the applicant something; they answer on their page, and the application comes back to review."""
    with transaction.atomic():
        application = _lock_for(user, application_id)
        application.information_wanted = wanted.strip()
        application.information_given = ""
        change_state(
            application,
            State.MORE_INFORMATION,
            action="ask_information",
            actor=Actor.staff(user),
            reason=wanted,
            now=now,
            context={"wanted": wanted.strip()},
        )
        return application


def give_information(application_id: int, *, given: str, now: datetime.datetime) -> Application:
    """The applicant's answer to what the academy asked."""
    if not given.strip():
        raise Refused("Enter your answer.")
    with transaction.atomic():
        application = nominations.lock_application(application_id)
        application.information_given = given.strip()
        change_state(
            application,
            State.UNDER_REVIEW,
            action="give_information",
            actor=Actor.applicant(application),
            reason=given,
            now=now,
        )
        return application


def withdraw(application_id: int, *, actor: Actor, reason: str = "", now: datetime.datetime) -> Application:
    """Withdraw, by the applicant or by staff on their behalf: the seat and the nomination are free at once."""
    with transaction.atomic():
        application, allowance = nominations.lock(application_id)
        if actor.hand == Hand.STAFF:
            access.require_reviewer(actor.user or AnonymousUser(), application.programme.academy)
        change_state(application, State.WITHDRAWN, action="withdraw", actor=actor, reason=reason, now=now)
        nominations.move_up(allowance, now=now)
        return application


def reopen(application_id: int, *, user: Person, reason: str, now: datetime.datetime) -> Application:
    """Look again at an application that had ended; it needs a nomination again, or waits in reserve for one."""
    with transaction.atomic():
        application, allowance = nominations.lock(application_id)
        access.require_reviewer(user, application.programme.academy)
        require(application, "reopen", Hand.STAFF)
        if application.submitted_at is None:
            raise Refused(
                f"{application.reference} was withdrawn before it was submitted: there is nothing to review."
            )
        others = Application.objects.live().filter(
            programme=application.programme, email_key=application.email_key
        )
        if other := others.first():
            raise Refused(
                f"This person has another application in hand, {other.reference}. Decide on that one."
            )
        to = State.UNDER_REVIEW
        context: dict[str, object] = {}
        if allowance is not None and not nominations.take(application, allowance):
            to = State.RESERVE
            context = nominations.join_reserve(application, allowance, now=now)
        change_state(
            application, to, action="reopen", actor=Actor.staff(user), reason=reason, now=now, context=context
        )
        return application
