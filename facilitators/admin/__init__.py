"""The staff's pages about the end of the training: evaluations and certificates."""

from facilitators.admin import (
    bookings,
    circles,
    commitments,
    completion,
    cover,
    deliveries,
    facilitators,
    topics,
)

__all__ = [
    "bookings",
    "circles",
    "commitments",
    "completion",
    "cover",
    "deliveries",
    "facilitators",
    "topics",
]
