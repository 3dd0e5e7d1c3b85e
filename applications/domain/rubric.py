"""A programme's rubric: points for each criterion, weighted to one score of 0 to 100."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from programmes.domain.refused import Refused
from programmes.domain.wording import join_words
from programmes.models import RubricCriterion


def score(criteria: Sequence[RubricCriterion], points: Mapping[int, int]) -> int:
    """The score, 0 to 100, that ``points`` (by the criterion's key in the database) make; halves up.

    Each criterion counts by its weight, whatever its own maximum is. Raises `Refused` where one has no points, or
    more than it can have: a score of some criteria would not compare with one of all.
    """
    without = [criterion.text for criterion in criteria if criterion.pk not in points]
    if without:
        raise Refused(f"Give points for {join_words(f'“{text}”' for text in without)}, or for none.")
    for criterion in criteria:
        if not 0 <= points[criterion.pk] <= criterion.maximum:
            raise Refused(f"“{criterion.text}” takes 0 to {criterion.maximum} points.")
    weights = sum(criterion.weight for criterion in criteria)
    shares = sum(
        Fraction(criterion.weight * points[criterion.pk], criterion.maximum) for criterion in criteria
    )
    return int(100 * shares / weights + Fraction(1, 2))
