"""The noticeboard of a programme's facilitators, and who wants to hear of it by mail."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from facilitators.models.people import Facilitator, Training
from programmes.models import Programme


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: User | AnonymousUser) -> NoticeQuerySet:
        """The notices in programmes of the academies in which a member of staff works."""
        return self.filter(programme__in=Programme.objects.visible_to(user))

    def waiting(self) -> NoticeQuerySet:
        """What staff have not read yet."""
        return self.filter(state=Notice.State.WAITING)

    def shown(self) -> NoticeQuerySet:
        """What facilitators read: published, and of replies only those to what is published."""
        up = Notice.State.PUBLISHED
        return self.filter(Q(reply_to=None) | Q(reply_to__state=up), state=up)

    def published_since(self, moment: datetime.datetime) -> NoticeQuerySet:
        """What has come on the board since a moment."""
        return self.shown().filter(published_at__gt=moment)


class Notice(models.Model):
    """A post, or a reply to one; nobody but its author and staff reads it until staff publish it."""

    class State(models.TextChoices):
        WAITING = "waiting", "To be read by staff"
        PUBLISHED = "published", "On the board"
        TAKEN_DOWN = "taken_down", "Not on the board"
        WITHDRAWN = "withdrawn", "Withdrawn by its author"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="notices")
    author = models.ForeignKey(Training, on_delete=models.CASCADE, related_name="notices")
    reply_to = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="replies"
    )
    # What was sent twice is one notice.
    sent_as = models.UUIDField(unique=True, editable=False)
    title = models.CharField(max_length=150, blank=True, help_text="Of a post; a reply has none.")
    text = models.TextField()
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    written_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=300, blank=True, help_text="Why it is not on the board.")
    history = HistoricalRecords()
    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-written_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(reply_to__isnull=True) & ~Q(title="")) | Q(reply_to__isnull=False, title=""),
                name="notice_post_has_a_title",
            ),
            models.CheckConstraint(
                condition=~Q(state="taken_down") | ~Q(reason=""), name="notice_taken_down_with_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False),
                name="notice_published_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["programme", "state", "published_at"], name="notice_by_programme")]

    def __str__(self) -> str:
        if self.reply_to is not None:
            return f"Reply to “{self.reply_to.title}”"
        return self.title


class NoticeMail(models.Model):
    """Whether somebody wants the weekly mail about the noticeboard, and when the last one was sent."""

    facilitator = models.OneToOneField(Facilitator, on_delete=models.CASCADE, related_name="notice_mail")
    wanted = models.BooleanField(default=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    history = HistoricalRecords(excluded_fields=["sent_at"])

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.facilitator.name}: {'wanted' if self.wanted else 'not wanted'}"
