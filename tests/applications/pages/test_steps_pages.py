import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from applications.models import Answer, Application, Approval, Decision, State
from programmes.models import Message, Question
from tests import factories, scenarios
from tests.applications.pages.visits import Visitor, errors, goes_to, read
from tests.factories import NOW

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7 a certificate"


@pytest.fixture
def programme():
    """With everything a programme can ask for."""
    programme = factories.ProgrammeFactory(title="Support Circles")
    factories.QuestionFactory(programme=programme, key="why")
    factories.ApprovalStepFactory(programme=programme, statement="I support this application.")
    factories.ApprovalStepFactory(
        programme=programme, declared=True, nominator=True, statement="I am nominated."
    )
    factories.DeclarationFactory(programme=programme, statement="I will attend.")
    cohort = factories.CohortFactory(programme=programme, name="Cohort 1")
    factories.SessionFactory(cohort=cohort)
    return programme


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


# Questions
EVERY_KIND = {
    "text": {},
    "long_text": {"max_words": 5},
    "choice": {"options": ["Now", "Later"]},
    "choices": {"options": ["Team", "ICS"]},
    "number": {"least": 1, "most": 50},
    "date": {},
    "yes_no": {},
    "file": {},
}


@pytest.fixture
def questions():
    """A draft of a programme with a question of every kind."""
    programme = factories.ProgrammeFactory()
    for position, (kind, settings) in enumerate(EVERY_KIND.items()):
        factories.QuestionFactory(
            programme=programme, key=kind, kind=kind, position=position, text=f"What {kind}?", **settings
        )
    return scenarios.started(programme, "sam@example.org")


def everything(**changes):
    return {
        "question-text": "Welsh and French",
        "question-long_text": "To help\r\nmy colleagues.",
        "question-choice": "Later",
        "question-choices": ["Team", "ICS"],
        "question-number": "12",
        "question-date_day": "9",
        "question-date_month": "May",
        "question-date_year": "2020",
        "question-yes_no": "no",
        "question-file": SimpleUploadedFile("My certificate.pdf", PDF),
    } | changes


def test_questions_of_every_kind_are_kept_and_shown_again(questions, settings):
    visitor = Visitor(questions)

    response = visitor.post("questions", everything())

    assert goes_to(response, visitor, "application")
    kept = {answer.question.kind: answer for answer in questions.answers.select_related("question")}
    assert {kind: answer.value for kind, answer in kept.items()} == {
        "text": "Welsh and French",
        "long_text": "To help\nmy colleagues.",
        "choice": "Later",
        "choices": ["Team", "ICS"],
        "number": 12,
        "date": "2020-05-09",
        "yes_no": False,
        "file": "My certificate.pdf",
    }
    assert kept["file"].file.read() == PDF
    again = visitor.get("questions")
    assert "You gave us My certificate.pdf . Choose another file" in read(again)
    for shown in (
        'value="12"',
        'value="2020"',
        'value="Later" checked',
        'value="ICS" checked',
        'value="no" checked',
    ):
        assert shown in again.content.decode()


def test_questions_name_what_is_missing_in_order(questions):
    response = Visitor(questions).post("questions")

    assert errors(response) == [f"Answer the question “What {kind}?”" for kind in EVERY_KIND]
    assert not questions.answers.exists()


@pytest.mark.parametrize(
    ("field", "typed", "error"),
    [
        ("text", "ŵ" * 301, "Your answer must be 300 characters or fewer: you have entered 301"),
        (
            "long_text",
            "one two three four five six",
            "Your answer must be 5 words or fewer: you have written 6",
        ),
        ("choice", "Never", "Choose one of the answers listed"),
        ("choices", ["Moon"], "Choose one of the answers listed"),
        ("number", "0", "Enter a number between 1 and 50"),
        ("number", "51", "Enter a number between 1 and 50"),
        ("number", "several", "Enter a whole number, like 3"),
        ("date_day", "32", "What date must be a real date"),
        ("yes_no", "perhaps", "Choose one of the answers listed"),
    ],
)
def test_questions_refuse_with_a_sentence_and_keep_what_was_typed(questions, field, typed, error):
    data = everything(**{f"question-{field}": typed})

    response = Visitor(questions).post("questions", data)

    assert errors(response) == [error]
    if field != "text":
        assert 'value="Welsh and French"' in response.content.decode()
    assert [answer.asked for answer in questions.answers.all()] == ["What file?"]


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        (
            "tune.mp3",
            b"ID3",
            "The file must be a .pdf file, a .doc file, a .docx file, a .odt file, a .png file, a .jpg file or a "
            ".jpeg file: “tune.mp3” is not",
        ),
        (
            "page.pdf",
            b"<html>",
            "“page.pdf” is not a .pdf file, although its name says so: choose another file",
        ),
        ("empty.pdf", b"", "The file you chose is empty: choose another one"),
        (
            "large.pdf",
            PDF + b"." * 5 * 1024 * 1024,
            "The file must be smaller than 5 MB: “large.pdf” is larger",
        ),
    ],
)
def test_questions_refuse_a_file_that_is_not_what_was_asked_for(questions, name, content, error):
    response = Visitor(questions).post(
        "questions", everything(**{"question-file": SimpleUploadedFile(name, content)})
    )

    assert errors(response) == [error]
    assert not questions.answers.exists()


def test_a_good_file_is_kept_although_another_answer_is_wrong(questions):
    visitor = Visitor(questions)

    response = visitor.post("questions", everything(**{"question-number": "many"}))

    assert errors(response) == ["Enter a whole number, like 3"]
    assert "You gave us My certificate.pdf" in read(response)
    without = everything()
    del without["question-file"]
    assert goes_to(visitor.post("questions", without), visitor, "application")


def test_a_new_file_takes_the_place_of_the_old(questions, django_capture_on_commit_callbacks):
    visitor = Visitor(questions)
    visitor.post("questions", everything())
    before = questions.answers.get(question__kind="file").file

    with django_capture_on_commit_callbacks(execute=True):
        visitor.post("questions", everything(**{"question-file": SimpleUploadedFile("new.pdf", PDF)}))

    answer = questions.answers.get(question__kind="file")
    assert answer.value == "new.pdf"
    assert not before.storage.exists(before.name)
    assert answer.file.storage.exists(answer.file.name)


def test_a_file_that_need_not_be_given_can_be_removed(questions, django_capture_on_commit_callbacks):
    Question.objects.filter(kind="file").update(required=False)
    visitor = Visitor(questions)
    visitor.post("questions", everything())
    before = questions.answers.get(question__kind="file").file
    without = everything(**{"question-file-remove": "remove"})
    del without["question-file"]

    with django_capture_on_commit_callbacks(execute=True):
        visitor.post("questions", without)

    answer = questions.answers.get(question__kind="file")
    assert (answer.value, bool(answer.file)) == ("", False)
    assert not before.storage.exists(before.name)


def test_half_of_the_answers_can_be_saved_for_later(questions):
    visitor = Visitor(questions)

    response = visitor.post("questions", {"question-text": "Welsh", "question-number": "", "later": "1"})

    assert goes_to(response, visitor, "application")
    page = read(visitor.get("application"))
    assert "Your answers are saved." in page
    assert "Your experience and plans Incomplete" in page
    assert questions.answers.get(question__kind="text").value == "Welsh"


def test_questions_after_the_deadline_keep_what_was_typed(programme, at_noon):
    visitor = Visitor(scenarios.submitted(programme))
    at_noon.move_to(programme.closes_at)

    response = visitor.post("questions", {"question-why": "A better answer."})

    (error,) = errors(response)
    assert "What you entered is kept." in error
    assert "A better answer." in response.content.decode()
    assert Answer.objects.get().value == "My answer."


def test_html_and_formulas_in_answers_are_shown_as_typed(programme):
    visitor = Visitor(scenarios.filled_in(programme))

    visitor.post("questions", {"question-why": "=1+1 <script>alert(1)</script> {{ 7 * 7 }}"})

    page = visitor.get("check").content.decode()
    assert "=1+1 &lt;script&gt;alert(1)&lt;/script&gt; {{ 7 * 7 }}" in page


def test_a_file_can_be_fetched_by_its_applicant_only(questions):
    visitor = Visitor(questions)
    visitor.post("questions", everything())
    answer = questions.answers.get(question__kind="file")
    other = Visitor(scenarios.started(factories.ProgrammeFactory(), "other@example.org"))

    response = visitor.get("my_file", pk=answer.pk)

    assert b"".join(response.streaming_content) == PDF
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"] == 'attachment; filename="My certificate.pdf"'
    assert other.get("my_file", pk=answer.pk).status_code == 404


def test_a_file_that_is_gone_is_not_found(questions):
    visitor = Visitor(questions)
    visitor.post("questions", everything())
    answer = questions.answers.get(question__kind="file")
    answer.file.storage.delete(answer.file.name)

    assert visitor.get("my_file", pk=answer.pk).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_questions_take_the_same_queries_however_many_there_are(count, django_assert_num_queries):
    programme = factories.ProgrammeFactory()
    factories.QuestionFactory.create_batch(count, programme=programme)
    visitor = Visitor(scenarios.filled_in(programme))

    with django_assert_num_queries(4):
        visitor.get("questions")


@pytest.mark.parametrize(
    ("limits", "typed", "error"),
    [
        ({}, "-3", None),
        ({"least": 0}, "-3", "How many must be 0 or more"),
        ({"most": 9}, "1,000", "How many must be 9 or fewer"),
        ({}, "9" * 40, "Enter a whole number, like 3"),
    ],
)
def test_a_number_keeps_to_the_limits_it_has(limits, typed, error):
    programme = factories.ProgrammeFactory()
    factories.QuestionFactory(programme=programme, key="many", kind="number", text="How many?", **limits)
    visitor = Visitor(scenarios.started(programme, "sam@example.org"))

    response = visitor.post("questions", {"question-many": typed})

    assert (errors(response) if error else Answer.objects.get().value) == ([error] if error else -3)


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

    assert goes_to(response, visitor, "application")
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


# Check and submit
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
    assert f'href="{visitor.address("cohort_choice")}"' in response.content.decode()


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

    response = visitor.post("check")

    assert goes_to(response, visitor, "submitted")
    page = read(visitor.get("submitted"))
    assert f"Your reference {application.reference}" in page
    assert "We have asked Morgan Line manager (line manager) to approve your application." in page
    application.refresh_from_db()
    assert application.state == State.AWAITING_APPROVAL


def test_submitting_twice_is_not_an_error(programme):
    visitor = Visitor(scenarios.filled_in(programme))
    visitor.post("check")
    before = Message.objects.count()

    again = visitor.post("check")

    assert goes_to(again, visitor, "submitted")
    assert goes_to(visitor.get("check"), visitor, "submitted")
    assert Message.objects.count() == before


def test_submitting_what_is_not_complete_says_what_is_missing(programme):
    application = scenarios.filled_in(programme)
    visitor = Visitor(application)
    factories.QuestionFactory(programme=programme, text="One more thing?")

    response = visitor.post("check")

    assert errors(response) == ["Answer the question “One more thing?”"]
    application.refresh_from_db()
    assert application.state == State.DRAFT


def test_submitting_when_the_clock_has_struck_keeps_everything(programme, at_noon):
    application = scenarios.filled_in(programme)
    visitor = Visitor(application)
    at_noon.move_to(programme.closes_at)

    response = visitor.post("check")

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

    with django_assert_num_queries(27):
        visitor.get("check")
    with django_assert_num_queries(18):
        visitor.get("application")
