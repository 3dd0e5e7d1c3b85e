"""A YAML file becomes a programme: what is stored, and what a later load does."""

import datetime
import re
from zoneinfo import ZoneInfo

import pytest

from applications.models import State
from cohorts.domain.catalogue import COHORT, COHORTS, SESSION, VENUE
from facilitators.domain.catalogue import EVALUATION, UNDERTAKING
from facilitators.domain.people.facilitation_file import FACILITATION
from programmes.domain import catalogue
from programmes.domain.programme_file import schema
from programmes.domain.programme_file.faults import Fault, Faulty
from programmes.domain.programme_file.fields import Key, Mapping, reader_of
from programmes.models import Academy, CriterionOption, Programme, Question
from tests import factories
from tests.programme_files import DOCS, all_rows, changed, example, written

LONDON = ZoneInfo("Europe/London")

pytestmark = pytest.mark.django_db


# --- What is stored ---------------------------------------------------------------------------------------


def test_example_of_the_docs_becomes_a_programme(tmp_path):
    loaded = catalogue.load([written(tmp_path, example())])

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


def test_what_is_left_out_gets_the_models_own_default(tmp_path):
    text = changed(("offer_answer: applicant_accepts\noffer_working_days: 5\n", ""))

    catalogue.load([written(tmp_path, text)])

    programme = Programme.objects.get()
    assert (programme.offer_answer, programme.offer_working_days) == ("applicant_accepts", 5)
    assert (programme.contact_name, programme.offer) == ("", "")


def test_words_that_yaml_takes_for_something_else_stay_as_they_are_written(tmp_path):
    text = changed(
        ("title: Calm Conversations", "title: NO"), ("text: A year or more of training others", "text: 012")
    )

    catalogue.load([written(tmp_path, text)])

    assert Programme.objects.get().title == "NO"
    assert CriterionOption.objects.get(key="experience").text == "012"


def test_windows_file_with_byte_order_mark_and_welsh_letters_is_read(tmp_path):
    text = changed(("title: Calm Conversations", "title: Sgyrsiau tŷ’r ŵyl"))

    catalogue.load([written(tmp_path, text.replace("\n", "\r\n").encode("utf-8-sig"))])

    assert Programme.objects.get().title == "Sgyrsiau tŷ’r ŵyl"


def test_load_tells_what_was_made(tmp_path):
    loaded = catalogue.load([written(tmp_path, example())])

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


def test_check_only_says_what_would_be_done_and_changes_nothing(tmp_path):
    before = all_rows()

    loaded = catalogue.load([written(tmp_path, example())], check_only=True)

    assert "  programme: 1 made" in loaded.lines
    assert all_rows() == before


# --- A later load -----------------------------------------------------------------------------------------


def test_second_load_changes_no_row():
    catalogue.load(catalogue.shipped_files())
    before = all_rows()

    loaded = catalogue.load(catalogue.shipped_files())

    assert all_rows() == before
    assert [line for line in loaded.lines if re.search("made|updated|removed", line)] == []


def test_later_load_updates_adds_removes_and_reorders(tmp_path):
    catalogue.load([written(tmp_path, example())])
    text = changed(
        ("  - key: why\n    kind: long_text\n", "  - key: languages\n    kind: text\n"),
        ("text: Why do you want to become a trainer?", "text: In which languages could you train?"),
        ("text: Where will you run workshops?", "text: Where could you run workshops?"),
        ("statement: Experience in managing people", "statement: Managing people"),
        ("  - South West\n", ""),
    )
    level = Question.objects.get(key="level")

    loaded = catalogue.load([written(tmp_path, text)])

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


def test_load_never_touches_applications(tmp_path):
    programme = catalogue.load([written(tmp_path, example())]).programmes[0]
    application = factories.ApplicationFactory(programme=programme, state=State.DRAFT)
    why = programme.questions.get(key="why")
    application.answers.create(question=why, asked=why.text, value="To help.")
    application.preferences.create(cohort=programme.cohorts.get(), rank=1)
    of_applications = ("applications.", "cohorts.Preference")
    before = {name: rows for name, rows in all_rows().items() if name.startswith(of_applications)}

    text = changed(("Why do you want to become a trainer?", "What makes you want to train?"))
    catalogue.load([written(tmp_path, text)])

    assert Question.objects.get(key="why").text == "What makes you want to train?"
    assert {name: rows for name, rows in all_rows().items() if name.startswith(of_applications)} == before


def test_answer_to_a_removed_question_keeps_its_wording(tmp_path):
    programme = catalogue.load([written(tmp_path, example())]).programmes[0]
    why = programme.questions.get(key="why")
    application = factories.ApplicationFactory(programme=programme)
    answer = application.answers.create(question=why, asked=why.text, value="To help.")

    catalogue.load([written(tmp_path, changed(("  - key: why\n", "  - key: reason\n")))])

    answer.refresh_from_db()
    assert answer.question is None
    assert (answer.asked, answer.value) == ("Why do you want to become a trainer?", "To help.")


def test_subscribers_to_before_save_can_refuse_a_change(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue.before_save, "_subscribers", [])

    def used(programme: Programme, entry: catalogue.Entry) -> list[Fault]:
        return [entry.fault("nominations_allowed", f"{programme.code} has 5 in use.", "Write 5 or more.")]

    catalogue.load([written(tmp_path, example())])
    catalogue.before_save.subscribe(used)
    before = all_rows()

    with pytest.raises(Faulty) as caught:
        catalogue.load([written(tmp_path, changed(("title: Calm Conversations", "title: Calm")))])

    assert [str(fault).partition("file.yaml:")[2] for fault in caught.value.faults] == [
        "25: nominations_allowed: CALM has 5 in use. Write 5 or more."
    ]
    assert all_rows() == before


def test_section_is_registered_once():
    keys = catalogue.known_keys()

    catalogue.register(COHORTS)

    assert catalogue.known_keys() == keys
    assert [key.name for key in keys[-6:]] == [
        "venues",
        "cohorts",
        "evaluation",
        "undertakings",
        "facilitation",
        "topics",
    ]


# --- The docs ---------------------------------------------------------------------------------------------


def _documented(heading: str) -> dict[str, bool]:
    """The keys in the table under a heading of the docs, each with whether it is said to be needed."""
    section = DOCS.read_text().split(f"### {heading}\n")[1].split("\n### ")[0]
    return {
        key: needed == "yes"
        for key, needed in re.findall(r"^\| `(\w+)` \| (yes|no) \|", section, re.MULTILINE)
    }


def _needed(keys: tuple[Key, ...]) -> dict[str, bool]:
    return {key.name: key.required for key in keys}


@pytest.mark.parametrize(
    ("heading", "mapping"),
    [
        ("`academy`", schema.ACADEMY),
        ("`criteria`", schema.CRITERION),
        ("`questions`", schema.QUESTION),
        ("`declarations`", schema.DECLARATION),
        ("`approvals`", schema.APPROVAL),
        ("`obligations`", schema.OBLIGATION),
        ("`faqs`", schema.FAQ),
        ("`rubric`", schema.RUBRIC),
        ("`mails`", schema.MAIL),
        ("`venues`", VENUE),
        ("`cohorts`", COHORT),
        ("`sessions` of a cohort", SESSION),
        ("`evaluation`", EVALUATION),
        ("`undertakings`", UNDERTAKING),
        ("`facilitation`", FACILITATION),
    ],
)
def test_docs_describe_every_key(heading: str, mapping: Mapping):
    assert _documented(heading) == _needed(mapping.keys)


def test_docs_describe_every_key_of_the_programme():
    assert _documented("The programme") == _needed(catalogue.known_keys())


def test_field_that_no_file_can_hold_has_no_reader():
    with pytest.raises(KeyError):
        reader_of(Academy._meta.get_field("id"))
