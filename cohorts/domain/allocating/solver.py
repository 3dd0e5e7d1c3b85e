"""The one file that speaks with the solver (HiGHS): rows, columns and whole numbers, no people.

Models are handed over as arrays. One thread and a fixed seed: the same model gives the same answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from cohorts.domain.allocating.problem import SolverFault

Reals = NDArray[np.float64]

# Free of the solver's own noise: values and duals here are whole numbers, or the answer is wrong.
NEARLY = 1e-4


@dataclass
class Model:
    """Minimise ``cost`` over columns between ``low`` and ``high``, with rows between ``row_low`` and ``row_high``.

    The entries of the rows stand in ``row``, ``column`` and ``value``, in any order. ``whole`` says which columns
    must be whole numbers; None for a linear programme.
    """

    cost: Reals
    low: Reals
    high: Reals
    row_low: Reals
    row_high: Reals
    row: NDArray[np.int64]
    column: NDArray[np.int64]
    value: Reals
    whole: NDArray[np.bool_] | None = None


@dataclass
class Solved:
    """Column values (None where nothing was found in time), the rows' duals, and whether nothing better exists."""

    values: NDArray[np.int64] | None
    duals: NDArray[np.int64]
    proven: bool
    bound: float


def version() -> str:
    """Return the solver's name and version."""
    return f"HiGHS {highspy.Highs().version()}"


def whole(values: Reals) -> NDArray[np.int64]:
    """Return the numbers rounded; raises `SolverFault` where one is not nearly whole."""
    rounded = np.rint(values)
    if np.abs(values - rounded).max(initial=0.0) > NEARLY:
        raise SolverFault("The solver answered with parts of people.")
    return rounded.astype(np.int64)


class Solver:
    """Solves models, one after another, each on its own: nothing of one is kept for the next."""

    def __init__(self) -> None:
        self.highs = highspy.Highs()
        self.highs.setOptionValue("output_flag", False)
        self.highs.setOptionValue("threads", 1)
        self.highs.setOptionValue("random_seed", 0)
        self.highs.setOptionValue("mip_rel_gap", 0.0)
        self.highs.setOptionValue("mip_abs_gap", 0.5)

    def solve(self, model: Model, *, seconds: float = math.inf, start: Reals | None = None) -> Solved:
        """Solve a model within ``seconds``, from a ``start`` if there is one. Raises `SolverFault`."""
        highs = self.highs
        highs.clearModel()
        # Where all are linear, looking for what could be left out takes longer than solving.
        highs.setOptionValue("presolve", "off" if model.whole is None else "choose")
        # The solver's clock runs on from one model to the next.
        highs.setOptionValue("time_limit", seconds + highs.getRunTime())
        highs.passModel(linear_programme(model))
        if start is not None:
            solution = highspy.HighsSolution()
            solution.col_value = start.tolist()
            highs.setSolution(solution)
        highs.run()
        return answer(highs, model)


def linear_programme(model: Model) -> highspy.HighsLp:
    """Return the model as the solver takes it: column by column."""
    programme = highspy.HighsLp()
    programme.num_col_, programme.num_row_ = len(model.cost), len(model.row_low)
    programme.col_cost_, programme.col_lower_, programme.col_upper_ = model.cost, model.low, model.high
    programme.row_lower_, programme.row_upper_ = model.row_low, model.row_high
    order = np.argsort(model.column, kind="stable")
    entries = np.bincount(model.column, minlength=len(model.cost))
    programme.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    programme.a_matrix_.start_ = np.concatenate([[0], np.cumsum(entries)]).astype(np.int32)
    programme.a_matrix_.index_ = model.row[order].astype(np.int32)
    programme.a_matrix_.value_ = model.value[order]
    if model.whole is not None:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        programme.integrality_ = [kinds[int(flag)] for flag in model.whole]
    return programme


def answer(highs: highspy.Highs, model: Model) -> Solved:
    """Read what the solver found."""
    status, info, solution = highs.getModelStatus(), highs.getInfo(), highs.getSolution()
    in_time = status == highspy.HighsModelStatus.kOptimal
    if not in_time and status != highspy.HighsModelStatus.kTimeLimit:
        raise SolverFault(f"The solver ended with {highs.modelStatusToString(status)}.")
    if model.whole is None:
        return Solved(whole(np.array(solution.col_value)), whole(np.array(solution.row_dual)), True, 0.0)
    none = np.zeros(0, dtype=np.int64)
    if info.primal_solution_status != 2:
        return Solved(None, none, False, info.mip_dual_bound)
    values = np.where(model.whole, np.array(solution.col_value), 0.0)
    return Solved(whole(values), none, in_time, info.mip_dual_bound)
