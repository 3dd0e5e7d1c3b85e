"""Which circles are looked at for too few bookings: by each programme's own days, and without a query for each."""

import datetime

import pytest

from facilitators.domain.calendar import circle_asking
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)


def circle(days, *, asks_before=None, hours=0):
    """A circle in so many days without a booking; its programme asks so many days before, or says nothing."""
    topic = factories.TopicFactory()
    if asks_before is not None:
        factories.FacilitationFactory(programme=topic.programme, decide_days_before=asks_before)
    return factories.CircleFactory(topic=topic, starts_at=NOW + days * DAY + hours * HOUR)


@pytest.mark.parametrize("hours", [-11, 0, 10])
def test_each_programme_is_asked_about_from_its_own_day_on(hours):
    far, early, unsaid = circle(40, asks_before=40), circle(1, asks_before=1), circle(3)
    circle(41, asks_before=40, hours=hours)
    circle(2, asks_before=1, hours=hours)
    circle(4, hours=hours)

    assert circle_asking.to_ask(NOW) == [far.pk, early.pk, unsaid.pk]


def test_a_programme_that_says_nothing_is_asked_about_though_others_ask_later():
    circle(4, asks_before=0)
    unsaid = circle(3)

    assert circle_asking.to_ask(NOW) == [unsaid.pk]


def test_finding_them_takes_two_queries_however_many_there_are(django_assert_num_queries):
    circle(2, asks_before=3)
    with django_assert_num_queries(2):
        assert len(circle_asking.to_ask(NOW)) == 1
    for asks_before in (None, 5, 9):
        circle(3, asks_before=asks_before)

    with django_assert_num_queries(2):
        assert len(circle_asking.to_ask(NOW)) == 4
