"""A step of an application that is not there any more: its page was open while a new version was put in."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from applications.models import Application
from applications.views.access import applicant_page
from programmes.views.typed import typed_in


@applicant_page
def moved(request: HttpRequest, application: Application, *, token: str, step: str) -> HttpResponse:
    """To the list of steps; what was sent is shown first, to be copied into the page that has it now."""
    if request.method == "GET":
        messages.info(request, "That page is not part of your application any more. Carry on from here.")
        return redirect("application", token=token)
    context = {
        "heading": "This page has changed since you opened it",
        "application": application,
        "token": token,
        "typed": [value for _, value in typed_in(request) if value.strip()],
        "with_file": bool(request.FILES),
    }
    return render(request, "applications/moved.html", context, status=404, using="pages")
