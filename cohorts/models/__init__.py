"""What is stored about cohorts, seats, proposals and attendance."""

from cohorts.models.attendance import Attendance
from cohorts.models.cohorts import Cohort, Session, Venue
from cohorts.models.decisions import CohortDecision
from cohorts.models.pending import PendingDecision
from cohorts.models.places import Place, Preference, WaitingPlace
from cohorts.models.proposals import Proposal

__all__ = [
    "Attendance",
    "Cohort",
    "CohortDecision",
    "PendingDecision",
    "Place",
    "Preference",
    "Proposal",
    "Session",
    "Venue",
    "WaitingPlace",
]
