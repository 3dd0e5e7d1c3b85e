"""What an approver can answer, and how the right person is found and asked."""

import datetime

import pytest

from applications.domain import approvals
from applications.domain.approvals import AlreadyAnswered, OwnApproval
from applications.models import Application, Approval, Decision, State
from programmes.domain import links
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Link, Message
from programmes.models.parts import Approver
from tests import factories, invariants, scenarios
from tests.factories import NOW
from tests.scenarios import mails

pytestmark = pytest.mark.django_db

LATER = NOW + datetime.timedelta(hours=3)
NEXT_DAYS = NOW + datetime.timedelta(days=3)


def asked(*, steps=1, **fields):
    """A submitted application whose approvers have been asked, and their approvals."""
    programme = factories.ProgrammeFactory(**fields)
    for approver in (Approver.LINE_MANAGER, Approver.SPONSOR)[:steps]:
        factories.ApprovalStepFactory(programme=programme, approver=approver)
    application = scenarios.submitted(programme, email="sam.jones@example.org")
    return application, *application.approvals.all()


def fresh(row):
    return type(row).objects.get(pk=row.pk)


# Yes.


def test_support_is_recorded_with_the_typed_name_and_the_last_one_sends_on_to_review():
    application, approval = asked()

    approvals.support(approval.pk, name="M. O’Manager", now=LATER)

    approval, application = fresh(approval), fresh(application)
    assert (approval.decision, approval.decided_name, approval.decided_at, approval.reason) == (
        Decision.SUPPORTED,
        "M. O’Manager",
        LATER,
        "",
    )
    assert (application.state, application.changes.last().actor) == (State.UNDER_REVIEW, "M. O’Manager")
    assert mails(application) == ["continue", "received", "approval_request", "approvals_complete"]
    assert invariants.broken() == []


def test_support_of_one_of_two_tells_the_applicant_and_goes_on_waiting():
    application, manager, sponsor = asked(steps=2)

    approvals.support(manager.pk, name="Morgan", now=LATER)

    assert fresh(application).state == State.AWAITING_APPROVAL
    context = Message.objects.get(event="approval_given").context
    assert (context["role"], context["approver"], context["waits_on"]) == (
        "line manager",
        "Morgan Line manager",
        "We are still waiting for the others you named.",
    )

    approvals.support(sponsor.pk, name="Sandy", now=LATER)
    assert fresh(application).state == State.UNDER_REVIEW
    assert Message.objects.filter(event="approval_given").count() == 1


def test_support_while_in_reserve_is_recorded_and_told_and_the_application_goes_on_waiting():
    programme = factories.ApprovalStepFactory(programme__limited=True).programme
    ics = factories.IntegratedCareSystemFactory()
    application = [scenarios.submitted(programme, ics=ics) for _ in range(6)][-1]

    approvals.support(application.approvals.get().pk, name="Morgan", now=LATER)

    assert fresh(application).state == State.RESERVE
    assert Message.objects.get(event="approval_given").context["waits_on"] == ""
    assert invariants.broken() == []


def test_support_of_ones_own_application_is_refused_even_if_the_address_came_in_unseen():
    _, approval = asked()
    Approval.objects.filter(pk=approval.pk).update(email="SamJones+boss@example.org")
    before = invariants.rows()

    with pytest.raises(OwnApproval):
        approvals.support(approval.pk, name="Sam", now=LATER)

    assert invariants.rows() == before


@pytest.mark.parametrize(
    "answer", ["support", "decline", "override", "pass_on", "need_more_time", "remind", "correct"]
)
def test_an_answered_request_takes_no_second_answer(answer):
    application, approval = asked()
    approvals.support(approval.pk, name="Morgan", now=LATER)
    reviewer = scenarios.reviewer_of(application.programme)
    before = invariants.rows()
    person = {"name": "Lee", "email": "lee@example.org", "now": NEXT_DAYS}
    verbs = {
        "support": lambda pk: approvals.support(pk, name="Morgan", now=NEXT_DAYS),
        "decline": lambda pk: approvals.decline(pk, name="Morgan", reason="No", now=NEXT_DAYS),
        "override": lambda pk: approvals.override(pk, user=reviewer, reason="Yes", now=NEXT_DAYS),
        "pass_on": lambda pk: approvals.pass_on(pk, passed_by="Morgan", **person),
        "correct": lambda pk: approvals.correct_address(pk, corrected_by="Sam", **person),
        "need_more_time": lambda pk: approvals.need_more_time(pk, now=NEXT_DAYS),
        "remind": lambda pk: approvals.remind(pk, now=NEXT_DAYS),
    }

    with pytest.raises(AlreadyAnswered) as refused:
        verbs[answer](approval.pk)

    assert refused.value.sentence == "This request needs no answer any more: it is recorded as “supported”."
    assert invariants.rows() == before


def test_a_request_of_a_withdrawn_application_is_no_longer_needed():
    application, approval = asked()
    scenarios.withdrawn(application, now=LATER)

    with pytest.raises(AlreadyAnswered) as refused:
        approvals.support(approval.pk, name="Morgan", now=LATER)

    assert "“no longer needed”" in refused.value.sentence


# No.


def test_decline_ends_the_application_with_the_reason_and_calls_off_the_others():
    application, manager, sponsor = asked(steps=2)

    approvals.decline(manager.pk, name="Morgan", reason=" We cannot spare the days. ", now=LATER)

    application, manager, sponsor = fresh(application), fresh(manager), fresh(sponsor)
    assert (application.state, application.changes.last().reason) == (
        State.NOT_SUPPORTED,
        "We cannot spare the days.",
    )
    assert (manager.decision, manager.reason) == (Decision.DECLINED, "We cannot spare the days.")
    assert (sponsor.decision, sponsor.decided_at) == (Decision.CANCELLED, LATER)
    told = Message.objects.get(event="not_supported")
    assert (told.to_address, told.context["role"], told.context["reason"]) == (
        application.email,
        "line manager",
        "We cannot spare the days.",
    )
    # Who has just said no is not told of it; who was still asked is.
    assert mails(application, to=manager.email) == ["approval_request"]
    assert mails(application, to=sponsor.email) == ["approval_request", "approver_ended"]
    assert invariants.broken() == []


def test_decline_frees_the_nomination_for_the_reserve():
    programme = factories.ApprovalStepFactory(programme__limited=True).programme
    ics = factories.IntegratedCareSystemFactory()
    *nominated, waiting = [scenarios.submitted(programme, ics=ics) for _ in range(6)]

    approvals.decline(nominated[2].approvals.get().pk, name="Morgan", reason="No", now=LATER)

    waiting = fresh(waiting)
    assert fresh(nominated[2]).nomination_number is None
    assert (waiting.state, waiting.nomination_number) == (State.AWAITING_APPROVAL, 3)
    assert invariants.broken() == []


def test_decline_in_reserve_ends_the_application_too():
    programme = factories.ApprovalStepFactory(programme__limited=True).programme
    ics = factories.IntegratedCareSystemFactory()
    waiting = [scenarios.submitted(programme, ics=ics) for _ in range(6)][-1]

    approvals.decline(waiting.approvals.get().pk, name="Morgan", reason="No", now=LATER)

    assert fresh(waiting).state == State.NOT_SUPPORTED


def test_decline_needs_a_reason():
    _, approval = asked()

    with pytest.raises(Refused) as refused:
        approvals.decline(approval.pk, name="Morgan", reason=" \n", now=LATER)

    assert refused.value.sentence == "Give a reason: the applicant will read it."
    assert fresh(approval).decision == Decision.PENDING


# The academy instead.


def test_override_is_recorded_with_the_name_and_the_reason():
    application, approval = asked()
    reviewer = scenarios.reviewer_of(application.programme)

    approvals.override(approval.pk, user=reviewer, reason="Agreed by telephone", now=LATER)

    approval, application = fresh(approval), fresh(application)
    assert (approval.decision, approval.reason, approval.decided_by, approval.decided_name) == (
        Decision.OVERRIDDEN,
        "Agreed by telephone",
        reviewer,
        reviewer.get_full_name(),
    )
    change = application.changes.last()
    assert (application.state, change.actor, change.actor_user) == (
        State.UNDER_REVIEW,
        reviewer.get_full_name(),
        reviewer,
    )


def test_override_needs_a_reason_and_a_reviewer_of_the_academy():
    application, approval = asked()
    stranger = scenarios.reviewer_of(factories.ProgrammeFactory())

    with pytest.raises(Refused) as refused:
        approvals.override(
            approval.pk, user=scenarios.reviewer_of(application.programme), reason="", now=LATER
        )
    with pytest.raises(NotAllowed):
        approvals.override(approval.pk, user=stranger, reason="Yes", now=LATER)

    assert refused.value.sentence == "Give a reason: it is kept with your name."
    assert fresh(approval).decision == Decision.PENDING


def test_override_of_a_nominators_approval_takes_the_nomination():
    step = factories.ApprovalStepFactory(programme__limited=True, nominator=True)
    application = scenarios.submitted(step.programme)
    reviewer = scenarios.reviewer_of(step.programme)

    approvals.override(application.approvals.get().pk, user=reviewer, reason="By telephone", now=LATER)

    application = fresh(application)
    assert (application.state, application.nomination_number) == (State.UNDER_REVIEW, 1)


# Somebody else.


def test_pass_on_asks_the_right_person_closes_every_link_to_the_old_request_and_tells_the_applicant():
    application, approval = asked()
    approvals.remind(approval.pk, now=NEXT_DAYS)
    old_links = list(Link.objects.filter(opens=Link.Opens.APPROVAL, object_id=approval.pk))

    new = approvals.pass_on(
        approval.pk, passed_by="Morgan", name="Lee", email="lee@example.org", now=NEXT_DAYS
    )

    old = fresh(approval)
    assert (old.decision, old.reason, old.rerouted_to) == (
        Decision.REROUTED,
        "Morgan named Lee instead.",
        new,
    )
    assert len(old_links) == 2
    for link in old_links:
        with pytest.raises(links.LinkDead):
            links.open_link(Link.Opens.APPROVAL, links.token_of(link), now=NEXT_DAYS)
    assert (new.name, new.email, new.decision, new.step, new.statement) == (
        "Lee",
        "lee@example.org",
        Decision.PENDING,
        old.step,
        old.statement,
    )
    request = Message.objects.get(event="approval_request", to_address="lee@example.org")
    assert (request.context["whose_address"], request.link.object_id) == ("Morgan", new.pk)
    assert Message.objects.get(event="approval_rerouted").context["approver"] == "Lee"

    approvals.support(new.pk, name="Lee", now=NEXT_DAYS)
    assert fresh(application).state == State.UNDER_REVIEW
    # Whoever passed it on hears no outcome.
    scenarios.withdrawn(application, now=NEXT_DAYS)
    assert mails(application, to=old.email) == ["approval_request", "approval_chaser"]
    assert mails(application, to="lee@example.org") == ["approval_request", "approver_ended"]
    assert invariants.broken() == []


@pytest.mark.parametrize(
    "email", ["sam.jones@example.org", "SAMJONES+x@example.org", "s.amjones@EXAMPLE.org"]
)
def test_a_request_is_not_passed_on_or_corrected_to_the_applicant(email):
    _, approval = asked()
    before = invariants.rows()

    with pytest.raises(OwnApproval):
        approvals.pass_on(approval.pk, passed_by="Morgan", name="Sam", email=email, now=LATER)
    with pytest.raises(OwnApproval):
        approvals.correct_address(approval.pk, corrected_by="Sam", name="Sam", email=email, now=LATER)

    assert invariants.rows() == before


def test_correct_address_asks_the_person_meant_and_closes_the_links_to_the_old_address():
    application, approval = asked()
    old_link = Link.objects.get(opens=Link.Opens.APPROVAL)

    new = approvals.correct_address(
        approval.pk, corrected_by="Sam Applicant", name="Morgan", email="m@example.org", now=LATER
    )

    assert fresh(approval).reason == "Sam Applicant corrected who is asked."
    assert fresh(old_link).revoked_at == LATER
    assert new.decision == Decision.PENDING
    assert mails(application, to="m@example.org") == ["approval_request"]
    assert list(application.approvals.current()) == [new]


def test_the_address_already_asked_is_refused_unless_its_mail_failed():
    _, approval = asked()
    person = {"name": "Morgan", "email": approval.email.upper(), "now": LATER}

    with pytest.raises(Refused) as refused:
        approvals.correct_address(approval.pk, corrected_by="Sam", **person)
    assert refused.value.sentence.startswith("That is the address already asked.")

    Approval.objects.filter(pk=approval.pk).update(address_failed=True)
    assert approvals.correct_address(approval.pk, corrected_by="Sam", **person).decision == Decision.PENDING


# An address that does not work.


def test_a_refused_mail_tells_the_applicant_once_and_stops_the_reminders():
    application, approval = asked()
    request = Message.objects.get(event="approval_request")

    approvals.note_address_failed(request, LATER)
    approvals.note_address_failed(request, LATER)

    approval = fresh(approval)
    assert approval.address_failed
    assert mails(application, to=application.email) == ["continue", "received", "approver_address_failed"]
    assert approvals.due_for_chasing(NOW + datetime.timedelta(days=30)) == []
    # The outcome is not written to an address that does not work.
    scenarios.withdrawn(application, now=LATER)
    assert mails(application, to=approval.email) == ["approval_request"]


def test_a_refused_mail_is_nothing_to_an_approval_where_it_was_not_about_one_still_open():
    application, approval = asked()
    approvals.support(approval.pk, name="Morgan", now=LATER)
    receipt, request = (Message.objects.get(event=event) for event in ("received", "approval_request"))
    without_link = Message.objects.get(event="approvals_complete")
    without_link.link = None
    before = mails(application)

    for message in (receipt, request, without_link):
        approvals.note_address_failed(message, LATER)

    assert not fresh(approval).address_failed
    assert mails(application) == before


# A fresh link.


def test_a_fresh_link_is_sent_to_the_address_we_hold_once_in_two_minutes():
    application, approval = asked()

    for seconds in (0, 30, 130):
        approvals.send_fresh_link(approval.pk, now=NOW + datetime.timedelta(seconds=seconds))

    sent = mails(application, to=approval.email)
    assert sent == ["approval_request", "approval_chaser", "approval_chaser"]
    assert fresh(approval).chasers_sent == 0


def test_no_fresh_link_is_sent_where_no_answer_is_wanted():
    application, approval = asked()
    approvals.support(approval.pk, name="Morgan", now=NOW)
    before = mails(application)

    approvals.send_fresh_link(approval.pk, now=LATER)

    assert mails(application) == before


def test_every_answer_goes_through_the_applications_own_lock_and_leaves_one_row_a_step():
    _, approval = asked()
    new = approvals.pass_on(approval.pk, passed_by="M", name="Lee", email="lee@example.org", now=LATER)
    approvals.pass_on(new.pk, passed_by="Lee", name="Ash", email="ash@example.org", now=LATER)

    assert [one.decision for one in Application.objects.get().approvals.all()] == [
        Decision.REROUTED,
        Decision.REROUTED,
        Decision.PENDING,
    ]
