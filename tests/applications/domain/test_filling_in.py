"""What an applicant enters step by step, until when it can be changed, and what is still missing."""

import datetime

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from applications.domain import approvals, nominations, starting, submission
from applications.domain.submission import Missing
from applications.models import Application, Decision, State
from programmes.domain.refused import Refused
from programmes.models import Question
from programmes.models.parts import Approver
from programmes.models.programmes import NominationScope
from tests import factories, scenarios
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def about(**fields):
    values = {
        "name": "Siân O’Neill-Llŷr",
        "job_title": "Team lead",
        "phone": "01273 000000",
        "organisation": None,
        "organisation_name": "Downs Hospice",
        "sector": "hospice",
        "ics": None,
    }
    values |= fields
    values["ics"] = values["ics"] or factories.IntegratedCareSystemFactory()
    return submission.AboutYou(**values)


def test_about_you_is_kept_as_given():
    application = factories.ApplicationFactory()
    given = about()

    submission.save_about_you(application.pk, given, now=NOW)

    application.refresh_from_db()
    kept = (application.name, application.job_title, application.phone, application.ics, application.sector)
    assert kept == (given.name, "Team lead", "01273 000000", given.ics, "hospice")
    assert application.organisation_as_given == "Downs Hospice"


def test_about_you_takes_a_listed_organisation_with_its_sector_and_drops_what_was_typed():
    application = factories.ApplicationFactory(organisation_name="Downs Hospice", sector="hospice")
    trust = factories.OrganisationFactory(name="Downs Trust", sector="nhs_trust")

    submission.save_about_you(application.pk, about(organisation=trust), now=NOW)

    application.refresh_from_db()
    assert (application.organisation, application.organisation_name) == (trust, "")
    assert (application.sector, application.organisation_as_given) == ("nhs_trust", "Downs Trust")


@pytest.mark.parametrize(
    ("scope", "whose"),
    [
        (NominationScope.ICS, "ICS"),
        (NominationScope.REGION, "region"),
        (NominationScope.ORGANISATION, "organisation"),
    ],
)
def test_about_you_cannot_move_a_nomination_that_counts(scope, whose):
    programme = factories.ProgrammeFactory(
        nomination_scope=scope, nominations_allowed=5, contact_email="calm@example.org"
    )
    application = scenarios.submitted(programme)
    elsewhere = factories.RegionFactory(ods_code="Y60", name="Midlands")
    other = about(
        organisation_name="Weald Hospice", ics=factories.IntegratedCareSystemFactory(region=elsewhere)
    )

    with pytest.raises(Refused) as refused:
        submission.save_about_you(application.pk, other, now=NOW)

    assert refused.value.sentence == (
        f"Your {whose} cannot be changed after submission: your nomination counts against it. "
        "Write to calm@example.org if it is wrong."
    )
    application.refresh_from_db()
    assert application.organisation_name == "Downs Hospice"


def test_about_you_can_change_after_submission_what_no_nomination_counts_against():
    limited = scenarios.submitted(factories.ProgrammeFactory(limited=True))
    unlimited = scenarios.submitted(factories.ProgrammeFactory())

    submission.save_about_you(limited.pk, about(ics=limited.ics, name="Sam Newname"), now=NOW)
    moved = submission.save_about_you(unlimited.pk, about(), now=NOW)

    limited.refresh_from_db()
    assert (limited.name, limited.nomination_number) == ("Sam Newname", 1)
    assert moved.ics != unlimited.ics


def test_answers_keep_the_question_as_it_was_asked_and_are_replaced_by_later_ones():
    application = factories.ApplicationFactory()
    question = factories.QuestionFactory(programme=application.programme, text="Why you?")

    submission.save_answers(application.pk, {question: "Because."}, now=NOW)
    submission.save_answers(application.pk, {question: "<b>=1+1</b>"}, now=NOW)

    (answer,) = application.answers.all()
    assert (answer.asked, answer.value, str(answer)) == ("Why you?", "<b>=1+1</b>", "Why you?")


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (Question.Kind.TEXT, "Plain", "Plain"),
        (Question.Kind.YES_NO, True, "Yes"),
        (Question.Kind.YES_NO, False, "No"),
        (Question.Kind.CHOICES, ["One", "Two"], "One, Two"),
        (Question.Kind.NUMBER, 3, "3"),
        (Question.Kind.DATE, "2026-10-05", "5 October 2026"),
        (Question.Kind.DATE, "", ""),
    ],
)
def test_answers_are_shown_as_a_person_reads_them(kind, value, shown):
    application = factories.ApplicationFactory()
    question = factories.QuestionFactory(programme=application.programme, kind=kind)

    submission.save_answers(application.pk, {question: value}, now=NOW)

    assert application.answers.get().shown == shown


def test_answers_replace_a_file_and_remove_it(django_capture_on_commit_callbacks):
    application = factories.ApplicationFactory()
    question = factories.QuestionFactory(programme=application.programme, kind=Question.Kind.FILE)
    files = {question: ContentFile(b"first")}
    submission.save_answers(application.pk, {question: "cv.pdf"}, files=files, now=NOW)
    first = application.answers.get().file.name

    with django_capture_on_commit_callbacks(execute=True):
        files = {question: ContentFile(b"second")}
        submission.save_answers(application.pk, {question: "new.pdf"}, files=files, now=NOW)
    answer = application.answers.get()
    second = answer.file.name

    assert (answer.value, default_storage.open(second).read()) == ("new.pdf", b"second")
    assert second.startswith(f"answers/{application.pk}/")
    assert not default_storage.exists(first)

    with django_capture_on_commit_callbacks(execute=True):
        submission.save_answers(application.pk, {question: ""}, now=NOW)
    assert application.answers.get().file.name == ""
    assert not default_storage.exists(second)


def test_approvers_are_kept_and_nobody_is_asked_before_submission():
    step = factories.ApprovalStepFactory()
    declared = factories.ApprovalStepFactory(programme=step.programme, declared=True)
    application = factories.ApplicationFactory(programme=step.programme)
    people = {step.pk: ("Alex", "alex@example.org"), declared.pk: ("Nobody", "nobody@example.org")}

    submission.save_approvers(application.pk, people, now=NOW)
    submission.save_approvers(application.pk, {step.pk: ("Lee", "lee@example.org")}, now=NOW)

    (approval,) = application.approvals.all()
    assert (approval.name, approval.email, approval.decision) == (
        "Lee",
        "lee@example.org",
        Decision.NOT_ASKED,
    )
    assert (approval.approver, approval.statement, approval.asked_at) == (step.approver, step.statement, None)
    assert scenarios.mails(application) == []


@pytest.mark.parametrize(
    "address",
    [
        "sam.jones@example.org",
        "SAM.JONES@EXAMPLE.ORG",
        "s.a.m.jones@example.org",
        "samjones+manager@example.org",
        " sam.jones @example.org ",
    ],
)
def test_approvers_cannot_be_the_applicant_however_the_address_is_spelled(address):
    step = factories.ApprovalStepFactory()
    application = factories.ApplicationFactory(programme=step.programme, email="Sam.Jones@example.org")

    with pytest.raises(approvals.OwnApproval):
        submission.save_approvers(application.pk, {step.pk: ("Sam", address)}, now=NOW)

    assert not application.approvals.exists()


def test_approvers_cannot_be_exchanged_in_the_form_once_they_are_asked():
    step = factories.ApprovalStepFactory()
    application = scenarios.submitted(step.programme)

    with pytest.raises(Refused) as refused:
        submission.save_approvers(application.pk, {step.pk: ("Lee", "lee@example.org")}, now=NOW)

    assert refused.value.sentence == (
        "The people you named have been asked already. You can correct them on the status page."
    )


def test_declarations_are_kept_as_worded_with_the_declared_approvals():
    declaration = factories.DeclarationFactory(statement="I can attend.")
    step = factories.ApprovalStepFactory(
        programme=declaration.programme, declared=True, approver=Approver.ACADEMY_CONTACT
    )
    factories.ApprovalStepFactory(programme=declaration.programme)
    application = factories.ApplicationFactory(programme=declaration.programme, name="Sam")

    submission.save_declarations(application.pk, names={step.pk: "Jo Lead"}, now=NOW)
    submission.save_declarations(application.pk, names={step.pk: "Jo Lead"}, now=NOW)

    (made,) = application.declarations.all()
    (approval,) = application.approvals.all()
    assert (made.statement, made.agreed_at, str(made)) == ("I can attend.", NOW, "I can attend.")
    assert (approval.decision, approval.name, approval.decided_name) == (Decision.DECLARED, "Jo Lead", "Sam")
    assert str(approval) == f"Academy contact of {application.reference}"


# Until when answers can be changed.


def change(application, now):
    return submission.save_answers(application.pk, {}, now=now)


def test_a_draft_can_be_changed_after_the_deadline_so_that_nothing_typed_is_lost():
    application = factories.ApplicationFactory(programme__closes_at=NOW)

    assert change(application, NOW).state == State.DRAFT


@pytest.mark.parametrize("state", ["awaiting_approval", "reserve", "under_review"])
def test_answers_can_be_changed_until_the_deadline_and_not_at_it(state):
    closes = NOW + datetime.timedelta(days=1)
    programme = factories.ProgrammeFactory(
        closes_at=closes, nomination_scope=NominationScope.ICS, nominations_allowed=1
    )
    ics = factories.IntegratedCareSystemFactory()
    if state == "awaiting_approval":
        factories.ApprovalStepFactory(programme=programme)
    if state == "reserve":
        scenarios.submitted(programme, ics=ics)
    application = scenarios.submitted(programme, ics=ics)
    assert application.state == state

    change(application, closes - datetime.timedelta(microseconds=1))
    with pytest.raises(starting.Closed):
        change(application, closes)


def test_answers_can_be_changed_after_the_deadline_where_the_academy_asked_for_more():
    application = scenarios.more_information(factories.ProgrammeFactory())

    assert change(application, NOW + datetime.timedelta(days=365)).state == State.MORE_INFORMATION


def test_answers_cannot_be_changed_once_they_were_decided_on():
    application = scenarios.shortlisted(factories.ProgrammeFactory(contact_email="calm@example.org"))

    with pytest.raises(Refused) as refused:
        change(application, NOW)

    assert refused.value.sentence == (
        "Your application is “shortlisted”: its answers can no longer be changed. "
        "Write to calm@example.org if something in it is wrong."
    )


# What is missing.


def test_missing_names_everything_in_the_order_of_the_steps():
    programme = factories.ProgrammeFactory()
    factories.QuestionFactory(programme=programme, text="Why you?")
    factories.QuestionFactory(programme=programme, required=False)
    factories.CohortFactory(programme=programme)
    factories.ApprovalStepFactory(programme=programme)
    factories.ApprovalStepFactory(programme=programme, declared=True, statement="It was discussed.")
    factories.DeclarationFactory(programme=programme, statement="I can attend.")
    application = factories.ApplicationFactory(programme=programme)

    assert submission.missing(application) == [
        Missing("about", "Tell us about you, your organisation and your ICS."),
        Missing("questions", "Answer the question “Why you?”"),
        Missing("cohorts", "Say which cohorts you can attend."),
        Missing("approvers", "Say who your line manager is."),
        Missing("declarations", "Confirm: It was discussed."),
        Missing("declarations", "Agree to: I can attend."),
    ]


def test_missing_is_nothing_when_everything_is_given():
    programme = factories.ProgrammeFactory()
    factories.QuestionFactory(programme=programme)
    factories.CohortFactory(programme=programme)
    factories.ApprovalStepFactory(programme=programme)
    factories.ApprovalStepFactory(programme=programme, declared=True)
    factories.DeclarationFactory(programme=programme)

    assert submission.missing(scenarios.filled_in(programme)) == []


def test_missing_asks_for_the_organisation_when_the_rest_is_there():
    application = factories.ApplicationFactory(
        name="Sam", job_title="Lead", ics=factories.IntegratedCareSystemFactory()
    )

    assert submission.missing(application) == [Missing("about", "Name your organisation.")]


@pytest.mark.parametrize("value", ["", None, []])
def test_missing_takes_an_empty_answer_for_none(value):
    application = scenarios.filled_in(factories.QuestionFactory(text="Why you?").programme)
    question = Question.objects.get()

    submission.save_answers(application.pk, {question: value}, now=NOW)

    assert submission.missing(application) == [Missing("questions", "Answer the question “Why you?”")]


@pytest.mark.parametrize("value", [False, 0, "No"])
def test_missing_takes_no_and_nought_for_answers(value):
    application = scenarios.filled_in(factories.QuestionFactory().programme)

    submission.save_answers(application.pk, {Question.objects.get(): value}, now=NOW)

    assert submission.missing(application) == []


def test_changed_in_another_window_while_it_is_submitted_is_refused_and_can_be_tried_again(monkeypatch):
    application = scenarios.filled_in(factories.ProgrammeFactory(limited=True))
    lock_allowance = nominations.lock_allowance

    def another_window_saves_first(seen):
        allowance = lock_allowance(seen)
        Application.objects.filter(pk=seen.pk).update(ics=factories.IntegratedCareSystemFactory())
        return allowance

    with monkeypatch.context() as patch:
        patch.setattr(nominations, "lock_allowance", another_window_saves_first)
        with pytest.raises(Refused) as refused:
            submission.submit(application.pk, now=NOW)

    assert refused.value.sentence.endswith("Nothing is lost: try again.")
    assert submission.submit(application.pk, now=NOW).nomination_number == 1
