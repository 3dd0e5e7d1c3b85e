import datetime

import pytest

from applications.domain import approvals, reviews
from applications.domain.actors import Actor
from applications.models import Approval, Decision, State
from programmes.models import Link, Message
from tests import factories, scenarios
from tests.applications.pages.visits import Visitor, errors, goes_to, read
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme():
    programme = factories.ProgrammeFactory(
        academy__name="Downs Academy",
        title="Support Circles",
        summary="Lead circles of managers.",
        time_commitment="Two *half days*.",
    )
    factories.ApprovalStepFactory(programme=programme, guidance="Please check the **dates**.")
    factories.RoleDescriptionFactory(programme=programme)
    factories.ObligationFactory(programme=programme)
    for name in ("Cohort 1", "Cohort 2"):
        cohort = factories.CohortFactory(programme=programme, name=name)
        factories.SessionFactory(cohort=cohort)
        factories.SessionFactory(cohort=cohort, optional=True)
        factories.SessionFactory(cohort=cohort, ends_at=NOW + datetime.timedelta(days=60, minutes=30))
    return programme


@pytest.fixture
def approval(programme):
    return scenarios.submitted(programme, email="sam@example.org").approvals.get()


def answer(decision, **more):
    return {"decision": decision, "full_name": "Morgan Manager"} | more


def test_approver_reads_all_that_is_asked(approval):
    page = read(Visitor(approval).get("approve"))

    for told in (
        "Sam Applicant asks for your approval",
        "has applied to a programme of Downs Academy and needs your agreement as their line manager",
        "I support this application and will release the applicant.",
        "Please check the dates .",
        "Sam Applicant, Team lead, Downs Hospice",
        "Lead circles of managers.",
        "Cohort 1 (3.5 hours) Friday 4 December 2026, midday to 3pm (Online)",
        "Cohort 2 (3.5 hours)",
        "Two half days .",
        "Deliver at least 3 sessions in 12 months.",
        "Read the role description You train others locally.",
        "Sam Applicant gave us your name and email address, so that we could ask you this.",
        "privacy notice",
    ):
        assert told in page


def test_approver_of_a_bare_programme_reads_what_there_is():
    programme = factories.ProgrammeFactory()
    factories.ApprovalStepFactory(programme=programme)
    approval = scenarios.submitted(programme).approvals.get()
    programme.approval_steps.all().delete()

    page = read(Visitor(approval).get("approve"))

    assert "Read the role description" not in page
    assert "I support this application and will release the applicant." in page


@pytest.mark.parametrize("choice", ["", "support", "decline", "not_me", "more_time", "perhaps"])
def test_a_bare_choice_changes_nothing_and_shows_what_is_missing(approval, choice):
    before = Approval.objects.values().get()
    mails = Message.objects.count()

    response = Visitor(approval).post("approve", {"decision": choice})

    assert (
        errors(response)
        == {
            "": ["Choose your answer", "Enter your full name: it signs your answer"],
            "support": ["Enter your full name: it signs your answer"],
            "decline": [
                "Enter a reason: the applicant will read it",
                "Enter your full name: it signs your answer",
            ],
            "not_me": [
                "Enter the full name of the right person",
                "Enter the work email address of the right person",
                "Enter your full name: it signs your answer",
            ],
            "more_time": ["Enter your full name: it signs your answer"],
            "perhaps": ["Choose one of the 4 answers", "Enter your full name: it signs your answer"],
        }[choice]
    )
    assert Approval.objects.values().get() == before
    assert Message.objects.count() == mails


def test_supporting_is_signed_and_shown(approval):
    visitor = Visitor(approval)

    response = visitor.post("approve", answer("support", full_name="Llŷr O’Manager"))

    assert goes_to(response, visitor, "approval_done")
    approval.refresh_from_db()
    assert (approval.decision, approval.decided_name) == (Decision.SUPPORTED, "Llŷr O’Manager")
    assert approval.application.state == State.UNDER_REVIEW
    for page in ("approval_done", "approve"):
        assert "Your support is recorded Sam Applicant: Support Circles Llŷr O’Manager supported" in read(
            visitor.get(page)
        )
    assert Link.objects.get(pk=Link.objects.filter(opens="approval").last().pk).used_at == NOW


def test_declining_keeps_the_reason(approval):
    visitor = Visitor(approval)

    response = visitor.post("approve", answer("decline", reason="We cannot\r\nrelease anybody."))

    assert goes_to(response, visitor, "approval_done")
    approval.refresh_from_db()
    assert (approval.decision, approval.reason) == (Decision.DECLINED, "We cannot\nrelease anybody.")
    assert "You gave this reason: “We cannot release anybody.”" in read(visitor.get("approval_done"))


def test_naming_the_right_person_asks_them_and_closes_the_link(approval):
    visitor = Visitor(approval)

    response = visitor.post(
        "approve", answer("not_me", other_name="Alex Right", other_email="alex@example.org")
    )

    assert response.headers["Location"] == "/approve/passed-on/"
    page = read(visitor.client.get("/approve/passed-on/"))
    assert "We have asked Alex Right instead of you." in page
    fresh = Approval.objects.pending().get()
    assert (fresh.name, fresh.email) == ("Alex Right", "alex@example.org")
    assert visitor.get("approve").status_code == 410
    assert "Morgan Manager named Alex Right instead." in read(Visitor(fresh).get("approve"))


@pytest.mark.parametrize(
    ("email", "error"),
    [
        ("S.A.M@example.org", "That is your own email address."),
        ("somebody", "Enter an email address in the correct format, like name@example.com"),
    ],
)
def test_naming_somebody_unsuitable_is_refused_and_kept(approval, email, error):
    response = Visitor(approval).post("approve", answer("not_me", other_name="Sam", other_email=email))

    assert errors(response)[0].startswith(error)
    assert 'value="Sam"' in response.content.decode()
    assert Approval.objects.get().decision == Decision.PENDING


def test_naming_the_address_already_asked_is_refused_by_the_verb(approval):
    data = answer("not_me", other_name="Me", other_email=approval.email)

    response = Visitor(approval).post("approve", data)

    assert errors(response)[0].startswith("That is the address already asked.")


def test_asking_for_time_says_until_when_and_leaves_the_answer_open(approval):
    visitor = Visitor(approval)
    assert goes_to(visitor.get("approval_done"), visitor, "approve")

    response = visitor.post("approve", answer("more_time"))

    assert goes_to(response, visitor, "approval_done")
    assert "We send you no reminder until 12 October 2026" in read(visitor.get("approval_done"))
    assert "What is your answer?" in read(visitor.get("approve"))


def test_a_late_answer_shows_what_was_decided_instead(approval, programme):
    visitor = Visitor(approval)
    user = scenarios.reviewer_of(programme)
    approvals.override(approval.pk, user=user, reason="Telephoned.", now=NOW)

    response = visitor.post("approve", answer("decline", reason="No."))

    assert "No answer is needed any more" in read(response)
    assert "Downs Academy agreed in your place on 5 October 2026" in read(response)
    approval.refresh_from_db()
    assert approval.decision == Decision.OVERRIDDEN


def test_a_withdrawn_application_needs_no_answer(approval):
    application = approval.application
    reviews.withdraw(application.pk, actor=Actor.applicant(application), now=NOW)

    page = read(Visitor(approval).get("approve"))

    assert "No answer is needed any more" in page
    assert "The application has ended, on 5 October 2026" in page


def test_a_request_passed_on_says_so(approval):
    approvals.pass_on(approval.pk, passed_by="Morgan", name="Alex", email="alex@example.org", now=NOW)

    page = read(Visitor(approval).get("approve"))

    assert "Somebody else has been asked" in page
    assert "Morgan named Alex instead." in page


def test_pages_behind_links_are_private(approval):
    response = Visitor(approval).get("approve")

    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert Visitor(approval).client.head(Visitor(approval).address("approve")).status_code == 405


@pytest.mark.parametrize("count", [1, 3])
def test_approver_page_takes_the_same_queries_however_many_dates(count, django_assert_num_queries):
    programme = factories.ProgrammeFactory()
    factories.ApprovalStepFactory(programme=programme)
    factories.ObligationFactory.create_batch(count, programme=programme)
    for cohort in factories.CohortFactory.create_batch(count, programme=programme):
        factories.SessionFactory.create_batch(count, cohort=cohort, venue=factories.VenueFactory())
    visitor = Visitor(scenarios.submitted(programme).approvals.get())

    with django_assert_num_queries(9):
        visitor.get("approve")
