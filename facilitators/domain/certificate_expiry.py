"""How long certificates are valid: by the programme's rule when they are issued, renewed by staff or by a refresher.

A certificate is valid on its last day, and not after it. A change of the programme's rule alters none that was issued.
"""

from __future__ import annotations

import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Max, QuerySet

from facilitators.domain.people import register
from facilitators.domain.windows import months_later
from facilitators.models import Certificate, CertificateRenewal, Facilitation, Participation
from programmes.domain.access import require_reviewer
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.wording import local_date, nhs_date
from programmes.models import Obligation, Programme

Person = User | AnonymousUser
# So long before its last day the holder is reminded.
REMINDED_MONTHS = 2


def months_of(programme: Programme) -> int | None:
    """For how many months certificates of a programme are valid; None where they do not expire."""
    rows = Facilitation.objects.filter(programme=programme).values_list("valid_months", flat=True)
    return rows.first()


def last_day(programme: Programme, from_on: datetime.date) -> datetime.date | None:
    """The last day of a certificate that is issued, or renewed, on a day; None where it does not expire."""
    months = months_of(programme)
    return None if months is None else months_later(from_on, months)


def by_rows(certificate: Certificate) -> datetime.date | None:
    """The last day of a certificate, by its issue and what renewed it: the latest of them; None without any."""
    latest = certificate.renewals.aggregate(latest=Max("until_on"))["latest"]
    return max((day for day in (certificate.first_expires_on, latest) if day is not None), default=None)


def recount(certificate: Certificate, *, user: Person | None = None) -> None:
    """Keep on a certificate until when it is valid; its history says who made it so."""
    if certificate.expires_on != (found := by_rows(certificate)):
        certificate.expires_on = found
        changed_by(certificate, user)
        certificate.save()


def why_not_renewed(certificate: Certificate, today: datetime.date) -> str:
    """Why staff cannot renew a certificate, in a sentence; empty where they can."""
    if not certificate.valid:
        return f"{certificate.number} was revoked: issue another one instead."
    if certificate.expires_on is None:
        return f"{certificate.number} does not expire."
    until = last_day(certificate.application.programme, today)
    if until is None:
        return "Certificates of this programme do not expire any more: issue it anew."
    if until <= certificate.expires_on:
        return (
            f"{certificate.number} is valid until {nhs_date(certificate.expires_on)} already: as long as it "
            "would be if it was renewed today."
        )
    return ""


def renew(certificate_id: int, *, user: Person, reason: str, now: datetime.datetime) -> Certificate:
    """Staff make a certificate valid for another term from today, with a reason that is kept.

    Raises `Refused` for one that was revoked, does not expire, or would not be valid for longer.
    """
    today = local_date(now)
    with transaction.atomic():
        certificate = _locked(certificate_id)
        require_reviewer(user, certificate.application.programme)
        if why_not := why_not_renewed(certificate, today):
            raise Refused(why_not)
        if not reason.strip():
            raise Refused("Give a reason: it is kept with your name.")
        _add(certificate, today, reason.strip(), user=user, now=now)
        return certificate


def refreshed(noted: Participation, *, user: Person, now: datetime.datetime) -> None:
    """Renew the certificate of somebody who has refreshed the training, from that day; where it expires."""
    if noted.kind != Obligation.Kind.REFRESH:
        return
    rows = Certificate.objects.valid().filter(
        application__training=noted.training_id, expires_on__isnull=False
    )
    for pk in rows.values_list("pk", flat=True):
        certificate = _locked(pk)
        until = last_day(certificate.application.programme, noted.held_on)
        if certificate.valid and until is not None:
            _add(certificate, noted.held_on, noted.what, user=user, now=now, noted=noted)


def no_longer_refreshed(noted: Participation, *, user: Person) -> None:
    """Take back what a refresher renewed, which is about to be forgotten."""
    for renewal in CertificateRenewal.objects.filter(participation=noted):
        certificate = _locked(renewal.certificate_id)
        changed_by(renewal, user)
        renewal.delete()
        recount(certificate, user=user)


def _add(
    certificate: Certificate,
    from_on: datetime.date,
    reason: str,
    *,
    user: Person,
    now: datetime.datetime,
    noted: Participation | None = None,
) -> None:
    until = last_day(certificate.application.programme, from_on)
    assert until is not None
    renewal = CertificateRenewal(
        certificate=certificate,
        from_on=from_on,
        until_on=until,
        participation=noted,
        reason=reason[:300],
        made_by=user if isinstance(user, User) else None,
        made_at=now,
    )
    changed_by(renewal, user)
    renewal.save()
    recount(certificate, user=user)


def _locked(certificate_id: int) -> Certificate:
    """A certificate under its own lock: the last to be taken, after those of applications and trainings."""
    return Certificate.objects.select_for_update(no_key=True).get(pk=certificate_id)


# Reminders.
def _expiring(today: datetime.date) -> QuerySet[Certificate]:
    """Certificates that expire in about two months, of facilitators who have not left."""
    # A day more, as two months before the last of a month can be the same day for several.
    latest = months_later(today, REMINDED_MONTHS) + datetime.timedelta(days=3)
    rows = Certificate.objects.valid().filter(
        expires_on__gte=today,
        expires_on__lte=latest,
        application__training__isnull=False,
        application__training__ended_on__isnull=True,
    )
    return rows.select_related("application__training__facilitator", "application__programme").order_by("pk")


def _due(certificate: Certificate, today: datetime.date) -> bool:
    if certificate.expires_on is None or certificate.reminded_of == certificate.expires_on:
        return False
    return months_later(certificate.expires_on, -REMINDED_MONTHS) <= today


def to_remind(now: datetime.datetime) -> list[int]:
    """The certificates whose holders are to be told that they expire, and were not."""
    today = local_date(now)
    return [certificate.pk for certificate in _expiring(today) if _due(certificate, today)]


def remind(certificate_id: int, *, now: datetime.datetime) -> bool:
    """Tell a holder until when the certificate is valid, once for each last day; return whether a mail was queued."""
    today = local_date(now)
    with transaction.atomic():
        _locked(certificate_id)
        certificate = _expiring(today).filter(pk=certificate_id).first()
        if certificate is None or not _due(certificate, today):
            return False
        Certificate.objects.filter(pk=certificate.pk).update(reminded_of=certificate.expires_on)
        register.tell(
            certificate.application.training.facilitator,
            "certificate_expires",
            programme=certificate.application.programme,
            occasion=f"certificate:{certificate.pk}:{certificate.expires_on}",
            now=now,
            context={"certificate": certificate.number, "expires_on": nhs_date(certificate.expires_on)},
        )
        return True
