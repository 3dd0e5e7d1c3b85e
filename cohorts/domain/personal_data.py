"""What this app holds on people: see `programmes.domain.privacy.registry`."""

from __future__ import annotations

from cohorts.models import (
    Attendance,
    Cohort,
    CohortDecision,
    PendingDecision,
    Place,
    Preference,
    Proposal,
    Session,
    Venue,
    WaitingPlace,
)
from programmes.domain.privacy import registry
from programmes.domain.privacy.registry import TEXT, Part, Table, keyed

_APPLICATION = keyed("application", "application")

TABLES = (
    Table(
        Place,
        what="Places: in which cohort, offered, answered and given when, and why they were given back",
        why="To run the training",
        holds={"reason": TEXT},
        parts=(Part(_APPLICATION),),
    ),
    Table(
        Preference,
        what="Which cohorts somebody prefers, or cannot attend and why",
        why="To give the places",
        holds={"cannot_attend_reason": TEXT},
        parts=(Part(_APPLICATION),),
    ),
    Table(
        WaitingPlace,
        what="Places on the waiting list",
        why="To give the places that fall free",
        holds={"reason": TEXT},
        plain=("behind",),
        parts=(Part(_APPLICATION),),
    ),
    Table(
        PendingDecision,
        what="Decisions that are taken and not yet told",
        why="So that everybody hears on one day",
        holds={"reason": TEXT},
        parts=(Part(_APPLICATION),),
    ),
    Table(
        Attendance,
        what="Who came to which session",
        why="To know who has completed the training",
        holds={"note": TEXT},
        mentions=("marked_by",),
        parts=(Part(_APPLICATION),),
    ),
    Table(CohortDecision, mentions=("reason", "report")),
    Table(
        Proposal,
        mentions=(
            *("chosen", "problem", "allocation", "first_come", "other_order", "report", "problem_in_words"),
        ),
        plain=("problem_hash", "solver", "step"),
    ),
    Table(Cohort, mentions=("untold_changes",), plain=("key", "name", "joining_details")),
    Table(Session, plain=("key", "title", "joining_link")),
    Table(Venue, plain=("name", "address", "postcode", "town", "map_link", "notes")),
)


def register() -> None:
    """Say all of this to the registry."""
    registry.register(*TABLES)
