"""The published order of objectives, as what each arc from a person to a cohort counts for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cohorts.domain.allocating import linear
from cohorts.domain.allocating.linear import Face
from cohorts.domain.allocating.network import Flags, Network, Numbers
from cohorts.domain.allocating.problem import Order
from cohorts.domain.allocating.solver import Solver

# Told what is being done, and how many steps of how many are done.
Say = Callable[[str, int, int], None]

# So many choices of people whose turn it is go into one objective, as a number with a digit for each.
CHOICES_TOGETHER = 1 << 14


@dataclass(frozen=True)
class Stage:
    """One objective: the highest sum of the ``worth`` of ``arcs``, or the smallest sum of squares if ``spread``."""

    name: str
    arcs: Numbers
    worth: Numbers
    spread: bool = False
    is_rank: bool = False
    is_turn: bool = False


def of(network: Network, *, order: Order, spread: bool) -> list[Stage]:
    """Return the objectives in their order, ties apart."""
    everybody = np.arange(len(network.person))
    ones = np.ones_like(everybody)
    placed = [Stage("placing as many people as possible", everybody, ones)]
    by_score = [
        Stage(f"placing as many as possible with a score of {score}", arcs, ones[: len(arcs)])
        for score, arcs in each(network.arc_score)[::-1]
    ]
    first = placed + by_score if order is Order.PLACED_FIRST else by_score
    spreading = [Stage("spreading places over ICSs", everybody, ones, spread=True)] if spread else []
    ranks = [
        Stage(f"meeting preference {rank + 1}", arcs, ones[: len(arcs)], is_rank=True)
        for rank, arcs in each(network.rank)
    ]
    return first + spreading + ranks


def each(values: Numbers) -> list[tuple[int, Numbers]]:
    """Return each distinct value, the lowest first, with its positions."""
    order = np.argsort(values, kind="stable")
    found, starts = np.unique(values[order], return_index=True)
    return list(zip(found.tolist(), np.split(order, starts[1:]), strict=False))


def turns(network: Network) -> list[Stage]:
    """Return the ties as objectives: a digit for each person in their turn, higher for what they prefer."""
    starts = np.searchsorted(network.person, np.arange(len(network.people) + 1))
    choices = np.diff(starts) + 1
    digits = starts[network.person + 1] - np.arange(len(network.person))
    stages = []
    first = 0
    while first < len(choices):
        size, after = int(choices[first]), first + 1
        while after < len(choices) and size * choices[after] <= CHOICES_TOGETHER:
            size *= int(choices[after])
            after += 1
        weight = np.cumprod([1, *choices[first + 1 : after][::-1]])[::-1]
        arcs = np.arange(starts[first], starts[after])
        worth = digits[arcs] * weight[network.person[arcs] - first]
        stages.append(Stage("breaking ties by turn", arcs, worth, is_turn=True))
        first = after
    return stages


def values(network: Network, stages: list[Stage], taken: Flags) -> tuple[int, ...]:
    """Return what an allocation reaches in each stage: more is better, so squares count as less than nothing."""
    number = np.bincount(network.arc_ics[taken], minlength=len(network.ics_room))
    squares = int(((number + network.ics_pinned) ** 2).sum())
    return tuple(-squares if stage.spread else int(stage.worth[taken[stage.arcs]].sum()) for stage in stages)


def settle(
    network: Network, face: Face, stages: list[Stage], solver: Solver, say: Say = lambda *_: None
) -> Face:
    """Return the face of the best allocations under all stages, several in one programme where that is exact."""
    waiting = list(stages)
    while waiting := [one for one in waiting if face.free[one.arcs].any()]:
        say(waiting[0].name, len(stages) - len(waiting), len(stages))
        together = joined(network, waiting)
        weight = np.zeros_like(network.person)
        if not together[0].spread:
            for stage in together:
                weight *= base(network, stage)
                weight[stage.arcs] += stage.worth
        face = linear.best(network, face, weight, solver, spread=together[0].spread)
        waiting = waiting[len(together) :]
    return face


def base(network: Network, stage: Stage) -> int:
    """Return how many times the weight of the next stage one of this must have, to come before it whatever follows.

    What is best can be reached from what is not by steps, each round a ring that passes every ICS and every cohort
    once at most. So a step changes the place of no more than two people for each, and the preference of two for each
    cohort; a first objective that weighs more than all of these is never given up for later ones.
    """
    cohorts, systems = len(network.cohorts), len(network.ics_room)
    return 2 * (cohorts if stage.is_rank else min(cohorts, systems)) + 2


def joined(network: Network, stages: list[Stage]) -> list[Stage]:
    """Return as many of the first stages as go into one programme; spreading goes alone."""
    together = stages[:1]
    heaviest = 1
    for stage in stages[1:]:
        heaviest *= base(network, stage)
        if heaviest > linear.HEAVIEST or stage.spread or together[0].spread:
            break
        together.append(stage)
    return together
