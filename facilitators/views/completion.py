"""An applicant's last steps: the evaluation, what they agree to, and their certificate."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from applications.domain.status import as_told, untold
from applications.models import Application, State
from applications.views.access import applicant_page
from facilitators.domain import certificates, completion
from facilitators.domain.evaluation import answering
from facilitators.forms.completion import CompletionForm
from facilitators.models import Moment
from programmes.domain.refused import Refused


@applicant_page
def complete(request: HttpRequest, application: Application, *, token: str) -> HttpResponse:
    """What is asked of somebody who attended; what they typed stays where something is missing."""
    programme = application.programme
    now = timezone.now()
    if request.method == "GET" and application.state != State.ATTENDED:
        return redirect("application", token=token)
    form = CompletionForm(
        application,
        answering.questions_of(programme, Moment.TRAINING),
        list(programme.undertakings.all()),
        request.POST if request.method == "POST" else None,
    )
    if form.is_valid():
        try:
            completion.complete(
                application.pk,
                answers=form.answers,
                undertakings=form.agreed,
                name=form.cleaned_data["full_name"],
                now=now,
            )
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(request, "You have completed the training. Your certificate is on this page.")
            return redirect("application", token=token)
    context = {
        "heading": "Complete your training",
        "caption": programme.title,
        "application": application,
        "programme": programme,
        "token": token,
        "form": form,
        "submit_text": "Complete the training",
        "back_url": reverse("application", args=[token]),
        "back_text": "Back to your application",
    }
    return render(request, "completion/complete.html", context, using="pages")


@applicant_page
def my_certificate(request: HttpRequest, application: Application, *, token: str) -> HttpResponse:
    """The certificate as a file to be saved."""
    told = as_told(application, untold(application, timezone.now()))
    certificate = certificates.current(told) if told.state == State.COMPLETED else None
    if certificate is None:
        raise Http404
    name = f"certificate-{certificate.number}.pdf"
    return HttpResponse(
        certificates.pdf(certificate),
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
