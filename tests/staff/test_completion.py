"""Evaluations and certificates on the staff's pages, and completing on somebody's behalf."""

import pytest
from django.urls import reverse

from applications.models import State
from facilitators.domain import certificates
from facilitators.models import Certificate, EvaluationQuestion
from programmes.domain.wording import nhs_date
from tests import factories, scenarios
from tests.cohorts.seats import fresh
from tests.staff.forms import as_shown
from tests.staff.reading import messages_of, text_of


@pytest.fixture
def completed(desk):
    factories.EvaluationQuestionFactory(programme=desk.programme, text="How was it?")
    return scenarios.completed(desk.programme, name="Sam Applicant")


@pytest.fixture
def certificate(completed):
    return completed.certificates.get()


def page(name, *arguments):
    return reverse(f"admin:facilitators_{name}", args=[getattr(one, "pk", one) for one in arguments])


def test_an_evaluation_is_read_with_the_questions_as_they_were_asked(desk, completed):
    EvaluationQuestion.objects.update(text="Other words?")

    response = desk.client("reviewer").get(page("evaluationresponse_change", completed.evaluation))

    words = text_of(response)
    assert "How was it?" in words
    assert "Value: 4" in words


@pytest.mark.parametrize("count", [1, 3])
def test_lists_take_the_same_queries_however_many_rows(desk, reviewer, count, django_assert_num_queries):
    factories.EvaluationQuestionFactory(programme=desk.programme)
    people = [scenarios.confirmed(desk.programme, name=f"Person {number}") for number in range(count)]
    for person in people:
        scenarios.marked_everywhere(person, desk.cohort)
    scenarios.closed(desk.cohort)
    for person in people:
        given = {question.pk: "5" for question in desk.programme.evaluation_questions.all()}
        scenarios.completion.complete(
            person.pk, answers=given, undertakings=[], name=person.name, now=fresh(person).state_since
        )

    for name in ("certificate_changelist", "evaluationresponse_changelist"):
        with django_assert_num_queries(5):
            found = reviewer.get(page(name)).context["cl"].result_count
        assert found == count


def test_a_certificate_is_downloaded_revoked_and_cannot_be_revoked_twice(reviewer, certificate):
    file = reviewer.get(page("certificate_file", certificate))

    missing = reviewer.post(page("certificate_revoke", certificate))
    done = reviewer.post(page("certificate_revoke", certificate), {"reason": "By mistake."}, follow=True)
    again = reviewer.get(page("certificate_revoke", certificate))

    assert file.content == certificates.pdf(certificate)
    assert "Enter the reason. It is kept with your name." in text_of(missing)
    assert messages_of(done) == [f"{certificate.number} is not valid any more."]
    assert fresh(certificate).revoked_reason == "By mistake."
    revoked_on = nhs_date(fresh(certificate).revoked_at)
    assert f"{certificate.number} was revoked on {revoked_on} already." in text_of(again)
    assert "Issue anew" not in text_of(done)


def test_a_certificate_is_issued_anew_in_the_right_name(reviewer, certificate):
    response = reviewer.post(
        page("certificate_replace", certificate),
        {"name": "Samira Applicant", "reason": "Name was short."},
        follow=True,
    )

    new = Certificate.objects.valid().get()
    assert messages_of(response) == [
        f"{new.number} is issued to Samira Applicant; {certificate.number} is not valid any more."
    ]


def test_somebody_whose_certificate_was_revoked_is_issued_another(reviewer, certificate):
    early = reviewer.get(page("certificate_again", certificate))
    reviewer.post(page("certificate_revoke", certificate), {"reason": "By mistake."})
    offered = reviewer.get(page("certificate_change", certificate))

    done = reviewer.post(page("certificate_again", certificate), follow=True)
    twice = reviewer.post(page("certificate_again", certificate))

    new = Certificate.objects.valid().get()
    assert f"{certificate.name} has a valid certificate, {certificate.number}." in text_of(early)
    assert "Issue another certificate" in text_of(offered)
    assert messages_of(done) == [f"{new.number} is issued to {certificate.name}."]
    assert (new.name, new.number != certificate.number) == (certificate.name, True)
    assert f"{certificate.name} has a valid certificate, {new.number}." in text_of(twice)


def test_a_viewer_is_shown_no_way_to_revoke(desk, certificate):
    response = desk.client("viewer").get(page("certificate_change", certificate))

    assert "Download the PDF" in text_of(response)
    assert "Issue anew" not in text_of(response)


@pytest.mark.parametrize(
    ("action", "state", "said"),
    [
        ("complete", State.COMPLETED, "recorded as having completed the training"),
        ("not_complete", State.DID_NOT_COMPLETE, "recorded as not having completed the training"),
    ],
)
def test_staff_decide_on_somebody_who_attended(desk, reviewer, action, state, said):
    application = scenarios.attended(desk.programme, name="Sam")
    address = reverse("admin:applications_application_decide", args=[application.pk, action])

    without = reviewer.post(address)
    response = reviewer.post(address, {"reason": "Told us by telephone."}, follow=True)

    assert "Enter the reason." in text_of(without)
    assert messages_of(response)[0].startswith(f"Sam is {said}.")
    assert fresh(application).state == state
    assert application.changes.latest("pk").reason == "Told us by telephone."


def test_an_administrator_edits_what_is_asked_on_the_programmes_page(desk, administrator):
    address = reverse("admin:programmes_programme_step", args=[desk.programme.pk, "afterwards"])
    sent = as_shown(administrator.get(address))
    sent |= {
        "evaluation_questions-TOTAL_FORMS": "1",
        "evaluation_questions-0-position": "1",
        "evaluation_questions-0-kind": "rating",
        "evaluation_questions-0-text": "How was it?",
        "evaluation_questions-0-required": "on",
        "evaluation_questions-0-lowest": "awful",
        "evaluation_questions-0-highest": "great",
        "undertakings-TOTAL_FORMS": "1",
        "undertakings-0-position": "1",
        "undertakings-0-statement": "I will give cover.",
    }

    administrator.post(address, sent)

    assert [(one.text, one.lowest) for one in desk.programme.evaluation_questions.all()] == [
        ("How was it?", "awful")
    ]
    assert [one.statement for one in desk.programme.undertakings.all()] == ["I will give cover."]
