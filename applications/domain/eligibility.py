"""The gate: each criterion a plain question, asked before anything personal is.

Someone who does not meet an essential criterion leaves nothing behind but a number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F

from applications.domain import definition
from programmes.models import Criterion, IneligibleCount, Programme
from programmes.models.parts import Importance


@dataclass(frozen=True)
class Met:
    """What a visitor said of one criterion; ``ways`` are the options ticked of an any-of group."""

    criterion: Criterion
    met: bool
    ways: tuple[str, ...] = ()


def judge(programme: Programme, answers: Mapping[str, bool | Sequence[str]]) -> list[Met]:
    """What the answers say of each criterion of a programme, in its order.

    ``answers`` holds, by the criterion's key, yes or no, or the keys of the options ticked. A criterion with options
    is met by any one of them ("and/or" counts as one). An answer that is missing counts as no.
    """
    verdicts = []
    for criterion in definition.criteria_of(programme):
        answer = answers.get(criterion.key, False)
        options = {option.key: option.text for option in criterion.options.all()}
        if options:
            ticked = [] if isinstance(answer, bool) else [key for key in options if key in answer]
            verdicts.append(Met(criterion, bool(ticked), tuple(options[key] for key in ticked)))
        else:
            verdicts.append(Met(criterion, answer is True))
    return verdicts


def unmet(verdicts: Sequence[Met]) -> list[Criterion]:
    """The essential criteria that are not met: none means eligible. Desirable ones keep nobody out."""
    return [
        verdict.criterion
        for verdict in verdicts
        if not verdict.met and verdict.criterion.importance == Importance.ESSENTIAL
    ]


def count_ineligible(criteria: Sequence[Criterion]) -> None:
    """Count one visitor against each criterion that kept them out; nothing about the visitor is kept."""
    for criterion in criteria:
        IneligibleCount.objects.get_or_create(criterion=criterion)
        IneligibleCount.objects.filter(criterion=criterion).update(visitors=F("visitors") + 1)
