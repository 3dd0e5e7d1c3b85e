"""Days of a commitment: month ends, 29 February, pauses, and what counts where."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facilitators.domain.windows import (
    Asked,
    Thing,
    count,
    months_later,
    moved,
    year_of,
    year_on,
)


def day(text):
    return datetime.date.fromisoformat(text)


START = day("2026-10-05")
ANY_DAY = st.dates(day("2026-09-01"), day("2029-12-31"))


@pytest.mark.parametrize(
    ("begins", "months", "ends"),
    [
        ("2026-10-05", 12, "2027-10-05"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2027-01-15", -3, "2026-10-15"),
    ],
)
def test_months_later_is_the_same_day_or_the_last_of_the_month(begins, months, ends):
    assert months_later(day(begins), months) == day(ends)


def test_months_later_stays_within_the_calendar():
    assert months_later(START, 12 * 9000) == datetime.date.max
    assert months_later(START, -12 * 9000) == datetime.date.min


def test_years_follow_each_other_without_a_gap():
    trained = day("2024-02-29")

    assert [year_of(trained, number) for number in range(5)] == [
        (day("2024-02-29"), day("2025-02-27")),
        (day("2025-02-28"), day("2026-02-27")),
        (day("2026-02-28"), day("2027-02-27")),
        (day("2027-02-28"), day("2028-02-28")),
        (day("2028-02-29"), day("2029-02-27")),
    ]


@pytest.mark.parametrize(
    ("on", "number"),
    [("2026-10-04", 0), ("2026-10-05", 0), ("2027-10-04", 0), ("2027-10-05", 1), ("2030-01-01", 3)],
)
def test_the_year_of_a_day(on, number):
    assert year_on(START, day(on)) == number


LAST = day("2027-10-05")


@pytest.mark.parametrize(
    ("pauses", "ends"),
    [
        ([], "2027-10-05"),
        # 60 days.
        ([("2027-01-01", "2027-03-01")], "2027-12-04"),
        # The same days twice, and two that overlap: each day counts once.
        ([("2027-01-01", "2027-03-01"), ("2027-01-01", "2027-03-01")], "2027-12-04"),
        ([("2027-01-01", "2027-02-09"), ("2027-01-21", "2027-03-01")], "2027-12-04"),
        # One inside the other.
        ([("2027-01-01", "2027-03-01"), ("2027-01-10", "2027-01-12")], "2027-12-04"),
        # Before the window only its part inside counts; on its first day it counts.
        ([("2026-09-01", "2026-10-04")], "2027-10-05"),
        ([("2026-09-01", "2026-10-05")], "2027-10-06"),
        # On the last day; on the day after.
        ([("2027-10-05", "2027-10-06")], "2027-10-07"),
        ([("2027-10-06", "2027-10-06")], "2027-10-05"),
        # In the time that another has won; and after it.
        ([("2027-01-01", "2027-03-01"), ("2027-12-04", "2027-12-13")], "2027-12-14"),
        ([("2027-01-01", "2027-03-01"), ("2027-12-05", "2027-12-14")], "2027-12-04"),
        # For ever.
        ([("2027-01-01", "9999-12-31"), ("2027-02-01", "9999-12-31")], "9999-12-31"),
    ],
)
def test_pauses_move_the_last_day(pauses, ends):
    assert moved(START, LAST, [(day(first), day(last)) for first, last in pauses]) == day(ends)


@given(st.lists(st.tuples(ANY_DAY, st.integers(0, 90)), max_size=6))
def test_a_moved_day_is_found_by_walking_through_the_calendar(lengths):
    pauses = [(first, first + datetime.timedelta(days=days)) for first, days in lengths]

    # A day that is not paused takes one of the window's days away; the window ends on the day of the last.
    left = (LAST - START).days + 1
    walked = START
    while True:
        left -= not any(first <= walked <= last for first, last in pauses)
        if left == 0:
            break
        walked += datetime.timedelta(days=1)
    assert moved(START, LAST, pauses) == walked


def counted(windows, days):
    return [
        (found.done, found.met_on)
        for found in count(
            [Asked(day(start), day(end) if end else None, least) for start, end, least in windows],
            [Thing(day(one), order=number) for number, one in enumerate(days)],
        )
    ]


YEAR = [("2026-10-05", "2027-10-05", 2)]


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ([], (0, None)),
        (["2026-10-04"], (0, None)),
        (["2026-10-05", "2027-10-05"], (2, day("2027-10-05"))),
        # Late: what was still owed counts, and no more.
        (["2026-10-05", "2027-10-06", "2027-10-07"], (2, day("2027-10-06"))),
        (["2026-10-05", "2026-10-06", "2027-10-06"], (2, day("2026-10-06"))),
        (["2026-10-05", "2026-10-06", "2027-10-05"], (3, day("2026-10-06"))),
    ],
)
def test_what_counts_in_one_window(days, found):
    assert counted(YEAR, days) == [found]


def test_what_stands_without_an_end_is_never_met():
    [found] = count([Asked(START, None, 1, ends=False)], [Thing(START), Thing(day("2040-01-01"))])

    assert (found.done, found.met_on) == (2, None)


def test_a_moved_year_is_filled_before_the_next_and_nothing_counts_twice():
    years = [("2026-10-05", "2027-12-03", 2), ("2027-10-05", "2028-10-04", 2)]

    assert counted(years, ["2026-11-01", "2027-11-01", "2027-11-02"]) == [
        (2, day("2027-11-01")),
        (1, None),
    ]


def test_a_year_that_was_missed_takes_nothing_from_the_next():
    years = [("2026-10-05", "2027-10-04", 2), ("2027-10-05", "2028-10-04", 2)]

    assert counted(years, ["2027-10-04", "2027-10-05", "2027-10-06"]) == [
        (1, None),
        (2, day("2027-10-06")),
    ]


@given(
    st.lists(st.tuples(ANY_DAY, st.integers(1, 9)), max_size=12),
    st.integers(1, 12),
    st.integers(0, 400),
)
def test_a_window_counts_as_it_would_plainly(done, least, length):
    end = START + datetime.timedelta(days=length)
    things = [Thing(one, amount, number) for number, (one, amount) in enumerate(done)]

    [found] = count([Asked(START, end, least)], things)

    total, met = 0, None
    for thing in sorted(things, key=lambda one: (one.held_on, one.order)):
        if thing.held_on >= START and (thing.held_on <= end or met is None):
            total += thing.amount
            met = met or (thing.held_on if total >= least else None)
    assert (found.done, found.met_on) == (total, met)
