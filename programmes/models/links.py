"""Emailed links: what is stored of them. How they are made and opened: ``programmes/domain/links.py``."""

from __future__ import annotations

import datetime

from django.db import models


class LinkQuerySet(models.QuerySet["Link"]):
    def working(self, now: datetime.datetime) -> LinkQuerySet:
        """Links that still open what they were made for."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=now)


class Link(models.Model):
    """An emailed link. The row holds no token: only random bytes, and the hash of what is derived from them."""

    class Opens(models.TextChoices):
        APPLICATION = "application", "An application, for its applicant"
        APPROVAL = "approval", "An approval, for its approver"
        BOARD = "board", "The nominations of an ICS, for its lead"
        REGISTER = "register", "The register of a session, for its trainer"
        CALENDAR = "calendar", "The calendar of an applicant's sessions"
        NEWS = "news", "The choice not to get news of an academy"
        STAFF_CALENDAR = "staff_calendar", "The calendar of an academy's sessions, for one of its staff"
        INVITATION = "invitation", "An invitation to work in an academy"
        FACILITATOR = "facilitator", "What a facilitator sees and does, for that facilitator"
        BOOKING = "booking", "A place in a circle, for whoever booked it"

    opens = models.CharField(max_length=20, choices=Opens)
    object_id = models.PositiveBigIntegerField()
    sent_to = models.EmailField(max_length=254)
    random = models.BinaryField(max_length=32)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = LinkQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["opens", "object_id"], name="link_target")]

    def __str__(self) -> str:
        return f"Link to {self.get_opens_display().lower()} {self.object_id}"
