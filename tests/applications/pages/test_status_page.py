import datetime

import pytest

from applications.domain import approvals, reviews
from applications.domain.actors import Actor
from applications.models import Application, Approval, Decision, State
from cohorts.domain import places
from cohorts.models import Session
from programmes.domain.wording import nhs_date
from programmes.models import Message
from programmes.models.programmes import OfferAnswer
from tests import factories, scenarios
from tests.applications.pages.visits import Visitor, errors, goes_to, read
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme():
    """With a line manager to be asked, and a cohort in which there is room."""
    programme = factories.ProgrammeFactory(
        academy__name="Downs Academy",
        title="Support Circles",
        contact_email="circles@example.org",
        notify_by=NOW.date() + datetime.timedelta(days=40),
    )
    factories.ApprovalStepFactory(programme=programme)
    cohort = factories.CohortFactory(
        programme=programme, name="Cohort 1", joining_details="Bring **coffee**."
    )
    factories.SessionFactory(cohort=cohort, title="Day 1", joining_link="https://meet.example.org/1")
    return programme


def page_of(application):
    return read(Visitor(application).get("application"))


def test_status_says_who_it_waits_on_since_when_and_what_comes_next(programme):
    application = scenarios.submitted(programme)

    page = page_of(application)

    assert f"Your application {application.reference} Support Circles" in page
    assert "Where it stands Waiting for approval" in page
    assert "It waits on Morgan Line manager (line manager) , since 5 October 2026" in page
    assert "What comes next When they have approved it, the academy reviews your application." in page
    assert "You will hear by 14 November 2026 ." in page
    assert "You can change them until midday on 4 November 2026" in page


STANDINGS = {
    State.UNDER_REVIEW: ("Being reviewed", "It waits on Downs Academy"),
    State.SHORTLISTED: ("Suitable, waiting for a place", "It waits on Downs Academy"),
    State.WAITLISTED: ("On the waiting list", "It waits on a free seat"),
    State.OFFERED: ("Place offered", "It waits on You"),
    State.CONFIRMED: ("Place confirmed", "It waits on the training"),
}


@pytest.mark.parametrize("state", STANDINGS)
def test_status_of_each_stage(programme, state):
    application = getattr(scenarios, state.value)(programme)

    page = page_of(application)

    name, waits_on = STANDINGS[state]
    assert f"Where it stands {name}" in page
    assert waits_on in page
    way_out = "Leave the waiting list" if state == State.WAITLISTED else "Withdraw your application"
    assert page.endswith(way_out)


def test_status_in_reserve_shows_the_position_and_still_asks_the_approver():
    programme = factories.ProgrammeFactory(limited=True)
    factories.ApprovalStepFactory(programme=programme)
    ics = factories.IntegratedCareSystemFactory()
    for _ in range(6):
        scenarios.submitted(programme, ics=ics)

    page = page_of(scenarios.submitted(programme, ics=ics))

    assert "Position in reserve Number 2 in the queue" in page
    assert "Now: A free nomination" in page
    assert "Still to come: Approval by the people you named" in page


def test_status_shows_the_way(programme):
    page = page_of(scenarios.under_review(programme))

    assert (
        "Done: Application submitted 5 October 2026 Done: Approval by the people you named Now: Review by the academy "
        "Still to come: A place Still to come: Your answer to the offer Still to come: Training"
    ) in page


def test_status_of_a_programme_that_confirms_directly_has_no_answer_on_its_way():
    programme = factories.ProgrammeFactory(offer_answer=OfferAnswer.CONFIRMED_DIRECTLY)

    page = page_of(scenarios.submitted(programme))

    assert "Still to come: A place Still to come: Training" in page


@pytest.mark.parametrize(("state", "last"), [("attended", "Done: Training"), ("completed", "Done: Training")])
def test_status_after_the_training(programme, state, last):
    application = scenarios.confirmed(programme)
    # No verb leads here yet.
    Application.objects.filter(pk=application.pk).update(state=state)

    assert last in page_of(application)


def test_status_tells_what_has_happened_newest_first(programme, at_noon):
    application = scenarios.submitted(programme)
    (asked,) = application.approvals.all()
    at_noon.shift(3600)
    later = NOW + datetime.timedelta(hours=1)
    fresh = approvals.pass_on(
        asked.pk, passed_by="Morgan Manager", name="Alex Right", email="alex@example.org", now=later
    )
    approvals.support(fresh.pk, name="Alex Right", now=later)
    user = scenarios.reviewer_of(programme)
    reviews.turn_down(application.pk, user=user, reason="Too many applied.", now=later)

    page = page_of(application)

    told = [
        "Downs Academy decided that your application is not successful. “Too many applied.”",
        "Everyone who had to approve your application has done so.",
        "Alex Right (line manager) supported your application.",
        "We asked Alex Right (line manager) to approve your application.",
        "Morgan Manager named Alex Right instead.",
        "We asked Morgan Line manager (line manager) to approve your application.",
        "You submitted your application.",
    ]
    places_of = [page.find(one) for one in told]
    assert -1 not in places_of
    assert places_of == sorted(places_of)
    assert user.get_full_name() not in page


def test_status_tells_of_an_agreement_in_an_approvers_place_without_the_reason_of_staff(programme):
    application = scenarios.submitted(programme)
    (asked,) = application.approvals.all()
    user = scenarios.reviewer_of(programme)
    approvals.override(asked.pk, user=user, reason="Telephoned; very ill.", now=NOW)

    page = page_of(application)

    assert "Downs Academy agreed in place of Morgan Line manager (line manager)." in page
    assert "Agreed by the academy on 5 October 2026" in page
    assert "very ill" not in page


def test_status_tells_of_the_reserve_by_each_way_into_it():
    programme = factories.ProgrammeFactory(
        nomination_scope="ics", nominations_allowed=1, academy__name="Downs"
    )
    ics = factories.IntegratedCareSystemFactory()
    scenarios.submitted(programme, ics=ics)

    page = page_of(scenarios.submitted(programme, ics=ics))

    assert "You submitted your application. The nominations were used up, so it was put in reserve." in page


def test_status_of_what_the_approver_declined_shows_the_reason(programme):
    application = scenarios.submitted(programme)
    (asked,) = application.approvals.all()
    approvals.decline(asked.pk, name="Morgan", reason="We cannot release anybody.", now=NOW)

    page = page_of(application)

    assert "Where it stands Not supported" in page
    assert "Morgan did not support your application. “We cannot release anybody.”" in page
    assert "Progress" not in page
    assert "Withdraw your application" not in page


def test_status_of_a_confirmed_place_has_the_joining_details(programme):
    page = Visitor(scenarios.confirmed(programme)).get("application")

    assert (
        "Your place Cohort 1 Day 1 Friday 4 December 2026, midday to 3pm Online Join online: https://"
        in read(page)
    )
    assert 'href="https://meet.example.org/1"' in page.content.decode()
    assert "Bring <strong>coffee</strong>." in page.content.decode()


def test_status_of_an_offer_keeps_the_joining_details_back(programme):
    page = Visitor(scenarios.offered(programme)).get("application").content.decode()

    assert "Answer the offer" in page
    assert "meet.example.org" not in page
    assert "coffee" not in page


def test_status_shows_the_answers_with_links_to_change_them_while_they_can_be_changed(programme):
    factories.QuestionFactory(programme=programme, text="Why?")
    open_visitor = Visitor(scenarios.submitted(programme))
    decided = Visitor(scenarios.shortlisted(programme))

    changeable = open_visitor.get("application").content.decode()
    fixed = decided.get("application")

    assert f'href="{open_visitor.address("questions")}#id_question-' in changeable
    assert f'href="{open_visitor.address("approvers")}"' not in changeable
    assert "Why? My answer." in read(fixed)
    assert decided.address("questions") not in fixed.content.decode()
    assert "You cannot change this" in read(decided.get("questions"))


@pytest.mark.parametrize("count", [1, 3])
def test_status_takes_the_same_queries_however_much_there_is(count, django_assert_num_queries):
    programme = factories.ProgrammeFactory()
    factories.QuestionFactory.create_batch(count, programme=programme)
    factories.DeclarationFactory.create_batch(count, programme=programme)
    factories.ApprovalStepFactory.create_batch(count, programme=programme)
    for cohort in factories.CohortFactory.create_batch(count, programme=programme):
        factories.SessionFactory.create_batch(count, cohort=cohort, venue=factories.VenueFactory())
    visitor = Visitor(scenarios.submitted(programme))

    with django_assert_num_queries(9):
        visitor.get("application")


# Approvals
def test_an_approver_can_be_reminded(programme, at_noon):
    application = scenarios.submitted(programme)
    (asked,) = application.approvals.all()
    visitor = Visitor(application)
    at_noon.shift(datetime.timedelta(days=3))

    response = visitor.post("my_approval", {"remind": "1"}, pk=asked.pk)

    assert goes_to(response, visitor, "application")
    assert "We have sent Morgan Line manager a reminder." in read(visitor.get("application"))
    assert Message.objects.filter(event="approval_chaser", to_address=asked.email).count() == 1


def test_an_approver_is_not_reminded_twice_in_48_hours(programme):
    application = scenarios.submitted(programme)
    (asked,) = application.approvals.all()

    response = Visitor(application).post("my_approval", {"remind": "1"}, pk=asked.pk)

    (error,) = errors(response)
    assert error.startswith("Morgan Line manager was last written to less than 48 hours ago.")
    assert not Message.objects.filter(event="approval_chaser").exists()


def test_an_address_that_failed_is_pointed_out_and_can_be_corrected(programme):
    application = scenarios.submitted(programme)
    (asked,) = application.approvals.all()
    Approval.objects.filter(pk=asked.pk).update(address_failed=True)
    visitor = Visitor(application)

    status = read(visitor.get("application"))
    form = visitor.get("my_approval", pk=asked.pk)
    response = visitor.post(
        "my_approval", {"name": "Morgan Manager", "email": "right@example.org"}, pk=asked.pk
    )

    assert "We could not reach Morgan Line manager" in status
    assert "was refused" in read(form)
    assert f'value="{asked.email}"' in form.content.decode()
    assert goes_to(response, visitor, "application")
    assert application.approvals.pending().get().email == "right@example.org"
    assert "We have asked Morgan Manager to approve your application." in read(visitor.get("application"))


def test_a_correction_is_refused_with_a_sentence_and_kept(programme):
    application = scenarios.submitted(programme, email="sam@example.org")
    (asked,) = application.approvals.all()
    visitor = Visitor(application)

    def correct(email):
        return visitor.post("my_approval", {"name": "Me Myself", "email": email}, pk=asked.pk)

    own, same, empty = correct("S.am@example.org"), correct(asked.email), correct("")

    assert errors(own)[0].startswith("That is your own email address.")
    assert errors(same)[0].startswith("That is the address already asked.")
    assert errors(empty) == ["Enter work email address"]
    assert 'value="Me Myself"' in own.content.decode()


def test_an_approval_that_is_answered_or_of_somebody_else_cannot_be_corrected(programme):
    application = scenarios.under_review(programme)
    (answered,) = application.approvals.all()
    other = scenarios.submitted(programme)
    visitor = Visitor(application)

    assert goes_to(visitor.get("my_approval", pk=answered.pk), visitor, "application")
    late = visitor.post("my_approval", {"name": "A", "email": "a@example.org"}, pk=answered.pk)
    assert errors(late)[0].startswith("This request needs no answer any more")
    assert visitor.get("my_approval", pk=other.approvals.get().pk).status_code == 404


def test_status_shows_that_an_approver_asked_for_time(programme):
    application = scenarios.submitted(programme)
    (asked,) = application.approvals.all()
    approvals.need_more_time(asked.pk, now=NOW)

    page = page_of(application)

    assert f"Morgan Line manager asked for more time, until {nhs_date(datetime.date(2026, 10, 12))}" in page


# Information
def test_information_is_asked_on_the_status_page_and_given(programme):
    application = scenarios.under_review(programme)
    visitor = Visitor(application)
    assert goes_to(visitor.get("information"), visitor, "application")
    reviews.ask_for_information(
        application.pk, user=scenarios.reviewer_of(programme), wanted="How many\ngroups?", now=NOW
    )

    assert "Downs Academy asks you How many groups?" in page_of(application)
    assert "How many groups?" in read(visitor.get("information"))
    assert errors(visitor.post("information", {"given": " "})) == ["Enter your answer"]
    response = visitor.post("information", {"given": "Twelve."})

    assert goes_to(response, visitor, "application")
    application.refresh_from_db()
    assert (application.state, application.information_given) == (State.UNDER_REVIEW, "Twelve.")
    assert "Your answer has been sent to Downs Academy." in read(visitor.get("application"))


def test_information_that_nobody_wants_any_more_is_refused_and_kept(programme):
    visitor = Visitor(scenarios.shortlisted(programme))

    response = visitor.post("information", {"given": "Twelve."})

    assert len(errors(response)) == 1
    assert "Twelve." in response.content.decode()


# Withdrawing
def test_withdrawing_frees_the_nomination_and_says_so(programme):
    application = scenarios.confirmed(programme)
    visitor = Visitor(application)

    asked = read(visitor.get("withdraw"))
    response = visitor.post("withdraw", {"reason": "I am moving away.", "sure": "on"})

    assert "Yes, withdraw my application" in asked
    assert goes_to(response, visitor, "application")
    application.refresh_from_db()
    assert application.state == State.WITHDRAWN
    page = read(visitor.get("application"))
    assert "Your application is withdrawn." in page
    assert "“I am moving away.”" in page
    assert goes_to(visitor.get("withdraw"), visitor, "application")


def test_withdrawing_needs_no_reason_and_a_draft_is_called_off(programme):
    application = scenarios.started(programme, "sam@example.org")
    visitor = Visitor(application)

    asked = read(visitor.get("withdraw"))
    visitor.post("withdraw", {"sure": "on"})

    assert "Yes, call it off" in asked
    application.refresh_from_db()
    assert application.state == State.WITHDRAWN
    assert "Where it stands Withdrawn" in read(visitor.get("application"))


def test_withdrawing_twice_is_refused_with_a_sentence(programme):
    application = scenarios.submitted(programme)
    reviews.withdraw(application.pk, actor=Actor.applicant(application), now=NOW)

    response = Visitor(application).post("withdraw", {"reason": "Again", "sure": "on"})

    assert "“withdraw” is not possible from there." in errors(response)[0]
    assert "Again" in response.content.decode()


def test_opening_any_page_changes_nothing(programme):
    application = scenarios.offered(programme)
    visitor = Visitor(application)
    before = list(Application.objects.values()), Message.objects.count(), Session.objects.count()
    (asked,) = application.approvals.all()

    for name in "about questions cohort_choice approvers declarations check submitted withdraw".split():
        visitor.get(name)
    for name in "application information offer my_calendar".split():
        visitor.get(name)
    visitor.get("my_approval", pk=asked.pk)

    assert (list(Application.objects.values()), Message.objects.count(), Session.objects.count()) == before
    assert Approval.objects.get().decision == Decision.SUPPORTED
    assert places.current_place(application).status == "offered"
