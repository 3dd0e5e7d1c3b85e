"""The questions of a programme's expression of interest."""

from __future__ import annotations

from django.db import models

from programmes.models.parts import PartOfProgramme
from programmes.models.programmes import Programme


class Question(PartOfProgramme):
    """One question; the answer keeps its wording, so that a later change does not alter what was asked."""

    class Kind(models.TextChoices):
        TEXT = "text", "Text"
        LONG_TEXT = "long_text", "Long text"
        CHOICE = "choice", "One of several"
        CHOICES = "choices", "Any of several"
        NUMBER = "number", "Number"
        DATE = "date", "Date"
        YES_NO = "yes_no", "Yes or no"
        FILE = "file", "File"

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="questions")
    kind = models.CharField(max_length=20, choices=Kind)
    text = models.CharField(max_length=300)
    hint = models.CharField(max_length=500, blank=True)
    required = models.BooleanField(default=True)
    options = models.JSONField(default=list, blank=True, help_text="A list of texts, for choices.")
    max_words = models.PositiveIntegerField(null=True, blank=True)
    least = models.IntegerField(null=True, blank=True, help_text="Smallest number accepted.")
    most = models.IntegerField(null=True, blank=True, help_text="Largest number accepted.")

    class Meta(PartOfProgramme.Meta):
        constraints = [models.UniqueConstraint(fields=["programme", "key"], name="question_key_once")]

    def __str__(self) -> str:
        return self.text
