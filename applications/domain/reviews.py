"""What academy staff decide on an application, and what an applicant can do about one in hand."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Sum

from applications.domain import conflicts, nominations, rubric
from applications.domain.actors import Actor, Hand
from applications.domain.transitions import require
from applications.domain.workflow import change_state
from applications.models import Application, Points, Review, State
from programmes.domain import access
from programmes.domain.refused import Refused
from programmes.domain.wording import join_words
from programmes.models import Programme, Role

Person = User | AnonymousUser
# Reviewers whose scores, of 100, are further apart than this disagree.
FAR_APART = 20


def _lock_for(user: Person, application_id: int) -> Application:
    """Lock an application for a decision; raise `NotAllowed` where the role does not cover it."""
    application = nominations.lock_application(application_id)
    conflicts.require_may_decide(user, application)
    return application


def record_review(
    application_id: int,
    *,
    user: Person,
    outcome: str,
    score: int | None = None,
    points: Mapping[int, int] | None = None,
    notes: str = "",
    now: datetime.datetime,
) -> Review:
    """Keep what a reviewer thinks; it decides nothing by itself. What they said before no longer counts.

    ``points`` are those of the programme's rubric, by the criterion's key in the database, and make the score. Raises
    `Refused` for a draft and where they do not fit the rubric, `ConflictDeclared` where the reviewer declared a
    conflict of interest.
    """
    with transaction.atomic():
        application = _lock_for(user, application_id)
        assert isinstance(user, User)  # nobody else holds a role
        if application.state == State.DRAFT:
            raise Refused("It has not been submitted yet: there is nothing to review.")
        criteria = list(application.programme.rubric.all()) if points else []
        if points:
            score = rubric.score(criteria, points)
        application.reviews.filter(reviewer=user, latest=True).update(latest=False)
        review = Review.objects.create(
            application=application,
            reviewer=user,
            outcome=outcome,
            score=score,
            notes=notes,
            created_at=now,
        )
        Points.objects.bulk_create(
            Points(
                review=review,
                criterion=criterion,
                text=criterion.text,
                weight=criterion.weight,
                maximum=criterion.maximum,
                given=(points or {})[criterion.pk],
            )
            for criterion in criteria
        )
        return review


@dataclass(frozen=True)
class Opinions:
    """What somebody may read of the reviews of an application: ``hidden`` reviews are shown after their own.

    ``disagreement`` says how the reviewers differ, among the reviews that are shown; empty where they do not.
    """

    shown: list[Review]
    hidden: int
    disagreement: str


def reviewed_by(user: Person) -> QuerySet[Any, int]:
    """The keys of the programmes whose applications ``user`` reviews; read once, when first looked into."""
    return access.programmes_with(user, Role.REVIEWER).values_list("pk", flat=True)


def readable(
    application: Application, every: Sequence[Review], *, user: Person, reviews_for: Collection[int]
) -> list[Review]:
    """Of ``every`` review of an application those that ``user`` may read now: all, or none. One rule for every page.

    Where the programme wants it so, a reviewer reads what the others think once they have said what they think.
    ``reviews_for`` are the keys of the programmes whose applications ``user`` reviews (`reviewed_by`).
    """
    own = any(review.reviewer_id == user.pk for review in every)
    waits = application.programme.blind_reviews and not own and application.programme_id in reviews_for
    return [] if waits else list(every)


def opinions(application: Application, *, user: Person) -> Opinions:
    """The reviews of an application, oldest first, as far as ``user`` may read them now (`readable`)."""
    rows = application.reviews.select_related("reviewer").prefetch_related("points")
    every = list(rows.order_by("pk"))
    shown = readable(application, every, user=user, reviews_for=reviewed_by(user))
    latest = [review for review in shown if review.latest]
    return Opinions(shown, len(every) - len(shown), _disagreement(latest))


def _disagreement(latest: Sequence[Review]) -> str:
    outcomes = {review.outcome: review.get_outcome_display().lower() for review in latest}
    scored = [review.score for review in latest if review.score is not None]
    said = []
    if len(outcomes) > 1:
        said.append(f"the outcomes are {join_words(f'“{name}”' for name in outcomes.values())}")
    if scored and max(scored) - min(scored) > FAR_APART:
        said.append(f"the scores are from {min(scored)} to {max(scored)}")
    return f"The reviewers disagree: {join_words(said)}." if said else ""


def in_dispute() -> Exists:
    """Whether an application's reviewers disagree now: a filter of applications, which looks at the reviews of each."""
    said = Review.objects.filter(latest=True, application=OuterRef("pk")).order_by().values("application")
    compared = said.annotate(outcomes=Count("outcome", distinct=True), gap=Max("score") - Min("score"))
    return Exists(compared.filter(Q(outcomes__gt=1) | Q(gap__gt=FAR_APART)))


def scores(programme: Programme, *, states: Collection[State] = ()) -> dict[int, int]:
    """The score of each application of a programme that was given one, by primary key; one query.

    The mean of what each reviewer said last, to the nearest whole number, halves up. With ``states`` only of the
    applications that stand there.
    """
    rows = Review.objects.filter(application__programme=programme, latest=True, score__isnull=False)
    if states:
        rows = rows.filter(application__state__in=states)
    by_application = rows.order_by().values_list("application")
    summed = by_application.annotate(total=Sum("score"), people=Count("pk"))
    return {pk: (2 * total + people) // (2 * people) for pk, total, people in summed}


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
        conflicts.require_may_decide(user, application)
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
            conflicts.require_may_decide(actor.user or AnonymousUser(), application)
        change_state(application, State.WITHDRAWN, action="withdraw", actor=actor, reason=reason, now=now)
        nominations.move_up(allowance, now=now)
        return application


def reopen(application_id: int, *, user: Person, reason: str, now: datetime.datetime) -> Application:
    """Look again at an application that had ended; it needs a nomination again, or waits in reserve for one."""
    with transaction.atomic():
        application, allowance = nominations.lock(application_id)
        conflicts.require_may_decide(user, application)
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
