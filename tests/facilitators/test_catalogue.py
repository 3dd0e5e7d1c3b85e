"""The evaluation and the undertakings of a programme's file."""

from collections import Counter

import pytest

from facilitators.models import EvaluationQuestion, Undertaking
from programmes.domain import catalogue
from programmes.models import Programme
from tests.programme_files import DOCS, example, faults_of, written

pytestmark = pytest.mark.django_db


def part() -> str:
    """The part of the docs' example that says how a programme is completed."""
    return "evaluation:\n" + DOCS.read_text().split("```yaml\nevaluation:\n")[1].split("```")[0]


def test_evaluation_and_undertakings_are_stored_updated_and_removed(tmp_path):
    catalogue.load([written(tmp_path, example() + part())])
    changed = part().replace("How was the training?", "How did you like the training?")
    changed = changed.split("\nundertakings:")[0]

    loaded = catalogue.load([written(tmp_path, example() + changed)])

    assert loaded.lines[-2:] == [
        "  evaluation questions: 1 updated, 1 as before",
        "  undertakings: 1 removed",
    ]
    assert [(one.kind, one.text, one.required, one.lowest) for one in EvaluationQuestion.objects.all()] == [
        ("rating", "How did you like the training?", True, "poor"),
        ("long_text", "What should we do better next time?", False, "very poor"),
    ]
    assert Undertaking.objects.count() == 0


def test_only_a_rating_has_ends(tmp_path):
    wrong = part().replace("kind: rating", "kind: yes_no")

    faults = faults_of([written(tmp_path, example() + wrong)])

    assert [fault.partition(": ")[2] for fault in faults] == [
        "evaluation[overall].lowest: A question of the kind yes_no has no ends. Leave it out.",
        "evaluation[overall].highest: A question of the kind yes_no has no ends. Leave it out.",
    ]


def test_the_shipped_programmes_ask_for_an_evaluation_and_undertakings():
    catalogue.load(catalogue.shipped_files())

    counts = {
        programme.code: (programme.evaluation_questions.count(), programme.undertakings.count())
        for programme in Programme.objects.all()
    }
    assert counts == {"ABP": (14, 4), "LSC": (16, 5)}


def test_the_shipped_programmes_ask_facilitators_months_later_and_those_who_came_to_circles():
    catalogue.load(catalogue.shipped_files())

    asked = {
        programme.code: Counter(programme.evaluation_questions.values_list("moment", flat=True))
        for programme in Programme.objects.all()
    }
    months = {"months_3": 2, "months_6": 2, "months_12": 2}
    assert asked == {"ABP": {"training": 8, **months}, "LSC": {"training": 7, "circle": 3, **months}}


def test_a_choice_needs_choices_and_nothing_else_has_any(tmp_path):
    few = part().replace("kind: long_text", "kind: choice\n    choices:\n      - Weekly")
    many = part().replace("kind: long_text", "kind: yes_no\n    choices:\n      - Weekly\n      - Monthly")
    right = many.replace("kind: yes_no", "moment: circle\n    kind: choice")

    faults = [
        [fault.partition(": ")[2] for fault in faults_of([written(tmp_path, example() + wrong)])]
        for wrong in (few, many)
    ]
    catalogue.load([written(tmp_path, example() + right)])

    assert faults == [
        ["evaluation[better].choices: A question of the kind choice needs choices. Add two or more."],
        [
            "evaluation[better].choices: A question of the kind yes_no has no choices. "
            "Leave them out, or make the kind choice."
        ],
    ]
    stored = EvaluationQuestion.objects.get(key="better")
    assert (stored.moment, stored.kind, stored.choices) == ("circle", "choice", ["Weekly", "Monthly"])
