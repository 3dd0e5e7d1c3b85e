"""What an applicant can do about an application in hand: answer a question, correct an approver, withdraw."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from applications.domain import approvals, reviews
from applications.domain.actors import Actor, Hand
from applications.domain.status import untold
from applications.domain.transitions import allowed_actions
from applications.forms.decisions import InformationForm, WithdrawForm
from applications.forms.people import CorrectionForm
from applications.models import Application, Decision, State
from applications.views.access import applicant_page
from programmes.domain.refused import Refused
from programmes.forms.base import PageForm


def _show(
    request: HttpRequest, page: str, application: Application, token: str, **context: object
) -> HttpResponse:
    known: dict[str, object] = {
        "application": application,
        "programme": application.programme,
        "caption": application.programme.title,
        "token": token,
        "back_url": reverse("application", args=[token]),
        "back_text": "Back to your application",
    }
    return render(request, f"applications/{page}.html", known | context, using="pages")


@applicant_page
def withdraw(request: HttpRequest, application: Application, *, token: str) -> HttpResponse:
    """Ask whether it is meant, and for a reason that need not be given; a draft is called off alike."""
    draft = application.state == State.DRAFT
    possible = {row.action for row in allowed_actions(application, Hand.APPLICANT)}
    if request.method == "GET" and "withdraw" not in possible:
        return redirect("application", token=token)
    waiting = application.state == State.WAITLISTED and not untold(application, timezone.now())
    sure = (
        "I want to call off my application"
        if draft
        else "I want to leave the waiting list"
        if waiting
        else "I want to withdraw my application"
    )
    form = WithdrawForm(request.POST if request.method == "POST" else None, sure=sure)
    if form.is_valid():
        actor = Actor.applicant(application)
        try:
            reviews.withdraw(
                application.pk, actor=actor, reason=form.cleaned_data["reason"], now=timezone.now()
            )
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(request, "Your application is withdrawn.")
            return redirect("application", token=token)
    return _show(request, "withdraw", application, token, form=form, draft=draft, waiting=waiting)


@applicant_page
def information(request: HttpRequest, application: Application, *, token: str) -> HttpResponse:
    """What the academy asked, and room for the answer."""
    if request.method == "GET" and application.state != State.MORE_INFORMATION:
        return redirect("application", token=token)
    form = InformationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            reviews.give_information(application.pk, given=form.cleaned_data["given"], now=timezone.now())
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(request, f"Your answer has been sent to {application.programme.academy.name}.")
            return redirect("application", token=token)
    return _show(request, "information", application, token, form=form)


@applicant_page
def my_approval(request: HttpRequest, application: Application, *, token: str, pk: int) -> HttpResponse:
    """Send an approver a reminder, or put right who is asked."""
    approval = get_object_or_404(application.approvals.exclude(email=""), pk=pk)
    approval.application = application
    if request.method == "GET" and approval.decision != Decision.PENDING:
        return redirect("application", token=token)
    now = timezone.now()
    reminding = "remind" in request.POST
    form: PageForm = CorrectionForm(
        approval, request.POST if request.method == "POST" and not reminding else None
    )
    problem = ""
    try:
        if reminding:
            approvals.remind(approval.pk, now=now)
            messages.success(request, f"We have sent {approval.name} a reminder.")
            return redirect("application", token=token)
        if form.is_valid():
            person = {"name": form.cleaned_data["name"], "email": form.cleaned_data["email"]}
            approvals.correct_address(approval.pk, corrected_by=application.name, now=now, **person)
            messages.success(request, f"We have asked {person['name']} to approve your application.")
            return redirect("application", token=token)
    except Refused as refused:
        if reminding:
            problem = refused.sentence
        else:
            form.add_error(None, refused.sentence)
    context = {"approval": approval, "form": form, "problem": problem}
    return _show(request, "approval", application, token, **context)


@applicant_page
def my_file(request: HttpRequest, application: Application, *, token: str, pk: int) -> FileResponse:
    """A file that the applicant gave, to be saved: it is never shown inside the portal's own pages."""
    answer = get_object_or_404(application.answers.exclude(file=""), pk=pk)
    try:
        content = answer.file.open("rb")
    except FileNotFoundError as gone:
        raise Http404 from gone
    return FileResponse(
        content, as_attachment=True, filename=str(answer.value), content_type="application/octet-stream"
    )
