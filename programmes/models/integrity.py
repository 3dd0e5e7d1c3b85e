"""What the check for impossible states found, each time it ran."""

from __future__ import annotations

from django.db import models


class IntegrityReport(models.Model):
    """One run of the check: when, how long it took, and what it found. Rules: ``programmes/domain/integrity.py``."""

    started_at = models.DateTimeField(db_index=True)
    seconds = models.FloatField(help_text="How long it took.")
    started_by = models.CharField(max_length=150, help_text="Who or what ran it, in words.")
    rules = models.PositiveIntegerField(help_text="How many rules were checked.")
    # Each {"rule", "record", "sentence", "what_to_do", "academy": primary key or None, "about": key or ""}.
    findings = models.JSONField(default=list)

    class Meta:
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"Check of {self.started_at:%d %B %Y, %H:%M}"
