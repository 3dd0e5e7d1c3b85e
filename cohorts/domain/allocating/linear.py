"""The best of the best, objective after objective, where it is settled which cohorts run: linear programmes.

With that settled, the problem is a flow from ICSs through people to cohorts, so the corners of what is possible are
whole numbers. After each step, whatever the step's prices (the duals) show to cost something is fixed: what remains
free is exactly the set of allocations that are the best so far (the `Face`), and the next objective chooses among
them. Values and prices are whole numbers and are checked as such, so the proof of each step does not hang on the
solver's rounding.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cohorts.domain.allocating.network import Flags, Network, Numbers
from cohorts.domain.allocating.problem import SolverFault
from cohorts.domain.allocating.solver import Model, Solver

# Several objectives go into one programme with weights that keep their order, as long as no weight is beyond this.
HEAVIEST = 4_000_000


@dataclass(frozen=True)
class Limits:
    """At least and at most how many people."""

    low: Numbers
    high: Numbers


@dataclass(frozen=True)
class Face:
    """The allocations that are still possible: each arc is free, or settled as taken or not; and the limits.

    ``taken`` is one allocation of them: at first nobody anywhere, after each step the one that was found.
    """

    free: Flags
    taken: Flags
    people: Limits
    cohorts: Limits
    systems: Limits
    total: Limits


def start(network: Network, low: Numbers, high: Numbers, solver: Solver) -> Face | None:
    """Return all that is possible with so many people, beside the pinned, in each cohort; None where nothing is."""
    nobody = np.zeros(len(network.person), dtype=bool)
    if not low.any():
        return everything(network, low, high, nobody)
    just_enough = everything(network, np.zeros_like(low), low, nobody)
    taken = best(network, just_enough, np.ones_like(network.person), solver).taken
    return everything(network, low, high, taken) if taken.sum() == low.sum() else None


def everything(network: Network, low: Numbers, high: Numbers, taken: Flags) -> Face:
    """Return all that is possible with so many people in each cohort, ``taken`` being an example of it."""
    people = np.zeros(len(network.people), dtype=np.int64)
    return Face(
        free=high[network.cohort] > 0,
        taken=taken,
        people=Limits(people, people + 1),
        cohorts=Limits(low, high),
        systems=Limits(np.zeros_like(network.ics_room), network.ics_room),
        total=Limits(np.zeros(1, dtype=np.int64), np.array([network.total_room], dtype=np.int64)),
    )


@dataclass
class Rows:
    """The rows of a programme that stand for one kind of limit: which arc belongs to which, and the limits left."""

    of_arc: Numbers
    limits: Limits
    settled: Numbers
    first: int = 0


def kinds(network: Network, face: Face) -> list[Rows]:
    """Return the four kinds of limits: of people, cohorts, ICSs and the programme."""
    settled = face.taken & ~face.free
    groups = [
        (network.person, face.people),
        (network.cohort, face.cohorts),
        (network.arc_ics, face.systems),
        (np.zeros_like(network.person), face.total),
    ]
    found = []
    first = 0
    for of_arc, limits in groups:
        count = len(limits.low)
        found.append(Rows(of_arc, limits, np.bincount(of_arc[settled], minlength=count), first))
        first += count
    return found


def best(network: Network, face: Face, weight: Numbers, solver: Solver, *, spread: bool = False) -> Face:
    """Return the face where the sum of the weights of the arcs taken is highest, less the squares if ``spread``.

    The programme holds the likely people only; whoever its prices would let in besides is added, until there is nobody.
    Then it is the best of everybody. Raises `SolverFault` where the answer is not what its prices promise.
    """
    if not face.free.any():
        return face
    rows = kinds(network, face)
    likely = first_in_line(network, face.free, rows[1])
    likely[network.person[face.taken]] = True
    while True:
        programme = posed(
            network, face, rows, weight, np.flatnonzero(face.free & likely[network.person]), spread
        )
        solved = solver.solve(programme.model)
        prices = -solved.duals
        gain = weight - sum((prices[one.first + one.of_arc] for one in rows), start=np.int64(0))
        let_in = face.free & ~likely[network.person] & (gain > 0)
        if not let_in.any():
            break
        likely |= first_in_line(network, let_in, rows[1])
    assert solved.values is not None
    taken = face.taken.copy()
    taken[programme.arcs] = solved.values[: len(programme.arcs)] == 1
    limits = [tightened(one, prices) for one in rows]
    if spread:
        limits[2] = spread_limits(rows[2], prices, programme.of_ics, programme.squares)
    better = Face(face.free & (gain == 0), taken, *limits)
    rows = kinds(network, better)
    require_proof(rows, better, face.free & (gain != 0) & (taken != (gain > 0)))
    return without_rivals(rows, better)


def first_in_line(network: Network, arcs: Flags, cohorts: Rows) -> Flags:
    """Return whose turn comes first among the arcs of each cohort, four times as many as it has seats."""
    found = np.flatnonzero(arcs)
    order = found[np.lexsort((network.person[found], network.cohort[found]))]
    cohort = network.cohort[order]
    ahead = np.arange(len(order)) - np.searchsorted(cohort, cohort)
    first = np.zeros(len(network.people), dtype=bool)
    first[network.person[order[ahead < 4 * (cohorts.limits.high - cohorts.settled)[cohort]]]] = True
    return first


@dataclass
class Programme:
    """A linear programme, the arcs that its first columns stand for, and those that stand for squares."""

    model: Model
    arcs: Numbers
    of_ics: Numbers
    squares: Numbers


def posed(
    network: Network, face: Face, rows: list[Rows], weight: Numbers, arcs: Numbers, spread: bool
) -> Programme:
    """Return the programme over some of the free arcs."""
    of_ics, squares = units(network, face, rows[2]) if spread else (arcs[:0], arcs[:0])
    count, further = len(arcs), len(of_ics)
    low = np.concatenate([one.limits.low - one.settled for one in rows]).astype(np.float64)
    high = np.concatenate([one.limits.high - one.settled for one in rows]).astype(np.float64)
    if spread:
        systems = slice(rows[2].first, rows[3].first)
        low[systems] = high[systems] = np.maximum(low[systems], 0)
    model = Model(
        cost=np.concatenate([-weight[arcs], squares]).astype(np.float64),
        low=np.zeros(count + further),
        high=np.ones(count + further),
        row_low=low,
        row_high=high,
        row=np.concatenate([one.first + one.of_arc[arcs] for one in rows] + [rows[2].first + of_ics]),
        column=np.concatenate([np.tile(np.arange(count), 4), count + np.arange(further)]),
        value=np.concatenate([np.ones(count * 4), -np.ones(further)]),
    )
    return Programme(model, arcs, of_ics, squares)


def units(network: Network, face: Face, systems: Rows) -> tuple[Numbers, Numbers]:
    """Return a column for each further person of each ICS: of which ICS, and what the sum of the squares grows by."""
    low = np.maximum(systems.limits.low, systems.settled)
    free = np.bincount(network.arc_ics[face.free], minlength=len(low))
    high = np.where(free > 0, np.minimum(systems.limits.high, systems.settled + free), low)
    many = np.maximum(0, high - low)
    of_ics = np.repeat(np.arange(len(low)), many)
    further = np.arange(len(of_ics)) - np.repeat(np.cumsum(many) - many, many)
    people = network.ics_pinned[of_ics] + low[of_ics] + further + 1
    return of_ics, 2 * people - 1


def tightened(rows: Rows, prices: Numbers) -> Limits:
    """Return the limits with those that have a price made exact: at the upper end, or below nothing at the lower."""
    price = prices[rows.first : rows.first + len(rows.limits.low)]
    low = np.where(price > 0, rows.limits.high, rows.limits.low)
    return Limits(low, np.where(price < 0, rows.limits.low, rows.limits.high))


def spread_limits(systems: Rows, prices: Numbers, of_ics: Numbers, squares: Numbers) -> Limits:
    """Return how many of each ICS there may be where the sum of the squares is smallest."""
    low = np.maximum(systems.limits.low, systems.settled)
    price = prices[systems.first : systems.first + len(low)]
    has_units = np.bincount(of_ics, minlength=len(low)) > 0
    worth = low + np.bincount(of_ics[squares < price[of_ics]], minlength=len(low))
    as_good = low + np.bincount(of_ics[squares <= price[of_ics]], minlength=len(low))
    return Limits(worth, np.where(has_units, as_good, systems.limits.high))


def require_proof(rows: list[Rows], face: Face, wrong: Flags) -> None:
    """Raise `SolverFault` unless the values are what their prices ask for, and within the limits."""
    holds = not wrong.any()
    for one in rows:
        number = np.bincount(one.of_arc[face.taken], minlength=len(one.limits.low))
        holds &= bool(((one.limits.low <= number) & (number <= one.limits.high)).all())
    if not holds:
        raise SolverFault("The solver's answer is not what its own prices ask for.")


def without_rivals(rows: list[Rows], face: Face) -> Face:
    """Return the face without the arcs that cannot be taken, since what is settled fills their person or limit."""
    free = face.free.copy()
    for one in rows:
        free &= (one.settled < one.limits.high)[one.of_arc]
    return replace(face, free=free)
