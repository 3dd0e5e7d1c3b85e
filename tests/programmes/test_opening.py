import datetime

import pytest

from programmes.domain.opening import Phase, closed_recently, phase, time_left, why_not_open
from tests import factories
from tests.factories import NOW

DAY = datetime.timedelta(days=1)
SECOND = datetime.timedelta(seconds=1)


@pytest.mark.parametrize(
    ("opens_at", "closes_at", "expected"),
    [
        (None, None, Phase.OPEN),
        (NOW, NOW + DAY, Phase.OPEN),
        (NOW + SECOND, NOW + DAY, Phase.OPENS_LATER),
        (NOW - DAY, NOW + SECOND, Phase.OPEN),
        (NOW - DAY, NOW, Phase.CLOSED),
    ],
)
def test_phase_changes_at_the_opening_and_at_the_deadline(opens_at, closes_at, expected):
    programme = factories.ProgrammeFactory.build(opens_at=opens_at, closes_at=closes_at)

    assert phase(programme, NOW) == expected


@pytest.mark.parametrize(
    ("closes_at", "expected"),
    [(None, False), (NOW + SECOND, False), (NOW, True), (NOW - 90 * DAY, True), (NOW - 91 * DAY, False)],
)
def test_closed_recently_holds_for_ninety_days(closes_at, expected):
    programme = factories.ProgrammeFactory.build(opens_at=None, closes_at=closes_at)

    assert closed_recently(programme, NOW) is expected


@pytest.mark.parametrize(
    ("opens_at", "closes_at", "expected"),
    [
        (None, None, ""),
        (NOW + DAY, None, "Applications open at 1pm on Tuesday 6 October 2026."),
        (None, NOW - DAY, "Applications closed at 1pm on Sunday 4 October 2026."),
    ],
)
def test_why_not_open_says_when_in_one_sentence(opens_at, closes_at, expected):
    programme = factories.ProgrammeFactory.build(opens_at=opens_at, closes_at=closes_at)

    assert why_not_open(programme, NOW) == expected


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        (NOW + SECOND, "today"),
        # 11:30pm in London, when it is still British Summer Time.
        (NOW.replace(hour=22, minute=30), "today"),
        (NOW.replace(hour=23, minute=30), "tomorrow"),
        (NOW + DAY, "tomorrow"),
        (NOW + 2 * DAY, "2 days left"),
        (NOW + 24 * DAY, "24 days left"),
    ],
)
def test_time_left_counts_days_of_the_calendar_in_england(until, expected):
    assert time_left(until, NOW) == expected
