"""What a choice of cohorts that run means for their numbers, and a good one to begin with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cohorts.domain.allocating import linear
from cohorts.domain.allocating.linear import Limits
from cohorts.domain.allocating.network import Flags, Network, Numbers
from cohorts.domain.allocating.solver import Solver


def must_reach(network: Network) -> Numbers:
    """Return how many people beside the pinned each cohort needs because somebody is pinned to it."""
    need: Numbers = np.where(network.pinned > 0, np.maximum(0, network.minimum - network.pinned), 0)
    return need


def may_not_run(network: Network) -> Flags:
    """Return for each cohort whether having nobody is the alternative to reaching its minimum."""
    optional: Flags = (network.pinned == 0) & (network.minimum > 0)
    return optional


def most(network: Network) -> Numbers:
    """Return how many people each cohort could have beside the pinned, if no other cohort needed anybody."""
    cohorts, systems = len(network.cohorts), len(network.ics_room)
    pairs = np.bincount(network.cohort * systems + network.arc_ics, minlength=cohorts * systems)
    reach: Numbers = np.minimum(pairs.reshape(cohorts, systems), network.ics_room).sum(axis=1)
    return np.minimum(np.minimum(reach, network.seats), network.total_room)


def may_run(network: Network) -> Flags:
    """Return for each cohort that may have nobody, whether it can reach its minimum at all."""
    return may_not_run(network) & (most(network) >= network.minimum)


def needed(network: Network, running: Flags) -> Limits:
    """Return the limits of the cohorts, beside the pinned, for a choice of those that run."""
    optional = may_not_run(network)
    low = np.where(optional & running, network.minimum, must_reach(network))
    return Limits(low, np.where(optional & ~running, 0, network.seats))


def without_minima(network: Network) -> Limits:
    """Return the limits of the cohorts, beside the pinned, if those that can reach a minimum had none."""
    hopeless = may_not_run(network) & ~may_run(network)
    return Limits(must_reach(network), np.where(hopeless, 0, network.seats))


def minima_hold(network: Network, taken: Flags) -> bool:
    """Whether each cohort has nobody or reaches its minimum."""
    number = np.bincount(network.cohort[taken], minlength=len(network.cohorts))
    return not (may_not_run(network) & (number > 0) & (number < network.minimum)).any()


def closing(network: Network, solver: Solver) -> Flags:
    """Return a choice that is good and quickly found: place, close the emptiest below its minimum, and again."""
    optional = may_not_run(network)
    running = ~optional | may_run(network)
    everyone = np.ones_like(network.person)
    while True:
        face = linear.start(network, must_reach(network), np.where(running, network.seats, 0), solver)
        assert face is not None
        taken = linear.best(network, face, everyone, solver).taken
        number = np.bincount(network.cohort[taken], minlength=len(network.cohorts))
        short = optional & running & (number < network.minimum)
        if not short.any():
            return running
        running[np.where(short, number - network.minimum, 1).argmin()] = False


def waived(network: Network, solver: Solver) -> Network:
    """Return the network without the minima that cohorts with pinned people cannot reach.

    Going through these cohorts in order of their ids, one keeps its minimum if it and those that kept theirs before can
    reach them together.
    """
    need = must_reach(network)
    kept = np.zeros_like(need)
    for number in np.flatnonzero(need):
        kept[number] = need[number]
        if need[number] > network.seats[number] or linear.start(network, kept, network.seats, solver) is None:
            kept[number] = 0
    return replace(network, minimum=np.where((need > 0) & (kept == 0), 0, network.minimum))
