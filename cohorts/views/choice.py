"""The step in which an applicant says which cohorts they can attend."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from applications.models import Application
from applications.views.access import applicant_page_with
from applications.views.filling_in import saved, show_step
from cohorts.domain.preferences import cohorts_on_offer, save_preferences
from cohorts.forms.choice import ChoiceForm
from programmes.domain.refused import Refused


@applicant_page_with("preferences", workplace=False)
def cohort_choice(request: HttpRequest, application: Application, *, token: str) -> HttpResponse:
    """Every cohort with its sessions: its place in the order of preference, or why it cannot be attended."""
    now = timezone.now()
    cohorts = cohorts_on_offer(application, now=now)
    data = request.POST if request.method == "POST" else None
    form = ChoiceForm(cohorts, application.preferences.all() if data is None else (), data)
    if form.is_valid():
        try:
            application = save_preferences(
                application.pk, ranked=form.ranked, cannot_attend=form.cannot_attend, now=now
            )
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            return saved(request, application, "cohorts", token=token)
    return show_step(request, application, "cohorts", token=token, form=form, cohorts=cohorts)
