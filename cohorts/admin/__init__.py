"""The staff's pages about cohorts, their sessions, and venues."""

from cohorts.admin import cohorts, places, proposals

__all__ = ["cohorts", "places", "proposals"]
