"""What is on the public calendar, and what is subscribed to."""

import datetime

import icalendar
import pytest

from facilitators.domain.calendar import calendar_of_circles, circles
from facilitators.domain.calendar.calendar_of_circles import IN_PERSON, ONLINE, Filters
from facilitators.models import Circle, Topic
from tests import factories
from tests.facilitators import circle_world as world
from tests.facilitators.circle_world import STARTS, book
from tests.factories import NOW
from tests.support import rfc5545

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)


def found(filters=None):
    return list(calendar_of_circles.circles_of(filters or Filters()))


def events(text):
    return icalendar.Calendar.from_ical(text).walk("VEVENT")


def test_the_calendar_shows_planned_cancelled_and_held_and_no_drafts():
    fay = world.lead()
    one = world.circle(fay)
    other = world.circle(fay, starts_at=STARTS + DAY)
    circles.cancel(other.pk, reason="Ill.", by="Fay", now=NOW)
    factories.CircleFactory(topic=one.topic, state=Circle.State.DRAFT)
    factories.CircleFactory(topic__programme__published=False)

    entries = calendar_of_circles.entries(calendar_of_circles.coming(Filters(), now=NOW))

    assert [(entry.circle, entry.cancelled) for entry in entries] == [(one, False), (other, True)]
    assert list(calendar_of_circles.coming(Filters(), now=STARTS)) == [other]


def test_entries_say_how_many_places_are_free_and_how_many_wait():
    fay = world.lead(circle_minimum=1)
    full = world.circle(fay, minimum=1, maximum=1)
    world.circle(fay, starts_at=STARTS + DAY)
    book(full, 1, 2, 3)

    entries = calendar_of_circles.entries(calendar_of_circles.coming(Filters(), now=NOW))

    assert [(entry.free, entry.waiting) for entry in entries] == [(0, 2), (25, 0)]


def test_filters_narrow_by_programme_topic_ics_and_where():
    fay, glyn = world.lead(), world.lead()
    kent, sussex = (
        factories.IntegratedCareSystemFactory(name=f"NHS {name} Integrated Care Board")
        for name in ("Kent", "Sussex")
    )
    online = world.circle(fay, ics=kent)
    there = world.circle(fay, starts_at=STARTS + DAY, online=False, place="Guildhall")
    other = world.circle(glyn, ics=sussex, starts_at=STARTS + 2 * DAY)

    assert found() == [online, there, other]
    assert found(Filters(programme=fay.programme)) == [online, there]
    assert found(Filters(topic=other.topic)) == [other]
    # Of an ICS also those that belong to none.
    assert found(Filters(ics=kent)) == [online, there]
    assert found(Filters(where=ONLINE)) == [online, other]
    assert found(Filters(where=IN_PERSON, ics=sussex)) == [there]


def test_filters_stand_in_an_address_and_in_words():
    fay = world.lead()
    topic = Topic.objects.get()
    kent = factories.IntegratedCareSystemFactory(name="NHS Kent Integrated Care Board", code="QKS")

    filters = Filters(fay.programme, topic, kent, ONLINE)

    assert filters.query == f"programme={fay.programme.slug}&topic={topic.pk}&ics=QKS&where=online"
    assert filters.in_words == f"Circles: {fay.programme.title}, Hybrid working, Kent, online"
    assert (Filters().query, Filters().in_words) == ("", "Circles")


def test_a_month_has_whole_weeks_and_each_circle_on_its_day_in_england():
    fay = world.lead()
    # In England it is still August.
    late = world.circle(fay, starts_at=datetime.datetime(2027, 8, 31, 22, 30, tzinfo=datetime.UTC))
    world.circle(fay, starts_at=datetime.datetime(2027, 8, 31, 23, 30, tzinfo=datetime.UTC) + DAY)

    month = calendar_of_circles.month(Filters(), datetime.date(2027, 8, 1), now=NOW)

    assert month.name == "August 2027"
    assert (month.weeks[0][0].date, month.weeks[-1][-1].date) == (
        datetime.date(2027, 7, 26),
        datetime.date(2027, 9, 5),
    )
    assert [(day.date, [entry.circle for entry in day.entries]) for day in month.days] == [
        (datetime.date(2027, 8, 31), [late])
    ]
    assert [day.outside for day in month.weeks[0]] == [True] * 6 + [False]
    assert (month.before, month.after) == (datetime.date(2027, 7, 1), datetime.date(2027, 9, 1))
    assert calendar_of_circles.month(Filters(), datetime.date(2026, 10, 1), now=NOW).before is None


def test_the_subscription_is_valid_and_shows_nothing_for_those_with_a_place():
    fay = world.lead()
    kept = world.circle(fay, details="Bring tea.")
    moved = world.circle(fay, starts_at=STARTS + DAY)
    off = world.circle(fay, starts_at=STARTS + 2 * DAY, online=False, place="Guildhall", postcode="BN7 2XX")
    circles.change(moved.pk, world.plan(fay, starts_at=STARTS + 3 * DAY), leads=[fay.pk], by="Fay", now=NOW)
    circles.cancel(off.pk, reason="Flooded.", by="Fay", now=NOW)
    book(kept, 1)

    text = calendar_of_circles.to_subscribe(Filters(), now=NOW)

    calendar = icalendar.Calendar.from_ical(text)
    assert (calendar["version"], calendar["method"], calendar["x-wr-calname"]) == (
        "2.0",
        "PUBLISH",
        "Circles",
    )
    assert text.count("BEGIN:VTIMEZONE") == 1
    assert rfc5545.breaches(text) == []
    assert [(event["status"], event["sequence"], event["location"]) for event in events(text)] == [
        ("CONFIRMED", 0, "Online"),
        ("CANCELLED", 1, "Guildhall, BN7 2XX"),
        ("CONFIRMED", 1, "Online"),
    ]
    assert events(text)[1]["description"] == (
        f"Cancelled: Flooded.\nhttp://testserver/circles/{off.reference}/"
    )
    assert ("meet.example.org" in text, "person1" in text) == (False, False)


def test_the_subscription_keeps_circles_for_a_month_after_they_were():
    world.circle(world.lead())

    assert len(events(calendar_of_circles.to_subscribe(Filters(), now=STARTS + 30 * DAY))) == 1
    assert events(calendar_of_circles.to_subscribe(Filters(), now=STARTS + 31 * DAY)) == []


def test_topics_and_programmes_to_look_for():
    fay = world.lead()
    [topic] = Topic.objects.all()
    retired = factories.TopicFactory(programme=fay.programme, status=Topic.Status.RETIRED)
    shown = factories.TopicFactory(programme=fay.programme, status=Topic.Status.IN_DESIGN)
    factories.CircleFactory(topic=shown)
    factories.TopicFactory()

    assert list(calendar_of_circles.programmes_with_circles()) == [fay.programme]
    assert set(calendar_of_circles.topics_on_offer()) == {topic, shown}
    assert str(retired) == retired.name
