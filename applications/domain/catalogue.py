"""What a programme's file may not change once people have applied, and what follows from a change that it may."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import timezone

from applications.domain.nominations import apply_limit, lock_allowances, require_limit
from programmes.domain.catalogue import Section
from programmes.domain.programme_file.faults import Fault
from programmes.domain.programme_file.fields import Entry
from programmes.domain.programme_file.saving import Tally
from programmes.domain.refused import Refused
from programmes.domain.wording import plural
from programmes.models import Programme


def refuse_below_used(programme: Programme, entry: Entry) -> Iterator[Fault]:
    """A fault where a file allows fewer nominations than stand, or counts them otherwise; naming the number."""
    lock_allowances(programme.pk)
    try:
        require_limit(programme, scope=entry["nomination_scope"], allowed=entry["nominations_allowed"])
    except Refused as refused:
        yield entry.fault(
            "nominations_allowed", refused.sentence, "Write at least that number, or leave it as it is."
        )


def move_up(programme: Programme, entry: Entry, tally: Tally) -> None:
    """Give the nominations that a raised number frees to those in reserve."""
    moved = apply_limit(programme.pk, now=timezone.now())
    if moved:
        tally.notes.append(f"A nomination came free: {plural(len(moved), 'application')} left the reserve.")


# No keys of its own: it only follows the programme.
RESERVE = Section(keys=(), save=move_up)
