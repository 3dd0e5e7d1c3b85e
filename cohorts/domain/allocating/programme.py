"""The integer programme over the choices of cohorts: is there another that does as well, or better?

A column for each arc (somebody gets a cohort), for each cohort that may run or not, one for "not looked at yet", and
the squares of ICSs where places are spread. The columns of people are whole numbers too: left as fractions, the
solver has called possible problems impossible.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cohorts.domain.allocating import choices
from cohorts.domain.allocating.network import Flags, Network, Numbers
from cohorts.domain.allocating.solver import Model, Reals, Solver
from cohorts.domain.allocating.stages import Stage


@dataclass(frozen=True)
class Found:
    """Another choice that is as good or better, or None; whether that is certain; else what can be reached at most."""

    running: Flags | None
    proven: bool
    bound: float


class Programme:
    """What is possible at all, narrowed by each stage that is kept."""

    def __init__(self, network: Network, stages: list[Stage]) -> None:
        self.network = network
        self.may_run = choices.may_run(network)
        self.optional = np.flatnonzero(self.may_run)
        self.arcs = np.flatnonzero(
            self.may_run[network.cohort] | ~choices.may_not_run(network)[network.cohort]
        )
        self.column_of_arc = np.full(len(network.person), -1)
        self.column_of_arc[self.arcs] = np.arange(len(self.arcs))
        self.unseen = len(self.arcs) + len(self.optional)
        self.of_ics, self.squares = (
            self.units() if any(one.spread for one in stages) else (self.arcs[:0],) * 2
        )
        self.width = self.unseen + 1 + len(self.squares)
        self.rows: list[tuple[Numbers, Reals, float, float]] = []
        self.add_limits()

    def units(self) -> tuple[Numbers, Numbers]:
        """Return of which ICS each further person is, and by how much the sum of the squares grows."""
        network = self.network
        many = np.minimum(network.ics_room, np.bincount(network.ics, minlength=len(network.ics_room)))
        of_ics = np.repeat(np.arange(len(many)), many)
        further = np.arange(len(of_ics)) - np.repeat(np.cumsum(many) - many, many)
        return of_ics, 2 * (network.ics_pinned[of_ics] + further) + 1

    def row(self, columns: Numbers, values: Reals | float, low: float, high: float) -> None:
        """Add a row with these entries."""
        self.rows.append(
            (columns, np.broadcast_to(np.asarray(values, dtype=np.float64), columns.shape), low, high)
        )

    def add_limits(self) -> None:
        """Add the rows that every allocation keeps."""
        network = self.network
        people, cohort, ics = network.person[self.arcs], network.cohort[self.arcs], network.arc_ics[self.arcs]
        for group in groups(people):
            self.row(group, 1.0, 0, 1)
        low = choices.must_reach(network)
        column_of = np.full(len(network.cohorts), -1)
        column_of[self.optional] = len(self.arcs) + np.arange(len(self.optional))
        for group in groups(cohort):
            number = cohort[group[0]]
            if column_of[number] < 0:
                self.row(group, 1.0, low[number], network.seats[number])
                continue
            runs = column_of[number]
            members = np.append(group, runs)
            self.row(members, np.append(np.ones(len(group)), -network.seats[number]), -math.inf, 0)
            self.row(members, np.append(np.ones(len(group)), -network.minimum[number]), 0, math.inf)
            # Said of everybody by themselves as well: it helps the solver to see what half a cohort would be worth.
            for one in group:
                self.row(np.array([one, runs]), np.array([1.0, -1.0]), -math.inf, 0)
        for group in groups(ics):
            number = ics[group[0]]
            if len(self.squares):
                further = self.unseen + 1 + np.flatnonzero(self.of_ics == number)
                values = np.concatenate([np.ones(len(group)), -np.ones(len(further))])
                self.row(np.concatenate([group, further]), values, 0, 0)
            else:
                self.row(group, 1.0, 0, network.ics_room[number])
        self.row(np.arange(len(self.arcs)), 1.0, 0, network.total_room)

    def terms(self, stage: Stage) -> tuple[Numbers, Reals]:
        """Return the columns that a stage counts, and for how much each."""
        if stage.spread:
            return self.unseen + 1 + np.arange(len(self.squares)), -self.squares.astype(np.float64)
        columns = self.column_of_arc[stage.arcs]
        is_column = columns >= 0
        return columns[is_column], stage.worth[is_column].astype(np.float64)

    def offset(self, stage: Stage) -> int:
        """Return what a stage counts before anybody is placed: the squares of the pinned."""
        return -int((self.network.ics_pinned**2).sum()) if stage.spread else 0

    def keep(self, stage: Stage, value: int) -> None:
        """From now on, ask only for what reaches this value in a stage."""
        columns, worth = self.terms(stage)
        self.row(columns, worth, value - self.offset(stage) - 0.5, math.inf)

    def other(
        self,
        stage: Stage,
        best: int,
        running: Flags,
        taken: Flags,
        seen: list[Flags],
        solver: Solver,
        seconds: float,
    ) -> Found:
        """Look for a choice that is not ``seen`` and reaches at least ``best``, what ``running`` and ``taken`` reach.

        A choice that is not seen counts for half a person more; the best so far stays possible, so that "there is no
        other" is an answer with a number, and never the absence of one.
        """
        rows = len(self.rows)
        for one in seen:
            is_run = one[self.optional]
            columns = np.append(self.unseen - len(self.optional) + np.arange(len(self.optional)), self.unseen)
            self.row(columns, np.append(np.where(is_run, 1.0, -1.0), 1.0), -math.inf, int(is_run.sum()))
        model = self.model(stage)
        del self.rows[rows:]
        solved = solver.solve(model, seconds=seconds, start=self.start(running, taken))
        bound = self.offset(stage) - solved.bound / 2
        if solved.values is None:
            return Found(None, False, bound)
        is_new = solved.values[self.unseen] == 1
        again = np.ones(len(self.network.cohorts), dtype=bool)
        again[self.optional] = solved.values[len(self.arcs) : self.unseen] == 1
        again &= self.may_run | ~choices.may_not_run(self.network)
        return Found(again if is_new else None, solved.proven, bound)

    def start(self, running: Flags, taken: Flags) -> Reals:
        """Return the best so far as values of the columns."""
        values = np.zeros(self.width)
        values[: len(self.arcs)] = taken[self.arcs]
        values[len(self.arcs) : self.unseen] = running[self.optional]
        number = np.bincount(self.network.arc_ics[taken], minlength=len(self.network.ics_room))
        for ics in np.unique(self.of_ics):
            values[self.unseen + 1 + np.flatnonzero(self.of_ics == ics)[: number[ics]]] = 1
        return values

    def model(self, stage: Stage) -> Model:
        """Return the programme for a stage, to be minimised."""
        columns, worth = self.terms(stage)
        cost = np.zeros(self.width)
        cost[columns] = -2 * worth
        cost[self.unseen] = -1
        whole = np.ones(self.width, dtype=bool)
        whole[self.unseen + 1 :] = False
        sizes = [len(one[0]) for one in self.rows]
        return Model(
            cost=cost,
            low=np.zeros(self.width),
            high=np.ones(self.width),
            row_low=np.array([one[2] for one in self.rows], dtype=np.float64),
            row_high=np.array([one[3] for one in self.rows], dtype=np.float64),
            row=np.repeat(np.arange(len(sizes)), sizes),
            column=np.concatenate([one[0] for one in self.rows]),
            value=np.concatenate([one[1] for one in self.rows]),
            whole=whole,
        )


def groups(keys: Numbers) -> list[Numbers]:
    """Return the positions of each key, together."""
    order = np.argsort(keys, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(keys[order])) + 1)
