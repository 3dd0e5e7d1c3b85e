"""How a mail is kept and sent: claimed under a lease, tried again with patience, never twice by two hosts.

The row is inserted with the change that caused it (`messages.queue`); the sweep every 15 seconds is what sends.
Rules and measurements: docs/decisions/0004-outbox.md.
"""

from __future__ import annotations

import datetime
import logging
import re
import smtplib
import time
import unicodedata
from collections.abc import Mapping, Sequence
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr, parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.encoding import punycode

from programmes.domain import announcements
from programmes.domain.refused import Refused
from programmes.domain.rendering import Rendered, render
from programmes.models import Message

logger = logging.getLogger(__name__)

LEASE = datetime.timedelta(seconds=300)
# Minutes waited after the first, second, … try that failed; after the last the mail has failed.
PATIENCE = (1, 5, 15, 60, 240)
# A sweep begins no mail after so many seconds: a worker is stopped at CELERY_TASK_TIME_LIMIT, and a mail in its hands
# would come twice.
SWEEP_SECONDS = 30.0
Status = Message.Status


class SenderStopped(Exception):
    """Every process that took the mail stopped before it was done."""


def due(now: datetime.datetime) -> list[int]:
    """Primary keys of the mails to send at ``now``, oldest first: waiting ones, and those whose sender died."""
    rows = Message.objects.filter(_is_due(now)).order_by("not_before", "pk")
    return list(rows.values_list("pk", flat=True)[:500])


def _is_due(now: datetime.datetime) -> Q:
    waiting = Q(status=Status.QUEUED, not_before__lte=now)
    abandoned = Q(status=Status.SENDING, leased_until__lt=now)
    return waiting | abandoned


def send_due(now: datetime.datetime | None = None, *, seconds: float = SWEEP_SECONDS) -> int:
    """Send what is due, for so many seconds; return how many mails were sent. Safe on many hosts at once."""
    return send_these(due(now or timezone.now()), now=now, seconds=seconds)


def send_these(
    pks: Sequence[int], *, now: datetime.datetime | None = None, seconds: float = SWEEP_SECONDS
) -> int:
    """Send those of some mails that are due, for so many seconds; return how many were sent."""
    stop = time.monotonic() + seconds
    sent = 0
    for pk in pks:
        if time.monotonic() > stop:
            break
        try:
            sent += send(pk, now=now)
        except Exception:  # one mail that cannot even be put back must not keep the others waiting
            logger.exception("Mail %s could not be dealt with.", pk)
    return sent


def send(pk: int, *, now: datetime.datetime | None = None) -> bool:
    """Send one mail if it is due and nobody else is sending it; return whether it was sent."""
    now = now or timezone.now()
    message = _claim(pk, now)
    if message is None:
        return False
    try:
        if message.attempts > len(PATIENCE) + 1:
            raise SenderStopped("it was taken up and not finished, time and again")
        rendered = render(message)
        _deliver(message, rendered)
    except Exception as error:  # noqa: BLE001  whatever went wrong, the row must not stay "sending"
        logger.warning("Mail %s was not sent: %s", pk, type(error).__name__)
        _not_sent(message, error, now)
        return False
    return _finish(
        message,
        status=Status.SENT,
        sent_at=now,
        subject=rendered.subject,
        sent_text=rendered.record,
        last_error="",
    )


def send_again(pk: int, *, now: datetime.datetime) -> Message:
    """Try a mail that failed once more, from the start. Raises `Refused` for one that did not fail."""
    with transaction.atomic():
        message = Message.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
        if message.status != Status.FAILED:
            raise Refused(
                f"This mail has not failed: it is recorded as “{message.get_status_display().lower()}”."
            )
        message.status = Status.QUEUED
        message.attempts = 0
        message.not_before = now
        message.save(update_fields=["status", "attempts", "not_before"])
        transaction.on_commit(lambda: announcements.messages_queued([pk]), robust=True)
        return message


def _claim(pk: int, now: datetime.datetime) -> Message | None:
    """Take a mail for ourselves: counted as a try, and leased, before anything is sent.

    A mail whose link has been closed meanwhile, because somebody else is asked now, is not sent any more.
    """
    with transaction.atomic():
        rows = Message.objects.select_for_update(skip_locked=True, of=("self",))
        message = rows.filter(_is_due(now), pk=pk).first()
        if message is None:
            return None
        if message.link and message.link.revoked_at:
            message.status = Status.DISCARDED
            message.leased_until = None
            message.last_error = "Its link was closed before it could be sent."
        else:
            message.status = Status.SENDING
            message.attempts += 1
            message.leased_until = now + LEASE
        message.save(update_fields=["status", "attempts", "leased_until", "last_error"])
    return message if message.status == Status.SENDING else None


def _finish(message: Message, **values: object) -> bool:
    """Write the end of our own try and return whether it was ours to end: a later try of another is left alone."""
    ours = Message.objects.filter(pk=message.pk, attempts=message.attempts, status=Status.SENDING)
    return bool(ours.update(leased_until=None, **values))


def _not_sent(message: Message, error: Exception, now: datetime.datetime) -> None:
    reason = f"{type(error).__name__}: {error}"[:500]
    refused = _refused_for_good(error)
    if not refused and message.attempts <= len(PATIENCE):
        wait = datetime.timedelta(minutes=PATIENCE[message.attempts - 1])
        _finish(message, status=Status.QUEUED, not_before=now + wait, last_error=reason)
        return
    with transaction.atomic():
        if _finish(message, status=Status.FAILED, last_error=reason) and refused:
            announcements.recipient_refused(message, now)


def _refused_for_good(error: Exception) -> bool:
    """Whether the mail server said that this recipient will never be reached: a code from 500 to 599."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    return all(500 <= code <= 599 for code, _ in error.recipients.values())


def _deliver(message: Message, rendered: Rendered) -> None:
    programme = message.programme
    sender = programme.academy.sender_name if programme else "Cascade"
    site = urlsplit(settings.SITE_URL).hostname or "localhost"
    mail = EmailMultiAlternatives(
        subject=rendered.subject,
        body=rendered.text,
        from_email=_mailbox(sender, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]),
        to=[_mailbox(message.to_name, message.to_address)],
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
        mail.attach(_attachment(attachment))
    mail.send()


def _mailbox(name: str, address: str) -> str:
    """A name and an address as they stand in a header; a name is one line, and cannot begin another header."""
    local, _, domain = address.rpartition("@")
    seen = "".join(letter for letter in " ".join(name.split()) if unicodedata.category(letter) != "Cc")
    return formataddr((seen, f"{local}@{punycode(domain)}"))


def _attachment(attachment: Mapping[str, str]) -> MIMEText:
    """A text to attach: base64, so that its line ends arrive as they are.

    Mail programs offer to keep a calendar file whose type names the method that stands in it (RFC 6047).
    """
    part = MIMEText(attachment["text"], attachment["type"].removeprefix("text/"), "utf-8")
    if method := re.search(r"^METHOD:([A-Z]+)\r?$", attachment["text"], re.MULTILINE):
        part.set_param("method", method[1])
    part.add_header("Content-Disposition", "attachment", filename=attachment["name"])
    return part
