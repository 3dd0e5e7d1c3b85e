"""The last objective: among allocations that are equally good, the one that everybody in their turn would choose.

People are asked one after another: by score, then earlier submission, then reference. Each gets the best that is still
possible, given what those before them got: a place rather than none, and of the places the one they prefer. What is
left is one allocation only, whatever the order of the input.

Nobody needs a solver for this. From one of the best allocations all others are reached by rings: somebody takes a
seat, whose holder moves to another, and so on until the ring closes. So a wish is possible exactly if there is a ring.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from cohorts.domain.allocating.linear import Face
from cohorts.domain.allocating.network import Network

NOBODY = -1
NOWHERE = -1

# Where a step of a ring leads, and who takes it by moving (nobody, where only a number changes).
Step = tuple[int, int]


class Rings:
    """The allocation so far, and who of those not yet asked could be elsewhere.

    Stations of a ring are numbered: cohorts first, then ICSs (where their people without a place are), then the
    programme's places, which pass from one ICS to another, then its seats, which pass from one cohort to another. The
    number placed is settled by now, so places and seats are two stations.
    """

    def __init__(self, network: Network, face: Face) -> None:
        cohorts, systems = len(network.cohorts), len(network.ics_room)
        self.first_ics = cohorts
        self.places = cohorts + systems
        self.seats = self.places + 1
        self.ics = network.ics.tolist()
        self.must = (face.people.low > 0).tolist()
        self.at = [NOWHERE] * len(network.people)
        for person, cohort in zip(
            network.person[face.taken].tolist(), network.cohort[face.taken].tolist(), strict=True
        ):
            self.at[person] = cohort
        free = np.flatnonzero(face.free)
        self.wishes: dict[int, list[int]] = {}
        for person, cohort in zip(network.person[free].tolist(), network.cohort[free].tolist(), strict=True):
            self.wishes.setdefault(person, []).append(cohort)
        # By cohort, and by ICS for people without a place: those not yet asked.
        self.open: list[set[int]] = [set() for _ in range(self.places)]
        for person in self.wishes:
            self.open[self.home(person)].add(person)
        limits = (face.cohorts, face.systems)
        self.low = np.concatenate([one.low for one in limits]).tolist()
        self.high = np.concatenate([one.high for one in limits]).tolist()
        taken = (network.cohort[face.taken], network.arc_ics[face.taken])
        self.number = [
            *np.bincount(taken[0], minlength=cohorts).tolist(),
            *np.bincount(taken[1], minlength=systems).tolist(),
        ]

    def home(self, person: int) -> int:
        """Return where somebody is: their cohort, or their ICS without a place."""
        return self.at[person] if self.at[person] != NOWHERE else self.first_ics + self.ics[person]

    def steps(self, place: int) -> Iterator[Step]:
        """Yield where one too many in a place could go, and who moves."""
        if place == self.seats:
            yield from self.fewer(range(self.first_ics))
        elif place == self.places:
            yield from self.more(range(self.first_ics, self.places))
        elif place >= self.first_ics:
            yield from ((self.places, NOBODY) for _ in self.fewer([place]))
            for person in self.open[place]:
                yield from ((cohort, person) for cohort in self.wishes[person])
        else:
            yield from ((self.seats, NOBODY) for _ in self.more([place]))
            for person in self.open[place]:
                yield from ((cohort, person) for cohort in self.wishes[person])
                if not self.must[person]:
                    yield self.first_ics + self.ics[person], person

    def fewer(self, places: Iterable[int]) -> Iterator[Step]:
        """Yield those of some cohorts or ICSs that may have one fewer."""
        return ((place, NOBODY) for place in places if self.number[place] > self.low[place])

    def more(self, places: Iterable[int]) -> Iterator[Step]:
        """Yield those of some cohorts or ICSs that may have one more."""
        return ((place, NOBODY) for place in places if self.number[place] < self.high[place])

    def ring(self, start: int, end: int) -> list[tuple[int, Step]]:
        """Return steps from one place to another, each with where it comes from; none where there is no way."""
        before: dict[int, tuple[int, int]] = {start: (start, NOBODY)}
        queue = deque([start])
        while queue and end not in before:
            place = queue.popleft()
            for after, person in self.steps(place):
                if after not in before:
                    before[after] = (place, person)
                    queue.append(after)
        found: list[tuple[int, Step]] = []
        while end in before and end != start:
            place, person = before[end]
            found.append((place, (end, person)))
            end = place
        return found

    def go(self, ring: list[tuple[int, Step]]) -> None:
        """Move everybody along a ring."""
        for place, (after, person) in ring:
            if person != NOBODY:
                self.open[place].remove(person)
                self.at[person] = after if after < self.first_ics else NOWHERE
                self.open[after].add(person)
            else:
                # One more where a cohort gives to the seats or an ICS takes from the places, else one fewer.
                counted = min(place, after)
                self.number[counted] += 1 if self.seats == after or self.places == place else -1

    def ask(self, person: int) -> None:
        """Give somebody the best that is possible, and settle it."""
        home = self.home(person)
        self.open[home].discard(person)
        for wish in self.wishes[person]:
            if wish == home:
                break
            ring = self.ring(wish, home)
            if ring:
                self.go(ring)
                self.at[person] = wish
                break


def broken(network: Network, face: Face) -> Face:
    """Return the face with the one allocation in it that the turns choose."""
    rings = Rings(network, face)
    for person in sorted(rings.wishes):
        rings.ask(person)
    at = np.array(rings.at, dtype=np.int64)
    taken = at[network.person] == network.cohort
    return replace(face, free=np.zeros_like(face.free), taken=taken)
