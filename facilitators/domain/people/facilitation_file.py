"""The part of a programme's file that says how its facilitators work after the training: ``facilitation``."""

from __future__ import annotations

from collections.abc import Iterator

from facilitators.domain.people.standing import recount_programme
from facilitators.models import Facilitation
from programmes.domain.catalogue import Section
from programmes.domain.programme_file.faults import Fault
from programmes.domain.programme_file.fields import Check, Entry, Key, Mapping, Number, keys_of, of
from programmes.domain.programme_file.saving import LEFT, REMOVED, Tally, keep
from programmes.domain.programme_file.writing import said_of_row
from programmes.models import Programme

_CIRCLE = ("circle_minimum", "circle_maximum")
_FACILITATORS = ("facilitators_at_least", "facilitators_at_most")


def _check_order(low: str, high: str) -> Check:
    def faults(entry: Entry) -> Iterator[Fault]:
        if entry[low] > entry[high]:
            wrong = f"{entry[low]} is above “{high}”, {entry[high]}."
            yield entry.fault(low, wrong, "Give a number that is not above it.")

    return Check((low, high), faults)


FACILITATION = Mapping(
    (
        *keys_of(Facilitation, "circles"),
        *(of(Facilitation, name, read=Number(1)) for name in (*_CIRCLE, *_FACILITATORS)),
        *keys_of(Facilitation, "decide_days_before", "deliveries_until_active"),
        of(Facilitation, "lapses_after_months", read=Number(1)),
        of(Facilitation, "valid_months", read=Number(1)),
    ),
    (_check_order(*_CIRCLE), _check_order(*_FACILITATORS)),
)


def save_facilitation(programme: Programme, entry: Entry, tally: Tally) -> None:
    """Store how a programme's facilitators work; where the file says nothing, the defaults hold again."""
    said, stored = entry["facilitation"], Facilitation.objects.filter(programme=programme).first()
    if said is None and stored is None:
        return
    if said is None:
        Facilitation.objects.get(programme=programme).delete()
        outcome = REMOVED
    else:
        outcome = keep(stored or Facilitation(programme=programme), said)
    tally.count("facilitation", outcome)
    if outcome != LEFT:
        recount_programme(programme.pk)


def said_of_facilitation(programme: Programme) -> dict[str, Entry | None]:
    """What a file says of how a programme's facilitators work."""
    stored = Facilitation.objects.filter(programme=programme).first()
    return {"facilitation": said_of_row(stored, FACILITATION.keys) if stored else None}


SECTION = Section(
    keys=(Key("facilitation", FACILITATION),), save=save_facilitation, said=said_of_facilitation
)
