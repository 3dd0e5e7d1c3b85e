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
from django.db.models import Count, Min, Q
from django.utils import timezone
from django.utils.encoding import punycode

from programmes.domain import access, announcements, news, tracing
from programmes.domain.access import Person
from programmes.domain.accounts import named
from programmes.domain.privacy.registry import NOWHERE
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


def overdue(now: datetime.datetime) -> tuple[int, datetime.datetime | None]:
    """How many mails should have gone by ``now``, and since when the oldest of them waits; None where there is none."""
    found = Message.objects.filter(_is_due(now)).aggregate(number=Count("pk"), since=Min("not_before"))
    return found["number"], found["since"]


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
            with tracing.about(mail=str(pk)):
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
    logger.info("Mail %s was sent.", pk)
    return _finish(
        message,
        status=Status.SENT,
        sent_at=now,
        subject=rendered.subject,
        sent_text=rendered.record,
        last_error="",
    )


def _of_staff(pk: int, user: Person) -> Message:
    """A mail, locked, for staff to deal with.

    Raises `NotAllowed` for who does not review for its programme; a mail without one is the portal's superuser's.
    """
    rows = Message.objects.select_for_update(of=("self",), no_key=True).select_related("programme__academy")
    message = rows.get(pk=pk)
    if message.programme:
        access.require_reviewer(user, message.programme)
    elif not access.is_superuser(user):
        raise access.NotAllowed("Only the portal’s superuser deals with mails that are of no programme.")
    return message


def _name_of(user: Person) -> str:
    """A member of staff as a mail's row names them: as much as it holds."""
    return named(user)[:150]


def send_again(pk: int, *, user: Person, now: datetime.datetime) -> Message:
    """Try a mail that failed once more, from the start; who asked for it stays with it.

    The sweep sends it within 15 seconds: nobody's page waits for the mail server. Raises `Refused` for one that did not
    fail (of two who ask at once, one has it sent), `NotAllowed` without the role of reviewer.
    """
    with transaction.atomic():
        message = _of_staff(pk, user)
        if message.status != Status.FAILED:
            raise Refused(
                f"This mail has not failed: it is recorded as “{message.get_status_display().lower()}”."
            )
        message.status = Status.QUEUED
        message.attempts = 0
        message.not_before = now
        message.sent_again_by = _name_of(user)
        message.sent_again_at = now
        message.save(update_fields=["status", "attempts", "not_before", "sent_again_by", "sent_again_at"])
        return message


def take_back(pk: int, *, user: Person, reason: str, now: datetime.datetime) -> Message:
    """Stop a mail that waits or has failed; who did so, when and why stay with it. What it tells of stands.

    Raises `Refused` without a reason, and for one that was sent, is being sent, or was stopped before; `NotAllowed`
    without the role of reviewer.
    """
    reason = reason.strip()
    if not reason:
        raise Refused("Give a reason: it is kept with the mail.")
    with transaction.atomic():
        message = _of_staff(pk, user)
        if message.status not in (Status.QUEUED, Status.FAILED):
            raise Refused(
                "This mail cannot be taken back any more: it is recorded as "
                f"“{message.get_status_display().lower()}”."
            )
        _stop(message, by=_name_of(user), because=reason, now=now)
        return message


def _stop(message: Message, *, by: str = "", because: str = "", now: datetime.datetime) -> None:
    """Take a mail out of the queue. One that a later decision stopped while it was being sent is superseded."""
    if message.stopped_at:
        message.status = Status.SUPERSEDED
    else:
        message.status = Status.DISCARDED
        message.stopped_at, message.stopped_by, message.stopped_because = now, by, because
    message.leased_until = None
    message.save(update_fields=["status", "leased_until", "stopped_at", "stopped_by", "stopped_because"])


def _claim(pk: int, now: datetime.datetime) -> Message | None:
    """Take a mail for ourselves: counted as a try, and leased, before anything is sent.

    One that is not wanted any more, because of what happened while it waited, is stopped instead.
    """
    with transaction.atomic():
        rows = Message.objects.select_for_update(skip_locked=True, of=("self",))
        message = rows.filter(_is_due(now), pk=pk).first()
        if message is None:
            return None
        if unwanted := _why_unwanted(message):
            _stop(message, by="The portal", because=unwanted, now=now)
            return None
        message.status = Status.SENDING
        message.attempts += 1
        message.leased_until = now + LEASE
        message.save(update_fields=["status", "attempts", "leased_until"])
    return message


def _why_unwanted(message: Message) -> str:
    """Why a mail that waits must not be sent any more; empty where it may."""
    if message.stopped_at:
        return message.stopped_because
    if message.link and message.link.revoked_at:
        return "Its link was closed before it could be sent."
    if message.unsubscribe and news.is_opted_out(message.unsubscribe):
        return "They asked not to get news."
    if message.to_address.endswith(f"@{NOWHERE}"):
        return "What was held on the person has gone, and their address with it."
    return ""


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
        _drop_if_stopped(message)
        return
    with transaction.atomic():
        if _finish(message, status=Status.FAILED, last_error=reason) and refused:
            announcements.recipient_refused(message, now)
        _drop_if_stopped(message)


def _drop_if_stopped(message: Message) -> None:
    """A mail that a later decision stopped while we tried to send it, and that did not go, goes no more."""
    rows = Message.objects.filter(pk=message.pk, status__in=[Status.QUEUED, Status.FAILED])
    rows.exclude(stopped_at=None).update(status=Status.SUPERSEDED)


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
            **(news.headers(message.unsubscribe) if message.unsubscribe else {}),
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
