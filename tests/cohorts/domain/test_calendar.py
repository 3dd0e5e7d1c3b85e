"""Calendar files, read back as a calendar would read them."""

import datetime
from zoneinfo import ZoneInfo

import icalendar
import pytest

from cohorts.domain.calendar import calendar_file, publish
from programmes.models import Message
from tests import factories, scenarios
from tests.cohorts.seats import cohort_of, programme_with
from tests.factories import NOW

pytestmark = pytest.mark.django_db

UTC = datetime.UTC


def london(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/London"))


def session_at(starts, ends, **fields):
    return factories.SessionFactory(starts_at=london(starts), ends_at=london(ends), **fields)


def read(text):
    return icalendar.Calendar.from_ical(text)


def events(text):
    return list(read(text).walk("VEVENT"))


@pytest.mark.parametrize(
    ("days", "instants"),
    [
        # The clocks go back on 25 October 2026 and forward on 28 March 2027.
        (("2026-10-23", "2026-10-26"), ("2026-10-23T08:30Z", "2026-10-26T09:30Z")),
        (("2027-03-26", "2027-03-29"), ("2027-03-26T09:30Z", "2027-03-29T08:30Z")),
    ],
)
def test_sessions_on_both_sides_of_a_clock_change_are_at_the_right_instants(days, instants):
    cohort = factories.CohortFactory()
    for day in days:
        session_at(f"{day}T09:30", f"{day}T13:00", cohort=cohort)

    found = events(calendar_file([cohort], now=NOW))

    starts = [event["dtstart"].dt for event in found]
    ends = [event["dtend"].dt for event in found]
    assert [f"{one.astimezone(UTC):%Y-%m-%dT%H:%MZ}" for one in starts] == list(instants)
    assert [end - start for start, end in zip(starts, ends, strict=True)] == [
        datetime.timedelta(hours=3, minutes=30)
    ] * 2


def test_the_file_brings_its_time_zone_with_both_of_its_offsets():
    cohort = session_at("2026-10-26T09:30", "2026-10-26T13:00").cohort

    text = calendar_file([cohort], now=NOW)

    (zone,) = read(text).walk("VTIMEZONE")
    offsets = {rule["tzoffsetto"].td for rule in zone.subcomponents if rule.name in ("STANDARD", "DAYLIGHT")}
    assert zone["tzid"] == "Europe/London"
    assert offsets == {datetime.timedelta(0), datetime.timedelta(hours=1)}
    assert "DTSTART;TZID=Europe/London:20261026T093000" in text


def test_the_file_says_what_it_is():
    cohort = factories.SessionFactory(
        title="Day 1", cohort__name="Cohort 1", cohort__programme__title="Calm; Conversations, Ltd"
    ).cohort

    calendar = read(calendar_file([cohort], now=NOW))

    assert (calendar["version"], calendar["method"], calendar["prodid"]) == (
        "2.0",
        "PUBLISH",
        "-//Cascade//Train the trainer//EN",
    )
    (event,) = calendar.walk("VEVENT")
    assert event["summary"] == "Calm; Conversations, Ltd: Day 1 (Cohort 1)"
    assert (event["status"], event["dtstamp"].dt) == ("CONFIRMED", NOW)


def test_a_session_keeps_its_name_when_it_moves_and_counts_up():
    session = session_at("2026-11-03T09:30", "2026-11-03T13:00")
    (before,) = events(calendar_file([session.cohort], now=NOW))
    session.starts_at = london("2026-11-04T09:30")
    session.ends_at = london("2026-11-04T13:00")
    session.sequence += 1
    session.save()

    (after,) = events(calendar_file([session.cohort], now=NOW))

    assert after["uid"] == before["uid"] == f"session-{session.pk}@testserver"
    assert (before["sequence"], after["sequence"]) == (0, 1)


def test_a_cancelled_session_takes_itself_back_with_a_higher_number():
    session = session_at("2026-11-03T09:30", "2026-11-03T13:00", sequence=4)

    text = calendar_file([session.cohort], now=NOW, cancelled=True, sequence=1)

    (event,) = events(text)
    assert read(text)["method"] == "CANCEL"
    assert (event["status"], event["sequence"], event["uid"]) == (
        "CANCELLED",
        5,
        f"session-{session.pk}@testserver",
    )


def test_the_joining_link_is_for_people_with_a_place_only():
    link = "https://meet.example.org/" + "secret" * 20
    cohort = factories.SessionFactory(joining_link=link).cohort

    public, placed = (calendar_file([cohort], now=NOW, placed=placed) for placed in (False, True))

    (for_all,), (for_placed,) = events(public), events(placed)
    assert (for_all["location"], "url" in for_all) == ("Online", False)
    assert (for_placed["location"], for_placed["url"]) == (link, link)
    assert "secret" not in public.replace("\r\n ", "")


def test_a_venue_is_the_location_and_unsettled_dates_are_tentative():
    venue = factories.VenueFactory(name="Guildhall", address="1 High Street, Lewes", postcode="BN7 2XX")
    cohort = factories.SessionFactory(venue=venue, online=False, to_be_confirmed=True).cohort

    (event,) = events(calendar_file([cohort], now=NOW, placed=True))

    assert (event["location"], event["status"]) == (
        "Guildhall, 1 High Street, Lewes, BN7 2XX",
        "TENTATIVE",
    )


def test_the_file_ends_its_lines_and_folds_them_as_calendars_expect():
    cohort = factories.SessionFactory(cohort__programme__title="Gwella’r gweithle â phŵer " * 4).cohort

    text = calendar_file([cohort], now=NOW)

    lines = text.split("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert max(len(line.encode()) for line in lines) <= 75


@pytest.mark.parametrize("cohorts", [[], ["without sessions"]])
def test_a_file_without_sessions_is_still_a_calendar(cohorts):
    made = [factories.CohortFactory() for _ in cohorts]

    assert events(calendar_file(made, now=NOW)) == []


def test_the_file_of_a_confirmed_place_has_the_links_and_a_name_that_says_what_it_is():
    session = factories.SessionFactory(
        cohort__programme__slug="calm", cohort__key="cohort-1", joining_link="https://meet.example.org/a"
    )
    place = factories.PlaceFactory(cohort=session.cohort)

    attached = publish(place, now=NOW)

    assert (attached["name"], attached["type"]) == ("calm-cohort-1.ics", "text/calendar")
    (event,) = events(attached["text"])
    assert event["url"] == "https://meet.example.org/a"


def test_a_place_left_after_all_its_sessions_takes_nothing_out_of_a_calendar():
    programme = programme_with()
    application = scenarios.confirmed(programme)
    cohort = cohort_of(programme)

    scenarios.withdrawn(application, now=cohort.ends_at)

    assert Message.objects.get(event="withdrawn").attachments == []


def test_a_calendar_follows_what_was_called_off_and_what_can_be_missed():
    session = factories.SessionFactory(optional=True, cohort__runs=False)

    (event,) = events(calendar_file([session.cohort], now=NOW))

    assert (event["status"], event["description"]) == ("CANCELLED", "Optional.")
