"""What people need to take part, shown to the few who need it: behind a button, and noted each time."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from applications.models import Application
from cohorts.domain import access_needs
from cohorts.models import Cohort
from programmes.admin.pages import Crumb


def _page(request: HttpRequest, title: str, back: Crumb, **more: Any) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": title, "back": back, **more}
    answer = TemplateResponse(request, "admin/cohorts/access_needs.html", context)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def application_page(request: HttpRequest, application: Application) -> HttpResponse:
    """What one applicant needs, for administrators; looking is a button, because it is noted."""
    if not access_needs.may_read(request.user, application):
        raise PermissionDenied
    back = Crumb(str(application), reverse("admin:applications_application_change", args=[application.pk]))
    title = f"Access and dietary needs: {application.reference}"
    reads = application.access_needs_reads.select_related("user")[:20]
    if request.method != "POST":
        return _page(request, title, back, reads=reads)
    assert isinstance(request.user, User)
    found = access_needs.read(application, user=request.user, now=timezone.now())
    return _page(request, title, back, reads=reads.all(), shown=True, one=found)


def cohort_page(request: HttpRequest, cohort: Cohort) -> HttpResponse:
    """What those with a confirmed place need, for who organises the day; looking is a button, because it is noted."""
    if not access_needs.may_read_cohort(request.user, cohort):
        raise PermissionDenied
    back = Crumb(cohort.name, reverse("admin:cohorts_cohort_change", args=[cohort.pk]))
    title = f"Access and dietary needs of those coming: {cohort}"
    if request.method != "POST":
        return _page(request, title, back)
    assert isinstance(request.user, User)
    coming = access_needs.read_cohort(cohort, user=request.user, now=timezone.now())
    return _page(request, title, back, shown=True, coming=coming)
