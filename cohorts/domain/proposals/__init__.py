"""Proposals for who gets which date: gathered, worked out, read, applied and undone, one file for each.

What others use stands here.
"""

from cohorts.domain.proposals.applying import (
    apply,
    apply_handed_over,
    begin_applying,
    handed_over,
    is_large,
    plan_of,
    require_applicable,
)
from cohorts.domain.proposals.choices import Chosen
from cohorts.domain.proposals.situation import Situation, look
from cohorts.domain.proposals.undoing import undo, undo_until
from cohorts.domain.proposals.working_out import (
    cancel,
    gather,
    has_stopped,
    propose,
    solve,
    waiting,
    work_out_again,
)

__all__ = [
    "Chosen",
    "Situation",
    "apply",
    "apply_handed_over",
    "begin_applying",
    "cancel",
    "gather",
    "handed_over",
    "has_stopped",
    "is_large",
    "look",
    "plan_of",
    "propose",
    "require_applicable",
    "solve",
    "undo",
    "undo_until",
    "waiting",
    "work_out_again",
]
