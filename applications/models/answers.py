"""What the applicant answered, each with the wording at that moment."""

from __future__ import annotations

import datetime
import secrets

from django.db import models
from simple_history.models import HistoricalRecords

from applications.models.applications import Application
from programmes.models import Criterion, Declaration, Question


class CriterionAnswer(models.Model):
    """Whether, and in what way, the applicant said to meet a criterion."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="criterion_answers")
    criterion = models.ForeignKey(Criterion, on_delete=models.SET_NULL, null=True)
    statement = models.CharField(max_length=300)
    met = models.BooleanField()
    ways = models.JSONField(default=list, help_text="The options ticked in an any-of group, as worded.")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["application", "criterion"], name="criterion_answered_once")
        ]

    def __str__(self) -> str:
        return f"{self.statement}: {'yes' if self.met else 'no'}"


def upload_path(answer: Answer, filename: str) -> str:
    """Where an uploaded file is kept: by application, never by the name it came with."""
    return f"answers/{answer.application_id}/{secrets.token_hex(16)}"


class Answer(models.Model):
    """The answer to one question of the form."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, on_delete=models.SET_NULL, null=True)
    asked = models.CharField(max_length=300, help_text="The question as it was asked.")
    value = models.JSONField(
        help_text="A text, a number, true or false, an ISO date, a list of texts, or a file's name."
    )
    file = models.FileField(upload_to=upload_path, blank=True)
    # An answer that is erased takes what it was before with it.
    history = HistoricalRecords(cascade_delete_history=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["application", "question"], name="question_answered_once")
        ]

    def __str__(self) -> str:
        return self.asked

    @property
    def shown(self) -> str:
        """The answer as a person reads it."""
        if isinstance(self.value, bool):
            return "Yes" if self.value else "No"
        if isinstance(self.value, list):
            return ", ".join(str(item) for item in self.value)
        if self.question and self.question.kind == Question.Kind.DATE and (day := day_of(self.value)):
            return f"{day.day} {day:%B %Y}"
        return "" if self.value is None else str(self.value)


def day_of(value: object) -> datetime.date | None:
    """The day that a stored value says; None for one that was given before the question asked for a day."""
    try:
        return datetime.date.fromisoformat(str(value))
    except ValueError:
        return None


class DeclarationMade(models.Model):
    """A declaration that the applicant agreed to, as it was worded."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="declarations")
    declaration = models.ForeignKey(Declaration, on_delete=models.SET_NULL, null=True)
    statement = models.CharField(max_length=500)
    agreed_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["application", "declaration"], name="declaration_made_once")
        ]

    def __str__(self) -> str:
        return self.statement
