"""Problems and allocations as JSON: the example of the documentation, the command, and what is wrong with a file."""

import json
import re
import runpy
from dataclasses import replace
from datetime import timedelta, timezone
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from cohorts.domain import allocation
from cohorts.domain.allocating.reading import read
from cohorts.domain.allocation import BadProblem, Order, Run, input_hash, main
from tests.cohorts.allocation import problems

ROOT = Path(__file__).parents[3]


def examples() -> list[Any]:
    page = (ROOT / "docs" / "allocation.md").read_text(encoding="utf-8")
    return [json.loads(text) for text in re.findall(r"```json\n(.*?)```", page, re.DOTALL)]


def test_command_answers_the_example_of_the_documentation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problem, answer = examples()
    file = tmp_path / "problem.json"
    file.write_text(json.dumps(problem))

    code = main([str(file)])

    assert (code, json.loads(capsys.readouterr().out)) == (0, answer)


def test_command_reads_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    problem, answer = examples()
    monkeypatch.setattr("sys.stdin", StringIO(json.dumps(problem)))
    monkeypatch.setattr("sys.argv", ["allocation", "-"])

    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(Path(allocation.__file__)), run_name="__main__")

    assert (ended.value.code, json.loads(capsys.readouterr().out)) == (0, answer)


def test_command_refuses_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = {**examples()[0], "pinned": {"LSC-1": "jan"}}
    monkeypatch.setattr("sys.stdin", StringIO(json.dumps(problem)))

    code = main(["-"])

    assert code == 1
    assert json.loads(capsys.readouterr().out) == {
        "refused": "LSC-1 is pinned to jan, but there is no cohort jan."
    }


def test_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert capsys.readouterr().err == "Usage: python -m cohorts.domain.allocation problem.json\n"


def test_command_prints_reasons_as_code_and_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = {**examples()[0], "excluded": ["LSC-1", "LSC-2"]}
    monkeypatch.setattr("sys.stdin", StringIO(json.dumps(problem)))

    main(["-"])

    assert json.loads(capsys.readouterr().out)["reasons"]["LSC-1"] == [
        {"code": "excluded", "text": "Left out of this allocation by staff."}
    ]


def test_read_takes_every_field() -> None:
    text = json.dumps(
        {
            "applicants": [{"id": 7, "ics": 1, "score": 2, "submitted": "2026-03-02T09:00:00", "ranks": [3]}],
            "cohorts": [{"id": 3, "min": 1, "max": 2, "run": "must_run", "name": "March"}],
            "total": 4,
            "ics_cap": None,
            "pinned": {"7": 3},
            "excluded": [],
            "spread": True,
            "order": "score_first",
            "time_limit": 2,
        }
    )

    problem = read(text)

    assert problem == allocation.Problem(
        applicants=(allocation.Applicant("7", "1", 2, problems.OPENED, ("3",)),),
        cohorts=(allocation.Cohort("3", 1, 2, Run.MUST_RUN, "March"),),
        total=4,
        pinned={"7": "3"},
        spread=True,
        order=Order.SCORE_FIRST,
        time_limit=2.0,
    )


def changed(path: str, value: object) -> str:
    """Return the example with one field set, or taken out where the value is None."""
    problem = examples()[0]
    at: Any = problem
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in way:
        at = at[part]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return json.dumps(problem)


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("total", None, "the problem: total is missing."),
        ("total", True, "total: true is not a whole number."),
        ("total", "30", 'total: "30" is not a whole number.'),
        ("applicants", {}, "applicants: {} is not a list."),
        ("applicants.0", [], "applicants[0]: [] is not an object."),
        ("applicants.1.score", 1.5, "applicants[1].score: 1.5 is not a whole number."),
        ("applicants.1.ics", "", "applicants[1].ics: the reference is empty."),
        ("applicants.1.id", True, "applicants[1].id: true is not text."),
        (
            "applicants.1.submitted",
            "yesterday",
            'applicants[1].submitted: "yesterday" is not a time such as 2026-05-09T12:00:00Z.',
        ),
        ("applicants.1.ranks", ["nov", 1.5], "applicants[1].ranks[1]: 1.5 is not text."),
        ("cohorts.0.max", None, "cohorts[0]: max is missing."),
        (
            "cohorts.0.maximum",
            9,
            "cohorts[0]: there is no field maximum. Known: id, min, max, run, name.",
        ),
        ("cohorts.0.run", "maybe", 'cohorts[0].run: "maybe" is not one of auto, must_run, closed.'),
        ("order", ["x"], 'order: ["x"] is not one of placed_first, score_first.'),
        ("spread", 1, "spread: 1 is not true or false."),
        ("ics_cap", 2.5, "ics_cap: 2.5 is not a whole number."),
        ("pinned", ["LSC-1"], 'pinned: ["LSC-1"] is not an object.'),
        ("time_limit", "soon", 'time_limit: "soon" is not a number of seconds.'),
        ("time_limit", -1, "time_limit: -1 is not a number of seconds."),
    ],
)
def test_read_names_the_field_that_is_wrong(path: str, value: object, sentence: str) -> None:
    with pytest.raises(BadProblem) as refused:
        read(changed(path, value))

    assert str(refused.value) == sentence


def test_read_says_where_a_text_is_no_json() -> None:
    with pytest.raises(BadProblem, match="This is not JSON: Expecting value: line 1"):
        read("problem")


def test_input_hash_is_of_the_question_not_of_its_order_or_names() -> None:
    problem = problems.small(12)
    same = problems.shuffled(problem, 1)
    elsewhere = timezone(timedelta(hours=1))
    same = replace(
        same,
        cohorts=tuple(replace(one, name="Named") for one in same.cohorts),
        applicants=tuple(
            replace(one, submitted=one.submitted.astimezone(elsewhere)) for one in same.applicants
        ),
    )

    assert input_hash(same) == input_hash(problem)
    assert input_hash(replace(problem, spread=not problem.spread)) != input_hash(problem)
    assert len(input_hash(problem)) == 64
