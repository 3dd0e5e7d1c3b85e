"""Check your answers, submit, and the page that says it is done."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from applications.domain import definition, nominations, starting, submission
from applications.domain.status import standing
from applications.models import Answer, Application, Approval, Decision, State
from applications.views.access import applicant_page_with
from applications.views.steps import BESIDE, address_of, steps_of
from cohorts.domain.preferences import date_lines
from cohorts.models import Preference
from programmes.domain.refused import Refused
from programmes.models import Question
from programmes.models.parts import ApprovalMethod


@dataclass(frozen=True)
class Given:
    """Everything an applicant gave, for reading: the same on the check and on the status page."""

    answers: list[tuple[Question, Answer | None]]
    preferences: list[Preference]
    people: list[Approval]
    declared: list[Approval]
    declarations: list[str]
    criteria: list[str]


def given_by(application: Application) -> Given:
    """Everything that was given so far; the same number of queries however much it is."""
    programme = application.programme
    definition.read_parts(programme, *definition.PARTS)
    questions = {question.pk: question for question in programme.questions.all()}
    answered = {answer.question_id: answer for answer in application.answers.all()}
    for number, question in questions.items():
        if number in answered:
            answered[number].question = question
    cohorts = {cohort.pk: cohort for cohort in programme.cohorts.all() if cohort.runs}
    preferences = [chosen for chosen in application.preferences.all() if chosen.cohort_id in cohorts]
    for chosen in preferences:
        chosen.cohort = cohorts[chosen.cohort_id]
    approvals = [approval for approval in application.approvals.all() if approval.is_current]
    return Given(
        answers=[(question, answered.get(number)) for number, question in questions.items()],
        preferences=sorted(
            preferences,
            key=lambda preference: (preference.rank is None, preference.rank or 0, preference.pk),
        ),
        people=[approval for approval in approvals if approval.method == ApprovalMethod.EMAILED],
        declared=[approval for approval in approvals if approval.decision == Decision.DECLARED],
        declarations=[made.statement for made in application.declarations.all()],
        criteria=[
            "; ".join(answer.ways) or answer.statement
            for answer in application.criterion_answers.all()
            if answer.met
        ],
    )


def _why_closed(application: Application, now: datetime.datetime) -> str:
    try:
        starting.require_open(application.programme, now)
    except starting.Closed as closed:
        return closed.sentence
    return ""


@applicant_page_with(*BESIDE, "criterion_answers")
def check(request: HttpRequest, application: Application, *, token: str) -> HttpResponse:
    """Everything that was given, with links to change it, and the button that submits."""
    # An empty form, such as some mail gateways send, submits nothing.
    meant = request.POST.get("confirm") == "yes"
    if not meant and application.state != State.DRAFT:
        return redirect("submitted", token=token)
    now = timezone.now()
    problems: list[dict[str, str]] = []
    if meant:
        try:
            submission.submit(application.pk, now=now)
        except submission.Incomplete as incomplete:
            problems = [
                {"text": item.sentence, "href": address_of(item.step, token=token, then_check=True)}
                for item in incomplete.missing
            ]
        except Refused as refused:
            application.refresh_from_db(fields=["state"])
            if application.state != State.DRAFT:
                return redirect("submitted", token=token)
            problems = [{"text": refused.sentence}]
        else:
            return redirect("submitted", token=token)
    steps = steps_of(application)
    context: dict[str, Any] = {
        "heading": "Check your answers before you submit",
        "application": application,
        "programme": application.programme,
        "token": token,
        "problems": problems,
        "closed": _why_closed(application, now),
        "steps": {step.key: step for step in steps},
        "links": {step.key: address_of(step.key, token=token, then_check=True) for step in steps},
        "incomplete": [step for step in steps if step.missing],
        "given": given_by(application),
        "date_lines": date_lines,
        "by_nominator": nominations.confirmed_by_nominator(application.programme),
        "back_url": reverse("application", args=[token]),
        "back_text": "Back to your application",
    }
    return render(request, "applications/check.html", context, using="pages")


@applicant_page_with("approvals")
def submitted(request: HttpRequest, application: Application, *, token: str) -> HttpResponse:
    """The reference, who the application waits on, and what happens next."""
    if application.submitted_at is None:
        return redirect("application", token=token)
    context = {
        "heading": "Application submitted",
        "application": application,
        "programme": application.programme,
        "token": token,
        "standing": standing(application),
    }
    return render(request, "applications/submitted.html", context, using="pages")
