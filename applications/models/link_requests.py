"""Links that were asked for and are not mailed yet: written before the page says “check your email”."""

from __future__ import annotations

from django.db import models

from programmes.models import Link, Programme


class LinkRequest(models.Model):
    """A wish for a link, kept until it is done: for seconds, longer only where the portal stopped at that moment.

    It is written alike for every address, known or not, and goes in the transaction that queues the mail.
    """

    class Kind(models.TextChoices):
        START = "start", "To begin an application"
        ALL = "all", "All links of an address"
        FRESH = "fresh", "A fresh one in place of an old one"

    kind = models.CharField(max_length=10, choices=Kind)
    email = models.EmailField("email address", max_length=254, blank=True)
    programme = models.ForeignKey(
        Programme, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    answers = models.JSONField(
        default=dict, blank=True, help_text="What was answered at the gate, by the criterion’s key."
    )
    opens = models.CharField(max_length=20, choices=Link.Opens, blank=True)
    token_hash = models.CharField(max_length=64, blank=True, help_text="Of the old link; never the link.")
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, asked for on {self.asked_at:%d %B %Y}"
