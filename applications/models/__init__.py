"""What is stored about applications."""

from applications.models.access_needs import AccessNeeds, AccessNeedsRead
from applications.models.answers import Answer, CriterionAnswer, DeclarationMade
from applications.models.applications import Application, State
from applications.models.approvals import Approval, Decision
from applications.models.link_requests import LinkRequest
from applications.models.nomination_board import (
    BoardDeadline,
    BoardEntry,
    NominationBoard,
    NominationLead,
    Nominee,
)
from applications.models.record import Review, StateChange
from applications.models.reviewing import ConflictOfInterest, Merge, NotTheSamePerson, Points, StaffNote

__all__ = [
    "AccessNeeds",
    "AccessNeedsRead",
    "Answer",
    "Application",
    "Approval",
    "BoardDeadline",
    "BoardEntry",
    "ConflictOfInterest",
    "CriterionAnswer",
    "Decision",
    "DeclarationMade",
    "LinkRequest",
    "Merge",
    "NominationBoard",
    "NominationLead",
    "Nominee",
    "NotTheSamePerson",
    "Points",
    "Review",
    "StaffNote",
    "State",
    "StateChange",
]
