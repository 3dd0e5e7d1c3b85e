"""Who moves an application on: whose hand it is, and the name that the record keeps."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User

from applications.models import Application

# Of a name that the record keeps; an address alone can be longer.
LONGEST_NAME = 150


class Hand(enum.Enum):
    """Who can move an application on."""

    APPLICANT = "applicant"
    APPROVER = "approver"
    LEAD = "lead"
    STAFF = "staff"
    CLOCK = "clock"


@dataclass(frozen=True)
class Actor:
    """Who did it: the name that the record keeps, and the account where there is one."""

    hand: Hand
    name: str
    user: User | AnonymousUser | None = None

    @classmethod
    def applicant(cls, application: Application) -> Actor:
        """The applicant, by their emailed link."""
        return cls(Hand.APPLICANT, (application.name or application.email)[:LONGEST_NAME])

    @classmethod
    def approver(cls, name: str) -> Actor:
        """An approver, by the name they typed."""
        return cls(Hand.APPROVER, name)

    @classmethod
    def lead(cls, name: str) -> Actor:
        """The lead of an ICS, on its nomination board, by the name they typed."""
        return cls(Hand.LEAD, name[:LONGEST_NAME])

    @classmethod
    def staff(cls, user: User | AnonymousUser) -> Actor:
        """A member of the academy's staff."""
        full_name = getattr(user, "get_full_name", str)()
        return cls(Hand.STAFF, (full_name or user.get_username())[:LONGEST_NAME], user)

    @classmethod
    def clock(cls) -> Actor:
        """The portal itself: a deadline, or a place that came free."""
        return cls(Hand.CLOCK, "The portal")
