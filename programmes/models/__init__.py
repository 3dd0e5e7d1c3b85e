"""What is stored about programmes, the places people work, mails and emailed links."""

from programmes.models.academies import Academy, AcademyMember, Role
from programmes.models.links import Link
from programmes.models.messages import Message, MessageTemplate
from programmes.models.organisations import IntegratedCareSystem, Organisation, Region, Sector
from programmes.models.programmes import (
    ApprovalStep,
    Criterion,
    CriterionOption,
    Declaration,
    Faq,
    IneligibleCount,
    NominationAllowance,
    Obligation,
    Programme,
    RoleDescription,
)
from programmes.models.questions import Question

__all__ = [
    "Academy",
    "AcademyMember",
    "ApprovalStep",
    "Criterion",
    "CriterionOption",
    "Declaration",
    "Faq",
    "IneligibleCount",
    "IntegratedCareSystem",
    "Link",
    "Message",
    "MessageTemplate",
    "NominationAllowance",
    "Obligation",
    "Organisation",
    "Programme",
    "Question",
    "Region",
    "Role",
    "RoleDescription",
    "Sector",
]
