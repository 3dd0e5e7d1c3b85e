"""What is stored about applications."""

from applications.models.answers import Answer, CriterionAnswer, DeclarationMade
from applications.models.applications import Application, State
from applications.models.approvals import Approval, Decision
from applications.models.record import Review, StateChange

__all__ = [
    "Answer",
    "Application",
    "Approval",
    "CriterionAnswer",
    "Decision",
    "DeclarationMade",
    "Review",
    "State",
    "StateChange",
]
