"""One of everything: a portal in which no address of the project lacks an object to be filled with."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import time_machine
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.test import TestCase

from applications.domain import approvals, nomination_leads, reviews, submission
from applications.models import Application, Approval, Decision, State
from cohorts.domain import places, proposals, subscriptions
from facilitators.domain.people import directory, participations, pauses
from facilitators.models import EvaluationQuestion, Moment
from programmes.domain import feeds, invitations, links
from programmes.models import Link, Programme, Question, Role
from programmes.models.programmes import OfferAnswer
from tests import factories, scenarios
from tests.facilitators.delivering import logged
from tests.factories import NOW


@dataclass
class World:
    """The objects, and the live links to them by what their application or approval is."""

    offering: Programme
    confirming: Programme
    administrator: Any
    superuser: Any
    asks: Application | None = None
    my_tokens: dict[str, str] = field(default_factory=dict)
    approve_tokens: dict[str, str] = field(default_factory=dict)
    register_tokens: dict[str, str] = field(default_factory=dict)
    board_tokens: dict[str, str] = field(default_factory=dict)
    facilitator_tokens: dict[str, str] = field(default_factory=dict)
    feed_key: str = ""


def build() -> World:
    """A programme that offers places, one that confirms them directly, and an application in every state of each."""
    offering = _programme("listening-well", OfferAnswer.APPLICANT_ACCEPTS)
    confirming = _programme("speaking-up", OfferAnswer.CONFIRMED_DIRECTLY)
    world = World(
        offering=offering,
        confirming=confirming,
        administrator=scenarios.administrator_of(offering),
        superuser=get_user_model().objects.create_superuser(
            "root", "root@example.org", "long-enough-password"
        ),
    )
    for state, make in _MAKERS.items():
        application = make(offering)
        world.my_tokens[state] = _token(Link.Opens.APPLICATION, application)
        if state == State.AWAITING_APPROVAL:
            world.asks = application
    scenarios.shortlisted(confirming)
    direct = scenarios.shortlisted(confirming)
    places.give(direct.pk, confirming.cohorts.all()[0].pk, user=scenarios.reviewer_of(confirming), now=NOW)
    world.my_tokens["confirmed directly"] = _token(Link.Opens.APPLICATION, direct)
    for approval in Approval.objects.filter(method="emailed").exclude(decision=Decision.NOT_ASKED):
        name = f"{approval.decision} of {approval.application.state}"
        world.approve_tokens.setdefault(name, _token(Link.Opens.APPROVAL, approval))
    world.my_tokens |= _dead_links(Link.Opens.APPLICATION)
    world.approve_tokens |= _dead_links(Link.Opens.APPROVAL)
    session = offering.cohorts.order_by("pk")[0].sessions.get()
    link = links.mint(Link.Opens.REGISTER, session.pk, sent_to="trainer@example.org", now=NOW)
    world.register_tokens = {"open": links.token_of(link)} | _dead_links(Link.Opens.REGISTER)
    world.board_tokens = _boards(offering)
    world.facilitator_tokens = _facilitators(offering)
    _staff_records(offering)
    world.feed_key = _feed_key(offering, world.administrator)
    subscriptions.new_staff_address(world.administrator, now=NOW)
    for moment in (NOW - datetime.timedelta(minutes=1), NOW):
        proposals.propose(offering.pk, user=world.administrator, now=moment)
    proposals.apply(
        proposals.propose(confirming.pk, user=scenarios.reviewer_of(confirming), now=NOW).pk,
        user=scenarios.reviewer_of(confirming),
        now=NOW,
    )
    return world


def _boards(programme: Programme) -> dict[str, str]:
    """The board of an ICS that has people in reserve, by the link of its lead."""
    waiting = Application.objects.in_reserve().filter(programme=programme)[0]
    allowance = programme.allowances.get(key=waiting.nomination_key)
    user = scenarios.reviewer_of(programme)
    lead = nomination_leads.invite(allowance.pk, name="Lee Lead", email="lee@example.org", user=user, now=NOW)
    link = links.newest(Link.Opens.BOARD, lead.pk, now=NOW)
    assert link
    return {"open": links.token_of(link)} | _dead_links(Link.Opens.BOARD)


def _facilitators(programme: Programme) -> dict[str, str]:
    """Whoever completed, pausing soon, and shown to the others; by the link they have."""
    training = programme.trainings.order_by("pk")[0]
    day = training.trained_on + datetime.timedelta(days=30)
    pauses.pause(training.pk, from_on=day, until_on=day, reason="Away", user=None, now=NOW)
    directory.show(training.facilitator_id, shown=True, email=True, phone=True, now=NOW)
    file = ContentFile(b"%PDF-1.7 a list", name="list.pdf")
    logged(training, "2026-10-01", evidence=file, now=NOW)
    commitment = training.commitments.get(kind="attend")
    user = scenarios.reviewer_of(programme)
    participations.note(commitment.pk, held_on=NOW.date(), what="A set", user=user, now=NOW)
    logged(training, "2026-10-01", draft=True, now=NOW)
    link = links.newest(Link.Opens.FACILITATOR, training.facilitator_id, now=NOW)
    assert link
    return {"open": links.token_of(link)} | _dead_links(Link.Opens.FACILITATOR)


def _programme(slug: str, answer: OfferAnswer) -> Programme:
    programme = factories.ProgrammeFactory(slug=slug, offer_answer=answer, limited=True, total_places=30)
    factories.CriterionOptionFactory(criterion=factories.CriterionFactory(programme=programme))
    factories.CriterionFactory(programme=programme)
    for kind in Question.Kind:
        factories.QuestionFactory(
            programme=programme,
            kind=kind,
            required=kind != Question.Kind.FILE,
            options=["One", "Two"] if kind in (Question.Kind.CHOICE, Question.Kind.CHOICES) else [],
        )
    factories.DeclarationFactory(programme=programme)
    factories.RoleDescriptionFactory(programme=programme)
    factories.FaqFactory(programme=programme)
    for kind in EvaluationQuestion.Kind:
        choices = ["One", "Two"] if kind == EvaluationQuestion.Kind.CHOICE else []
        for moment in Moment:
            factories.EvaluationQuestionFactory(
                programme=programme, kind=kind, moment=moment, choices=choices
            )
    factories.UndertakingFactory(programme=programme)
    factories.ObligationFactory(programme=programme)
    factories.ObligationFactory(programme=programme, kind="attend")
    factories.MessageTemplateFactory(programme=programme)
    factories.ApprovalStepFactory(programme=programme)
    factories.ApprovalStepFactory(programme=programme, declared=True)
    venue = factories.VenueFactory(academy=programme.academy)
    for _ in range(2):
        factories.SessionFactory(
            cohort=factories.CohortFactory(programme=programme), venue=venue, online=False
        )
    return programme


def _in_reserve(programme: Programme) -> Application:
    ics = factories.IntegratedCareSystemFactory()
    for _ in range(programme.nominations_allowed or 0):
        scenarios.submitted(programme, ics=ics)
    return scenarios.submitted(programme, ics=ics)


def _not_supported(programme: Programme) -> Application:
    application = scenarios.submitted(programme)
    approval = application.approvals.pending().get()
    approvals.decline(approval.pk, name="Morgan", reason="No time.", now=NOW)
    return application


def _passed_on(programme: Programme) -> Application:
    application = scenarios.submitted(programme)
    approval = application.approvals.pending().get()
    approvals.pass_on(approval.pk, passed_by="Morgan", name="Alex", email="alex@example.org", now=NOW)
    return application


def _more_time(programme: Programme) -> Application:
    application = scenarios.submitted(programme)
    approvals.need_more_time(application.approvals.pending().get().pk, now=NOW)
    return application


def _overridden(programme: Programme) -> Application:
    application = scenarios.submitted(programme)
    user = scenarios.reviewer_of(programme)
    approval = application.approvals.pending().get()
    approvals.override(approval.pk, user=user, reason="By telephone.", now=NOW)
    return application


def _with_a_file(programme: Programme) -> Application:
    application = scenarios.under_review(programme)
    question = programme.questions.get(kind=Question.Kind.FILE)
    file = ContentFile(b"%PDF-1.7 a certificate", name="certificate.pdf")
    submission.save_answers(application.pk, {question: "certificate.pdf"}, files={question: file}, now=NOW)
    reviews.record_review(application.pk, user=scenarios.reviewer_of(programme), outcome="suitable", now=NOW)
    return application


def _unsuccessful(programme: Programme) -> Application:
    application = scenarios.under_review(programme)
    user = scenarios.reviewer_of(programme)
    return reviews.turn_down(application.pk, user=user, reason="Not this time.", now=NOW)


def _declined(programme: Programme) -> Application:
    application = scenarios.offered(programme)
    places.decline(application.pk, now=NOW)
    return application


def _lapsed(programme: Programme) -> Application:
    application = scenarios.offered(programme, now=NOW - datetime.timedelta(days=20))
    places.lapse(application.pk, now=NOW)
    return application


_MAKERS: dict[str, Callable[[Programme], Application]] = {
    State.DRAFT: lambda programme: scenarios.started(programme, "begun@example.org"),
    "filled in": scenarios.filled_in,
    State.AWAITING_APPROVAL: scenarios.submitted,
    "passed on": _passed_on,
    "more time": _more_time,
    "overridden": _overridden,
    State.RESERVE: _in_reserve,
    State.NOT_SUPPORTED: _not_supported,
    State.UNDER_REVIEW: _with_a_file,
    State.MORE_INFORMATION: scenarios.more_information,
    State.SHORTLISTED: scenarios.shortlisted,
    State.WAITLISTED: scenarios.waitlisted,
    State.UNSUCCESSFUL: _unsuccessful,
    State.OFFERED: scenarios.offered,
    State.CONFIRMED: scenarios.confirmed,
    State.DECLINED: _declined,
    State.LAPSED: _lapsed,
    State.WITHDRAWN: lambda programme: scenarios.withdrawn(scenarios.submitted(programme)),
    State.ATTENDED: scenarios.attended,
    State.COMPLETED: scenarios.completed,
}


def _token(opens: Link.Opens, thing: Application | Approval) -> str:
    return links.token_of(links.mint(opens, thing.pk, sent_to=thing.email, now=NOW))


def _dead_links(opens: Link.Opens) -> dict[str, str]:
    """Links of which nothing opens any more: one expired, one revoked, one that was never made."""
    expired = links.mint(opens, 1, sent_to="late@example.org", now=NOW - datetime.timedelta(days=500))
    revoked = links.mint(opens, 1, sent_to="replaced@example.org", now=NOW)
    Link.objects.filter(pk=revoked.pk).update(revoked_at=NOW)
    return {
        "expired": links.token_of(expired),
        "revoked": links.token_of(revoked),
        "never made": "x" * 43,
    }


def _feed_key(programme: Programme, user: Any) -> str:
    """A key of the feed, used just now: that it is used is written down once an hour, and nothing else is."""
    _, key = feeds.make_key(programme.academy, name="Power BI", user=user, expires_at=None, now=NOW)
    feeds.open_with(key, now=NOW)
    return key


def _staff_records(programme: Programme) -> None:
    """What no application has: an organisation of the list, and what other people's visits leave behind."""
    factories.OrganisationFactory()
    factories.ExportRecordFactory(academies=[programme.academy])
    factories.NewsOptOutFactory(academy=programme.academy)
    administrator = scenarios.administrator_of(programme)
    colleague = factories.UserFactory(username="colleague")
    for address in ("casey@example.org", colleague.email):
        invitations.invite(
            academy=programme.academy,
            name="Casey",
            address=address,
            role=Role.VIEWER,
            by=administrator,
            now=NOW,
        )
    seen = {
        "ip_address": "127.0.0.1",
        "username": "somebody",
        "user_agent": "a browser",
        "path_info": "/staff/login/",
    }
    AccessAttempt.objects.create(failures_since_start=1, get_data="", post_data="", **seen)
    AccessLog.objects.create(**seen)
    AccessFailureLog.objects.create(**seen)


class WorldTestCase(TestCase):
    """For tests that look at the whole of it: it takes seconds to build, and is made once for a class of tests."""

    world: World

    @classmethod
    def setUpTestData(cls) -> None:
        with time_machine.travel(NOW, tick=False):
            cls.world = build()

    def setUp(self) -> None:
        # Hundreds of pages are refused, and each would say so.
        logging.disable(logging.WARNING)
        self.addCleanup(logging.disable, logging.NOTSET)
        self.enterContext(time_machine.travel(NOW, tick=False))
