"""A YAML file becomes a programme: what is refused, with which words, and what is stored."""

import datetime
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.db import models
from hypothesis import given
from hypothesis import strategies as st

from applications.models import State
from cohorts.models import Session
from programmes.domain import catalogue
from programmes.domain.programme_file import fields, schema
from programmes.domain.programme_file.faults import Fault, Faulty, Spot
from programmes.domain.programme_file.fields import Key, ListOf, Mapping
from programmes.domain.programme_file.moving import moved, weeks_to_future
from programmes.domain.programme_file.reading import LARGEST_FILE, read_file
from programmes.models import Academy, Criterion, CriterionOption, Programme, Question
from tests import factories

DOCS = Path(__file__).resolve().parents[2] / "docs" / "programme-file.md"
LONDON = ZoneInfo("Europe/London")
TODAY = datetime.date(2026, 10, 5)

pytestmark = pytest.mark.django_db


def example() -> str:
    """The example of the docs; its first line is line 1."""
    found = re.search(r"```yaml\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert found
    return found[1]


def changed(old: str, new: str) -> str:
    text = example()
    assert text.count(old) == 1, old
    return text.replace(old, new)


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str | bytes, name: str = "file.yaml") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def faults_of(*paths: Path) -> list[str]:
    """Every fault as it is printed, without the folder."""
    with pytest.raises(Faulty) as caught:
        catalogue.load(paths)
    return [str(fault).replace(f"{paths[0].parent}/", "") for fault in caught.value.faults]


def all_rows() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, histories and links between tables included."""
    tables = apps.get_models(include_auto_created=True)
    return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in tables}


# --- What is stored ---------------------------------------------------------------------------------------


def test_example_of_the_docs_becomes_a_programme(file):
    loaded = catalogue.load([file(example())])

    programme = Programme.objects.get()
    assert loaded.programmes == [programme]
    assert programme.academy == Academy.objects.get(slug="coastal-academy")
    assert programme.code == "CALM"
    assert programme.background == (
        "Hard conversations are easier when they are prepared.\n\n"
        "- You learn a simple structure.\n- You pass it on."
    )
    assert programme.closes_at == datetime.datetime(2024, 9, 27, 17, 0, tzinfo=LONDON)
    assert programme.notify_by == datetime.date(2024, 10, 11)
    assert [region.name for region in programme.regions.all()] == ["South East", "South West"]
    assert programme.role_description.text == "You run workshops for colleagues, twice a year."
    assert list(programme.criteria.values_list("key", "importance", "position")) == [
        ("background", "essential", 1),
        ("manager-of-people", "desirable", 2),
    ]
    assert list(CriterionOption.objects.values_list("key", "position")) == [
        ("experience", 1),
        ("qualification", 2),
    ]
    assert list(programme.questions.values_list("key", "required", "options", "max_words")) == [
        ("why", True, [], 200),
        ("level", False, ["In my team", "Across my organisation"], None),
    ]


def test_what_is_left_out_gets_the_models_own_default(file):
    text = changed("offer_answer: applicant_accepts\noffer_working_days: 5\n", "")

    programme = catalogue.load([file(text)]).programmes[0]

    programme.refresh_from_db()
    assert (programme.offer_answer, programme.offer_working_days) == ("applicant_accepts", 5)
    assert (programme.contact_name, programme.offer) == ("", "")


def test_words_that_yaml_takes_for_something_else_stay_as_they_are_written(file):
    text = changed("title: Calm Conversations", "title: NO")
    text = text.replace("        text: A year or more of training others", "        text: 012")

    programme = catalogue.load([file(text)]).programmes[0]

    assert programme.title == "NO"
    assert CriterionOption.objects.get(key="experience").text == "012"


def test_second_load_changes_no_row(file):
    shipped = catalogue.shipped_files()
    catalogue.load(shipped)
    before = all_rows()

    loaded = catalogue.load(shipped)

    assert all_rows() == before
    assert [line for line in loaded.lines if "made" in line or "updated" in line or "removed" in line] == []


def test_load_tells_what_was_made(file):
    loaded = catalogue.load([file(example())])

    assert loaded.lines == [
        "Integrated Care Systems: 48 made, 0 updated, 0 as before",
        "Calm Conversations (CALM)",
        "  academy: 1 made",
        "  programme: 1 made",
        "  regions: 1 updated",
        "  role description: 1 made",
        "  criteria: 2 made",
        "  criterion options: 2 made",
        "  questions: 2 made",
        "  declarations: 1 made",
        "  approval steps: 1 made",
        "  obligations: 1 made",
        "  frequently asked questions: 1 made",
        "  venues: 1 made",
        "  cohorts: 1 made",
        "  sessions: 2 made",
    ]


def test_later_load_updates_adds_removes_and_reorders(file):
    catalogue.load([file(example())])
    text = changed(
        """  - key: why
    kind: long_text
    text: Why do you want to become a trainer?
    max_words: 200
""",
        """  - key: languages
    kind: text
    text: In which languages could you train?
""",
    )
    text = text.replace("text: Where will you run workshops?", "text: Where could you run workshops?")
    text = text.replace("statement: Experience in managing people", "statement: Managing people")
    text = text.replace("  - South West\n", "")
    level = Question.objects.get(key="level")

    loaded = catalogue.load([file(text)])

    assert list(Question.objects.values_list("key", "position")) == [("languages", 1), ("level", 2)]
    level.refresh_from_db()
    assert level.text == "Where could you run workshops?"
    assert [region.name for region in Programme.objects.get().regions.all()] == ["South East"]
    assert loaded.lines == [
        "Calm Conversations (CALM)",
        "  academy: 1 as before",
        "  programme: 1 as before",
        "  regions: 1 updated",
        "  role description: 1 as before",
        "  criteria: 1 updated, 1 as before",
        "  criterion options: 2 as before",
        "  questions: 1 made, 1 updated, 1 removed",
        "  declarations: 1 as before",
        "  approval steps: 1 as before",
        "  obligations: 1 as before",
        "  frequently asked questions: 1 as before",
        "  venues: 1 as before",
        "  cohorts: 1 as before",
        "  sessions: 2 as before",
    ]


def test_load_never_touches_applications(file):
    programme = catalogue.load([file(example())]).programmes[0]
    application = factories.ApplicationFactory(programme=programme, state=State.DRAFT)
    why = programme.questions.get(key="why")
    factories.AnswerFactory(application=application, question=why, asked=why.text, value="To help.")
    factories.PreferenceFactory(application=application, cohort=programme.cohorts.get(), rank=1)
    tables = ("applications.", "cohorts.Preference")
    before = {name: rows for name, rows in all_rows().items() if name.startswith(tables)}

    catalogue.load([file(changed("Why do you want to become a trainer?", "What makes you want to train?"))])

    assert {name: rows for name, rows in all_rows().items() if name.startswith(tables)} == before
    assert Question.objects.get(key="why").text == "What makes you want to train?"


def test_answer_to_a_removed_question_keeps_its_wording(file):
    programme = catalogue.load([file(example())]).programmes[0]
    why = programme.questions.get(key="why")
    answer = factories.AnswerFactory(
        application=factories.ApplicationFactory(programme=programme), question=why, asked=why.text, value="Yes."
    )

    catalogue.load([file(changed("  - key: why\n", "  - key: reason\n"))])

    answer.refresh_from_db()
    assert (answer.question, answer.asked, answer.value) == (
        None,
        "Why do you want to become a trainer?",
        "Yes.",
    )


def test_check_only_says_what_would_be_done_and_changes_nothing(file):
    before = all_rows()

    loaded = catalogue.load([file(example())], check_only=True)

    assert "  programme: 1 made" in loaded.lines
    assert all_rows() == before


def test_dates_move_by_whole_weeks_and_clocks_show_the_same(file):
    programme = catalogue.load([file(example())], moved_by_weeks=-10).programmes[0]

    assert programme.opens_at == datetime.datetime(2024, 6, 24, 9, 0, tzinfo=LONDON)
    assert programme.notify_by == datetime.date(2024, 8, 2)
    # From winter time into summer time: still half past nine.
    assert Session.objects.get(key="day-1").starts_at == datetime.datetime(2024, 8, 27, 9, 30, tzinfo=LONDON)


# --- What is refused --------------------------------------------------------------------------------------

FAULTY_VALUES = [
    ("    maximum: 12", "    maxmum: 12", ['88: cohorts[autumn].maxmum: Unknown key. Did you mean “maximum”?']),
    ("published: true", "colour: red", None),
]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "    maximum: 12",
            "    maxmum: 12",
            ["88: cohorts[autumn].maxmum: Unknown key. Did you mean “maximum”?"],
        ),
    ],
)
def test_fault_is_told_with_line_key_and_remedy(file, old, new, expected):
    assert faults_of(file(changed(old, new))) == [f"file.yaml:{line}" for line in expected]
