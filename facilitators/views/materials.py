"""Handbooks and other materials: for facilitators, for those with a place, and for the public what is open to it.

To fetch is to send a form, since it is kept who holds which version; of the public nothing is kept.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from applications.models import Application
from applications.views.access import applicant_page
from facilitators.domain.handbook import custody
from facilitators.forms.community import AgreeForm
from facilitators.models import Facilitator, ResourceVersion
from facilitators.views.access import facilitator_page
from programmes.domain.refused import Refused
from programmes.views.access import public
from programmes.views.kept import kept
from programmes.views.programmes import published_or_404


def file_of(version: ResourceVersion) -> FileResponse:
    """The file of a version, to be saved: it is never shown inside the portal's own pages."""
    try:
        content = version.file.open("rb")
    except FileNotFoundError as gone:
        raise Http404("The file is not there.") from gone
    return FileResponse(
        content, as_attachment=True, filename=version.file_name, content_type="application/octet-stream"
    )


@facilitator_page
def materials(request: HttpRequest, facilitator: Facilitator, *, token: str) -> HttpResponse:
    """What a facilitator may fetch, and which version of it they hold."""
    context = {
        "token": token,
        "offers": custody.offers(facilitator),
        "back_url": reverse("facilitator", args=[token]),
        "back_text": "Back to your page",
    }
    return render(request, "facilitators/materials.html", context, using="pages")


@facilitator_page
def material(request: HttpRequest, facilitator: Facilitator, *, token: str, pk: int) -> HttpResponseBase:
    """Agree to the copyright of a version, and fetch it."""
    offer = next((one for one in custody.offers(facilitator) if one.version.pk == pk), None)
    if offer is None:
        raise Http404("This is not offered to you.")
    form = AgreeForm(request.POST if "agree" in request.POST else None)
    now = timezone.now()
    if request.method == "POST":
        try:
            if "agree" not in request.POST:
                return file_of(custody.fetch(pk, offer.training.pk, now=now))
            if form.is_valid():
                name = form.cleaned_data["typed_name"]
                custody.acknowledge(pk, offer.training.pk, typed_name=name, now=now)
                return redirect("facilitator_material", token=token, pk=pk)
        except Refused as refused:
            messages.info(request, refused.sentence)
            return redirect("facilitator_material", token=token, pk=pk)
    context = {
        "heading": offer.resource.title,
        "caption": offer.resource.programme.title,
        "offer": offer,
        "form": form,
        "token": token,
        "submit_text": "Agree",
        "back_url": reverse("facilitator_materials", args=[token]),
        "back_text": "Back to the materials",
    }
    return render(request, "facilitators/material.html", context, using="pages")


@applicant_page
def my_materials(request: HttpRequest, application: Application, *, token: str) -> HttpResponseBase:
    """What somebody with a place may fetch."""
    versions = custody.offered_to_placed(application)
    if request.method == "POST":
        chosen = next((one for one in versions if str(one.pk) == request.POST.get("version")), None)
        if chosen is None:
            raise Http404("This is not offered to you.")
        return file_of(custody.fetch_placed(chosen.pk, application, now=timezone.now()))
    context: dict[str, Any] = {
        "programme": application.programme,
        "versions": versions,
        "token": token,
        "back_url": reverse("application", args=[token]),
        "back_text": "Back to your application",
    }
    return render(request, "facilitators/my_materials.html", context, using="pages")


@public
@require_safe
@kept
def open_materials(request: HttpRequest, slug: str) -> HttpResponse:
    """What everybody may fetch of a programme."""
    programme = published_or_404(slug)
    context = {
        "programme": programme,
        "versions": custody.open_to_everyone(programme),
        "back_url": reverse("programme", args=[slug]),
        "back_text": "Back to the programme",
    }
    return render(request, "facilitators/open_materials.html", context, using="pages")


@public
@require_safe
def open_material(request: HttpRequest, slug: str, key: str) -> FileResponse:
    """One of them, to be saved."""
    versions = custody.open_to_everyone(published_or_404(slug))
    version = next((one for one in versions if one.resource.key == key), None)
    if version is None:
        raise Http404("There is nothing of this name to fetch.")
    return file_of(version)
