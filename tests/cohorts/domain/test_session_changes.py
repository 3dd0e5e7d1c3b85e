"""Staff change when or where a cohort meets: who hears of it, how often, and what is said."""

import datetime

import icalendar
import pytest

from cohorts.domain import places, session_changes
from cohorts.domain.session_changes import watched
from cohorts.models import Cohort, Session
from programmes.models import Link, Message
from programmes.models.programmes import OfferAnswer
from tests import factories, scenarios
from tests.cohorts.seats import cohort_of, fresh, give, programme_with
from tests.factories import NOW
from tests.scenarios import mails
from tests.support.rfc5545 import breaches

pytestmark = pytest.mark.django_db

MINUTE = datetime.timedelta(minutes=1)
HOUR = datetime.timedelta(hours=1)
LATER = NOW + HOUR


def change(cohort, *, now=LATER, day=1, **fields):
    """Change a session as staff do; return how many people were told."""
    with watched([cohort.pk], now=now) as told:
        session = cohort.sessions.get(title=f"Day {day}")
        for name, value in fields.items():
            setattr(session, name, value)
        session.sequence += 1
        session.save()
    return told.people[cohort.pk]


def sooner(cohort, hours=1):
    """A start so much earlier than Day 1 has now."""
    return cohort.sessions.get(title="Day 1").starts_at - hours * HOUR


def waiting_mails(application):
    rows = Message.objects.about(application.about).filter(status=Message.Status.QUEUED).order_by("pk")
    return {message.event: message for message in rows}


@pytest.fixture
def programme():
    programme = programme_with()
    factories.ApprovalStepFactory(programme=programme)
    return programme


@pytest.fixture
def cohort(programme):
    return cohort_of(programme)


def test_people_with_a_place_get_one_mail_with_the_change_and_their_calendar(programme, cohort):
    application = scenarios.confirmed(programme)
    before = application.places.get().calendar_sequence

    told = change(cohort, starts_at=sooner(cohort))

    assert told == 1
    message = waiting_mails(application)["dates_changed"]
    assert message.context["changes"] == (
        "Day 1: now Tuesday 3 November 2026, 8:30am to 12:30pm, instead of Tuesday 3 November 2026, 9:30am to 12:30pm"
    )
    assert message.context["dates"].startswith("Tuesday 3 November 2026, 8:30am to 12:30pm (Online)")
    assert message.not_before == LATER + 10 * MINUTE
    (file,) = message.attachments
    assert breaches(file["text"]) == []
    events = icalendar.Calendar.from_ical(file["text"]).walk("VEVENT")
    assert [int(one["sequence"]) for one in events] == [before + 2, before + 1]
    approver = waiting_mails(application)["approver_dates_changed"]
    assert "8:30am" in approver.context["dates"]
    assert "secret" not in str(approver.context)


def test_who_has_not_answered_an_offer_is_told_as_well_but_not_of_a_link(programme, cohort):
    application = scenarios.offered(programme)

    assert change(cohort, joining_link="https://meet.example.org/new") == 0
    assert change(cohort, starts_at=sooner(cohort), now=LATER + HOUR) == 1

    message = waiting_mails(application)["offer_dates_changed"]
    assert message.context["changes"].startswith("Day 1: now Tuesday 3 November 2026, 8:30am")
    assert message.context["respond_by"] == "11:59pm on 12 October 2026"
    assert message.attachments == []
    assert "approver_dates_changed" not in waiting_mails(application)


def test_nobody_else_is_told(programme, cohort):
    left = scenarios.offered(programme)
    places.decline(left.pk, now=NOW)
    suitable = scenarios.shortlisted(programme)
    elsewhere = scenarios.offered(programme_with())
    before = [mails(one) for one in (left, suitable, elsewhere)]

    assert change(cohort, starts_at=sooner(cohort)) == 0

    assert [mails(one) for one in (left, suitable, elsewhere)] == before


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"optional": True}, "Day 1: now optional"),
        ({"to_be_confirmed": True}, "Day 1: still to be confirmed"),
        ({"joining_link": "https://meet.example.org/new"}, "Day 1: the joining link is a new one"),
        ({"joining_link": ""}, "Day 1: there is no joining link any more"),
        ({"online": False}, "Day 1: now in this place: To be confirmed, instead of Online"),
    ],
)
def test_each_kind_of_change_is_said_and_its_contrary(programme, cohort, fields, line):
    application = scenarios.confirmed(programme)
    contrary = {name: getattr(cohort.sessions.get(title="Day 1"), name) for name in fields}

    change(cohort, **fields)
    said = waiting_mails(application)["dates_changed"].context["changes"]
    change(cohort, now=LATER + HOUR, **contrary)

    latest = Message.objects.filter(event="dates_changed").latest("pk").context["changes"]
    assert said == line
    assert (
        latest
        == {
            "optional": "Day 1: no longer optional: please come to it",
            "to_be_confirmed": "Day 1: now settled",
            "joining_link": "Day 1: the joining link is a new one",
            "online": "Day 1: now in this place: Online, instead of To be confirmed",
        }[next(iter(fields))]
    )


def test_a_changed_title_is_nothing_to_mail_about(programme, cohort):
    application = scenarios.confirmed(programme)

    assert change(cohort, title="The first day") == 0
    assert "dates_changed" not in waiting_mails(application)


def test_a_session_added_and_one_taken_away_are_said_and_taken_out_of_calendars(programme, cohort):
    application = scenarios.confirmed(programme)
    gone = cohort.sessions.get(title="Day 2")
    pk, sequence = gone.pk, gone.sequence
    with watched([cohort.pk], now=LATER):
        gone.delete()
        factories.SessionFactory(
            cohort=cohort, title="Follow-up", starts_at=NOW + datetime.timedelta(days=60)
        )

    message = waiting_mails(application)["dates_changed"]

    assert message.context["changes"].splitlines() == [
        "Follow-up: new, Friday 4 December 2026, midday to 3pm (Online)",
        "Day 2: no longer takes place (it was on Wednesday 4 November 2026, 9:30am to 12:30pm)",
    ]
    publish, cancel = (file["text"] for file in message.attachments)
    assert [breaches(text) for text in (publish, cancel)] == [[], []]
    (event,) = icalendar.Calendar.from_ical(cancel).walk("VEVENT")
    assert (event["uid"], event["status"]) == (f"session-{pk}@testserver", "CANCELLED")
    assert int(event["sequence"]) == sequence + 1 + application.places.get().calendar_sequence


def test_a_second_change_within_the_hold_takes_the_place_of_the_first(programme, cohort):
    application = scenarios.confirmed(programme)
    change(cohort, starts_at=sooner(cohort))

    change(cohort, starts_at=sooner(cohort), now=LATER + 5 * MINUTE)

    assert mails(application).count("dates_changed") == 1
    message = waiting_mails(application)["dates_changed"]
    assert message.context["changes"] == (
        "Day 1: now Tuesday 3 November 2026, 7:30am to 12:30pm, instead of Tuesday 3 November 2026, 9:30am to 12:30pm"
    )
    assert message.not_before == LATER + 15 * MINUTE


def test_a_change_put_back_within_the_hold_reaches_nobody(programme, cohort):
    application = scenarios.confirmed(programme)
    before = mails(application)
    change(cohort, starts_at=sooner(cohort))

    told = change(cohort, starts_at=sooner(cohort, -1), now=LATER + 5 * MINUTE)

    assert told == 0
    assert mails(application) == before


def test_a_change_after_the_hold_is_a_mail_of_its_own(programme, cohort):
    application = scenarios.confirmed(programme)
    change(cohort, starts_at=sooner(cohort))

    change(cohort, starts_at=sooner(cohort), now=LATER + 10 * MINUTE)

    assert mails(application).count("dates_changed") == 2
    latest = Message.objects.filter(event="dates_changed").latest("pk")
    assert latest.context["changes"].endswith("instead of Tuesday 3 November 2026, 8:30am to 12:30pm")


def test_mails_of_a_decision_that_are_still_held_say_the_new_dates_themselves(settings):
    programme = programme_with(offer_answer=OfferAnswer.CONFIRMED_DIRECTLY)
    factories.ApprovalStepFactory(programme=programme)
    cohort = cohort_of(programme)
    application = scenarios.shortlisted(programme)
    give(application)
    settings.DECISION_HOLD_MINUTES = 10

    change(cohort, starts_at=sooner(cohort), now=NOW + MINUTE)

    waiting = waiting_mails(application)
    assert {"dates_changed", "approver_dates_changed"}.isdisjoint(waiting)
    confirmed, approver = waiting["confirmed"], waiting["approver_confirmed"]
    assert [message.context["dates"].splitlines()[0] for message in (confirmed, approver)] == [
        "Tuesday 3 November 2026, 8:30am to 12:30pm (Online)"
    ] * 2
    (file,) = confirmed.attachments
    assert "T083000" in file["text"]
    assert "secret" not in str(approver.context)


def test_an_offer_whose_mail_is_still_held_says_the_new_dates_itself(programme, cohort):
    application = scenarios.offered(programme)

    assert change(cohort, starts_at=sooner(cohort), now=NOW + MINUTE) == 1

    waiting = waiting_mails(application)
    assert "offer_dates_changed" not in waiting
    assert waiting["offer"].context["dates"].startswith("Tuesday 3 November 2026, 8:30am")


def test_mails_without_dates_are_left_as_they_are(programme, cohort):
    application = scenarios.confirmed(programme)
    row = Message.objects.filter(event="shortlisted", about=application.about)
    row.update(status=Message.Status.QUEUED, not_before=LATER + HOUR)
    before = row.get().context

    change(cohort, starts_at=sooner(cohort))

    assert row.get().context == before


def test_what_is_over_is_nothing_to_mail_about(programme, cohort):
    application = scenarios.confirmed(programme)
    after = cohort.ends_at + HOUR

    assert change(cohort, starts_at=sooner(cohort), now=after) == 0
    with watched([cohort.pk], now=after):
        cohort.sessions.get(title="Day 2").delete()

    assert "dates_changed" not in waiting_mails(application)


def test_a_venue_that_moves_is_told_to_the_people_of_every_cohort_there(programme, cohort):
    venue = factories.VenueFactory(academy=programme.academy, name="Guildhall")
    other = cohort_of(programme_with())
    people = [scenarios.confirmed(programme), scenarios.confirmed(other.programme)]
    Session.objects.update(venue=venue, online=False)

    with watched([cohort.pk, other.pk], now=LATER) as told:
        venue.address = "2 New Road, Lewes"
        venue.save()

    assert told.people == {cohort.pk: 1, other.pk: 1}
    for one in people:
        said = waiting_mails(one)["dates_changed"].context["changes"]
        assert said.startswith("Day 1: now in this place: Guildhall, 2 New Road, Lewes, BN7 2XX, instead of")


def test_nothing_changed_tells_nobody_and_keeps_nothing(programme, cohort):
    scenarios.confirmed(programme)

    with watched([cohort.pk], now=LATER) as told:
        pass

    assert told.people == {cohort.pk: 0}
    assert fresh(cohort).untold_changes is None


def test_who_leaves_at_this_very_moment_is_passed_over(programme, cohort, monkeypatch):
    application = scenarios.confirmed(programme)
    real = session_changes.nominations.lock_application

    # Between the list of people and the lock on one of them: no test can time that.
    def leaves(pk):
        Cohort.objects.get(pk=cohort.pk).places.update(
            status="released", seat_number=None, programme_number=None
        )
        return real(pk)

    monkeypatch.setattr(session_changes.nominations, "lock_application", leaves)

    assert change(cohort, starts_at=sooner(cohort)) == 0
    assert "dates_changed" not in waiting_mails(application)


def test_a_later_date_lets_the_calendars_address_work_longer(programme, cohort):
    scenarios.confirmed(programme)
    far = NOW + datetime.timedelta(days=500)

    change(cohort, starts_at=far, ends_at=far + HOUR)

    assert Link.objects.get(opens=Link.Opens.CALENDAR).expires_at == far + HOUR + datetime.timedelta(days=31)
