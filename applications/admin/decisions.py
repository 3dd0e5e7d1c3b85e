"""What staff can decide on an application: for each action of the workflow a small page that calls one verb."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from applications.admin.forms import (
    ExtendForm,
    InformationForm,
    KeptReasonForm,
    MoveForm,
    PlaceForm,
    ReasonForm,
    WithdrawForm,
)
from applications.domain import reviews
from applications.domain.actors import Actor, Hand
from applications.domain.transitions import Transition, allowed_actions, require
from applications.models import Application, State
from cohorts.domain import moving, offers, places
from facilitators.domain import completion
from programmes.admin.pages import Crumb, NothingToAdd, VerbPage, sent
from programmes.domain.mails import MAILS
from programmes.domain.refused import Refused
from programmes.domain.wording import plural
from programmes.models.programmes import OfferAnswer

CarryOut = Callable[[Application, dict[str, Any], Any, datetime.datetime], object]


@dataclass(frozen=True)
class Decision:
    """How one action looks to staff: its form, what it means, and the verb that it calls."""

    form: type[forms.Form]
    means: str
    done: str
    carry_out: CarryOut
    ends_something: bool = False
    label: str = ""


def _give(application: Application, values: dict[str, Any], user: Any, now: datetime.datetime) -> object:
    return places.give(application.pk, int(values["cohort"]), user=user, now=now)


# Not a step of the workflow: the offer stays an offer.
EXTEND = Transition(
    "extend",
    "Give longer to answer",
    frozenset({State.OFFERED}),
    State.OFFERED,
    frozenset({Hand.STAFF}),
    "offer_extended",
)

# By the workflow's names, the likeliest first. “approve” is not here: staff agree in an approver's stead on the
# approval itself.
DECISIONS: dict[str, Decision] = {
    "shortlist": Decision(
        NothingToAdd,
        "The applicant is suitable. They are told so, and wait for a place.",
        "shortlisted",
        lambda application, values, user, now: reviews.shortlist(application.pk, user=user, now=now),
    ),
    "waitlist": Decision(
        NothingToAdd,
        "There is no seat for the applicant yet. They are told so, and wait for one to come free.",
        "put on the waiting list",
        lambda application, values, user, now: reviews.put_on_waiting_list(
            application.pk, user=user, now=now
        ),
    ),
    "offer": Decision(
        PlaceForm,
        "The seat is kept for the applicant, who has {days} to accept or decline it by a link.",
        "offered a place",
        _give,
    ),
    "give_place": Decision(
        PlaceForm,
        "The place is confirmed at once. The applicant gets the calendar file and the joining details, "
        "and whoever approved the application is told.",
        "given a place",
        _give,
    ),
    "offer_again": Decision(
        NothingToAdd,
        "The same place is offered once more, if its cohort still has a seat and has not started. "
        "The applicant has {days} to accept or decline it by a link, fewer if the cohort starts soon.",
        "offered the place again",
        lambda application, values, user, now: offers.offer_again(application.pk, user=user, now=now),
    ),
    "extend": Decision(
        ExtendForm,
        "The seat is kept for longer. The applicant is told the new date at once, and reminded before it.",
        "given longer to answer",
        lambda application, values, user, now: offers.extend(
            application.pk, until=values["until"], user=user, now=now
        ),
    ),
    "move": Decision(
        MoveForm,
        "The seat in the one cohort is free at once, and a seat in the other is taken. An offer stays an offer, with a "
        "new date to answer it. A confirmed place stays confirmed: one mail takes the old dates out of the calendar "
        "and puts the new ones in, and whoever approved the application is told.",
        "moved to other dates",
        lambda application, values, user, now: moving.move(
            application.pk, int(values["cohort"]), user=user, reason=values["reason"], now=now
        ),
    ),
    "ask_information": Decision(
        InformationForm,
        "The applicant is asked by mail and answers on their page. The application then comes back to review.",
        "asked for more information",
        lambda application, values, user, now: reviews.ask_for_information(
            application.pk, user=user, wanted=values["wanted"], now=now
        ),
    ),
    "reopen": Decision(
        ReasonForm,
        "The application comes back to review. It needs a nomination again, or waits in reserve for one.",
        "in hand again",
        lambda application, values, user, now: reviews.reopen(
            application.pk, user=user, reason=values["reason"], now=now
        ),
    ),
    "take_back_offer": Decision(
        ReasonForm,
        "The seat is free at once. The application is shortlisted again.",
        "shortlisted again, and the seat is free",
        lambda application, values, user, now: places.take_back(
            application.pk, user=user, reason=values["reason"], now=now
        ),
        ends_something=True,
    ),
    "turn_down": Decision(
        ReasonForm,
        "The application ends. Its nomination is free at once for the next in reserve.",
        "not successful",
        lambda application, values, user, now: reviews.turn_down(
            application.pk, user=user, reason=values["reason"], now=now
        ),
        ends_something=True,
    ),
    "complete": Decision(
        KeptReasonForm,
        "Do this where the person cannot answer the evaluation and agree to the undertakings themselves. The training "
        "is completed and a certificate is issued in the name of the application; nothing is agreed to in their place.",
        "recorded as having completed the training",
        lambda application, values, user, now: completion.complete_for(
            application.pk, user=user, reason=values["reason"], now=now
        ),
        label="Complete on their behalf",
    ),
    "not_complete": Decision(
        ReasonForm,
        "The application ends. Its seat and its nomination are free at once.",
        "recorded as not having completed the training",
        lambda application, values, user, now: completion.did_not_complete(
            application.pk, user=user, reason=values["reason"], now=now
        ),
        ends_something=True,
    ),
    "withdraw": Decision(
        WithdrawForm,
        "Do this when the applicant asked you to. The application ends; its seat and its nomination are free at once. "
        "The applicant and whoever was asked to approve are told.",
        "withdrawn",
        lambda application, values, user, now: reviews.withdraw(
            application.pk, actor=Actor.staff(user), reason=values["reason"], now=now
        ),
        ends_something=True,
        label="Withdraw on their behalf",
    ),
}


def open_to_staff(application: Application) -> list[Transition]:
    """The decisions that are possible now, the likeliest first: what there are buttons for."""
    directly = application.programme.offer_answer == OfferAnswer.CONFIRMED_DIRECTLY
    other = "offer" if directly else "give_place"
    possible = [*allowed_actions(application, Hand.STAFF)]
    if application.state in EXTEND.sources:
        possible.append(EXTEND)
    rows = {row.action: row for row in possible}
    return [rows[action] for action in DECISIONS if action in rows and action != other]


def label_of(row: Transition) -> str:
    """What the button of a decision says."""
    return DECISIONS[row.action].label or row.label


def decision_page(
    request: HttpRequest, application: Application, action: str, *, back: Crumb
) -> HttpResponse:
    """Ask for what a decision needs, and carry it out."""
    if action not in DECISIONS:
        raise Http404(f"There is no decision called “{action}”.")
    decision = DECISIONS[action]
    rows = {row.action: row for row in open_to_staff(application)}
    impossible = "" if action in rows else _why_not(application, action)
    form: forms.Form
    if issubclass(decision.form, PlaceForm):
        form = decision.form(sent(request), application=application)
        impossible = impossible or form.impossible
    elif decision.form is ExtendForm:
        form = ExtendForm(sent(request), application=application)
    else:
        form = decision.form(sent(request))

    def carry_out(values: dict[str, Any]) -> str:
        decision.carry_out(application, values, request.user, timezone.now())
        return (
            f"{application.name or application.reference} is {decision.done}. {_about_the_mail(rows[action])}"
        )

    label = label_of(rows[action]) if action in rows else "Not possible now"
    return VerbPage(
        title=f"{label}: {application.reference}",
        button=label,
        form=form,
        back=back,
        carry_out=carry_out,
        explanation=[
            f"{application.name or application.email}, {application.programme.title}",
            decision.means.format(days=plural(application.programme.offer_working_days, "working day")),
            *([_about_the_mail(rows[action])] if action in rows else []),
        ],
        impossible=impossible,
        ends_something=decision.ends_something,
    ).answer(request)


def _why_not(application: Application, action: str) -> str:
    if action == EXTEND.action:
        return f"{application.reference} has no offer that waits for an answer."
    try:
        require(application, action, Hand.STAFF)
    except Refused as refused:
        return refused.sentence
    return f"Offers of {application.programme.title} are not made in this way."


def _about_the_mail(row: Transition) -> str:
    minutes = settings.DECISION_HOLD_MINUTES
    if not MAILS[row.mail].held or not minutes:
        return "The mail goes out at once."
    return (
        f"The mail goes out in {plural(minutes, 'minute')}: "
        "a decision that is changed until then reaches nobody."
    )
