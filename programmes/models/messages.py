"""Mails: the outbox, and a programme's own wording."""

from __future__ import annotations

import datetime

from django.db import models
from django.db.models import Q

from programmes.models.links import Link
from programmes.models.programmes import Programme


class MessageTemplate(models.Model):
    """A programme's own wording of one mail, in Markdown with named placeholders."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="message_templates")
    event = models.CharField(max_length=50)
    subject = models.CharField(max_length=200)
    body = models.TextField(help_text="Markdown; placeholders such as {{ applicant }}.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["programme", "event"], name="message_template_once")]

    def __str__(self) -> str:
        return f"{self.event} ({self.programme})"


class MessageQuerySet(models.QuerySet["Message"]):
    def about(self, *keys: str) -> MessageQuerySet:
        """Mails about the records named by ``keys``, such as ``application:12``."""
        return self.filter(about__in=keys)

    def held(self, now: datetime.datetime) -> MessageQuerySet:
        """Mails of decisions that wait at ``now`` so that a slip can be taken back; nobody has tried to send them."""
        return self.filter(status=Message.Status.QUEUED, not_before__gt=now, attempts=0)


class Message(models.Model):
    """One mail to one person: inserted with the change that caused it, rendered when it is sent."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting to be sent"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        DISCARDED = "discarded", "Taken back before it was sent"

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

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(
                fields=["not_before"], condition=Q(status__in=["queued", "sending"]), name="message_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.to_address}"
