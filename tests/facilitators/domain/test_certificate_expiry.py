"""Until when certificates are valid: by their issue, by renewals, and who is told."""

import datetime

import pytest
from django.db import IntegrityError, transaction

from facilitators import tasks
from facilitators.domain import certificate_expiry, certificates
from facilitators.domain.people import participations
from facilitators.models import Certificate, CertificateRenewal, Facilitation, Training
from facilitators.models.certificates import Worth
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.domain.wording import local_date
from programmes.models import Message
from tests import factories, invariants, scenarios
from tests.cohorts.seats import fresh, programme_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme():
    programme = programme_with()
    factories.FacilitationFactory(programme=programme, circles=False, valid_months=24)
    factories.ObligationFactory(
        programme=programme, kind="refresh", at_least=1, window="standing", months=None
    )
    return programme


@pytest.fixture
def certificate(programme):
    return scenarios.completed(programme, name="Sam Applicant").certificates.get()


@pytest.fixture
def reviewer(programme):
    return scenarios.reviewer_of(programme)


def years_later(day, years):
    return day.replace(year=day.year + years)


def issued_on(certificate):
    return local_date(certificate.issued_at)


def at(day):
    return datetime.datetime.combine(day, datetime.time(9), tzinfo=datetime.UTC)


def refresh(certificate, day, user):
    training = certificate.application.training
    owed = training.commitments.get(kind="refresh")
    return participations.note(owed.pk, held_on=day, what="A refresher", user=user, now=at(day))


def test_a_certificate_is_valid_for_the_months_of_its_programme(certificate, programme):
    until = years_later(issued_on(certificate), 2)
    Facilitation.objects.update(valid_months=None)
    other = scenarios.completed(programme_with(), name="Else").certificates.get()
    bare = scenarios.completed(programme, name="Later").certificates.get()

    assert (certificate.first_expires_on, certificate.expires_on) == (until, until)
    assert (other.expires_on, bare.expires_on) == (None, None)
    assert fresh(certificate).expires_on == until
    assert other.worth(datetime.date(2999, 1, 1)) == Worth.VALID


def test_its_last_day_is_a_day_on_which_it_is_valid(certificate):
    until = certificate.expires_on
    Certificate.objects.filter(pk=certificate.pk).update(
        revoked_at=certificate.issued_at, revoked_reason="By mistake."
    )

    assert certificate.worth(until) == Worth.VALID
    assert certificate.worth(until + datetime.timedelta(days=1)) == Worth.EXPIRED
    assert fresh(certificate).worth(until + datetime.timedelta(days=1)) == Worth.REVOKED


def test_staff_renew_it_from_the_day_on(certificate, reviewer):
    day = years_later(issued_on(certificate), 1)

    renewed = certificate_expiry.renew(certificate.pk, user=reviewer, reason=" Refreshed. ", now=at(day))

    assert renewed.expires_on == fresh(certificate).expires_on == years_later(day, 2)
    row = CertificateRenewal.objects.get()
    assert (row.from_on, row.until_on, row.reason, row.made_by) == (
        day,
        renewed.expires_on,
        "Refreshed.",
        reviewer,
    )
    assert str(row) == f"{certificate.number} until {renewed.expires_on}"
    assert certificate.history.first().history_user == reviewer
    assert invariants.broken() == []


def test_one_that_has_expired_is_valid_again(certificate, reviewer):
    day = years_later(issued_on(certificate), 3)

    certificate_expiry.renew(certificate.pk, user=reviewer, reason="Refreshed.", now=at(day))

    assert certificate.worth(day) == Worth.EXPIRED
    assert fresh(certificate).worth(day) == Worth.VALID


def test_what_cannot_be_renewed_says_why(certificate, reviewer, programme):
    def refused(**given):
        said = {"user": reviewer, "reason": "So.", "now": at(years_later(issued_on(certificate), 1))} | given
        with pytest.raises(Refused) as why_not:
            certificate_expiry.renew(certificate.pk, **said)
        return why_not.value.sentence

    same_day = refused(now=certificate.issued_at)
    without_a_reason = refused(reason=" ")
    Facilitation.objects.update(valid_months=None)
    no_rule = refused()
    Certificate.objects.update(first_expires_on=None, expires_on=None)
    never = refused()
    Certificate.objects.update(revoked_at=certificate.issued_at, revoked_reason="By mistake.")
    revoked = refused()

    assert " already: as long as it would be if it was renewed today." in same_day
    assert without_a_reason == "Give a reason: it is kept with your name."
    assert no_rule == "Certificates of this programme do not expire any more: issue it anew."
    assert never == f"{certificate.number} does not expire."
    assert revoked == f"{certificate.number} was revoked: issue another one instead."
    assert CertificateRenewal.objects.count() == 0


def test_without_the_role_nothing_is_renewed(certificate):
    somebody = factories.UserFactory()

    with pytest.raises(NotAllowed):
        certificate_expiry.renew(
            certificate.pk, user=somebody, reason="So.", now=at(datetime.date(2027, 9, 1))
        )


def test_a_refresher_renews_it_and_taken_back_it_does_not(certificate, reviewer):
    first = certificate.expires_on
    day = years_later(issued_on(certificate), 1)

    noted = refresh(certificate, day, reviewer)
    renewed = fresh(certificate).expires_on
    row = CertificateRenewal.objects.get()
    participations.forget(noted.pk, user=reviewer, now=at(day))

    assert renewed == years_later(day, 2)
    assert (row.participation_id, row.reason, row.until_on) == (noted.pk, "A refresher", renewed)
    assert fresh(certificate).expires_on == first
    assert CertificateRenewal.objects.count() == 0


def test_the_latest_renewal_holds_and_an_early_one_shortens_nothing(certificate, reviewer):
    day = years_later(issued_on(certificate), 1)
    certificate_expiry.renew(certificate.pk, user=reviewer, reason="So.", now=at(day))

    noted = refresh(certificate, issued_on(certificate) + datetime.timedelta(days=3), reviewer)
    with_both = fresh(certificate).expires_on
    participations.forget(noted.pk, user=reviewer, now=at(day))

    assert with_both == fresh(certificate).expires_on == years_later(day, 2)


def test_a_refresher_renews_nothing_that_does_not_expire(certificate, reviewer):
    Facilitation.objects.update(valid_months=None)
    day = years_later(issued_on(certificate), 1)

    refresh(certificate, day, reviewer)
    Certificate.objects.update(first_expires_on=None, expires_on=None)
    refresh(certificate, day + datetime.timedelta(days=1), reviewer)

    assert CertificateRenewal.objects.count() == 0


def test_what_somebody_attended_renews_nothing(certificate, reviewer, programme):
    training = certificate.application.training
    noted = training.participations.create(kind="attend", held_on=issued_on(certificate), what="A set")

    certificate_expiry.refreshed(noted, user=reviewer, now=certificate.issued_at)

    assert CertificateRenewal.objects.count() == 0


def test_one_issued_anew_is_valid_as_long_as_the_old_one(certificate, reviewer):
    day = years_later(issued_on(certificate), 1)
    noted = refresh(certificate, day, reviewer)
    later = at(day + datetime.timedelta(days=9))

    new = certificates.replace(certificate.pk, name="Samira", user=reviewer, reason="Name.", now=later)

    assert (new.first_expires_on, new.expires_on) == (certificate.first_expires_on, years_later(day, 2))
    assert new.renewals.get().participation == noted
    assert fresh(new).expires_on == new.expires_on
    assert fresh(certificate).expires_on == certificate.first_expires_on
    assert invariants.broken() == []


def test_one_without_an_end_is_issued_anew_by_the_rule_of_today(programme, reviewer):
    Facilitation.objects.update(valid_months=None)
    old = scenarios.completed(programme, name="Sam").certificates.get()
    Facilitation.objects.update(valid_months=12)

    new = certificates.replace(old.pk, name="Samira", user=reviewer, reason="Name.", now=old.issued_at)

    assert new.expires_on == years_later(issued_on(old), 1)


def test_the_file_says_until_when(certificate):
    without = Certificate.objects.get(pk=certificate.pk)
    without.expires_on = None

    assert certificates.pdf(certificate) != certificates.pdf(without)


def test_days_that_contradict_are_refused(certificate):
    with pytest.raises(IntegrityError), transaction.atomic():
        Certificate.objects.update(expires_on=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Certificate.objects.update(expires_on=certificate.issued_at.date())


# Reminders.
def night(day):
    now = at(day)
    return [pk for pk in certificate_expiry.to_remind(now) if certificate_expiry.remind(pk, now=now)]


def mails():
    return [mail.context for mail in Message.objects.filter(event="certificate_expires").order_by("pk")]


@pytest.fixture
def until_the_end_of_april(certificate):
    """Two months before the last of April is the last of February."""
    until = datetime.date(2029, 4, 30)
    Certificate.objects.update(first_expires_on=until, expires_on=until)
    return fresh(certificate)


def test_the_holder_is_told_once_two_months_before(until_the_end_of_april):
    certificate = until_the_end_of_april

    nights = [night(datetime.date(2029, *day)) for day in ((2, 27), (2, 28), (3, 1), (4, 30))]

    assert nights == [[], [certificate.pk], [], []]
    assert mails() == [{"certificate": certificate.number, "expires_on": "30 April 2029"}]
    assert not certificate_expiry.remind(certificate.pk, now=at(datetime.date(2029, 3, 1)))


def test_an_outage_is_made_up_until_the_last_day(until_the_end_of_april):
    assert night(datetime.date(2029, 5, 1)) == []
    assert night(datetime.date(2029, 4, 30)) == [until_the_end_of_april.pk]


def test_once_it_is_renewed_the_new_day_is_told_of(until_the_end_of_april, reviewer):
    night(datetime.date(2029, 3, 1))
    day = datetime.date(2029, 3, 2)
    certificate_expiry.renew(until_the_end_of_april.pk, user=reviewer, reason="So.", now=at(day))

    assert [night(datetime.date(2029, 4, 1)), night(datetime.date(2031, 1, 2))] == [
        [],
        [until_the_end_of_april.pk],
    ]
    assert [one["expires_on"] for one in mails()] == ["30 April 2029", "2 March 2031"]


def test_nobody_is_told_who_has_left_or_whose_certificate_was_revoked(until_the_end_of_april):
    day = datetime.date(2029, 3, 1)
    Training.objects.update(ended_on=day, ended_reason="Retired")
    left = [night(day), certificate_expiry.remind(until_the_end_of_april.pk, now=at(day))]
    Training.objects.update(ended_on=None, ended_reason="")
    Certificate.objects.update(revoked_at=at(day), revoked_reason="By mistake.")

    assert left == [[], False]
    assert night(day) == []


def test_the_clock_reminds(until_the_end_of_april, time_machine):
    time_machine.move_to(at(datetime.date(2029, 3, 1)), tick=False)

    assert [tasks.remind_of_certificates(), tasks.remind_of_certificates()] == [1, 0]
