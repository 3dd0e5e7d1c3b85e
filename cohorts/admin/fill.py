"""How full a cohort is: the bar, and the words beside it that say the same."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fill:
    """The seats of a cohort: confirmed, and offered, against its minimum and maximum."""

    confirmed: int
    offered: int
    minimum: int
    maximum: int

    @property
    def taken(self) -> int:
        """The seats that are taken."""
        return self.confirmed + self.offered

    @property
    def length(self) -> int:
        """The length of the bar, in seats."""
        return max(self.maximum, self.taken, 1)

    @property
    def text(self) -> str:
        """Such as "9 of 12 to 20: 7 confirmed, 2 offered"."""
        room = f"{self.minimum} to {self.maximum}" if self.minimum else str(self.maximum)
        return f"{self.taken} of {room}: {self.confirmed} confirmed, {self.offered} offered"
