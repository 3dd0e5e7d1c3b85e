"""How a fault in a file is told: where it is, what is wrong, and what would be right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from programmes.domain.refused import Refused


@dataclass(frozen=True)
class Fault:
    """One fault; ``line`` counts from 1 and is None where the fault is of the file as a whole."""

    file: str
    line: int | None
    field: str
    wrong: str
    right: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (where, self.field, f"{self.wrong} {self.right}") if part)


class Faulty(Refused):
    """Files that cannot be loaded, with every fault in them, in the order of the files and their lines."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        number = "1 fault" if len(self.faults) == 1 else f"{len(self.faults)} faults"
        super().__init__(f"Nothing was loaded: {number} to put right first.")


@dataclass(frozen=True)
class Spot:
    """A place in a file, such as the maximum of its second cohort; knows where its faults are gathered."""

    file: str
    field: str
    line: int
    faults: list[Fault] = dataclass_field(repr=False, compare=False)

    def fault(self, wrong: str, right: str) -> Fault:
        """A fault of this place, not yet gathered."""
        return Fault(self.file, self.line, self.field, wrong, right)

    def refuse(self, wrong: str, right: str) -> None:
        """Gather a fault of this place."""
        self.faults.append(self.fault(wrong, right))

    def key(self, name: str, line: int) -> Spot:
        """The place of a key of the mapping that stands here."""
        return Spot(self.file, f"{self.field}.{name}" if self.field else name, line, self.faults)

    def item(self, name: str, line: int) -> Spot:
        """The place of an item of the list that stands here, by its own key or its number."""
        return Spot(self.file, f"{self.field}[{name}]", line, self.faults)
