"""An applicant's own page: the steps of a draft, and afterwards where the application stands."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from applications.domain.actors import Hand
from applications.domain.status import PUBLIC_NAMES, as_told, standing, untold
from applications.domain.transitions import allowed_actions
from applications.models import Application, Approval, Decision, State
from applications.models.applications import ENDED
from applications.views.access import applicant_page_with
from applications.views.checking import given_by
from applications.views.filling_in import why_not_changeable
from applications.views.history import history, journey
from applications.views.steps import BESIDE, address_of, steps_of
from cohorts.domain import access_needs, certainty, subscriptions
from cohorts.domain.places import current_place
from cohorts.domain.preferences import date_lines
from cohorts.models import Place
from cohorts.views.calendars import by_program
from facilitators.domain import certificates, completion
from facilitators.domain.handbook import custody
from programmes.models import Link
from programmes.models.parts import ApprovalMethod
from programmes.models.programmes import OfferAnswer

# The colours of the NHS tag: what wants the applicant's hand, what goes well, what has ended.
_COLOURS = {
    State.MORE_INFORMATION: "orange",
    State.OFFERED: "orange",
    State.CONFIRMED: "green",
    State.ATTENDED: "green",
    State.COMPLETED: "green",
    State.RESERVE: "purple",
    State.WAITLISTED: "purple",
}


@applicant_page_with(*BESIDE, "criterion_answers", "changes")
def application(request: HttpRequest, application: Application, *, token: str) -> HttpResponse:
    """The steps while it is a draft; where it stands from then on."""
    if application.state == State.DRAFT:
        return _task_list(request, application, token)
    return _status(request, application, token)


def _task_list(request: HttpRequest, application: Application, token: str) -> HttpResponse:
    now = timezone.now()
    steps = steps_of(application)
    lacking = {step.key for step in steps if step.missing}
    context = {
        "heading": "Your application",
        "application": application,
        "programme": application.programme,
        "token": token,
        "steps": steps,
        "links": {
            step.key: address_of(step.key, token=token, then_check=not (lacking - {step.key}))
            for step in steps
        },
        "done": sum(1 for step in steps if step.begun and not step.missing),
        "ready": not lacking,
        "closed": application.programme.has_closed(now),
    }
    return render(request, "applications/task_list.html", context, using="pages")


def _status(request: HttpRequest, application: Application, token: str) -> HttpResponse:
    now = timezone.now()
    hidden = untold(application, now)
    application = as_told(application, hidden)
    state = State(application.state)
    approvals = list(application.approvals.all())
    emailed = [approval for approval in approvals if approval.method == ApprovalMethod.EMAILED]
    place = None if hidden else current_place(application)
    direct = application.programme.offer_answer == OfferAnswer.CONFIRMED_DIRECTLY
    calendar = ""
    if place is not None and place.status == Place.Status.CONFIRMED:
        calendar = subscriptions.address_of(Link.Opens.CALENDAR, application.pk, now=now)
    context: dict[str, Any] = {
        "heading": application.programme.title,
        "application": application,
        "programme": application.programme,
        "token": token,
        "state": state.value,
        "standing": standing(application),
        "name": PUBLIC_NAMES[state],
        "colour": _COLOURS.get(state, "grey" if state in ENDED else "blue"),
        "ended": state in ENDED,
        "approvals": [approval for approval in approvals if approval.decision != Decision.REROUTED],
        "pending": {approval.pk for approval in emailed if approval.decision == Decision.PENDING},
        "resting": {approval.pk for approval in emailed if _asked_for_time(approval)},
        "place": place,
        "confirmed": place is not None and place.status == Place.Status.CONFIRMED,
        "given": given_by(application),
        "date_lines": date_lines,
        "certain": certainty.in_words(place.cohort, now=now) if place else "",
        "calendar": calendar,
        "calendar_by_program": by_program(calendar),
        "changeable": not why_not_changeable(application, now),
        "needs_asked": not access_needs.why_not_changeable(application, now),
        "to_complete": completion.missing(application),
        "materials": custody.offered_to_placed(application),
        "certificate": certificates.current(application) if state == State.COMPLETED else None,
        "actions": {row.action for row in allowed_actions(application, Hand.APPLICANT)},
        "history": history(
            application, [change for change in application.changes.all() if change not in hidden], approvals
        ),
        "journey": journey(
            application,
            asks_approvers=bool(emailed),
            still_asks=any(approval.decision == Decision.PENDING for approval in emailed),
            answers_offer=not direct,
        ),
    }
    return render(request, "applications/status.html", context, using="pages")


def _asked_for_time(approval: Approval) -> bool:
    return approval.waits_for_more_time(timezone.localdate())
