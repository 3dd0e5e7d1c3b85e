"""What is stored about the end of the training, and about what the trained do with it."""

from facilitators.models.certificates import Certificate, CertificateRenewal
from facilitators.models.circles import (
    Booking,
    Circle,
    CircleFacilitator,
    CoverAsked,
    CoverRequest,
    Series,
    Topic,
)
from facilitators.models.completion import Undertaking, UndertakingMade
from facilitators.models.deliveries import (
    Commitment,
    CommitmentReminder,
    Delivery,
    DeliveryCredit,
    Participation,
    Reach,
)
from facilitators.models.evaluation import (
    EvaluationAnswer,
    EvaluationQuestion,
    EvaluationResponse,
    Moment,
)
from facilitators.models.handbook import Acknowledgement, Download, Resource, ResourceVersion
from facilitators.models.meetings import (
    Guest,
    ImplementationSession,
    LearningSet,
    SetAttendance,
    SetMeeting,
    SetMember,
)
from facilitators.models.noticeboard import Notice, NoticeMail
from facilitators.models.people import Facilitation, Facilitator, FormerEntry, Pause, Training

__all__ = [
    "Acknowledgement",
    "Booking",
    "Certificate",
    "CertificateRenewal",
    "Circle",
    "CircleFacilitator",
    "Commitment",
    "CommitmentReminder",
    "CoverAsked",
    "CoverRequest",
    "Delivery",
    "DeliveryCredit",
    "Download",
    "EvaluationAnswer",
    "EvaluationQuestion",
    "EvaluationResponse",
    "Facilitation",
    "Facilitator",
    "FormerEntry",
    "Guest",
    "ImplementationSession",
    "LearningSet",
    "Moment",
    "Notice",
    "NoticeMail",
    "Participation",
    "Pause",
    "Reach",
    "Resource",
    "ResourceVersion",
    "Series",
    "SetAttendance",
    "SetMeeting",
    "SetMember",
    "Topic",
    "Training",
    "Undertaking",
    "UndertakingMade",
]
