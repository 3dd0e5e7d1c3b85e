"""From a draft to a submitted application: saved step by step, checked, submitted."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.base import File
from django.db import transaction

from applications.domain import announcements, approvals, definition, nomination_names, nominations
from applications.domain.actors import Actor
from applications.domain.starting import require_open
from applications.domain.workflow import change_state
from applications.models import (
    Answer,
    Application,
    Approval,
    Decision,
    DeclarationMade,
    State,
)
from programmes.domain import together
from programmes.domain.keeping import keep_rows
from programmes.domain.prepared import Prepared
from programmes.domain.refused import Refused
from programmes.domain.wording import join_words
from programmes.models import IntegratedCareSystem, Organisation, Question
from programmes.models.parts import ApprovalMethod, ApprovalStep

# What an applicant has given in the steps.
GIVEN = ("answers", "approvals", "declarations", "preferences")
# Answers may change until the deadline in these states; nobody has decided on them yet.
CHANGEABLE = frozenset({State.AWAITING_APPROVAL, State.RESERVE, State.UNDER_REVIEW})

# What was given before, read under the application's lock by every step.
_answers = Prepared(lambda application: Answer.objects.filter(application=application), application=-1)
_approvals = Prepared(lambda application: Approval.objects.filter(application=application), application=-1)


class Incomplete(Refused):
    """Something is missing; ``missing`` names each thing and the step where it is given."""

    def __init__(self, missing: Sequence[Missing]) -> None:
        super().__init__("Your application is not complete. " + " ".join(item.sentence for item in missing))
        self.missing = list(missing)


@dataclass(frozen=True)
class Missing:
    """Something that must be given before submitting, and the step that asks for it."""

    step: str
    sentence: str


@dataclass(frozen=True)
class AboutYou:
    """The applicant, as typed: either ``organisation`` or ``organisation_name`` with a ``sector``."""

    name: str
    job_title: str
    phone: str
    organisation: Organisation | None
    organisation_name: str
    sector: str
    ics: IntegratedCareSystem


def require_changeable(application: Application, now: datetime.datetime) -> None:
    """Raise `Refused` unless the applicant may change answers: as a draft, until the deadline, or when asked to."""
    if application.state in (State.DRAFT, State.MORE_INFORMATION):
        return
    if application.state not in CHANGEABLE:
        raise Refused(
            f"Your application is “{application.get_state_display().lower()}”: its answers can no longer be changed. "
            f"Write to {application.programme.contact_email} if something in it is wrong."
        )
    require_open(application.programme, now)


def _lock_to_change(application_id: int, now: datetime.datetime) -> Application:
    application = nominations.lock_application(application_id)
    require_changeable(application, now)
    return application


def save_about_you(application_id: int, about: AboutYou, *, now: datetime.datetime) -> Application:
    """Keep who the applicant is. Raises `Refused` where that would move a nomination to another ICS."""
    with transaction.atomic():
        application = _lock_to_change(application_id, now)
        # Read now: what is set below takes its place.
        counted_by = nominations.key_by_answers(application) if application.nomination_key else ""
        application.name = about.name
        application.job_title = about.job_title
        application.phone = about.phone
        application.organisation = about.organisation
        application.organisation_name = "" if about.organisation else about.organisation_name
        application.sector = about.organisation.sector if about.organisation else about.sector
        application.ics = about.ics
        if application.nomination_key and nominations.key_by_answers(application) != counted_by:
            raise Refused(
                f"Your {application.programme.nomination_scope.replace('ics', 'ICS')} cannot be changed after "
                f"submission: your nomination counts against it. Write to {application.programme.contact_email} "
                "if it is wrong."
            )
        application.save()
        return application


def save_answers(
    application_id: int,
    values: Mapping[Question, Any],
    *,
    files: Mapping[Question, File[bytes]] | None = None,
    now: datetime.datetime,
) -> Application:
    """Keep the answers to the programme's questions, each with the question as it was asked.

    Values are texts, numbers, True or False, ISO dates or lists of texts; a file's value is its name, with the file
    in ``files``, or empty to remove the one before. None is no answer, and kept as an empty text.
    """
    with transaction.atomic():
        application = _lock_to_change(application_id, now)
        before = {answer.question_id: answer for answer in _answers(application=application.pk)}
        answers = {
            question: before.get(question.pk) or Answer(application=application, question=question)
            for question in values
        }
        wanted = [
            (answer, {"asked": question.text, "value": "" if values[question] is None else values[question]})
            for question, answer in answers.items()
        ]
        keep_rows(Answer, wanted)
        for question, answer in answers.items():
            if question.kind == Question.Kind.FILE:
                _keep_file(answer, (files or {}).get(question))
        return application


def _keep_file(answer: Answer, file: File[bytes] | None) -> None:
    """Keep a file in place of the one before it, or none; the old one goes when the change is certain."""
    if answer.file:
        storage, old = answer.file.storage, str(answer.file.name)
        transaction.on_commit(lambda: storage.delete(old))
        answer.file = ""
        answer.save()
    if file is not None:
        answer.file.save(str(answer.value), file)


def save_approvers(
    application_id: int, people: Mapping[int, tuple[str, str]], *, now: datetime.datetime
) -> Application:
    """Keep who is to be asked, as (name, address) by the step's primary key; nobody is asked before submission.

    Raises `OwnApproval` where an address is the applicant's own.
    """
    with transaction.atomic():
        application = _lock_to_change(application_id, now)
        if application.state != State.DRAFT:
            raise Refused(
                "The people you named have been asked already. You can correct them on the status page."
            )
        wanted = {
            step: {"name": people[step.pk][0], "email": people[step.pk][1]}
            for step in definition.of(application).approval_steps.all()
            if step.method == ApprovalMethod.EMAILED and step.pk in people
        }
        for given in wanted.values():
            approvals.refuse_own_address(application, given["email"])
        _keep_approvals(application, Decision.NOT_ASKED, wanted)
        return application


def _keep_approvals(
    application: Application, decision: Decision, wanted: Mapping[ApprovalStep, Mapping[str, Any]]
) -> None:
    """Keep an approval in that decision for each step, worded as the step is worded now."""
    kept = _approvals(application=application.pk)
    before = {row.step_id: row for row in kept if row.decision == decision}
    rows = []
    for step, given in wanted.items():
        row = before.get(step.pk) or Approval(application=application, step=step, decision=decision)
        worded = {"approver": step.approver, "method": step.method, "statement": step.statement}
        rows.append((row, worded | dict(given)))
    keep_rows(Approval, rows)


def save_declarations(
    application_id: int, *, names: Mapping[int, str] | None = None, now: datetime.datetime
) -> Application:
    """Keep that the applicant agrees to every declaration of the programme, and declares its declared approvals.

    ``names`` says who gave a declared approval, by the step's primary key, where the applicant says so.
    """
    with transaction.atomic():
        application = _lock_to_change(application_id, now)
        DeclarationMade.objects.bulk_create(
            [
                DeclarationMade(
                    application=application,
                    declaration=declaration,
                    statement=declaration.statement,
                    agreed_at=now,
                )
                for declaration in definition.of(application).declarations.all()
            ],
            update_conflicts=True,
            unique_fields=["application", "declaration"],
            update_fields=["statement", "agreed_at"],
        )
        declared = {"decided_name": application.name, "decided_at": now}
        wanted = {
            step: {"name": (names or {}).get(step.pk, "")} | declared
            for step in definition.of(application).approval_steps.all()
            if step.method == ApprovalMethod.DECLARED
        }
        _keep_approvals(application, Decision.DECLARED, wanted)
        return application


def read_given(application: Application) -> None:
    """Read `GIVEN`, where it was not read with the application."""
    if not all(name in getattr(application, "_prefetched_objects_cache", {}) for name in GIVEN):
        together.read(application, GIVEN)


def missing(application: Application) -> list[Missing]:
    """What must still be given before the application can be submitted, in the order of the steps."""
    programme = definition.of(application)
    found = []
    if not (application.name and application.job_title and application.ics_id):
        found.append(Missing("about", "Tell us about you, your organisation and your ICS."))
    elif not (application.organisation_id or application.organisation_name):
        found.append(Missing("about", "Name your organisation."))
    answered = {answer.question_id for answer in application.answers.all() if answer.value not in ("", [])}
    for question in programme.questions.all():
        if question.required and question.pk not in answered:
            found.append(Missing("questions", f"Answer the question “{question.text}”"))
    for sentences in announcements.missing_before_submission(application):
        found.extend(Missing("cohorts", sentence) for sentence in sentences)
    given = {approval.step_id for approval in application.approvals.all() if approval.is_current}
    for step in programme.approval_steps.all():
        if step.pk not in given:
            emailed = step.method == ApprovalMethod.EMAILED
            who = step.get_approver_display().lower()
            sentence = f"Say who your {who} is." if emailed else f"Confirm: {step.statement}"
            found.append(Missing("approvers" if emailed else "declarations", sentence))
    agreed = {made.declaration_id for made in application.declarations.all()}
    for declaration in programme.declarations.all():
        if declaration.pk not in agreed:
            found.append(Missing("declarations", f"Agree to: {declaration.statement}"))
    return found


def submit(application_id: int, *, now: datetime.datetime) -> Application:
    """Submit: take a nomination or a place in the reserve, ask the approvers, send the receipt.

    The nomination counts from now where the applicant declares it, from the nominator's yes where that is asked for
    (domain.md, note 1). Raises `Closed` at or after the deadline, `Incomplete` with what is missing.
    """
    with transaction.atomic():
        application, allowance = nominations.lock(application_id)
        if application.state != State.DRAFT:
            raise Refused(f"This application has been submitted already, as {application.reference}.")
        require_open(application.programme, now)
        together.read(application, GIVEN)
        lacking = missing(application)
        if lacking:
            raise Incomplete(lacking)
        application.submitted_at = now
        to_ask = [row for row in application.approvals.all() if row.decision == Decision.NOT_ASKED]
        to = State.AWAITING_APPROVAL if to_ask else State.UNDER_REVIEW
        context = _what_next(application, to_ask)
        if allowance is not None:
            application.nomination_key = allowance.key
            now_counted = not nominations.confirmed_by_nominator(definition.of(application))
            if now_counted and not nominations.take(application, allowance):
                to = State.RESERVE
                context |= nominations.join_reserve(application, allowance, now=now)
            nomination_names.arrive(application, in_reserve=to == State.RESERVE)
            if application.nomination_rank and to == State.RESERVE:
                context["position"] = nominations.position_in_reserve(application)
        change_state(
            application,
            to,
            action="submit",
            actor=Actor.applicant(application),
            now=now,
            context=context,
        )
        for approval in to_ask:
            approval.application = application
            approvals.ask(approval, given_by=application.name, now=now)
        return together.forget(application, GIVEN)


def _what_next(application: Application, to_ask: Iterable[Approval]) -> dict[str, object]:
    """Who is waited on, and what comes next, for the receipt."""
    asked = [f"{approval.name} ({approval.get_approver_display().lower()})" for approval in to_ask]
    if asked:
        return {
            "waits_on": f"We have asked {join_words(asked)} to approve it.",
            "next": "After that the academy reviews it.",
        }
    return {
        "waits_on": f"It waits on {application.programme.academy.name}.",
        "next": "The academy will review it.",
    }
