import datetime
import re

import pytest

from applications.models import Approval, Decision
from programmes.models import Message
from tests import factories, scenarios
from tests.applications.pages.visits import Visitor, errors, goes_to, read
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def ics():
    return factories.IntegratedCareSystemFactory(code="QKS", name="NHS Downs Integrated Care Board")


def about(system, **changes):
    return {
        "name": "Sam Applicant",
        "job_title": "Team lead",
        "phone": "",
        "ics": system.code,
        "organisation_name": "Downs Hospice",
        "sector": "hospice",
    } | changes


# The list of steps
def test_a_draft_shows_each_step_and_how_far_it_is(programme):
    visitor = Visitor(scenarios.started(programme, "sam@example.org"))

    page = read(visitor.get("application"))

    assert "You have completed 0 of 5 steps." in page
    assert page.count("Not yet started") == 5
    assert "Check your answers and submit Cannot submit yet" in page
    assert "Submit it before midday on Wednesday 4 November 2026 ." in page
    assert "sam@example.org" in page


def test_a_draft_that_is_filled_in_is_ready_to_submit(programme):
    visitor = Visitor(scenarios.filled_in(programme))

    page = read(visitor.get("application"))

    assert "You have answered everything." in page
    assert page.count("Completed") == 5
    assert "Check your answers and submit Ready to submit" in page


def test_a_draft_has_only_the_steps_of_its_programme():
    bare = factories.ProgrammeFactory()

    page = read(Visitor(scenarios.started(bare, "sam@example.org")).get("application"))

    assert "You have completed 0 of 1 steps." in page
    assert "Declarations" not in page


def test_a_step_of_which_everything_may_stay_empty_is_called_optional():
    programme = factories.ProgrammeFactory()
    factories.QuestionFactory(programme=programme, required=False)

    page = read(Visitor(scenarios.started(programme, "sam@example.org")).get("application"))

    assert "Your experience and plans Optional" in page


def test_after_the_deadline_a_draft_says_that_it_is_kept(programme, at_noon):
    visitor = Visitor(scenarios.filled_in(programme))
    at_noon.move_to(programme.closes_at)

    page = read(visitor.get("application"))

    assert "Applications have closed" in page
    assert "What you entered is kept." in page
    assert "Check your answers and submit Closed" in page


# About you
def test_about_keeps_who_the_applicant_is_and_goes_on(programme, ics):
    application = scenarios.started(programme, "sam@example.org")
    visitor = Visitor(application)

    response = visitor.post("about", about(ics, name="Siân ap Dŵr-O’Neill", phone="01632 960 001"))

    assert goes_to(response, visitor, "questions")
    application.refresh_from_db()
    assert application.name == "Siân ap Dŵr-O’Neill"
    assert application.phone == "01632 960 001"
    assert application.ics == ics
    assert application.organisation_as_given == "Downs Hospice"
    assert application.sector == "hospice"
    assert 'value="Siân ap Dŵr-O’Neill"' in visitor.get("about").content.decode()


def test_about_names_everything_that_is_missing(programme):
    visitor = Visitor(scenarios.started(programme, "sam@example.org"))

    response = visitor.post("about", {"name": "  "})

    assert errors(response) == [
        "Enter your full name",
        "Enter your job title",
        "Choose your ICS",
        "Enter the name of your organisation",
        "Choose what kind of organisation it is",
    ]


@pytest.mark.parametrize(
    ("field", "typed", "error"),
    [
        (
            "name",
            "Sŵ" * 150,
            "Full name must be 150 characters or fewer: you have entered 300",
        ),
        (
            "phone",
            "ring me",
            "Enter a telephone number, like 01632 960 001, 07700 900 982 or +44 808 157 0192",
        ),
        ("ics", "XYZ", "Choose an ICS from the list: the programme is open to these ICSs only"),
        ("sector", "circus", "Choose one of the answers listed"),
    ],
)
def test_about_refuses_with_a_sentence_and_keeps_what_was_typed(programme, ics, field, typed, error):
    application = scenarios.started(programme, "sam@example.org")

    response = Visitor(application).post("about", about(ics, **{field: typed}))

    assert errors(response) == [error]
    assert 'value="Team lead"' in response.content.decode()
    application.refresh_from_db()
    assert application.job_title == ""


def test_about_takes_pasted_line_breaks_and_nul_bytes_out(programme, ics):
    application = scenarios.started(programme, "sam@example.org")

    Visitor(application).post("about", about(ics, name="Sam\r\nApplicant\x00", job_title="Team\tlead"))

    application.refresh_from_db()
    assert (application.name, application.job_title) == ("Sam Applicant", "Team lead")


def test_about_offers_the_systems_of_the_programmes_regions_that_exist_today(programme, ics):
    programme.regions.add(ics.region)
    factories.IntegratedCareSystemFactory(
        name="NHS Ended Integrated Care Board", valid_to=NOW.date() - datetime.timedelta(days=1)
    )
    elsewhere = factories.RegionFactory(ods_code="Y60", name="Midlands")
    factories.IntegratedCareSystemFactory(name="NHS Peaks Integrated Care Board", region=elsewhere)

    page = read(Visitor(scenarios.started(programme, "sam@example.org")).get("about"))

    assert "Choose your ICS Downs Name of your organisation" in page


def test_about_takes_an_organisation_of_the_list(programme, ics):
    trust = factories.OrganisationFactory(ics=ics, name="Downs Community Trust")
    application = scenarios.started(programme, "sam@example.org")

    Visitor(application).post(
        "about", about(ics, organisation=trust.pk, organisation_name="typed and hidden", sector="")
    )

    application.refresh_from_db()
    assert application.organisation == trust
    assert application.organisation_name == ""
    assert application.sector == "nhs_trust"


def test_about_takes_an_organisation_that_is_not_listed(programme, ics):
    factories.OrganisationFactory(ics=ics)
    application = scenarios.started(programme, "sam@example.org")
    visitor = Visitor(application)

    visitor.post("about", about(ics, organisation="", unlisted="unlisted"))

    application.refresh_from_db()
    assert application.organisation_as_given == "Downs Hospice"
    assert 'value="unlisted" checked' in visitor.get("about").content.decode()


def test_about_wants_one_organisation_and_not_two(programme, ics):
    trust = factories.OrganisationFactory(ics=ics)
    visitor = Visitor(scenarios.started(programme, "sam@example.org"))

    both = visitor.post("about", about(ics, organisation=trust.pk, unlisted="unlisted"))
    neither = visitor.post("about", about(ics, organisation=""))
    unnamed = visitor.post(
        "about", about(ics, organisation="", unlisted="unlisted", organisation_name="", sector="")
    )

    assert errors(both) == [
        "You chose an organisation from the list and also said that yours is not listed: keep one of the two"
    ]
    assert errors(neither) == [
        "Choose your organisation, or tick “My organisation is not listed” and enter its name"
    ]
    assert errors(unnamed) == [
        "Enter the name of your organisation",
        "Choose what kind of organisation it is",
    ]


def test_about_shows_the_ics_as_fixed_after_submission(programme, ics):
    application = scenarios.submitted(programme, ics=ics)
    visitor = Visitor(application)
    other = factories.IntegratedCareSystemFactory(code="QRL")

    page = read(visitor.get("about"))
    response = visitor.post("about", about(other, job_title="Head of care"))

    assert "Your ICS is Downs . It cannot be changed after submission." in page
    assert goes_to(response, visitor, "application")
    application.refresh_from_db()
    assert (application.job_title, application.ics) == ("Head of care", ics)
    assert "Your changes are saved." in read(visitor.get("application"))


def test_a_form_open_at_the_deadline_keeps_what_was_typed_and_says_so(programme, ics, at_noon):
    application = scenarios.submitted(programme, ics=ics)
    visitor = Visitor(application)
    at_noon.move_to(programme.closes_at)

    response = visitor.post("about", about(ics, job_title="Head of care"))

    (error,) = errors(response)
    assert error.startswith("Applications to Support Circles closed at")
    assert 'value="Head of care"' in response.content.decode()
    application.refresh_from_db()
    assert application.job_title == "Team lead"
    assert "You cannot change this" in read(visitor.get("about"))


# Where a saved step leads
@pytest.mark.parametrize("opened", ["check", "application"])
def test_whoever_changes_one_step_of_a_complete_draft_comes_back_to_the_check(programme, ics, opened):
    visitor = Visitor(scenarios.filled_in(programme, ics=ics))
    (step,) = {
        path
        for path in re.findall(r'href="([^"]+)"', visitor.get(opened).content.decode())
        if "/about/" in path
    }

    response = visitor.client.post(step, about(ics, job_title="Head of care"))

    assert goes_to(response, visitor, "check")


def test_the_last_step_that_is_missing_leads_to_the_check_and_the_others_go_on(programme, ics):
    application = scenarios.filled_in(programme, ics=ics)
    application.answers.all().delete()
    visitor = Visitor(application)

    page = visitor.get("application").content.decode()

    assert f'href="{visitor.address("questions")}?then=check"' in page
    assert f'href="{visitor.address("about")}"' in page
    assert goes_to(visitor.post("about", about(ics)), visitor, "questions")


@pytest.mark.parametrize("wish", ["https://example.org/", "submitted", ""])
def test_an_address_leads_nowhere_else(programme, ics, wish):
    visitor = Visitor(scenarios.started(programme, "sam@example.org"))

    response = visitor.client.post(f"{visitor.address('about')}?then={wish}", about(ics))

    assert goes_to(response, visitor, "questions")


# Approvers
def test_approvers_are_kept_and_not_yet_asked(programme):
    application = scenarios.started(programme, "sam@example.org")
    visitor = Visitor(application)
    (step,) = programme.approval_steps.filter(method="emailed")
    before = Message.objects.count()

    response = visitor.post(
        "approvers", {f"name-{step.pk}": "Llŷr ap Dŵr", f"email-{step.pk}": " llyr@example.org "}
    )

    assert goes_to(response, visitor, "declarations")
    approval = Approval.objects.get(application=application)
    assert (approval.name, approval.email, approval.decision) == (
        "Llŷr ap Dŵr",
        "llyr@example.org",
        Decision.NOT_ASKED,
    )
    assert Message.objects.count() == before
    assert "We ask them to agree to this: “I support this application.”" in read(visitor.get("approvers"))


@pytest.mark.parametrize("own", ["sam@example.org", "SAM@Example.org", "s.a.m+work@example.org"])
def test_approvers_refuse_the_applicants_own_address_on_its_field(programme, own):
    visitor = Visitor(scenarios.started(programme, "sam@example.org"))
    (step,) = programme.approval_steps.filter(method="emailed")

    response = visitor.post("approvers", {f"name-{step.pk}": "Me", f"email-{step.pk}": own})

    assert errors(response) == [
        "That is your own email address. Nobody can approve their own application: give the address of the person "
        "who approves it."
    ]
    assert f'href="#id_email-{step.pk}"' in response.content.decode()
    assert 'value="Me"' in response.content.decode()


def test_approvers_name_what_is_missing(programme):
    visitor = Visitor(scenarios.started(programme, "sam@example.org"))
    (step,) = programme.approval_steps.filter(method="emailed")

    response = visitor.post("approvers", {f"email-{step.pk}": "nobody"})

    assert errors(response) == [
        "Enter the full name of your line manager",
        "Enter the email address of your line manager in the correct format, like name@example.com",
    ]


def test_approvers_who_have_been_asked_are_on_the_status_page(programme):
    visitor = Visitor(scenarios.submitted(programme))
    (step,) = programme.approval_steps.filter(method="emailed")

    assert goes_to(visitor.get("approvers"), visitor, "application")
    response = visitor.post("approvers", {f"name-{step.pk}": "A", f"email-{step.pk}": "a@example.org"})
    assert errors(response) == [
        "The people you named have been asked already. You can correct them on the status page."
    ]


# Declarations
def test_declarations_are_kept_with_who_agreed(programme):
    application = scenarios.started(programme, "sam@example.org")
    visitor = Visitor(application)
    (step,) = programme.approval_steps.filter(method="declared")
    (declaration,) = programme.declarations.all()

    response = visitor.post(
        "declarations",
        {f"step-{step.pk}": "on", f"who-{step.pk}": "Nia Nominator", f"declaration-{declaration.pk}": "on"},
    )

    assert goes_to(response, visitor, "check")
    approval = Approval.objects.get(application=application)
    assert (approval.decision, approval.name) == (Decision.DECLARED, "Nia Nominator")
    assert application.declarations.get().statement == "I will attend."
    again = visitor.get("declarations").content.decode()
    assert again.count(" checked") == 2
    assert 'value="Nia Nominator"' in again


def test_declarations_want_every_box(programme):
    application = scenarios.started(programme, "sam@example.org")

    response = Visitor(application).post("declarations")

    assert errors(response) == [
        "Tick the box to agree: “I am nominated.”",
        "Tick the box to agree: “I will attend.”",
    ]
    assert not application.declarations.exists()


def test_declarations_after_the_deadline_are_refused(programme, at_noon):
    visitor = Visitor(scenarios.submitted(programme))
    at_noon.move_to(programme.closes_at)
    boxes = {f"step-{step.pk}": "on" for step in programme.approval_steps.all()}
    boxes |= {f"declaration-{one.pk}": "on" for one in programme.declarations.all()}

    response = visitor.post("declarations", boxes)

    assert len(errors(response)) == 1
