"""What is stored about cohorts and seats."""

from cohorts.models.cohorts import Cohort, Session, Venue
from cohorts.models.places import Place, Preference

__all__ = ["Cohort", "Place", "Preference", "Session", "Venue"]
