"""Dates, times and numbers in words."""

import datetime
from zoneinfo import ZoneInfo

import pytest

from programmes.domain import wording

UTC = datetime.UTC
DAY = datetime.date


def test_dates() -> None:
    assert wording.nhs_date(DAY(2026, 12, 1)) == "1 December 2026"
    assert wording.nhs_date(DAY(2026, 12, 1), weekday=True) == "Tuesday 1 December 2026"
    assert wording.nhs_date(None) == ""


def test_dates_are_those_of_england() -> None:
    late = datetime.datetime(2026, 6, 30, 23, 30, tzinfo=UTC)

    assert wording.nhs_date(late) == "1 July 2026"
    assert wording.nhs_datetime(late) == "12:30am on 1 July 2026"
    assert wording.nhs_date(datetime.datetime(2026, 6, 30, 23, 30)) == "30 June 2026"  # noqa: DTZ001


@pytest.mark.parametrize(
    ("hour", "minute", "written"),
    [
        (9, 30, "9:30am"),
        (17, 0, "5pm"),
        (12, 0, "midday"),
        (12, 5, "12:05pm"),
        (0, 0, "midnight"),
        (0, 1, "12:01am"),
    ],
)
def test_times(hour: int, minute: int, written: str) -> None:
    assert wording.nhs_time(datetime.time(hour, minute)) == written


def test_moments_and_ranges() -> None:
    london = ZoneInfo("Europe/London")
    starts = datetime.datetime(2027, 5, 9, 9, 30, tzinfo=london)
    ends = datetime.datetime(2027, 5, 9, 13, 0, tzinfo=london)

    assert wording.nhs_datetime(ends) == "1pm on 9 May 2027"
    assert wording.nhs_datetime(ends, weekday=True) == "1pm on Sunday 9 May 2027"
    assert wording.nhs_datetime(None) == ""
    assert wording.nhs_time(None) == ""
    assert wording.nhs_time(datetime.datetime(2027, 5, 9, 9, 0)) == "9am"  # noqa: DTZ001
    assert wording.time_range(starts, ends) == "9:30am to 1pm"
    assert wording.time_range(starts, None) == "9:30am"


@pytest.mark.parametrize(
    ("days", "written"),
    [
        ([], ""),
        ([DAY(2026, 11, 2), DAY(2026, 11, 1), DAY(2026, 11, 1)], "1 and 2 November 2026"),
        ([DAY(2026, 11, 30), DAY(2026, 12, 1)], "30 November and 1 December 2026"),
        ([DAY(2026, 12, 31), DAY(2027, 1, 1)], "31 December 2026 and 1 January 2027"),
    ],
)
def test_several_days_in_one_phrase(days: list[datetime.date], written: str) -> None:
    assert wording.nhs_dates(days) == written


def test_several_days_with_their_weekdays() -> None:
    days = [DAY(2026, 11, 2), DAY(2026, 11, 3)]

    assert wording.nhs_dates(days, weekday=True) == "Monday 2 and Tuesday 3 November 2026"


def test_numbers() -> None:
    assert wording.plural(1, "place") == "1 place"
    assert wording.plural(1200, "place") == "1,200 places"
    assert wording.plural(2, "person", "people") == "2 people"
    assert [wording.ordinal(number) for number in (1, 2, 3, 4, 11, 12, 13, 21, 112)] == [
        "1st",
        "2nd",
        "3rd",
        "4th",
        "11th",
        "12th",
        "13th",
        "21st",
        "112th",
    ]
    assert wording.join_words(["a", "b", "c"], last="or") == "a, b or c"
    assert wording.count_words(" one\ntwo  three ") == 3
