"""What is stored about programmes, the places people work, mails and emailed links."""

from programmes.models.academies import Academy, AcademyMember, Role
from programmes.models.accounts import AccountChange, Invitation, SignIn
from programmes.models.feeds import ExportColumns, ExportRecord, FeedKey, ImportFile
from programmes.models.integrity import IntegrityReport
from programmes.models.jobs import PeriodicJob
from programmes.models.links import Link
from programmes.models.messages import Letter, Message, MessageTemplate, NewsOptOut
from programmes.models.organisations import IntegratedCareSystem, Organisation, Region, Sector
from programmes.models.parts import (
    ApprovalStep,
    Criterion,
    CriterionOption,
    Declaration,
    Faq,
    IneligibleCount,
    Obligation,
    RoleDescription,
)
from programmes.models.privacy import Hold, PrivacyAct, RetentionReport
from programmes.models.programmes import NominationAllowance, Programme
from programmes.models.questions import Question
from programmes.models.rubric import RubricCriterion
from programmes.models.telephones import Telephone

__all__ = [
    "Academy",
    "AcademyMember",
    "AccountChange",
    "ApprovalStep",
    "Criterion",
    "CriterionOption",
    "Declaration",
    "ExportColumns",
    "ExportRecord",
    "Faq",
    "FeedKey",
    "Hold",
    "ImportFile",
    "IneligibleCount",
    "IntegratedCareSystem",
    "IntegrityReport",
    "Invitation",
    "Letter",
    "Link",
    "Message",
    "MessageTemplate",
    "NewsOptOut",
    "NominationAllowance",
    "Obligation",
    "Organisation",
    "PeriodicJob",
    "PrivacyAct",
    "Programme",
    "Question",
    "Region",
    "RetentionReport",
    "Role",
    "RoleDescription",
    "RubricCriterion",
    "Sector",
    "SignIn",
    "Telephone",
]
