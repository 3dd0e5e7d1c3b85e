"""What someone who attended is asked, and agrees to, before they have completed the training."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User
from django.db import models

from applications.models import Application
from programmes.models import Programme
from programmes.models.parts import PartOfProgramme


class EvaluationQuestion(PartOfProgramme):
    """One question on the training; the answer keeps its wording, so that a later change does not alter it."""

    class Kind(models.TextChoices):
        RATING = "rating", "Rating from 1 to 5"
        LONG_TEXT = "long_text", "Text"
        YES_NO = "yes_no", "Yes or no"

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="evaluation_questions")
    kind = models.CharField(max_length=20, choices=Kind)
    text = models.CharField(max_length=300)
    hint = models.CharField(max_length=500, blank=True)
    required = models.BooleanField(default=True)
    lowest = models.CharField(
        max_length=40, default="very poor", help_text="What 1 means, for a rating, such as: very poor."
    )
    highest = models.CharField(
        max_length=40, default="very good", help_text="What 5 means, for a rating, such as: very good."
    )

    class Meta(PartOfProgramme.Meta):
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="evaluation_question_key_once")
        ]

    def __str__(self) -> str:
        return self.text


class Undertaking(PartOfProgramme):
    """One thing that a trained person agrees to, such as respect for copyright."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="undertakings")
    statement = models.CharField(max_length=500, help_text="As it is agreed to: “I will …”.")

    class Meta(PartOfProgramme.Meta):
        constraints = [models.UniqueConstraint(fields=["programme", "key"], name="undertaking_key_once")]

    def __str__(self) -> str:
        return self.statement


class EvaluationResponseQuerySet(models.QuerySet["EvaluationResponse"]):
    def visible_to(self, user: User | AnonymousUser) -> EvaluationResponseQuerySet:
        """The evaluations of the academies in which a member of staff works."""
        return self.filter(application__programme__in=Programme.objects.visible_to(user))


class EvaluationResponse(models.Model):
    """What one person said of the training."""

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="evaluation")
    given_at = models.DateTimeField()

    objects = EvaluationResponseQuerySet.as_manager()

    class Meta:
        ordering = ["-given_at", "-pk"]
        verbose_name = "evaluation"

    def __str__(self) -> str:
        return f"Evaluation of {self.application.reference}"


class EvaluationAnswer(models.Model):
    """One answer, with the question as it was asked."""

    response = models.ForeignKey(EvaluationResponse, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(EvaluationQuestion, on_delete=models.SET_NULL, null=True, related_name="+")
    asked = models.CharField(max_length=300)
    kind = models.CharField(max_length=20, choices=EvaluationQuestion.Kind)
    value = models.TextField(help_text="A text, a number from 1 to 5, or yes or no.")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.asked


class UndertakingMade(models.Model):
    """One thing that somebody agreed to, in the words of that day, under the name they typed."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="undertakings_made")
    undertaking = models.ForeignKey(Undertaking, on_delete=models.SET_NULL, null=True, related_name="+")
    statement = models.CharField(max_length=500)
    name = models.CharField(max_length=150, help_text="As typed.")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        verbose_name = "undertaking made"
        verbose_name_plural = "undertakings made"
        constraints = [
            models.UniqueConstraint(fields=["application", "undertaking"], name="undertaking_made_once")
        ]

    def __str__(self) -> str:
        return self.statement
