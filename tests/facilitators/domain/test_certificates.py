"""Certificates: what stands on them, who can check them, and how staff revoke them."""

import io
import itertools
import re
import secrets

import pypdf
import pytest

from cohorts.models import Place
from facilitators.domain import certificates
from facilitators.models import Certificate
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from tests import factories, scenarios
from tests.cohorts.seats import fresh, programme_with
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate() -> Certificate:
    programme = programme_with(code="CALM", academy__name="Downs Academy")
    return scenarios.completed(programme, name="Łucja Ŵynne-Ţăran").certificates.get()


def test_a_certificate_says_what_was_attended_and_when(certificate):
    assert re.fullmatch(r"CALM-2026-[2-9BCDFGHJKMNPQRTVWXYZ]{5}", certificate.number)
    assert (
        certificate.name,
        certificate.programme,
        certificate.academy,
        certificate.dates,
        certificate.attended,
    ) == (
        "Łucja Ŵynne-Ţăran",
        "Calm Conversations",
        "Downs Academy",
        "3 and 4 November 2026",
        "2 sessions, 6 hours",
    )


def test_an_hour_is_one_hour():
    programme = programme_with()
    programme.cohorts.get().sessions.get(title="Day 2").delete()
    only = programme.cohorts.get().sessions.get()
    only.ends_at = only.starts_at.replace(hour=only.starts_at.hour + 1)
    only.save()

    certificate = scenarios.completed(programme).certificates.get()

    assert (certificate.dates, certificate.attended) == ("3 November 2026", "1 session, 1 hour")


def test_without_a_place_a_certificate_says_no_dates():
    application = scenarios.completed(programme_with())
    Place.objects.all().delete()
    user = scenarios.reviewer_of(application.programme)
    certificates.revoke(application.certificates.get().pk, user=user, reason="Wrong.", now=NOW)

    again = certificates.issue_again(application.pk, user=user, now=NOW)

    assert (again.dates, again.attended) == ("", "")


def test_the_file_is_titled_in_english_and_its_text_can_be_selected(certificate, settings):
    settings.SITE_URL = "https://cascade.example.org"

    file = pypdf.PdfReader(io.BytesIO(certificates.pdf(certificate)))

    assert len(file.pages) == 1
    assert file.metadata
    assert (file.metadata.title, file.metadata.author) == (
        "Certificate of Calm Conversations: Łucja Ŵynne-Ţăran",
        "Downs Academy",
    )
    root = file.trailer["/Root"]
    assert (root["/Lang"], root["/ViewerPreferences"]["/DisplayDocTitle"]) == ("en-GB", True)
    assert [line.strip() for line in file.pages[0].extract_text().splitlines()] == [
        "Downs Academy",
        "Certificate",
        "This is to certify that",
        "Łucja Ŵynne-Ţăran",
        "has completed the train-the-trainer programme",
        "Calm Conversations",
        "3 and 4 November 2026",
        "2 sessions, 6 hours",
        f"Issued on 4 November 2026. Certificate number {certificate.number}.",
        f"Check it at https://cascade.example.org/certificates/{certificate.number}/",
    ]


def test_a_long_name_goes_over_several_lines(certificate):
    certificate.name = "Bartholomew Featherstonehaugh-Cholmondeley " * 3

    text = pypdf.PdfReader(io.BytesIO(certificates.pdf(certificate))).pages[0].extract_text()

    assert " ".join(text.split()).count("Featherstonehaugh-Cholmondeley") == 3


def test_a_certificate_is_found_however_its_number_is_typed(certificate):
    assert certificates.find(f" {certificate.number.lower()} ") == certificate
    assert certificates.find("CALM-2026-XXXXX") is None


def test_a_number_in_use_is_not_given_again(certificate, monkeypatch):
    user = scenarios.reviewer_of(certificate.application.programme)
    letters = itertools.chain(certificate.number[-5:], itertools.repeat("B"))
    # Chance gives the number in use once, and then another.
    monkeypatch.setattr(secrets, "choice", lambda alphabet: next(letters))

    other = certificates.replace(certificate.pk, name="Sam", user=user, reason="Misspelt.", now=NOW)

    assert other.number == "CALM-2026-BBBBB"


def test_a_certificate_is_revoked_with_a_reason_once(certificate):
    user = scenarios.reviewer_of(certificate.application.programme)

    certificates.revoke(certificate.pk, user=user, reason=" Issued by mistake. ", now=NOW)
    with pytest.raises(Refused) as again:
        certificates.revoke(certificate.pk, user=user, reason="Again.", now=NOW)

    revoked = fresh(certificate)
    assert (revoked.valid, revoked.revoked_at, revoked.revoked_reason) == (False, NOW, "Issued by mistake.")
    assert revoked.history.first().history_user == user
    assert again.value.sentence == f"{certificate.number} was revoked on 5 October 2026 already."
    assert certificates.current(certificate.application) is None
    assert certificates.find(certificate.number) is None


def test_a_certificate_is_not_revoked_without_a_reason(certificate):
    user = scenarios.reviewer_of(certificate.application.programme)

    with pytest.raises(Refused) as refused:
        certificates.revoke(certificate.pk, user=user, reason=" ", now=NOW)

    assert refused.value.sentence == "Give a reason: it is kept with your name."
    assert fresh(certificate).valid


def test_a_certificate_is_issued_anew_in_another_name(certificate):
    user = scenarios.reviewer_of(certificate.application.programme)

    new = certificates.replace(certificate.pk, name="Lucy  Wynne", user=user, reason="Misspelt.", now=NOW)

    assert (fresh(certificate).valid, new.valid, new.name) == (False, True, "Lucy Wynne")
    assert certificates.current(certificate.application) == new


def test_a_certificate_is_issued_again_only_to_who_has_completed_and_has_none(certificate):
    programme = certificate.application.programme
    user = scenarios.reviewer_of(programme)
    waiting = scenarios.shortlisted(programme, name="Waiting")
    said = []

    for application in (certificate.application, waiting):
        with pytest.raises(Refused) as refused:
            certificates.issue_again(application.pk, user=user, now=NOW)
        said.append(refused.value.sentence)

    assert said == [
        f"Łucja Ŵynne-Ţăran has a valid certificate, {certificate.number}.",
        "Waiting has not completed Calm Conversations.",
    ]


def test_staff_of_another_academy_revoke_nothing(certificate):
    stranger = scenarios.reviewer_of(factories.ProgrammeFactory())

    with pytest.raises(NotAllowed):
        certificates.revoke(certificate.pk, user=stranger, reason="Because.", now=NOW)

    assert fresh(certificate).valid
