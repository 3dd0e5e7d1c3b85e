"""Which cohorts run, where not all of them can reach their minimum.

For a given choice of cohorts everything else is settled exactly by linear programmes and turns. So each choice that
is looked at is compared whole, down to the ties, and what is asked of the solver is only: is there another choice that
does as well so far, or better? When there is none, the best of those looked at is proven.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

from cohorts.domain.allocating import choices, linear, stages, ties
from cohorts.domain.allocating.linear import Face
from cohorts.domain.allocating.network import Flags, Network
from cohorts.domain.allocating.programme import Programme
from cohorts.domain.allocating.solver import Solver
from cohorts.domain.allocating.stages import Say, Stage


@dataclass
class Choice:
    """Which cohorts may have people beside the pinned, whom each then gets, and what that reaches in each stage."""

    running: Flags
    taken: Flags
    values: tuple[int, ...]


@dataclass
class Search:
    """What is asked, the choices looked at so far, and whether the best of them is proven to be the best of all.

    ``deadline`` is on the clock of ``time.monotonic``. Without a proof, ``stuck`` is the stage in which time ran out,
    and ``bound``, if it is the first, what it can reach at most.
    """

    network: Network
    stages: list[Stage]
    solver: Solver
    say: Say
    deadline: float = math.inf
    seen: list[Choice] = field(default_factory=list)
    stuck: Stage | None = None
    bound: int = 0

    @property
    def best(self) -> Choice:
        return max(self.seen, key=lambda one: one.values)

    def look(self, running: Flags) -> None:
        """Settle a choice of cohorts and keep it."""
        limits = choices.needed(self.network, running)
        face = linear.start(self.network, limits.low, limits.high, self.solver)
        assert face is not None
        taken = settled(self.network, face, self.stages, self.solver)
        self.seen.append(Choice(running, taken, stages.values(self.network, self.stages, taken)))


def settled(
    network: Network, face: Face, objectives: list[Stage], solver: Solver, say: Say = lambda *_: None
) -> Flags:
    """Return the one allocation of a face that is best in all objectives and ties."""
    apart_from_turns = [one for one in objectives if not one.is_turn]
    return ties.broken(network, stages.settle(network, face, apart_from_turns, solver, say)).taken


def search(known: Search, relaxed: tuple[int, ...]) -> None:
    """Look for the best choice of cohorts; ``relaxed`` is what could be reached if there were no minima.

    After each stage, either there is no other choice as good so far, and the best is proven; or there is one, it is
    looked at, and the next stage decides. In the last stage, the turns of the last people, no two choices are equal.
    """
    known.look(choices.closing(known.network, known.solver))
    programme = Programme(known.network, known.stages)
    steps = sum(not one.is_turn for one in known.stages)
    for number, stage in enumerate(known.stages):
        known.say(f"choosing which cohorts run: {stage.name}", min(number, steps), steps)
        so_far = slice(number + 1)
        if known.best.values[so_far] != relaxed[so_far]:
            seconds = max(0.0, known.deadline - time.monotonic())
            best = known.best
            found = programme.other(
                stage,
                best.values[number],
                best.running,
                best.taken,
                [one.running for one in known.seen],
                known.solver,
                seconds,
            )
            if found.running is not None:
                known.look(found.running)
            if not found.proven:
                known.stuck = stage
                known.bound = math.floor(min(found.bound + 0.1, relaxed[number]))
            if not found.proven or found.running is None:
                return
        programme.keep(stage, known.best.values[number])
