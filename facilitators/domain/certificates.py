"""Certificates: issued when somebody completes, checked by their number, revoked with a reason, and as a PDF."""

from __future__ import annotations

import datetime
import io
import secrets

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from applications.domain import nominations
from applications.domain.references import ALPHABET
from applications.models import Application, State
from cohorts.domain import attended
from facilitators.domain import certificate_expiry
from facilitators.models import Certificate
from programmes.domain import typeface
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


# The page, in points: a landscape A4 sheet, with everything in the middle.
_BLUE, _DARK, _GREY = HexColor("#005eb8"), HexColor("#212b32"), HexColor("#4c6272")
_PAGE = landscape(A4)
_ROOM = _PAGE[0] - 160


def pdf(certificate: Certificate) -> bytes:
    """A certificate as one page of PDF: titled, in British English, its text selectable."""
    typeface.register()
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=_PAGE, lang="en-GB", invariant=True)
    canvas.setTitle(f"Certificate of {certificate.programme}: {certificate.name}")
    canvas.setAuthor(certificate.academy)
    canvas.setSubject(f"Certificate {certificate.number}")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    canvas.setStrokeColor(_BLUE)
    canvas.setLineWidth(6)
    canvas.rect(24, 24, _PAGE[0] - 48, _PAGE[1] - 48)
    height = _PAGE[1] - 100
    for text, size, font, colour, after in (
        (certificate.academy, 18, typeface.BOLD, _BLUE, 34),
        ("Certificate", 38, typeface.BOLD, _DARK, 40),
        ("This is to certify that", 16, typeface.REGULAR, _GREY, 22),
        (certificate.name, 32, typeface.BOLD, _DARK, 22),
        ("has completed the train-the-trainer programme", 16, typeface.REGULAR, _GREY, 20),
        (certificate.programme, 26, typeface.BOLD, _DARK, 26),
        (certificate.dates, 15, typeface.REGULAR, _DARK, 4),
        (certificate.attended, 15, typeface.REGULAR, _DARK, 0),
    ):
        height = _centred(canvas, text, height, size=size, font=font, colour=colour) - after
    issued = f"Issued on {nhs_date(certificate.issued_at)}. Certificate number {certificate.number}."
    if certificate.expires_on is not None:
        issued += f" Valid until {nhs_date(certificate.expires_on)}."
    height = _centred(canvas, issued, 84, size=12, font=typeface.REGULAR, colour=_GREY)
    _centred(
        canvas, f"Check it at {address_of(certificate)}", height, size=12, font=typeface.REGULAR, colour=_GREY
    )
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _centred(canvas: Canvas, text: str, height: float, *, size: int, font: str, colour: HexColor) -> float:
    """Write a text in the middle, over as many lines as it needs; return the height below it."""
    canvas.setFillColor(colour)
    canvas.setFont(font, size)
    for line in simpleSplit(text, font, size, _ROOM):
        canvas.drawCentredString(_PAGE[0] / 2, height, line)
        height -= size * 1.2
    return height
