"""Working days in England."""

import datetime
from collections import Counter

import pytest

from programmes.domain.working_days import (
    add_working_days,
    bank_holidays,
    is_working_day,
    working_days_between,
)
from scripts import bank_holidays as bank_holidays_file

FRIDAY = datetime.date(2026, 10, 2)


@pytest.mark.parametrize(
    "day",
    [
        "2026-10-03",  # a Saturday
        "2026-10-04",  # a Sunday
        "2026-01-01",
        "2026-04-03",  # Good Friday
        "2026-04-06",  # Easter Monday
        "2026-05-04",
        "2026-05-25",
        "2026-08-31",
        "2026-12-25",
        "2026-12-28",  # instead of Boxing Day, a Saturday
        "2027-12-27",  # Christmas and Boxing Day at a weekend
        "2027-12-28",
        "2023-05-08",  # the coronation, once
    ],
)
def test_offices_are_closed(day):
    assert is_working_day(datetime.date.fromisoformat(day)) is False


@pytest.mark.parametrize(
    "day",
    [
        "2026-10-05",
        "2026-01-02",  # a holiday in Scotland alone
        "2026-03-17",  # in Northern Ireland alone
        "2026-11-30",  # in Scotland alone
        "2026-12-24",
        "2026-12-29",
    ],
)
def test_offices_are_open(day):
    assert is_working_day(datetime.date.fromisoformat(day)) is True


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        (FRIDAY, 0, FRIDAY),
        (FRIDAY, -1, FRIDAY),
        (FRIDAY, 1, datetime.date(2026, 10, 5)),
        (datetime.date(2026, 10, 3), 1, datetime.date(2026, 10, 5)),
        (datetime.date(2026, 10, 5), 5, datetime.date(2026, 10, 12)),
        (datetime.date(2026, 4, 2), 1, datetime.date(2026, 4, 7)),
        (datetime.date(2026, 12, 24), 3, datetime.date(2026, 12, 31)),
    ],
)
def test_working_days_are_added(start, count, end):
    assert add_working_days(start, count) == end


@pytest.mark.parametrize("count", [0, 1, 3, 7, 10, 60])
def test_counting_is_adding_backwards(count):
    start = datetime.date(2026, 12, 18)

    assert working_days_between(start, add_working_days(start, count)) == count


def test_no_working_days_lie_before_the_start():
    assert working_days_between(FRIDAY, datetime.date(2026, 9, 1)) == 0
    assert working_days_between(FRIDAY, FRIDAY) == 0


def test_every_year_has_its_eight_days_or_more():
    by_year = Counter(day.year for day in bank_holidays())

    assert sorted(by_year) == list(bank_holidays_file.YEARS)
    assert min(by_year.values()) >= 8


def test_the_file_holds_what_the_package_works_out(tmp_path):
    """It fails where a newer package knows of another day: then ``python -m scripts.bank_holidays`` writes it."""
    bank_holidays_file.main(tmp_path / "days.txt")

    assert bank_holidays_file.TARGET.read_bytes() == (tmp_path / "days.txt").read_bytes()
