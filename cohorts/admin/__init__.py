"""The staff's pages about cohorts, their sessions, and venues."""

from cohorts.admin import cohorts, proposals

__all__ = ["cohorts", "proposals"]
