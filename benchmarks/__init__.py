"""What is measured, and how: each module has a ``measure()`` that yields `Figure`s. Run by ``make bench``."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One thing measured: ``value`` in ``unit``, and in ``how`` what was done to get it."""

    name: str
    value: float
    unit: str
    how: str = ""
