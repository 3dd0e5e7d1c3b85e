"""The steps of an application as pages: each shows what was given, and saves by one verb."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from applications.domain import submission
from applications.forms.about import AboutForm
from applications.forms.people import ApproversForm, DeclarationsForm
from applications.forms.questions import QuestionsForm
from applications.models import Application, Approval, State
from applications.views.access import applicant_page, applicant_page_with
from applications.views.steps import PAGES, after
from programmes.domain.organisations import workplaces
from programmes.domain.refused import Refused
from programmes.models import Question
from programmes.models.parts import ApprovalMethod, ApprovalStep
from programmes.views.addresses import behind_link


def show_step(
    request: HttpRequest,
    application: Application,
    key: str,
    *,
    token: str,
    template: str = "",
    **context: Any,
) -> HttpResponse:
    """A step's page; instead of it, where answers can no longer be changed, a page that says why."""
    if request.method == "GET" and (why := why_not_changeable(application, timezone.now())):
        context = {
            "heading": "You cannot change this",
            "why": why,
            "token": token,
            "application": application,
        }
        return render(request, "applications/not_changeable.html", context, using="pages")
    draft = application.state == State.DRAFT
    known = {
        "application": application,
        "programme": application.programme,
        "token": token,
        "heading": PAGES[key][1],
        "caption": application.programme.title,
        "draft": draft,
        "submit_text": "Save and continue" if draft else "Save changes",
        "back_url": behind_link("application", token),
        "back_text": "Back to your application",
    }
    return render(request, template or f"applications/{key}.html", known | context, using="pages")


def why_not_changeable(application: Application, now: datetime.datetime) -> str:
    """The sentence that says why answers can no longer be changed; empty where they can."""
    try:
        submission.require_changeable(application, now)
    except Refused as refused:
        return refused.sentence
    return ""


def saved(request: HttpRequest, application: Application, key: str, *, token: str) -> HttpResponse:
    """On to the next page, with a word for those who come back to their status page."""
    if application.state != State.DRAFT:
        messages.success(request, "Your changes are saved.")
    return after(request, application, key, token=token)


@applicant_page
def about(request: HttpRequest, application: Application, *, token: str) -> HttpResponse:
    """Who the applicant is, where they work, and from which ICS they apply."""
    now = timezone.now()
    systems, organisations = workplaces(application.programme, timezone.localdate(now))
    form = AboutForm(
        application,
        request.POST if request.method == "POST" else None,
        systems=systems,
        organisations=organisations,
        ics_is_fixed=application.state != State.DRAFT,
    )
    if form.is_valid():
        try:
            application = submission.save_about_you(application.pk, form.about, now=now)
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            return saved(request, application, "about", token=token)
    return show_step(request, application, "about", token=token, form=form)


@applicant_page_with("answers", workplace=False)
def questions(request: HttpRequest, application: Application, *, token: str) -> HttpResponse:
    """The academy's own questions; they can be saved half answered, to come back to."""
    now = timezone.now()
    asked = list(application.programme.questions.all())
    for_later = "later" in request.POST
    # What was sent is shown again as it was sent; only of a file it matters whether there is one already.
    needs_answers = request.method == "GET" or any(one.kind == Question.Kind.FILE for one in asked)

    def form_of(data: Any = None, files: Any = None) -> QuestionsForm:
        answers = application.answers.all() if needs_answers else ()
        return QuestionsForm(asked, answers, data, files, for_later=for_later)

    form = form_of(request.POST, request.FILES) if request.method == "POST" else form_of()
    valid = form.is_valid()
    try:
        if valid:
            application = submission.save_answers(application.pk, form.values, files=form.uploads, now=now)
        elif form.is_bound and form.uploads:
            # A browser cannot put a file back into the form: what arrived well is kept at once.
            names = {question: file.name for question, file in form.uploads.items()}
            submission.save_answers(application.pk, names, files=form.uploads, now=now)
            form = form_of(request.POST)
    except Refused as refused:
        form.add_error(None, refused.sentence)
    else:
        if valid and for_later:
            messages.success(request, "Your answers are saved. Come back by the link in our email.")
            return redirect("application", token=token)
        if valid:
            return saved(request, application, "questions", token=token)
    return show_step(request, application, "questions", token=token, form=form)


def _steps(application: Application, method: ApprovalMethod) -> list[ApprovalStep]:
    return [step for step in application.programme.approval_steps.all() if step.method == method]


def _current(application: Application) -> list[Approval]:
    return [approval for approval in application.approvals.all() if approval.is_current]


@applicant_page_with("approvals", workplace=False)
def approvers(request: HttpRequest, application: Application, *, token: str) -> HttpResponse:
    """Who is asked by mail to approve the application; once they have been asked, the status page has them."""
    if application.state != State.DRAFT and request.method == "GET":
        return redirect("application", token=token)
    steps = _steps(application, ApprovalMethod.EMAILED)
    data = request.POST if request.method == "POST" else None
    form = ApproversForm(application, steps, _current(application) if data is None else (), data)
    if form.is_valid():
        try:
            application = submission.save_approvers(application.pk, form.people, now=timezone.now())
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            return saved(request, application, "approvers", token=token)
    return show_step(request, application, "approvers", token=token, form=form)


@applicant_page_with("approvals", "declarations", workplace=False)
def declarations(request: HttpRequest, application: Application, *, token: str) -> HttpResponse:
    """What the applicant declares, of which nothing can be left out."""
    data = request.POST if request.method == "POST" else None
    form = DeclarationsForm(
        _steps(application, ApprovalMethod.DECLARED),
        list(application.programme.declarations.all()),
        data,
        declared=_current(application) if data is None else (),
        agreed=[made.declaration_id for made in application.declarations.all()] if data is None else (),
    )
    if form.is_valid():
        try:
            application = submission.save_declarations(application.pk, names=form.names, now=timezone.now())
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            return saved(request, application, "declarations", token=token)
    return show_step(request, application, "declarations", token=token, form=form)
