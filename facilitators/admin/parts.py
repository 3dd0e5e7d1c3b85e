"""What a programme asks after the training, as it is edited on the programme's page."""

from __future__ import annotations

from typing import Any

from facilitators.models import EvaluationQuestion, Undertaking
from programmes.admin.parts import Part, PartForm


class EvaluationQuestionForm(PartForm):
    """Only a rating has ends."""

    def clean(self) -> dict[str, Any] | None:
        """Forget what the ends of a rating would mean for a question that is none."""
        cleaned = super().clean() or {}
        if cleaned.get("kind") != EvaluationQuestion.Kind.RATING:
            for name in ("lowest", "highest"):
                cleaned[name] = getattr(EvaluationQuestion(), name)
        return cleaned


class EvaluationQuestionInline(Part):
    model = EvaluationQuestion
    form = EvaluationQuestionForm
    verbose_name = "question"
    verbose_name_plural = "evaluation: what those who attended are asked"


class UndertakingInline(Part):
    model = Undertaking
    verbose_name_plural = "undertakings: what those who attended agree to"
