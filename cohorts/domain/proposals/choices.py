"""What staff choose for a proposal: which cohorts run, who is pinned or left out, and the order of the aims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from applications.models import Application
from cohorts.domain.allocating.problem import Order, Run
from cohorts.domain.proposals.situation import Situation
from programmes.domain.refused import Refused
from programmes.models import Programme


@dataclass(frozen=True)
class Chosen:
    """The choices, as they are stored with the proposal. Cohorts go by their keys, people by their references."""

    runs: Mapping[str, str] = field(default_factory=dict)
    pinned: Mapping[str, str] = field(default_factory=dict)
    excluded: Mapping[str, str] = field(default_factory=dict)
    spread: bool = False
    order: str = Order.PLACED_FIRST.value
    order_reason: str = ""

    @classmethod
    def read(cls, stored: Mapping[str, Any], programme: Programme) -> Chosen:
        """The choices of a mapping as stored; what is not in it is as the programme has it."""
        return cls(
            runs=dict(stored.get("runs", {})),
            pinned=dict(stored.get("pinned", {})),
            excluded={who: str(reason).strip() for who, reason in stored.get("excluded", {}).items()},
            spread=bool(stored.get("spread", programme.spread)),
            order=str(stored.get("order", Order.PLACED_FIRST.value)),
            order_reason=str(stored.get("order_reason", "")).strip(),
        )

    def as_stored(self) -> dict[str, Any]:
        """The choices as JSON has them."""
        return asdict(self)


def require_possible(chosen: Chosen, situation: Situation) -> None:
    """Raise `Refused` with a sentence for the first choice that cannot be."""
    if not situation.candidates:
        raise Refused("Nobody is shortlisted or on the waiting list: there is nobody to place yet.")
    if not situation.cohorts:
        raise Refused(
            "No cohort can take anyone: each has started, or does not take place. Add a cohort first."
        )
    for key, run in chosen.runs.items():
        _require_run(key, run, situation)
    if chosen.order not in [order.value for order in Order]:
        raise Refused("Choose which comes first: as many people as possible, or the highest scores.")
    if chosen.order == Order.SCORE_FIRST and not chosen.order_reason:
        raise Refused(
            "Say why the highest scores come before as many people as possible: the published order is the "
            "other way round, and your reason is kept with the proposal."
        )
    for reference, key in chosen.pinned.items():
        _require_pin(reference, key, chosen, situation)
    for reference, reason in chosen.excluded.items():
        person = _require_candidate(reference, situation)
        if not reason:
            raise Refused(f"Say why {person.name} is left out: the reason is kept.")


def _require_run(key: str, run: str, situation: Situation) -> None:
    cohort = situation.cohorts.get(key)
    if cohort is None:
        raise Refused(f"“{key}” is no cohort that can take people now. Reload the page, and choose again.")
    if run not in [one.value for one in Run]:
        raise Refused(f"Choose for {cohort.name} whether it may run, must run, or takes nobody.")
    sitting = sum(seat == key for seat in situation.seated.values())
    if run == Run.CLOSED and sitting:
        people = "1 person has a seat" if sitting == 1 else f"{sitting} people have seats"
        raise Refused(
            f"{cohort.name} cannot be closed: {people} in it. Move them, or take the seats back, first."
        )


def _require_pin(reference: str, key: str, chosen: Chosen, situation: Situation) -> None:
    person = _require_candidate(reference, situation)
    cohort = situation.cohorts.get(key)
    if reference in chosen.excluded:
        raise Refused(f"{person.name} is both pinned and left out. Choose one of the two.")
    if cohort is None:
        raise Refused(
            f"{person.name} is pinned to a cohort that cannot take people now. Choose another cohort."
        )
    if chosen.runs.get(key) == Run.CLOSED:
        raise Refused(
            f"{person.name} is pinned to {cohort.name}, which you have closed. Change one of the two."
        )
    if (reference, key) in situation.cannot:
        raise Refused(f"{person.name} cannot attend {cohort.name}: {situation.cannot[reference, key]}")


def _require_candidate(reference: str, situation: Situation) -> Application:
    if reference in situation.seated:
        raise Refused(
            f"{reference} has a seat already. Move the person on the page of their application, "
            "or take the seat back first."
        )
    if reference not in situation.candidates:
        raise Refused(
            f"{reference} is neither shortlisted nor on the waiting list any more. Choose without them."
        )
    return situation.candidates[reference]
