"""From having attended to having completed: the evaluation, the undertakings, and the certificate."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from applications.domain import conflicts, nominations
from applications.domain.actors import Actor, Hand
from applications.domain.transitions import ReasonMissing, require
from applications.domain.workflow import change_state
from applications.models import Application, State
from facilitators.domain import certificates
from facilitators.domain.evaluation import answering
from facilitators.domain.evaluation.answering import Incomplete
from facilitators.models import Certificate, EvaluationResponse, Moment, Undertaking, UndertakingMade
from programmes.domain.access import require_reviewer
from programmes.domain.refused import Refused
from programmes.domain.wording import plural
from programmes.models import Programme

Person = User | AnonymousUser


def asks_nothing(programme: Programme) -> bool:
    """Whether a programme has neither an evaluation nor undertakings: attending it is all there is to do."""
    asked = programme.evaluation_questions.filter(moment=Moment.TRAINING)
    return not (asked.exists() or programme.undertakings.exists())


def missing(application: Application) -> list[str]:
    """What someone who attended still has to do to complete, as sentences; none for everybody else."""
    if application.state != State.ATTENDED:
        return []
    questions = len(answering.questions_of(application.programme, Moment.TRAINING))
    statements = application.programme.undertakings.count()
    left = []
    if questions:
        left.append(f"Tell us what you thought of the training: {plural(questions, 'question')}.")
    if statements:
        left.append(f"Agree to what comes next: {plural(statements, 'undertaking')}.")
    return left or ["Say how your name should stand on your certificate."]


def complete(
    application_id: int,
    *,
    answers: Mapping[int, str],
    undertakings: Collection[int],
    name: str,
    now: datetime.datetime,
) -> Certificate:
    """The applicant answers the evaluation, agrees to every undertaking, and has completed; return the certificate.

    Args:
        application_id: The application, which has attended.
        answers: By question; a rating is "1" to "5", yes or no "yes" or "no". Left out or empty: not answered.
        undertakings: The undertakings agreed to.
        name: As it stands on the certificate, and under the undertakings.
        now: The moment.

    Raises:
        Incomplete: Where a question that must be answered is not, or an undertaking is not agreed to.
        NotAllowedNow: For someone who has not attended, or has completed already.

    """
    with transaction.atomic():
        application = nominations.lock_application(application_id)
        require(application, "complete", Hand.APPLICANT)
        _keep_evaluation(application, answers, now=now)
        _keep_undertakings(application, undertakings, name=name, now=now)
        certificate = certificates.issue(application, name=name, now=now)
        _completed(application, actor=Actor.applicant(application), reason="", now=now)
        return certificate


def complete_for(application_id: int, *, user: Person, reason: str, now: datetime.datetime) -> Certificate:
    """Staff complete somebody's training on their behalf, with a reason that is kept; return the certificate.

    Where the programme asks for nothing, no reason is needed.
    """
    with transaction.atomic():
        application = nominations.lock_application(application_id)
        conflicts.require_may_decide(user, application)
        require(application, "complete", Hand.STAFF)
        if not reason.strip() and not asks_nothing(application.programme):
            raise ReasonMissing("Give a reason: you complete the training in somebody else’s place.")
        return _complete_instead(application, user=user, reason=reason, now=now)


def _complete_instead(
    application: Application, *, user: Person, reason: str, now: datetime.datetime
) -> Certificate:
    """Staff complete the training of a locked application, in the applicant's place."""
    require(application, "complete", Hand.STAFF)
    certificate = certificates.issue(application, name=application.name, now=now)
    _completed(application, actor=Actor.staff(user), reason=reason, now=now)
    return certificate


def complete_everyone(programme_id: int, *, user: Person, now: datetime.datetime) -> list[Certificate]:
    """Complete the training of everyone who has attended, in a programme that asks for nothing else.

    Raises `Refused` where it asks for something, `NotAllowed` without the role. Nobody is judged by it, so that a
    conflict of interest with one of them does not stop it.
    """
    programme = Programme.objects.select_related("academy").get(pk=programme_id)
    require_reviewer(user, programme)
    if not asks_nothing(programme):
        raise Refused(
            f"{programme} asks everyone for an evaluation or undertakings: they complete it themselves."
        )
    rows = Application.objects.filter(programme=programme, state=State.ATTENDED).order_by("pk")
    certificates_issued = []
    for pk in list(rows.values_list("pk", flat=True)):
        with transaction.atomic():
            application = nominations.lock_application(pk)
            certificates_issued.append(_complete_instead(application, user=user, reason="", now=now))
    return certificates_issued


def did_not_complete(
    application_id: int, *, user: Person, reason: str, now: datetime.datetime
) -> Application:
    """Staff record that somebody did not complete the training, with a reason that the person reads.

    Their seat and their nomination are free at once.
    """
    with transaction.atomic():
        application, allowance = nominations.lock(application_id)
        conflicts.require_may_decide(user, application)
        change_state(
            application,
            State.DID_NOT_COMPLETE,
            action="not_complete",
            actor=Actor.staff(user),
            reason=reason,
            now=now,
        )
        nominations.move_up(allowance, now=now)
        return application


def _completed(application: Application, *, actor: Actor, reason: str, now: datetime.datetime) -> None:
    change_state(application, State.COMPLETED, action="complete", actor=actor, reason=reason, now=now)


def _keep_evaluation(application: Application, answers: Mapping[int, str], *, now: datetime.datetime) -> None:
    questions = answering.questions_of(application.programme, Moment.TRAINING)
    given = answering.checked(questions, answers)
    if questions:
        response = EvaluationResponse.objects.create(
            programme=application.programme, application=application, given_at=now
        )
        answering.keep(response, given)


def _keep_undertakings(
    application: Application, agreed: Collection[int], *, name: str, now: datetime.datetime
) -> None:
    wanted: list[Undertaking] = list(application.programme.undertakings.all())
    for undertaking in wanted:
        if undertaking.pk not in agreed:
            raise Incomplete(f"To complete the training, agree to this: “{undertaking.statement}”")
    UndertakingMade.objects.bulk_create(
        UndertakingMade(
            application=application,
            undertaking=undertaking,
            statement=undertaking.statement,
            name=name.strip()[:150],
            made_at=now,
        )
        for undertaking in wanted
    )
