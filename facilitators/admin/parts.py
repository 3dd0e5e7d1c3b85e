"""What a programme asks after the training, as it is edited on the programme's page."""

from __future__ import annotations

from facilitators.models import EvaluationQuestion, Undertaking
from programmes.admin.parts import Part


class EvaluationQuestionInline(Part):
    model = EvaluationQuestion
    verbose_name = "question"
    verbose_name_plural = "evaluation: what those who attended are asked"


class UndertakingInline(Part):
    model = Undertaking
    verbose_name_plural = "undertakings: what those who attended agree to"
