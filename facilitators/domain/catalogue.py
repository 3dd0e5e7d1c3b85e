"""The part of a programme's file that says how it is completed: ``evaluation`` and ``undertakings``."""

from __future__ import annotations

from collections.abc import Iterator

from facilitators.models import EvaluationQuestion, Undertaking
from programmes.domain.catalogue import Section
from programmes.domain.programme_file.faults import Fault
from programmes.domain.programme_file.fields import Check, Entry, Key, Line, ListOf, Mapping, keys_of, of
from programmes.domain.programme_file.saving import Tally, keep_parts
from programmes.domain.programme_file.writing import said_of_row
from programmes.models import Programme

_ENDS = ("lowest", "highest")


def _check_ends(entry: Entry) -> Iterator[Fault]:
    for name in _ENDS:
        if entry["kind"] != EvaluationQuestion.Kind.RATING and name in entry.spots:
            yield entry.fault(name, f"A question of the kind {entry['kind']} has no ends.", "Leave it out.")


def _check_choices(entry: Entry) -> Iterator[Fault]:
    kind, choices = entry["kind"], entry["choices"]
    chooses = kind == EvaluationQuestion.Kind.CHOICE
    if chooses and len(choices) < 2:
        yield entry.fault("choices", "A question of the kind choice needs choices.", "Add two or more.")
    if choices and not chooses:
        right = "Leave them out, or make the kind choice."
        yield entry.fault("choices", f"A question of the kind {kind} has no choices.", right)


EVALUATION = Mapping(
    (
        *keys_of(EvaluationQuestion, "key", "moment", "kind", "text", "hint", "required", *_ENDS),
        of(EvaluationQuestion, "choices", read=ListOf(Line(200))),
    ),
    (Check(("kind", *_ENDS), _check_ends), Check(("kind", "choices"), _check_choices)),
)
UNDERTAKING = Mapping(keys_of(Undertaking, "key", "statement"))


def save_completion(programme: Programme, entry: Entry, tally: Tally) -> None:
    """Store a programme's evaluation and undertakings; what people answered and agreed to keeps its wording."""
    parent = {"programme": programme}
    list(keep_parts(EvaluationQuestion, parent, entry["evaluation"], tally))
    list(keep_parts(Undertaking, parent, entry["undertakings"], tally))


def said_of_completion(programme: Programme) -> dict[str, list[Entry]]:
    """What a file says of a programme's evaluation and undertakings."""
    return {
        "evaluation": [said_of_row(one, EVALUATION.keys) for one in programme.evaluation_questions.all()],
        "undertakings": [said_of_row(one, UNDERTAKING.keys) for one in programme.undertakings.all()],
    }


COMPLETION = Section(
    keys=(
        Key("evaluation", ListOf(EVALUATION), default=()),
        Key("undertakings", ListOf(UNDERTAKING), default=()),
    ),
    save=save_completion,
    said=said_of_completion,
)
