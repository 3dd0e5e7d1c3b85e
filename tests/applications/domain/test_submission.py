import datetime

import pytest

from applications.domain import starting, submission
from applications.models import Application, Decision, State
from programmes.domain.refused import Refused
from programmes.models import Link, Message
from programmes.models.parts import Approver
from tests import factories, invariants, scenarios
from tests.factories import NOW
from tests.scenarios import mails

pytestmark = pytest.mark.django_db

MOMENT = datetime.timedelta(microseconds=1)


def test_submit_without_approvers_goes_to_review_and_sends_the_receipt():
    application = scenarios.filled_in(factories.ProgrammeFactory(academy__name="Coastal Academy"))

    submission.submit(application.pk, now=NOW)

    application.refresh_from_db()
    assert (application.state, application.submitted_at, application.state_since) == (
        State.UNDER_REVIEW,
        NOW,
        NOW,
    )
    assert (application.nomination_key, application.nomination_number) == ("", None)
    assert mails(application) == ["continue", "received"]
    context = Message.objects.get(event="received").context
    assert (context["waits_on"], context["next"]) == (
        "It waits on Coastal Academy.",
        "The academy will review it.",
    )
    (change,) = application.changes.all()
    assert (change.action, change.from_state, change.to_state, change.actor, change.at) == (
        "submit",
        State.DRAFT,
        State.UNDER_REVIEW,
        "Sam Applicant",
        NOW,
    )
    assert str(change) == "Not yet submitted → Under review"


def test_submit_with_approvers_asks_each_by_a_link_of_their_own_and_says_who_gave_the_address():
    programme = factories.ProgrammeFactory()
    factories.ApprovalStepFactory(programme=programme, statement="I will release them.")
    factories.ApprovalStepFactory(programme=programme, approver=Approver.SPONSOR)
    factories.SessionFactory(cohort__programme=programme, cohort__name="Cohort 1")
    application = scenarios.filled_in(programme)

    submission.submit(application.pk, now=NOW)

    application.refresh_from_db()
    manager, sponsor = application.approvals.all()
    assert application.state == State.AWAITING_APPROVAL
    assert [(one.decision, one.asked_at) for one in (manager, sponsor)] == [(Decision.PENDING, NOW)] * 2
    assert Message.objects.get(event="received").context["waits_on"] == (
        "We have asked Morgan Line manager (line manager) and Morgan Sponsor (sponsor) to approve it."
    )
    request = Message.objects.get(event="approval_request", to_address=manager.email)
    assert request.context == {
        "applicant": "Sam Applicant",
        "reference": application.reference,
        "role": "line manager",
        "statement": "I will release them.",
        "dates": "Cohort 1: Friday 4 December 2026, midday to 3pm (Online)",
        "whose_address": "Sam Applicant",
    }
    assert (request.link.opens, request.link.object_id) == (Link.Opens.APPROVAL, manager.pk)
    assert Message.objects.get(event="approval_request", to_address=sponsor.email).link != request.link


def test_submit_one_moment_before_the_deadline_is_in_time_and_at_the_deadline_is_late():
    closes = NOW + datetime.timedelta(hours=5)
    programme = factories.ProgrammeFactory(closes_at=closes)
    in_time, late = scenarios.filled_in(programme), scenarios.filled_in(programme)

    submission.submit(in_time.pk, now=closes - MOMENT)
    with pytest.raises(starting.Closed) as refused:
        submission.submit(late.pk, now=closes)

    late.refresh_from_db()
    assert Application.objects.get(pk=in_time.pk).state == State.UNDER_REVIEW
    assert (late.state, late.name) == (State.DRAFT, "Sam Applicant")
    assert "closed at 6pm on 5 October 2026. What you entered is kept." in refused.value.sentence


def test_submit_before_the_opening_is_refused():
    application = scenarios.filled_in(factories.ProgrammeFactory())
    opens = NOW - datetime.timedelta(days=30)

    with pytest.raises(starting.Closed):
        submission.submit(application.pk, now=opens - MOMENT)
    assert submission.submit(application.pk, now=opens).state == State.UNDER_REVIEW


def test_submit_incomplete_is_refused_with_what_is_missing_and_changes_nothing():
    application = scenarios.started(
        factories.DeclarationFactory(statement="I can attend.").programme, "a@example.org"
    )
    before = invariants.rows()

    with pytest.raises(submission.Incomplete) as refused:
        submission.submit(application.pk, now=NOW)

    assert [one.step for one in refused.value.missing] == ["about", "declarations"]
    assert refused.value.sentence == (
        "Your application is not complete. Tell us about you, your organisation and your ICS. "
        "Agree to: I can attend."
    )
    assert invariants.rows() == before


def test_submit_twice_is_refused_and_names_the_reference():
    application = scenarios.submitted(factories.ProgrammeFactory())
    before = invariants.rows()

    with pytest.raises(Refused) as refused:
        submission.submit(application.pk, now=NOW)

    assert (
        refused.value.sentence == f"This application has been submitted already, as {application.reference}."
    )
    assert invariants.rows() == before


def test_submit_keeps_apostrophes_and_welsh_letters():
    name = "Siân O’Neill-Llŷr " + "x" * 130

    application = scenarios.submitted(factories.ProgrammeFactory(), name=name)

    assert application.changes.get().actor == name
    assert Message.objects.get(event="received").to_name == name
