"""The one function that changes a state: what it records, whom it tells, and what it takes back."""

import datetime

import pytest
from django.contrib.auth.models import AnonymousUser

from applications.domain import approvals, reviews, transitions
from applications.domain.actors import Actor, Hand
from applications.domain.transitions import TABLE, NotAllowedNow
from applications.domain.workflow import change_state
from applications.models import Application, State
from applications.models.applications import ENDED, LIVE, NOMINATED, SUBMITTED
from cohorts.domain import places
from programmes.domain import outbox
from programmes.domain.mails import MAILS
from programmes.models import Message
from programmes.models.programmes import OfferAnswer
from tests import factories, scenarios
from tests.factories import NOW
from tests.scenarios import mails

pytestmark = pytest.mark.django_db

SOON = NOW + datetime.timedelta(minutes=9)
TOO_LATE = NOW + datetime.timedelta(minutes=10)


def fresh(application):
    return Application.objects.get(pk=application.pk)


# The table.


def test_every_mail_of_the_table_exists_and_names_the_reader_it_goes_to():
    assert {MAILS[row.mail].reader for row in TABLE if row.mail} == {"applicant"}
    assert {MAILS[row.approvers_hear].reader for row in TABLE if row.approvers_hear} == {"approver"}


def test_no_two_rows_of_the_table_lead_from_one_state_to_the_same_end_by_one_action():
    ways = [(source, row.action, row.to) for row in TABLE for source in row.sources]

    assert len(set(ways)) == len(ways)


def test_rows_of_one_action_from_one_state_are_in_the_same_hands_and_ask_alike_for_a_reason():
    for row in TABLE:
        alike = [one for one in TABLE if one.action == row.action and one.sources & row.sources]
        assert {(one.hands, one.reason_needed) for one in alike} == {(row.hands, row.reason_needed)}


def test_every_state_before_the_training_can_be_left_by_withdrawing_and_every_end_but_one_reopened():
    from_ends = {source for row in TABLE if row.action == "reopen" for source in row.sources}
    withdrawable = {source for row in TABLE if row.action == "withdraw" for source in row.sources}

    assert withdrawable == LIVE - {State.ATTENDED, State.COMPLETED}
    assert from_ends == ENDED - {State.DID_NOT_COMPLETE}


def test_states_are_sorted_into_live_and_ended_and_only_what_waits_for_nothing_is_without_a_nomination():
    assert set(State) == LIVE | ENDED
    assert not LIVE & ENDED
    assert SUBMITTED.difference(NOMINATED) == {State.RESERVE}


def test_allowed_actions_names_each_action_once_in_the_order_of_the_table():
    application = scenarios.shortlisted(factories.ProgrammeFactory())

    by_staff = [row.action for row in transitions.allowed_actions(application, Hand.STAFF)]
    by_applicant = [row.action for row in transitions.allowed_actions(application, Hand.APPLICANT)]

    assert by_staff == [
        "put_in_reserve",
        "ask_information",
        "waitlist",
        "turn_down",
        "offer",
        "give_place",
        "withdraw",
        "merge",
    ]
    assert by_applicant == ["withdraw"]
    assert transitions.allowed_actions(application, Hand.CLOCK) == []


def test_allowed_actions_of_an_ended_application_names_reopening_once():
    application = scenarios.withdrawn(scenarios.submitted(factories.ProgrammeFactory()))

    assert [row.action for row in transitions.allowed_actions(application, Hand.STAFF)] == ["reopen"]


def test_a_refusal_names_the_reference_the_state_and_the_action():
    application = scenarios.submitted(factories.ProgrammeFactory())

    with pytest.raises(NotAllowedNow) as refused:
        transitions.require(application, "accept", Hand.APPLICANT)

    assert refused.value.sentence == (
        f"{application.reference} is “under review”: “accept” is not possible from there."
    )


def test_an_action_does_not_lead_where_the_table_does_not_say():
    application = scenarios.submitted(factories.ProgrammeFactory())

    with pytest.raises(NotAllowedNow):
        change_state(
            application, State.CONFIRMED, action="withdraw", actor=Actor.applicant(application), now=NOW
        )

    assert fresh(application).state == State.UNDER_REVIEW


# Who did it.


def test_the_record_keeps_names_that_fit_it():
    nameless = factories.ApplicationFactory.build(email="x" * 200 + "@example.org")
    long_name = factories.UserFactory.build(first_name="F" * 150, last_name="L" * 150)
    plain = factories.UserFactory.build(first_name="", last_name="", username="robin")

    assert Actor.applicant(nameless).name == "x" * 150
    assert Actor.staff(long_name).name == "F" * 150
    assert Actor.staff(plain).name == "robin"
    assert Actor.staff(AnonymousUser()).name == ""
    assert (Actor.clock().hand, Actor.approver("Morgan").name) == (Hand.CLOCK, "Morgan")


def test_a_change_keeps_the_account_of_staff_and_the_reason_without_stray_spaces():
    application = scenarios.submitted(factories.ProgrammeFactory())
    reviewer = scenarios.reviewer_of(application.programme)

    reviews.turn_down(application.pk, user=reviewer, reason="  Not yet.\n", now=NOW)

    change = application.changes.last()
    assert (change.actor_user, change.actor, change.reason, change.note) == (
        reviewer,
        reviewer.get_full_name(),
        "Not yet.",
        "",
    )


# Who hears of an end.


def test_approvers_hear_how_it_ended_whether_they_answered_or_not():
    programme = factories.ProgrammeFactory()
    for _ in range(2):
        factories.ApprovalStepFactory(programme=programme)
    factories.ApprovalStepFactory(programme=programme, declared=True)
    application = scenarios.submitted(programme)
    supported, waiting = application.approvals.filter(method="emailed")
    approvals.support(supported.pk, name="Morgan", now=NOW)

    scenarios.withdrawn(application)

    for approval in (supported, waiting):
        assert mails(application, to=approval.email) == ["approval_request", "approver_ended"]


def test_an_approver_in_whose_stead_the_academy_agreed_hears_the_outcome():
    # Source page: "Their line manager will be cited to confirmation of successful applicants."
    programme = factories.ApprovalStepFactory().programme
    factories.CohortFactory(programme=programme)
    application = scenarios.submitted(programme)
    approval = application.approvals.get()
    reviewer = scenarios.reviewer_of(programme)
    approvals.override(approval.pk, user=reviewer, reason="By telephone", now=NOW)
    reviews.shortlist(application.pk, user=reviewer, now=NOW)
    places.give(application.pk, programme.cohorts.get().pk, user=reviewer, now=NOW)

    places.accept(application.pk, now=NOW)

    assert mails(application, to=approval.email) == ["approval_request", "approver_confirmed"]


# Mails of decisions are held, so that a slip can be taken back before anyone reads it.


def held(application):
    rows = Message.objects.about(application.about).held(NOW).order_by("pk")
    return list(rows.values_list("event", flat=True))


def test_what_staff_decide_is_held_for_ten_minutes_for_everyone_and_other_mails_are_not():
    application = scenarios.under_review(factories.ApprovalStepFactory().programme)

    reviews.turn_down(application.pk, user=scenarios.reviewer_of(application.programme), reason="No", now=NOW)

    assert held(application) == ["unsuccessful", "approver_ended"]
    assert {one.not_before for one in Message.objects.held(NOW)} == {TOO_LATE}


def test_what_the_applicant_does_is_told_at_once():
    programme = factories.ApprovalStepFactory().programme
    factories.CohortFactory(programme=programme)
    accepted, declined = (scenarios.offered(programme) for _ in range(2))

    places.accept(accepted.pk, now=NOW)
    places.decline(declined.pk, now=NOW)

    assert held(accepted) == held(declined) == []


def test_a_decision_that_is_changed_within_the_hold_reaches_nobody_and_the_history_says_so():
    application = scenarios.under_review(factories.ApprovalStepFactory().programme)
    reviewer = scenarios.reviewer_of(application.programme)
    manager = application.approvals.get().email
    before = mails(application)

    reviews.turn_down(application.pk, user=reviewer, reason="Wrong row", now=NOW)
    reviews.reopen(application.pk, user=reviewer, reason="A slip", now=SOON)

    assert fresh(application).state == State.UNDER_REVIEW
    assert mails(application) == before
    assert application.changes.last().note == (
        f"Mails taken back before they were sent: “unsuccessful” to {application.email}, "
        f"“approver_ended” to {manager}."
    )


def test_a_decision_that_was_read_is_undone_by_a_mail():
    application = scenarios.under_review(factories.ProgrammeFactory())
    reviewer = scenarios.reviewer_of(application.programme)

    reviews.turn_down(application.pk, user=reviewer, reason="Wrong row", now=NOW)
    Message.objects.filter(event="unsuccessful").update(status="sent")
    reviews.reopen(application.pk, user=reviewer, reason="A slip", now=TOO_LATE)

    assert mails(application)[-2:] == ["unsuccessful", "reopened"]
    assert application.changes.last().note == ""


@pytest.mark.parametrize("status", ["queued", "failed"])
def test_a_mail_that_did_not_go_is_superseded_by_the_later_decision_which_is_told(status):
    application = scenarios.under_review(factories.ProgrammeFactory())
    reviewer = scenarios.reviewer_of(application.programme)
    reviews.turn_down(application.pk, user=reviewer, reason="Wrong row", now=NOW)
    Message.objects.filter(event="unsuccessful").update(status=status, attempts=1)

    reviews.reopen(application.pk, user=reviewer, reason="A slip", now=TOO_LATE)

    earlier, later = Message.objects.filter(event__in=["unsuccessful", "reopened"]).order_by("pk")
    assert (earlier.status, earlier.superseded_by, earlier.stopped_at) == ("superseded", later, TOO_LATE)
    assert earlier.stopped_by == reviewer.get_full_name()
    assert (later.event, later.status) == ("reopened", "queued")


def test_an_offer_taken_back_within_the_hold_is_not_announced_and_one_that_was_read_is():
    cohort = factories.CohortFactory()
    unread, read = (scenarios.offered(cohort.programme) for _ in range(2))
    reviewer = scenarios.reviewer_of(cohort.programme)

    places.take_back(unread.pk, user=reviewer, reason="Wrong person", now=SOON)
    places.take_back(read.pk, user=reviewer, reason="Room lost", now=TOO_LATE)

    # The mail that it was found suitable had been superseded by the offer.
    assert mails(unread) == ["continue", "received"]
    assert mails(read) == ["continue", "received", "offer", "offer_taken_back"]
    assert fresh(unread).state == State.SHORTLISTED


def test_a_place_given_directly_and_taken_back_within_the_hold_reaches_nobody():
    programme = factories.ApprovalStepFactory(
        programme__offer_answer=OfferAnswer.CONFIRMED_DIRECTLY
    ).programme
    factories.CohortFactory(programme=programme)
    application = scenarios.offered(programme)
    assert held(application) == ["confirmed", "approver_confirmed"]

    places.take_back(application.pk, user=scenarios.reviewer_of(programme), reason="Wrong person", now=SOON)

    assert mails(application) == ["continue", "received", "approval_request", "approvals_complete"]


def test_a_line_manager_who_was_told_of_the_place_hears_that_it_was_taken_back():
    programme = factories.ApprovalStepFactory().programme
    factories.CohortFactory(programme=programme, name="Cohort 1")
    application = scenarios.confirmed(programme)
    manager = application.approvals.get().email

    places.take_back(application.pk, user=scenarios.reviewer_of(programme), reason="Room lost", now=TOO_LATE)

    told = mails(application, to=manager)
    assert told == ["approval_request", "approver_confirmed", "approver_place_taken_back"]
    assert Message.objects.get(event="approver_place_taken_back").context["cohort"] == "Cohort 1"


def test_a_later_decision_replaces_the_mail_of_the_one_before_it():
    application = scenarios.waitlisted(factories.ProgrammeFactory())

    assert mails(application) == ["continue", "received", "waitlisted"]
    assert application.changes.last().note == (
        f"Mails taken back before they were sent: “shortlisted” to {application.email}."
    )


def test_a_held_mail_is_not_sent_before_its_time_and_then_is(settings):
    application = scenarios.shortlisted(factories.ProgrammeFactory())
    message = Message.objects.get(event="shortlisted", about=application.about)

    assert message.pk not in outbox.due(SOON)
    assert message.pk in outbox.due(TOO_LATE)


def test_without_a_hold_mails_of_decisions_are_due_at_once(settings):
    settings.DECISION_HOLD_MINUTES = 0

    application = scenarios.shortlisted(factories.ProgrammeFactory())

    assert Message.objects.get(event="shortlisted", about=application.about).pk in outbox.due(NOW)
