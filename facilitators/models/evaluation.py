"""What people are asked about the training, about a circle, and some months later; and what they answered."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import Q

from applications.models import Application
from facilitators.models.circles import Booking
from facilitators.models.people import Training
from programmes.models import Programme
from programmes.models.parts import PartOfProgramme


class Moment(models.TextChoices):
    """When somebody is asked: who answers, and by which link, follows from it."""

    TRAINING = "training", "After the training"
    CIRCLE = "circle", "After a circle"
    MONTHS_3 = "months_3", "3 months after the training"
    MONTHS_6 = "months_6", "6 months after the training"
    MONTHS_12 = "months_12", "12 months after the training"


class EvaluationQuestion(PartOfProgramme):
    """One question at one moment; the answer keeps its wording, so that a later change does not alter it."""

    class Kind(models.TextChoices):
        RATING = "rating", "Rating from 1 to 5"
        CHOICE = "choice", "One of several"
        LONG_TEXT = "long_text", "Text"
        YES_NO = "yes_no", "Yes or no"

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="evaluation_questions")
    moment = models.CharField(max_length=20, choices=Moment, default=Moment.TRAINING)
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
    choices = models.JSONField(default=list, blank=True, help_text="A list of texts, for one of several.")

    class Meta(PartOfProgramme.Meta):
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="evaluation_question_key_once")
        ]

    def __str__(self) -> str:
        return self.text


class EvaluationResponseQuerySet(models.QuerySet["EvaluationResponse"]):
    def visible_to(self, user: User | AnonymousUser) -> EvaluationResponseQuerySet:
        """The evaluations of the academies in which a member of staff works."""
        return self.filter(programme__in=Programme.objects.visible_to(user))

    def given(self) -> EvaluationResponseQuerySet:
        """Evaluations that were answered."""
        return self.filter(given_at__isnull=False)

    def open(self) -> EvaluationResponseQuerySet:
        """Evaluations that somebody was asked for, and has not given."""
        return self.filter(given_at__isnull=True)


class EvaluationResponse(models.Model):
    """What one person was asked, and said, at one moment: each once.

    After the training it belongs to an application and is there once it is given. After a circle it belongs to a
    booking, and months later to a training: it is there once it is asked for.
    """

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="evaluations")
    moment = models.CharField(max_length=20, choices=Moment, default=Moment.TRAINING)
    application = models.OneToOneField(
        Application, on_delete=models.CASCADE, null=True, blank=True, related_name="evaluation"
    )
    booking = models.OneToOneField(
        Booking, on_delete=models.CASCADE, null=True, blank=True, related_name="evaluation"
    )
    training = models.ForeignKey(
        Training, on_delete=models.CASCADE, null=True, blank=True, related_name="evaluations"
    )
    asked_at = models.DateTimeField(null=True, blank=True)
    given_at = models.DateTimeField(null=True, blank=True)

    objects = EvaluationResponseQuerySet.as_manager()

    class Meta:
        ordering = ["-given_at", "-pk"]
        verbose_name = "evaluation"
        constraints = [
            models.UniqueConstraint(fields=["training", "moment"], name="evaluation_once_a_moment"),
            models.CheckConstraint(
                condition=Q(
                    moment="training", application__isnull=False, booking__isnull=True, training__isnull=True
                )
                | Q(moment="circle", application__isnull=True, booking__isnull=False, training__isnull=True)
                | Q(
                    moment__in=["months_3", "months_6", "months_12"],
                    application__isnull=True,
                    booking__isnull=True,
                    training__isnull=False,
                ),
                name="evaluation_of_one_at_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(asked_at__isnull=False) | Q(given_at__isnull=False),
                name="evaluation_asked_or_given",
            ),
        ]
        indexes = [models.Index(fields=["programme", "moment"], name="evaluation_by_moment")]

    def __str__(self) -> str:
        if self.application is not None:
            return f"Evaluation of {self.application.reference}"
        return f"Evaluation {self.get_moment_display().lower()}"


class EvaluationAnswer(models.Model):
    """One answer, with the question as it was asked."""

    response = models.ForeignKey(EvaluationResponse, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(EvaluationQuestion, on_delete=models.SET_NULL, null=True, related_name="+")
    asked = models.CharField(max_length=300)
    kind = models.CharField(max_length=20, choices=EvaluationQuestion.Kind)
    value = models.TextField(help_text="A text, a number from 1 to 5, yes or no, or one of the choices.")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.asked
