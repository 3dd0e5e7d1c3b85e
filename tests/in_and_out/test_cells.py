"""Cells of a spreadsheet: nothing that somebody typed runs as a formula, and what is read again is what was typed."""

import datetime

import hypothesis
import pytest
from hypothesis import strategies

from programmes.domain.cells import as_typed, csv_text, inert, plain


@pytest.mark.parametrize(
    "typed",
    [
        "=cmd()",
        "+44 1632 960001",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\rtext",
        "\ntext",
        "  =1",
        "\u00a0=1",
        "\ufeff=1",
        "\u200b=1",
        "＝1",
        "＋1",
        "－1",
        "＠SUM",
        "'=1",
    ],
)
def test_a_text_that_could_be_a_formula_gets_an_apostrophe_and_loses_it_again(typed):
    cell = inert(typed)

    assert cell == f"'{typed}"
    assert as_typed(cell) == typed


@pytest.mark.parametrize("typed", ["", "Sam", "0044", "O'Hara", "'quoted'", "a=b", "1-2", "😀 =1"])
def test_any_other_text_stays_as_it_is(typed):
    assert inert(typed) == typed
    assert as_typed(typed) == typed


@hypothesis.given(strategies.text())
def test_what_is_read_again_is_what_was_typed(typed):
    assert as_typed(inert(typed)) == typed


def test_values_keep_their_kind_and_times_are_those_of_the_clock_on_the_wall():
    summer = datetime.datetime(2026, 7, 1, 11, 30, tzinfo=datetime.UTC)

    found = [
        plain(one) for one in (None, True, False, 3, 1.5, summer, datetime.date(2026, 7, 1), "a\r\nb\rc")
    ]

    assert found == [
        "",
        "Yes",
        "No",
        3,
        1.5,
        datetime.datetime(2026, 7, 1, 12, 30),  # noqa: DTZ001  as Excel keeps it
        datetime.date(2026, 7, 1),
        "a\nb\nc",
    ]


def test_a_csv_file_writes_dates_as_iso_8601_and_numbers_below_zero_as_numbers():
    noon = datetime.datetime(2026, 1, 5, 12, 0)  # noqa: DTZ001  as Excel keeps it

    found = [csv_text(one) for one in (noon, noon.date(), -3, "-3", True)]

    assert found == ["2026-01-05 12:00:00", "2026-01-05", "-3", "'-3", "Yes"]
