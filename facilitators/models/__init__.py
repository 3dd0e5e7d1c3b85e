"""What is stored about the end of the training: evaluation, undertakings and certificates."""

from facilitators.models.certificates import Certificate
from facilitators.models.completion import (
    EvaluationAnswer,
    EvaluationQuestion,
    EvaluationResponse,
    Undertaking,
    UndertakingMade,
)

__all__ = [
    "Certificate",
    "EvaluationAnswer",
    "EvaluationQuestion",
    "EvaluationResponse",
    "Undertaking",
    "UndertakingMade",
]
