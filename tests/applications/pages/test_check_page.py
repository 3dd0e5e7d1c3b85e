import pytest

from applications.models import Application, State
from programmes.models import Message
from tests import factories, scenarios
from tests.applications.pages.visits import Visitor, errors, goes_to, read

pytestmark = pytest.mark.django_db


def test_check_lists_what_is_missing_with_links(programme):
    visitor = Visitor(scenarios.started(programme, "sam@example.org"))

    response = visitor.get("check")

    page = read(response)
    assert "Your application is not complete" in page
    assert "Submit your application" not in page
    for sentence in (
        "Tell us about you",
        "Say which cohorts you can attend.",
        "Say who your line manager is.",
    ):
        assert sentence in page
    assert f'href="{visitor.address("cohort_choice")}?then=check"' in response.content.decode()


def test_check_shows_everything_that_was_given(programme):
    factories.QuestionFactory(programme=programme, kind="file", text="Your certificate", required=False)
    application = scenarios.filled_in(programme, email="sam@example.org")
    page = read(Visitor(application).get("check"))

    for given in (
        "Full name Sam Applicant Change full name",
        "Organisation Downs Hospice",
        "Why do you want to take part? My answer. Change",
        "Your certificate Not answered",
        "Cohort 1 I can attend Friday 4 December 2026, midday to 3pm (Online)",
        "Line manager Morgan Line manager",
        "I am nominated.",
        "I will attend.",
        f"We email you a receipt with your reference, {application.reference}.",
        "We ask Morgan Line manager (line manager) by email to approve it.",
        "Submit your application",
    ):
        assert given in page


def test_submitting_goes_to_the_reference(programme):
    application = scenarios.filled_in(programme)
    visitor = Visitor(application)

    response = visitor.post("check", {"confirm": "yes"})

    assert goes_to(response, visitor, "submitted")
    page = read(visitor.get("submitted"))
    assert f"Your reference {application.reference}" in page
    assert "We have asked Morgan Line manager (line manager) to approve your application." in page
    application.refresh_from_db()
    assert application.state == State.AWAITING_APPROVAL


def test_submitting_twice_is_not_an_error(programme):
    visitor = Visitor(scenarios.filled_in(programme))
    visitor.post("check", {"confirm": "yes"})
    before = Message.objects.count()

    again = visitor.post("check", {"confirm": "yes"})

    assert goes_to(again, visitor, "submitted")
    assert goes_to(visitor.get("check"), visitor, "submitted")
    assert Message.objects.count() == before


def test_submitting_what_is_not_complete_says_what_is_missing(programme):
    application = scenarios.filled_in(programme)
    visitor = Visitor(application)
    factories.QuestionFactory(programme=programme, text="One more thing?")

    response = visitor.post("check", {"confirm": "yes"})

    assert errors(response) == ["Answer the question “One more thing?”"]
    application.refresh_from_db()
    assert application.state == State.DRAFT


def test_submitting_when_the_clock_has_struck_keeps_everything(programme, at_noon):
    application = scenarios.filled_in(programme)
    visitor = Visitor(application)
    at_noon.move_to(programme.closes_at)

    response = visitor.post("check", {"confirm": "yes"})

    (error,) = errors(response)
    assert "What you entered is kept." in error
    page = read(visitor.get("check"))
    assert "You cannot submit now" in page
    assert "Sam Applicant" in page
    assert Application.objects.get(pk=application.pk).state == State.DRAFT


def test_submitted_in_reserve_tells_the_position():
    programme = factories.ProgrammeFactory(limited=True)
    ics = factories.IntegratedCareSystemFactory()
    for _ in range(6):
        scenarios.submitted(programme, ics=ics)
    application = scenarios.submitted(programme, ics=ics)

    page = read(Visitor(application).get("submitted"))

    assert "you are number 2 in the queue" in page


def test_submitted_by_the_academy_alone_says_who_it_waits_on():
    programme = factories.ProgrammeFactory(academy__name="Downs Academy")

    page = read(Visitor(scenarios.submitted(programme)).get("submitted"))

    assert "Your application waits on Downs Academy." in page


def test_a_draft_has_not_been_submitted(programme):
    visitor = Visitor(scenarios.filled_in(programme))

    assert goes_to(visitor.get("submitted"), visitor, "application")


@pytest.mark.parametrize("count", [1, 3])
def test_check_takes_the_same_queries_however_much_was_given(count, django_assert_num_queries):
    programme = factories.ProgrammeFactory()
    factories.QuestionFactory.create_batch(count, programme=programme)
    factories.DeclarationFactory.create_batch(count, programme=programme)
    factories.ApprovalStepFactory.create_batch(count, programme=programme)
    factories.CriterionFactory.create_batch(count, programme=programme)
    for cohort in factories.CohortFactory.create_batch(count, programme=programme):
        factories.SessionFactory.create_batch(count, cohort=cohort, venue=factories.VenueFactory())
    visitor = Visitor(scenarios.filled_in(programme))

    with django_assert_num_queries(7):
        visitor.get("check")
    with django_assert_num_queries(7):
        visitor.get("application")
