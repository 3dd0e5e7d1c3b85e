"""The evaluation and the undertakings of a programme's file."""

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
    assert counts == {"ABP": (8, 4), "LSC": (7, 5)}
