"""The applicant's page about what they need in order to take part."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from applications.models import Application, State
from applications.views.access import applicant_page_with
from applications.views.filling_in import saved
from applications.views.steps import PAGES
from cohorts.domain import access_needs
from cohorts.forms.access_needs import AccessNeedsForm
from programmes.domain.refused import Refused
from programmes.forms.sure import SureForm


@applicant_page_with("access_needs", workplace=False)
def needs(request: HttpRequest, application: Application, *, token: str) -> HttpResponse:
    """Say what is needed, change it, or have it erased; it can be left out."""
    now = timezone.now()
    posted = request.method == "POST"
    erases = posted and "erase" in request.POST
    erase = SureForm(
        request.POST if erases else None, sure="I want what I told you to be erased", auto_id="id_erase_%s"
    )
    if erase.is_valid():
        access_needs.remove(application.pk)
        messages.success(request, "What you told us about your needs is erased.")
        return redirect("application", token=token)
    says = posted and not erases
    form = AccessNeedsForm(None if says else access_needs.of(application), request.POST if says else None)
    if form.is_valid():
        try:
            if form.needs is not None:
                access_needs.say(application.pk, form.needs, now=now)
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            return saved(request, application, "needs", token=token)
    why = access_needs.why_not_changeable(application, now)
    draft = application.state == State.DRAFT
    context = {
        "application": application,
        "programme": application.programme,
        "token": token,
        "heading": PAGES["needs"][1],
        "caption": application.programme.title,
        "form": form,
        "erase": erase,
        "forms": [erase],
        "kept": access_needs.of(application),
        "why": why,
        "submit_text": "Save and continue" if draft else "Save changes",
        "back_url": reverse("application", args=[token]),
        "back_text": "Back to your application",
    }
    page = "access_needs_over" if why and not form.errors else "access_needs"
    return render(request, f"applications/{page}.html", context, using="pages")
