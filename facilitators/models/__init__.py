"""What is stored about the end of the training, and about what the trained do with it."""

from facilitators.models.certificates import Certificate
from facilitators.models.circles import (
    Booking,
    Circle,
    CircleFacilitator,
    CoverAsked,
    CoverRequest,
    Series,
    Topic,
)
from facilitators.models.completion import (
    EvaluationAnswer,
    EvaluationQuestion,
    EvaluationResponse,
    Undertaking,
    UndertakingMade,
)
from facilitators.models.deliveries import (
    Commitment,
    CommitmentReminder,
    Delivery,
    DeliveryCredit,
    Participation,
    Reach,
)
from facilitators.models.people import Facilitation, Facilitator, Pause, Training

__all__ = [
    "Booking",
    "Certificate",
    "Circle",
    "CircleFacilitator",
    "Commitment",
    "CommitmentReminder",
    "CoverAsked",
    "CoverRequest",
    "Delivery",
    "DeliveryCredit",
    "EvaluationAnswer",
    "EvaluationQuestion",
    "EvaluationResponse",
    "Facilitation",
    "Facilitator",
    "Participation",
    "Pause",
    "Reach",
    "Series",
    "Topic",
    "Training",
    "Undertaking",
    "UndertakingMade",
]
