"""Certificates: issued when somebody completes, checked by their number and revoked with a reason."""

from __future__ import annotations

import datetime
import secrets

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from applications.domain import nominations
from applications.domain.references import ALPHABET
from applications.models import Application, State
from cohorts.domain import attended
from facilitators.domain import certificate_expiry
from facilitators.models import Certificate
from programmes.domain.access import require_reviewer
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.wording import local_date, nhs_date, nhs_dates, plural

Person = User | AnonymousUser


def issue(application: Application, *, name: str, now: datetime.datetime) -> Certificate:
    """Issue a certificate to a locked application, in a name as its person gives it.

    Raises `Refused` without a name.
    """
    if not name.strip():
        raise Refused("Enter your name as it should stand on your certificate.")
    cohort = attended.cohort_of(application)
    verdict = attended.verdict(application)
    sessions = verdict.sessions if verdict and cohort else ()
    expires_on = certificate_expiry.last_day(application.programme, local_date(now))
    hours = sum(((one.ends_at - one.starts_at) for one in sessions), datetime.timedelta()).total_seconds()
    return Certificate.objects.create(
        application=application,
        number=_new_number(application, now),
        name=" ".join(name.split()),
        programme=application.programme.title,
        academy=application.programme.academy.name,
        dates=nhs_dates(one.starts_at for one in sessions),
        attended=f"{plural(len(sessions), 'session')}, {_hours(hours)}" if sessions else "",
        issued_at=now,
        first_expires_on=expires_on,
        expires_on=expires_on,
    )


def _hours(seconds: float) -> str:
    hours = round(seconds / 3600, 1)
    return f"{hours:g} {'hour' if hours == 1 else 'hours'}"


def _new_number(application: Application, now: datetime.datetime) -> str:
    """A number not in use, such as LSC-2026-7K3QP: it can be read out, and does not say who else has one."""
    while True:
        letters = "".join(secrets.choice(ALPHABET) for _ in range(5))
        number = f"{application.programme.code}-{local_date(now).year}-{letters}"
        if not Certificate.objects.filter(number=number).exists():
            return number


def find(number: str) -> Certificate | None:
    """The certificate with a number, however it was typed; None where there is none, and for one that was revoked.

    Issue 5: anybody can learn from the number whether it is valid, expired or not found; no more.
    """
    return Certificate.objects.valid().filter(number=number.strip().upper()).first()


def current(application: Application) -> Certificate | None:
    """The valid certificate of an application; None without one."""
    return application.certificates.valid().first()


def revoke(certificate_id: int, *, user: Person, reason: str, now: datetime.datetime) -> Certificate:
    """Staff declare a certificate not valid, with a reason that is kept; the page that checks it says so at once."""
    with transaction.atomic():
        certificate = _locked(certificate_id, user=user)
        _revoke(certificate, user=user, reason=reason, now=now)
        return certificate


def replace(
    certificate_id: int, *, name: str, user: Person, reason: str, now: datetime.datetime
) -> Certificate:
    """Staff issue a certificate anew in another name; the old number is not valid any more.

    It is valid until the same day: what renewed the old one is taken over.
    """
    with transaction.atomic():
        old = _locked(certificate_id, user=user)
        _revoke(old, user=user, reason=reason, now=now)
        new = issue(old.application, name=name, now=now)
        if old.first_expires_on is not None:
            new.first_expires_on = new.expires_on = old.first_expires_on
            new.reminded_of = old.reminded_of
            for renewal in old.renewals.all():
                renewal.certificate = new
                changed_by(renewal, user)
                renewal.save()
            new.expires_on = certificate_expiry.by_rows(new)
            changed_by(new, user)
            new.save()
            certificate_expiry.recount(old, user=user)
        return new


def issue_again(application_id: int, *, user: Person, now: datetime.datetime) -> Certificate:
    """Staff issue a certificate to someone who has completed, and whose last one was revoked."""
    with transaction.atomic():
        application = nominations.lock_application(application_id)
        require_reviewer(user, application.programme)
        if why := why_not_again(application):
            raise Refused(why)
        return issue(application, name=application.name, now=now)


def why_not_again(application: Application) -> str:
    """Why no other certificate can be issued for an application, in a sentence; empty where one can."""
    if application.state != State.COMPLETED:
        return f"{application.name} has not completed {application.programme}."
    if valid := current(application):
        return f"{application.name} has a valid certificate, {valid.number}."
    return ""


def why_not_revoked(certificate: Certificate) -> str:
    """Why a certificate cannot be revoked, or replaced, in a sentence; empty where it can."""
    if certificate.valid:
        return ""
    return f"{certificate.number} was revoked on {nhs_date(certificate.revoked_at)} already."


def _locked(certificate_id: int, *, user: Person) -> Certificate:
    application_id = Certificate.objects.values_list("application_id", flat=True).get(pk=certificate_id)
    application = nominations.lock_application(application_id)
    require_reviewer(user, application.programme)
    # A refresher renews a certificate under this lock alone.
    certificate = Certificate.objects.select_for_update(no_key=True).get(pk=certificate_id)
    certificate.application = application
    return certificate


def _revoke(certificate: Certificate, *, user: Person, reason: str, now: datetime.datetime) -> None:
    if why := why_not_revoked(certificate):
        raise Refused(why)
    if not reason.strip():
        raise Refused("Give a reason: it is kept with your name.")
    certificate.revoked_at = now
    certificate.revoked_reason = reason.strip()[:500]
    changed_by(certificate, user)
    certificate.save()


def address_of(certificate: Certificate) -> str:
    """Where anybody can check a certificate."""
    return f"{settings.SITE_URL}/certificates/{certificate.number}/"


def pdf(certificate: Certificate) -> bytes:
    """A certificate as one page of PDF. What draws it is large, and loaded by whoever is the first to need it."""
    from facilitators.domain import certificate_pdf

    return certificate_pdf.pdf(certificate)
