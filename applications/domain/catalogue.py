"""What a programme's file may not change once people have applied."""

from __future__ import annotations

from collections.abc import Iterator

from applications.domain.nominations import require_limit
from programmes.domain.programme_file.faults import Fault
from programmes.domain.programme_file.fields import Entry
from programmes.domain.refused import Refused
from programmes.models import Programme


def refuse_below_used(programme: Programme, entry: Entry) -> Iterator[Fault]:
    """A fault where a file allows fewer nominations than stand, or counts them otherwise; naming the number."""
    try:
        require_limit(programme, scope=entry["nomination_scope"], allowed=entry["nominations_allowed"])
    except Refused as refused:
        yield entry.fault(
            "nominations_allowed", refused.sentence, "Write at least that number, or leave it as it is."
        )
