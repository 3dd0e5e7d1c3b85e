"""However many circles there are, a page of the calendar and its file show a bounded number, and say so."""

import datetime

import icalendar
import pytest
import time_machine

from facilitators.domain.calendar import calendar_of_circles
from facilitators.models import Circle
from tests import factories
from tests.applications.pages.visits import read
from tests.facilitators import circle_world as world
from tests.facilitators.circle_world import STARTS
from tests.factories import NOW

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)
MOST = calendar_of_circles.MOST_A_DAY


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def topic():
    fay = world.lead()
    return fay.programme.topics.get()


def on(topic, starts_at, number=1):
    """So many circles on a day, five minutes after each other."""
    starts = [starts_at + minute * datetime.timedelta(minutes=5) for minute in range(number)]
    return [factories.CircleFactory(topic=topic, starts_at=moment) for moment in starts]


def listed(page):
    return page.content.decode().count("cascade-circles__entry")


def test_a_month_shows_the_first_circles_of_a_day_and_how_many_more_it_has(client, topic):
    first = on(topic, STARTS, MOST + 3)[:MOST]
    [alone] = on(topic, STARTS + DAY)

    month = calendar_of_circles.month(calendar_of_circles.Filters(), datetime.date(2026, 11, 1), now=NOW)
    page = client.get("/circles/?view=month&month=2026-11").content.decode()

    shown = [([entry.circle for entry in day.entries], day.more) for day in month.days]
    assert shown == [(first, 3), ([alone], 0)]
    assert page.count("?from=") == 1
    assert '<a href="?from=2026-11-03">3 more circles' in page


def test_the_link_of_a_day_leads_to_the_list_from_that_day_on(client, topic):
    on(topic, STARTS - DAY, 2)
    on(topic, STARTS, 27)

    first, second = client.get("/circles/?from=2026-11-03"), client.get("/circles/?page=2&from=2026-11-03")

    assert "27 circles from 3 November 2026 on" in read(first)
    assert (listed(first), listed(second)) == (25, 2)
    assert '"?page=2&amp;from=2026-11-03"' in first.content.decode()
    assert '"?page=1&amp;from=2026-11-03"' in second.content.decode()
    assert '<input type="hidden" name="from" value="2026-11-03">' in first.content.decode()


@pytest.mark.parametrize("said", ["", "2026-02-30", "tomorrow", "20261103"])
def test_a_day_that_is_none_is_not_looked_at(client, topic, said):
    on(topic, STARTS, 2)

    page = client.get(f"/circles/?from={said}")

    assert "2 circles to come" in read(page)
    assert 'name="from"' not in page.content.decode()


def test_a_day_that_is_over_does_not_bring_back_what_was(client, topic):
    on(topic, NOW - 2 * DAY)
    on(topic, STARTS, 2)

    assert listed(client.get("/circles/?from=2026-10-01")) == 2


def test_a_calendar_to_subscribe_to_holds_the_next_circles_before_those_that_were(client, topic):
    most = calendar_of_circles.MOST_TO_SUBSCRIBE
    [past] = on(topic, NOW - DAY)
    built = [
        factories.CircleFactory.build(
            topic=topic, starts_at=STARTS + number * HOUR, ends_at=STARTS + (number + 1) * HOUR
        )
        for number in range(most + 1)
    ]
    ahead = Circle.objects.bulk_create(built)

    def uids():
        calendar = icalendar.Calendar.from_ical(client.get("/circles/calendar.ics").content.decode())
        return [event["uid"] for event in calendar.walk("VEVENT")]

    assert uids() == [f"circle-{one.pk}@testserver" for one in ahead[:most]]
    assert "It holds at most the next 1,000 circles." in read(client.get("/circles/"))
    Circle.objects.filter(pk__in=[one.pk for one in ahead[most - 1 :]]).delete()
    assert uids() == [f"circle-{one.pk}@testserver" for one in [past, *ahead[: most - 1]]]


def test_a_calendar_is_in_the_order_of_time_also_with_what_was(topic):
    [later] = on(topic, STARTS + DAY)
    [earlier] = on(topic, NOW - DAY)
    [between] = on(topic, STARTS)

    text = calendar_of_circles.to_subscribe(calendar_of_circles.Filters(), now=NOW)

    uids = [event["uid"] for event in icalendar.Calendar.from_ical(text).walk("VEVENT")]
    assert uids == [f"circle-{one.pk}@testserver" for one in (earlier, between, later)]
