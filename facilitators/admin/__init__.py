"""The staff's pages about the end of the training, and about what the trained do afterwards."""

from facilitators.admin import (
    bookings,
    circles,
    commitments,
    completion,
    cover,
    deliveries,
    evaluation,
    facilitators,
    handbooks,
    implementation,
    learning_sets,
    notices,
    topics,
)

__all__ = [
    "bookings",
    "circles",
    "commitments",
    "completion",
    "cover",
    "deliveries",
    "evaluation",
    "facilitators",
    "handbooks",
    "implementation",
    "learning_sets",
    "notices",
    "topics",
]
