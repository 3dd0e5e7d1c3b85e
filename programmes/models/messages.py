"""Mails: the outbox, and a programme's own wording."""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from programmes.models.academies import Academy
from programmes.models.links import Link
from programmes.models.programmes import Programme


class MessageTemplate(models.Model):
    """A programme's own wording of one mail, in Markdown with named placeholders."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="message_templates")
    event = models.CharField(max_length=50)
    subject = models.CharField(max_length=200)
    body = models.TextField(help_text="Markdown; placeholders such as {{ applicant }}.")

    history = HistoricalRecords()

    class Meta:
        verbose_name = "wording of a mail"
        verbose_name_plural = "wording of mails"
        constraints = [models.UniqueConstraint(fields=["programme", "event"], name="message_template_once")]

    def __str__(self) -> str:
        return f"{self.event} ({self.programme})"


class Letter(models.Model):
    """What staff write to some applicants of a programme: a draft until it is sent, then a record of what was said."""

    class Kind(models.TextChoices):
        ABOUT = "about", "About their application"
        NEWS = "news", "News: those who asked not to get any are left out"

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="letters")
    kind = models.CharField("what it is", max_length=10, choices=Kind, default=Kind.ABOUT)
    subject = models.CharField(max_length=200)
    body = models.TextField("text")
    # Whom staff chose, as keys such as "application:12": an app to the left knows no application.
    chosen = models.JSONField(default=list, editable=False)
    # Of those not written to, when it was sent: about, name, address and why.
    left_out = models.JSONField(default=list, editable=False)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(editable=False)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    sent_at = models.DateTimeField(null=True, editable=False)

    history = HistoricalRecords()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.subject


class NewsOptOut(models.Model):
    """Somebody who asked an academy not to send them news; what concerns their application reaches them still."""

    academy = models.ForeignKey(Academy, on_delete=models.CASCADE, related_name="news_opt_outs")
    email = models.EmailField("email address", max_length=254)
    email_key = models.CharField(max_length=254, editable=False)
    at = models.DateTimeField("since", default=timezone.now, editable=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "address that gets no news"
        verbose_name_plural = "addresses that get no news"
        ordering = ["email_key", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["academy", "email_key"],
                name="news_opt_out_once",
                violation_error_message="This address gets no news already.",
            )
        ]

    def __str__(self) -> str:
        return self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep ``email_key`` in step with the address: addresses are compared without case."""
        self.email_key = self.email.strip().casefold()
        super().save(*args, **kwargs)


def held_at(now: datetime.datetime) -> Q:
    """Which mails wait at ``now`` so that a slip can be taken back: nobody has tried to send them."""
    return Q(status="queued", not_before__gt=now, attempts=0)


class MessageQuerySet(models.QuerySet["Message"]):
    def about(self, *keys: str) -> MessageQuerySet:
        """Mails about the records named by ``keys``, such as ``application:12``."""
        return self.filter(about__in=keys)

    def held(self, now: datetime.datetime) -> MessageQuerySet:
        """Mails of decisions that wait at ``now`` so that a slip can be taken back; nobody has tried to send them."""
        return self.filter(held_at(now))

    def still_meant(self) -> MessageQuerySet:
        """Mails that have reached somebody or may yet: neither taken back nor superseded."""
        return self.exclude(status__in=[Message.Status.DISCARDED, Message.Status.SUPERSEDED])


class Message(models.Model):
    """One mail to one person: inserted with the change that caused it, rendered when it is sent."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting to be sent"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        DISCARDED = "discarded", "Taken back before it was sent"
        SUPERSEDED = "superseded", "Superseded by a later decision"

    dedupe_key = models.CharField(max_length=200, unique=True)
    event = models.CharField(max_length=50)
    programme = models.ForeignKey(
        Programme, on_delete=models.SET_NULL, null=True, blank=True, related_name="messages"
    )
    about = models.CharField(max_length=60, db_index=True, blank=True)
    to_name = models.CharField(max_length=150, blank=True)
    to_address = models.EmailField(max_length=254)
    context = models.JSONField(default=dict)
    link = models.ForeignKey(Link, on_delete=models.SET_NULL, null=True, blank=True, related_name="messages")
    attachments = models.JSONField(default=list, help_text="Of name, content type and text.")
    letter = models.ForeignKey(
        Letter, on_delete=models.SET_NULL, null=True, blank=True, related_name="messages"
    )
    # Where its reader can say that they want no more news; only news has one.
    unsubscribe = models.ForeignKey(Link, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    status = models.CharField(max_length=20, choices=Status, default=Status.QUEUED)
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    # What was sent, kept so that staff can read it; links are replaced by a word.
    subject = models.CharField(max_length=300, blank=True)
    sent_text = models.TextField(blank=True)
    # Why it was not sent: taken back or superseded, by whom, when; and the mail that took its place, if there is one.
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.CharField(max_length=150, blank=True)
    stopped_because = models.TextField(blank=True)
    superseded_by = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="supersedes"
    )
    # Who had a mail that failed tried once more, and when they last did.
    sent_again_by = models.CharField(max_length=150, blank=True)
    sent_again_at = models.DateTimeField(null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(
                fields=["not_before"], condition=Q(status__in=["queued", "sending"]), name="message_due"
            ),
            # For the counts above the outbox: all but the many that were sent.
            models.Index(fields=["programme", "status"], condition=~Q(status="sent"), name="message_unsent"),
            models.Index(fields=["-created_at", "-id"], name="message_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.to_address}"

    def is_held(self, now: datetime.datetime) -> bool:
        """Whether it waits at ``now`` so that a slip can be taken back, as `MessageQuerySet.held` has it."""
        return self.status == self.Status.QUEUED and self.not_before > now and self.attempts == 0
