"""Another cohort like one there is, on later days."""

import datetime

import pytest

from cohorts.domain import copying
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from tests import factories, scenarios
from tests.cohorts.groups import LONDON, cohort_at
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme():
    return factories.ProgrammeFactory(title="Calm Conversations")


@pytest.fixture
def autumn(programme):
    """Two mornings, the second one after the clocks go back."""
    starts = datetime.datetime(2026, 10, 24, 9, 30, tzinfo=LONDON)
    return cohort_at(programme, "Autumn", starts, minimum=4, maximum=6, joining_details="Bring a pen.")


def copy(cohort, *, name="Winter", first_day=datetime.date(2027, 3, 27), user=None):
    user = user or scenarios.administrator_of(cohort.programme)
    return copying.copy(cohort.pk, name=name, first_day=first_day, user=user, now=NOW)


def test_a_copy_has_the_same_sessions_on_later_days_at_the_same_times_of_the_clock(autumn):
    autumn.sessions.update(joining_link="https://meet.example.org/1")

    new = copy(autumn, name=" Winter ")

    assert (new.name, new.minimum, new.maximum, new.joining_details, new.runs) == (
        "Winter",
        4,
        6,
        "Bring a pen.",
        True,
    )
    assert new.key.startswith("winter-")
    found = [
        (f"{one.starts_at.astimezone(LONDON):%d %b %H:%M %Z}", f"{one.ends_at.astimezone(LONDON):%H:%M}")
        for one in new.sessions.all()
    ]
    # The clocks go forward on 28 March 2027.
    assert found == [("27 Mar 09:30 GMT", "12:30"), ("28 Mar 09:30 BST", "12:30")]
    assert {one.joining_link for one in new.sessions.all()} == {""}
    assert [one.title for one in new.sessions.all()] == ["Day 1", "Day 2"]


def test_a_name_of_signs_alone_still_has_a_key(autumn):
    new = copy(autumn, name="!!!")

    assert new.key.startswith("cohort-")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"first_day": NOW.date()}, "Choose a first day after today."),
        (
            {"name": "autumn"},
            "Calm Conversations has a cohort called autumn already. Choose another name.",
        ),
    ],
)
def test_a_day_that_has_come_and_a_name_that_is_taken_are_refused(autumn, changed, sentence):
    with pytest.raises(Refused) as refused:
        copy(autumn, **changed)

    assert refused.value.sentence == sentence
    assert autumn.programme.cohorts.count() == 1


def test_a_cohort_without_sessions_is_not_copied(programme):
    with pytest.raises(Refused) as refused:
        copy(factories.CohortFactory(programme=programme, name="Empty"))

    assert refused.value.sentence == "Empty has no sessions to copy. Add them first."


def test_only_an_administrator_copies(autumn):
    with pytest.raises(NotAllowed):
        copy(autumn, user=scenarios.reviewer_of(autumn.programme))

    assert autumn.programme.cohorts.count() == 1
