"""What somebody who attended sees: what is left, the evaluation and undertakings, and their certificate."""

import datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.models import State
from facilitators.domain import certificates
from facilitators.models import Certificate, EvaluationAnswer, UndertakingMade
from tests import factories, scenarios
from tests.applications.pages.visits import Visitor, errors, goes_to, read
from tests.cohorts.seats import fresh, programme_with
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def programme():
    programme = programme_with(academy__name="Downs Academy")
    for key, required in (("rating", True), ("long_text", False), ("yes_no", True)):
        factories.EvaluationQuestionFactory(
            programme=programme, key=key, kind=key, required=required, text=f"What of {key}?", lowest="awful"
        )
    factories.UndertakingFactory(programme=programme, key="copyright", statement="I respect copyright.")
    factories.UndertakingFactory(programme=programme, key="cover", statement="I give cover.")
    return programme


@pytest.fixture
def attended(programme):
    return scenarios.attended(programme, name="Sam Applicant")


EVERYTHING = {
    "question-rating": "4",
    "question-long_text": "It was good.",
    "question-yes_no": "no",
    "undertaking-copyright": "on",
    "undertaking-cover": "on",
    "full_name": "Dr Sam Applicant",
}


def test_the_status_page_leads_to_what_is_left(attended):
    page = read(Visitor(attended).get("application"))

    assert "Tell us what you thought of the training: 3 questions." in page
    assert "Agree to what comes next: 2 undertakings. Complete your training" in page


def test_everything_is_given_on_one_page_and_the_certificate_is_there_at_once(attended):
    visitor = Visitor(attended)
    shown = read(visitor.get("complete"))

    response = visitor.post("complete", EVERYTHING)

    assert "What of rating? 1 (awful) 2 3 4 5 (very good)" in shown
    assert goes_to(response, visitor, "application")
    assert fresh(attended).state == State.COMPLETED
    assert [answer.value for answer in EvaluationAnswer.objects.all()] == ["4", "It was good.", "no"]
    assert UndertakingMade.objects.count() == 2
    number = Certificate.objects.get().number
    page = read(visitor.get("application"))
    assert "You have completed the training. Your certificate is on this page." in page
    assert f"Download your certificate {number} (PDF)" in page
    assert "You completed the training." in page


def test_what_is_missing_is_said_and_nothing_typed_is_lost(attended):
    visitor = Visitor(attended)
    nothing = visitor.post("complete", {})

    response = visitor.post(
        "complete", {"question-long_text": "It was good.", "undertaking-cover": "on", "full_name": "Sam A"}
    )

    assert errors(nothing) == [
        "Answer the question “What of rating?”",
        "Answer the question “What of yes_no?”",
        "To complete the training, agree to this: “I respect copyright.”",
        "To complete the training, agree to this: “I give cover.”",
        "Enter your full name as it should stand on your certificate",
    ]
    assert errors(response) == [
        "Answer the question “What of rating?”",
        "Answer the question “What of yes_no?”",
        "To complete the training, agree to this: “I respect copyright.”",
    ]
    page = response.content.decode()
    assert ("It was good." in page, 'value="Sam A"' in page, page.count(" checked")) == (True, True, 1)
    assert fresh(attended).state == State.ATTENDED


def test_a_programme_that_asks_nothing_asks_for_the_name_alone():
    application = scenarios.attended(programme_with(), name="Sam Applicant")
    visitor = Visitor(application)

    page = read(visitor.get("complete"))
    visitor.post("complete", {"full_name": "Sam Applicant"})

    assert "What you thought of it" not in page
    assert fresh(application).state == State.COMPLETED


def test_somebody_who_has_not_attended_is_sent_to_their_application(programme):
    waiting = scenarios.shortlisted(programme)
    visitor = Visitor(waiting)

    shown = visitor.get("complete")
    sent = visitor.post("complete", EVERYTHING)

    assert goes_to(shown, visitor, "application")
    assert errors(sent) == [f"{waiting.reference} is “shortlisted”: “complete” is not possible from there."]
    assert visitor.get("my_certificate").status_code == 404


def test_the_certificate_is_downloaded_as_a_file(programme):
    application = scenarios.completed(programme)
    certificate = application.certificates.get()

    response = Visitor(application).get("my_certificate")

    assert response.content == certificates.pdf(certificate)
    assert (response.headers["Content-Type"], response.headers["Content-Disposition"]) == (
        "application/pdf",
        f'attachment; filename="certificate-{certificate.number}.pdf"',
    )


def test_a_revoked_certificate_is_not_downloaded_any_more(programme):
    application = scenarios.completed(programme)
    user = scenarios.reviewer_of(programme)
    certificates.revoke(application.certificates.get().pk, user=user, reason="Wrong.", now=NOW)
    visitor = Visitor(application)

    assert visitor.get("my_certificate").status_code == 404
    assert "Your certificate" not in read(visitor.get("application"))


# Checking.


def check(number: str):
    return Client().get(reverse("certificate", args=[number]))


def test_anybody_checks_a_certificate_and_reads_that_it_is_valid_and_no_more(programme):
    application = scenarios.completed(programme, name="Sam Applicant-Jones")
    number = application.certificates.get().number

    response = check(number.lower())

    page = read(response)
    assert f"Check a certificate Number {number} This certificate is Valid To protect its holder" in page
    for secret in ("Sam", "Jones", "SAJ", "Calm Conversations", "Downs Academy", "November"):
        assert secret not in page
    assert response.headers["X-Robots-Tag"] == "noindex"


def test_an_expired_certificate_is_expired(programme):
    certificate = scenarios.completed(programme).certificates.get()
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    Certificate.objects.update(first_expires_on=yesterday, expires_on=yesterday)

    page = read(check(certificate.number))

    assert f"Number {certificate.number} This certificate is Expired" in page


def test_a_revoked_certificate_is_not_found(programme):
    certificate = scenarios.completed(programme).certificates.get()
    user = scenarios.reviewer_of(programme)
    certificates.revoke(certificate.pk, user=user, reason="Secret reason.", now=NOW)

    response = check(certificate.number)

    assert response.status_code == 404
    assert f"No valid certificate has the number {certificate.number} ." in read(response)
    assert "Secret reason." not in read(response)


def test_a_number_that_there_is_not_is_said_so():
    response = check("LSC-2026-NONE2")

    assert response.status_code == 404
    assert "No valid certificate has the number LSC-2026-NONE2 ." in read(response)
