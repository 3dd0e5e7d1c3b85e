"""How a mail is kept and sent: claimed under a lease, tried again with patience, never twice by two hosts.

The row is inserted with the change that caused it (`messages.queue`); the sweep every 15 seconds is what sends.
Rules and measurements: docs/decisions/0004-outbox.md.
"""

from __future__ import annotations

import datetime
import logging
import smtplib
from email.utils import format_datetime, formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from programmes.domain import announcements
from programmes.domain.rendering import Rendered, render
from programmes.models import Message

logger = logging.getLogger(__name__)

LEASE = datetime.timedelta(seconds=300)
# Minutes waited after the first, second, … try that failed; after the last the mail has failed.
PATIENCE = (1, 5, 15, 60, 240)
Status = Message.Status


def due(now: datetime.datetime) -> list[int]:
    """Primary keys of the mails to send at ``now``, oldest first: waiting ones, and those whose sender died."""
    waiting = Q(status=Status.QUEUED, not_before__lte=now)
    abandoned = Q(status=Status.SENDING, leased_until__lt=now)
    rows = Message.objects.filter(waiting | abandoned).order_by("not_before", "pk")
    return list(rows.values_list("pk", flat=True)[:500])


def send_due(now: datetime.datetime | None = None) -> int:
    """Send everything that is due; return how many mails were sent. Safe to run on many hosts at once."""
    return sum(send(pk, now=now) for pk in due(now or timezone.now()))


def send(pk: int, *, now: datetime.datetime | None = None) -> bool:
    """Send one mail if it is due and nobody else is sending it; return whether it was sent."""
    now = now or timezone.now()
    message = _claim(pk, now)
    if message is None:
        return False
    try:
        rendered = render(message)
        _deliver(message, rendered)
    except Exception as error:  # whatever went wrong, the row must not stay "sending"
        logger.warning("Mail %s was not sent: %s", pk, type(error).__name__)
        _not_sent(message, error, now)
        return False
    record = render(message, live_links=False)
    _finish(
        message, status=Status.SENT, sent_at=now, subject=record.subject, sent_text=record.text, last_error=""
    )
    return True


def _claim(pk: int, now: datetime.datetime) -> Message | None:
    """Take a mail for ourselves: counted as a try, and leased, before anything is sent."""
    with transaction.atomic():
        rows = Message.objects.filter(pk=pk)
        rows = (
            rows.select_for_update(skip_locked=True, of=("self",))
            if connection.vendor == "postgresql"
            else rows
        )
        message = rows.filter(
            Q(status=Status.QUEUED, not_before__lte=now) | Q(status=Status.SENDING, leased_until__lt=now)
        ).first()
        if message is None:
            return None
        message.status = Status.SENDING
        message.attempts += 1
        message.leased_until = now + LEASE
        message.save(update_fields=["status", "attempts", "leased_until"])
    return message


def _finish(message: Message, **values: object) -> bool:
    """Write the end of our own try; a later try of somebody else is left alone."""
    ours = Message.objects.filter(pk=message.pk, attempts=message.attempts, status=Status.SENDING)
    return bool(ours.update(leased_until=None, **values))


def _not_sent(message: Message, error: Exception, now: datetime.datetime) -> None:
    reason = f"{type(error).__name__}: {error}"[:500]
    if not _refused_for_good(error) and message.attempts <= len(PATIENCE):
        wait = datetime.timedelta(minutes=PATIENCE[message.attempts - 1])
        _finish(message, status=Status.QUEUED, not_before=now + wait, last_error=reason)
        return
    with transaction.atomic():
        if _finish(message, status=Status.FAILED, last_error=reason):
            announcements.message_failed(message, now)


def _refused_for_good(error: Exception) -> bool:
    """Whether the mail server said that this recipient will never be reached: a code from 500 to 599."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    return all(500 <= code <= 599 for code, _ in error.recipients.values())


def _deliver(message: Message, rendered: Rendered) -> None:
    programme = message.programme
    sender = programme.academy.sender_name if programme else "Cascade"
    site = settings.SITE_URL.partition("//")[2].partition(":")[0] or "localhost"
    mail = EmailMultiAlternatives(
        subject=rendered.subject,
        body=rendered.text,
        from_email=formataddr((sender, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        to=[formataddr((message.to_name, message.to_address))],
        reply_to=[programme.contact_email] if programme else None,
        headers={
            # From the row, so that a mail in flight at a kill is recognised when it comes twice.
            "Message-ID": f"<message-{message.pk}@{site}>",
            "Date": format_datetime(message.created_at),
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(rendered.html, "text/html")
    for attachment in message.attachments:
        mail.attach(attachment["name"], attachment["text"], attachment["type"])
    mail.send()
