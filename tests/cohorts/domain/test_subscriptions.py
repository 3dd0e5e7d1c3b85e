"""Calendars to subscribe to, and every calendar file held against RFC 5545."""

import datetime

import icalendar
import pytest

from applications.domain import reviews
from applications.domain.actors import Actor
from cohorts.domain import moving, places, subscriptions
from cohorts.domain.calendar import calendar_file
from cohorts.models import Cohort, Place, Session
from cohorts.tasks import renew_calendar_addresses
from programmes.domain import links
from programmes.models import Link, Message
from programmes.models.programmes import OfferAnswer
from tests import factories, scenarios
from tests.cohorts.seats import cohort_of, fresh, give, programme_with
from tests.factories import NOW
from tests.support.rfc5545 import breaches

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)
TOLD = NOW + datetime.timedelta(minutes=10)


def events(text):
    assert breaches(text) == []
    found = icalendar.Calendar.from_ical(text).walk("VEVENT")
    return [(str(one["summary"]), str(one["status"]), int(one["sequence"])) for one in found]


def statuses(application, *, now=TOLD):
    text = subscriptions.applicant_calendar(fresh(application), now=now)
    return [(summary.partition("(")[2][:-1], status) for summary, status, _ in events(text)]


def files(application):
    rows = Message.objects.about(application.about).order_by("pk")
    return [file["text"] for message in rows for file in message.attachments]


def newest_sequences(application):
    """The highest number that any file said of each session so far."""
    known = {}
    for text in files(application):
        for one in icalendar.Calendar.from_ical(text).walk("VEVENT"):
            known[str(one["uid"])] = max(int(one["sequence"]), known.get(str(one["uid"]), -1))
    return known


def second_cohort(programme):
    cohort = factories.CohortFactory(programme=programme, name="Cohort 2")
    factories.SessionFactory(cohort=cohort, starts_at=NOW + 100 * DAY)
    return cohort


# The files.


@pytest.mark.parametrize("month", [1, 7])
@pytest.mark.parametrize("cancelled", [False, True])
@pytest.mark.parametrize("placed", [False, True])
def test_every_file_keeps_to_the_standard_in_winter_and_in_summer(month, cancelled, placed):
    venue = factories.VenueFactory(
        name="Neuadd y Dŵr, â’r “cefn”; llawr 2", map_link="https://maps.example.org/a"
    )
    cohort = factories.CohortFactory(
        programme__title="Gwella’r gweithle: pŵer, ffŵl; a \\ 🙂" * 2,
        joining_details="Un,\r\ndau;\n" + "â" * 90,
    )
    starts = datetime.datetime(2027, month, 12, 9, tzinfo=datetime.UTC)
    for key, fields in {
        "a": {"venue": venue, "online": False},
        "b": {"joining_link": "https://x.org/" + "y" * 90},
    }.items():
        factories.SessionFactory(cohort=cohort, key=key, starts_at=starts, optional=key == "a", **fields)
        starts += DAY

    text = calendar_file([cohort], now=NOW, placed=placed, cancelled=cancelled, sequence=3)

    assert breaches(text) == []
    found = icalendar.Calendar.from_ical(text).walk("VEVENT")
    hours = [one["dtstart"].dt.hour for one in found]
    assert hours == [10 if month == 7 else 9] * 2


def test_the_reader_of_files_finds_what_is_wrong():
    good = calendar_file([factories.SessionFactory(title="Day 1").cohort], now=NOW)
    spoilt = {
        good.replace("\r\n", "\n"): "a line ends with something other than CRLF",
        good[:-2]: "the last line does not end with CRLF",
        good.replace("Day 1", "x" * 80): "octets",
        good.replace("VERSION:2.0\r\n", ""): "VERSION stands 0 times",
        good.replace("METHOD:PUBLISH", "METHOD:CANCEL"): "a cancelling file holds an event",
        good.replace("DTSTART;TZID=Europe/London", "DTSTART"): "DTSTART has no time zone",
        good.replace("STATUS:CONFIRMED", "STATUS:PERHAPS"): "the status is PERHAPS",
        good.replace("SEQUENCE:0\r\n", ""): "do not stand once",
        good.replace(
            "END:VEVENT\r\n",
            good[good.index("BEGIN:VEVENT") : good.index("END:VEVENT")].join(
                ["END:VEVENT\r\n", "END:VEVENT\r\n"]
            ),
        ): "stands twice",
    }

    for text, complaint in spoilt.items():
        assert any(complaint in one for one in breaches(text)), complaint


def test_the_number_of_a_session_rises_over_a_move_away_and_back():
    programme = programme_with()
    other = second_cohort(programme)
    application = scenarios.confirmed(programme)
    user = scenarios.reviewer_of(programme)
    seen = [newest_sequences(application)]

    for number, cohort in enumerate((other, cohort_of(programme), other), start=1):
        moving.move(application.pk, cohort.pk, user=user, now=NOW + number * DAY)
        seen.append(newest_sequences(application))

    uids = [f"session-{one.pk}@testserver" for one in cohort_of(programme).sessions.all()]
    numbers = [[step[uid] for step in seen] for uid in uids]
    assert all(row == sorted(set(row)) for row in numbers)
    assert [breaches(text) for text in files(application)] == [[]] * 7


# What a placed person's calendar holds.


def test_a_place_has_its_sessions_with_the_links_and_the_numbers_of_the_mails():
    programme = programme_with()
    application = scenarios.confirmed(programme)

    text = subscriptions.applicant_calendar(application, now=TOLD)

    assert events(text) == [(f"Calm Conversations: Day {day} (Cohort 1)", "CONFIRMED", 1) for day in (1, 2)]
    first, second = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert (first["url"], first["description"]) == (
        "https://meet.example.org/secret",
        "Join: https://meet.example.org/secret\nBring a laptop.",
    )
    assert newest_sequences(application) == {str(first["uid"]): 1, str(second["uid"]): 1}
    calendar = icalendar.Calendar.from_ical(text)
    assert (calendar["x-wr-calname"], calendar["method"]) == ("Calm Conversations", "PUBLISH")
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in text


def test_a_cohort_that_is_not_certain_is_tentative():
    programme = programme_with()
    application = scenarios.confirmed(programme)
    Cohort.objects.update(minimum=8)

    assert statuses(application) == [("Cohort 1", "TENTATIVE")] * 2


def test_after_a_move_the_dates_left_stay_for_a_while_as_cancelled():
    programme = programme_with()
    other = second_cohort(programme)
    application = scenarios.confirmed(programme)
    user = scenarios.reviewer_of(programme)
    moving.move(application.pk, other.pk, user=user, now=NOW + DAY)

    held, told = statuses(application, now=NOW + DAY), statuses(application, now=NOW + 2 * DAY)
    later = statuses(application, now=NOW + 40 * DAY)

    assert held == [("Cohort 1", "CONFIRMED")] * 2
    assert told == [("Cohort 2", "CONFIRMED"), ("Cohort 1", "CANCELLED"), ("Cohort 1", "CANCELLED")]
    assert later == [("Cohort 2", "CONFIRMED")]
    moving.move(application.pk, cohort_of(programme).pk, user=user, now=NOW + 3 * DAY)
    assert statuses(application, now=NOW + 4 * DAY) == [
        ("Cohort 1", "CONFIRMED"),
        ("Cohort 1", "CONFIRMED"),
        ("Cohort 2", "CANCELLED"),
    ]


def test_who_withdrew_has_cancelled_dates_without_links_and_then_nothing():
    programme = programme_with()
    application = scenarios.confirmed(programme)
    reviews.withdraw(application.pk, actor=Actor.applicant(application), now=TOLD)

    text = subscriptions.applicant_calendar(fresh(application), now=TOLD)

    assert [status for _, status, _ in events(text)] == ["CANCELLED"] * 2
    assert "secret" not in text
    assert statuses(application, now=NOW + 60 * DAY) == []


def test_an_offer_is_not_in_the_calendar_and_a_held_place_does_not_show_yet():
    programme = programme_with(offer_answer=OfferAnswer.CONFIRMED_DIRECTLY)
    application = scenarios.shortlisted(programme)
    give(application)

    assert statuses(application, now=NOW) == []
    assert statuses(application) == [("Cohort 1", "CONFIRMED")] * 2
    assert statuses(scenarios.offered(programme_with())) == []


# The addresses.


def test_a_confirmed_place_brings_an_address_that_works_until_a_month_after_the_last_session():
    programme = programme_with()
    last = cohort_of(programme).sessions.last()
    last.starts_at, last.ends_at = NOW + 500 * DAY, NOW + 501 * DAY
    last.save()

    application = scenarios.confirmed(programme)

    link = Link.objects.get(opens=Link.Opens.CALENDAR)
    assert (link.object_id, link.expires_at) == (application.pk, last.ends_at + datetime.timedelta(days=31))
    address = subscriptions.address_of(Link.Opens.CALENDAR, application.pk, now=NOW)
    assert address == f"http://testserver/calendar/{links.token_of(link)}.ics"


def test_an_address_is_kept_over_a_move_and_works_longer_if_need_be():
    programme = programme_with()
    application = scenarios.confirmed(programme)
    other = factories.CohortFactory(programme=programme)
    session = factories.SessionFactory(cohort=other, starts_at=NOW + 600 * DAY)

    moving.move(application.pk, other.pk, user=scenarios.reviewer_of(programme), now=NOW)

    assert Link.objects.get(opens=Link.Opens.CALENDAR).expires_at == session.ends_at + 31 * DAY


def test_a_new_address_closes_the_one_before():
    application = scenarios.confirmed(programme_with())
    before = Link.objects.get(opens=Link.Opens.CALENDAR)

    after = subscriptions.new_address(application.pk, now=NOW)

    assert list(Link.objects.working(NOW).filter(opens=Link.Opens.CALENDAR)) == [after]
    assert fresh(before).revoked_at == NOW


def test_an_address_whose_key_is_gone_is_none(settings):
    application = scenarios.confirmed(programme_with())
    settings.LINK_KEYS = ["another"]

    assert subscriptions.address_of(Link.Opens.CALENDAR, application.pk, now=NOW) == ""
    assert subscriptions.address_of(Link.Opens.STAFF_CALENDAR, 1, now=NOW) == ""


def test_the_addresses_of_staff_who_still_work_here_are_renewed(time_machine):
    programme = programme_with()
    here, gone = (scenarios.reviewer_of(programme) for _ in range(2))
    kept, left = (subscriptions.new_staff_address(user, now=NOW) for user in (here, gone))
    deleted = links.mint(Link.Opens.STAFF_CALENDAR, 999999, sent_to="x@example.org", now=NOW)
    gone.is_active = False
    gone.save()
    time_machine.move_to(NOW + 200 * DAY, tick=False)
    assert renew_calendar_addresses() == 0
    time_machine.move_to(NOW + 350 * DAY, tick=False)

    assert renew_calendar_addresses() == 1

    assert [fresh(one).expires_at - NOW for one in (kept, left, deleted)] == [750 * DAY, 400 * DAY, 400 * DAY]


# The staff's calendar.


def test_the_staffs_calendar_has_the_seats_and_nobodys_name():
    programme = programme_with()
    Cohort.objects.update(minimum=8)
    scenarios.confirmed(programme, name="Siân Secret", email="sian@example.org")
    scenarios.offered(programme, name="Another Secret")
    user = scenarios.reviewer_of(programme)
    factories.SessionFactory(title="Of another academy")

    text = subscriptions.staff_calendar(user, now=NOW)

    assert events(text) == [(f"Calm Conversations: Day {day} (Cohort 1)", "TENTATIVE", 0) for day in (1, 2)]
    (first, _) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert first["description"] == "2 of 20 seats taken: 1 confirmed, 1 offered. It needs 8."
    assert [word for word in ("Secret", "secret", "sian@", "Of another") if word in text] == []
    assert icalendar.Calendar.from_ical(text)["x-wr-calname"] == programme.academy.name


def test_the_staffs_calendar_shows_what_does_not_take_place_and_not_what_is_long_over():
    programme = programme_with()
    Cohort.objects.update(runs=False)
    user = factories.UserFactory(is_superuser=True)
    for _ in range(2):
        factories.AcademyFactory()

    soon, later = (subscriptions.staff_calendar(user, now=NOW + days * DAY) for days in (0, 300))

    assert [status for _, status, _ in events(soon)] == ["CANCELLED"] * 2
    assert events(later) == []
    assert icalendar.Calendar.from_ical(soon)["x-wr-calname"] == "Cascade"
    assert Place.objects.count() == 0
    assert programme.cohorts.count() == 1


@pytest.mark.parametrize("count", [1, 3])
def test_calendars_take_as_many_queries_however_many_sessions(count, django_assert_num_queries):
    programme = programme_with()
    for _ in range(count - 1):
        second_cohort(programme)
        factories.SessionFactory(cohort=cohort_of(programme))
    Session.objects.update(venue=factories.VenueFactory())
    user = scenarios.reviewer_of(programme)
    application = scenarios.confirmed(programme)

    with django_assert_num_queries(3):
        subscriptions.staff_calendar(user, now=TOLD)
    with django_assert_num_queries(5):
        subscriptions.applicant_calendar(application, now=TOLD)


def test_places_without_a_file_leave_nothing_behind():
    programme = programme_with()
    application = scenarios.offered(programme)
    places.decline(application.pk, now=NOW)

    assert statuses(application) == []
