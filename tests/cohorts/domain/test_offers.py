"""Offers that are reminded of in time, given longer, or made again; and people moved to other dates."""

import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.domain.transitions import NotAllowedNow
from applications.models import State
from cohorts.domain import capacity, deadlines, moving, offers, places
from cohorts.models import Cohort, Place
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Message
from programmes.models.programmes import NominationScope
from tests import factories, invariants, scenarios
from tests.cohorts.seats import DEADLINE, MOMENT, cohort_of, fresh, give, programme_with
from tests.factories import NOW
from tests.scenarios import mails, reviewer_of

LONDON = ZoneInfo("Europe/London")
HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)
database = pytest.mark.django_db


def beats(start, end):
    """When reminders can go out: at twenty past each hour from 8 to 17, as Celery's beat has it."""
    day = start.astimezone(LONDON).date()
    while day <= end.astimezone(LONDON).date():
        for hour in range(8, 18):
            moment = datetime.datetime.combine(day, datetime.time(hour, 20), LONDON)
            if start <= moment <= end:
                yield moment
        day += DAY


@given(
    # Over both changes of the clocks.
    offered_after=st.timedeltas(datetime.timedelta(0), 200 * DAY),
    length=st.timedeltas(2 * HOUR, 20 * DAY),
)
def test_a_reminder_goes_out_in_office_hours_and_in_time(offered_after, length):
    offered_at = NOW + offered_after
    ends = offered_at + length

    due = offers.remind_from(offered_at, ends)
    sent = next(beats(due, ends), None)

    assert offered_at < due < ends
    if length >= 72 * HOUR:
        assert sent is not None
        assert 48 * HOUR <= ends - sent <= 72 * HOUR
        assert sent - offered_at >= 7 * HOUR
    if length >= 96 * HOUR:
        assert sent - offered_at >= 24 * HOUR


# Given longer.


@database
def test_an_offer_is_given_longer_told_so_and_reminded_of_again():
    programme = programme_with()
    application = scenarios.offered(programme)
    offers.remind(application.places.get().pk, now=DEADLINE - 60 * HOUR)
    until = DEADLINE + 7 * DAY

    place = offers.extend(application.pk, until=until, user=reviewer_of(programme), now=DEADLINE - DAY)

    assert (place.respond_by, place.reminded_at) == (until, None)
    assert Message.objects.get(event="offer_extended").context["respond_by"] == "11:59pm on 19 October 2026"
    assert offers.to_remind_of(until - 60 * HOUR) == [place.pk]
    assert offers.past_their_date(DEADLINE + MOMENT) == []
    assert fresh(application).state == State.OFFERED


@database
def test_an_offer_given_a_little_longer_is_not_reminded_of_on_the_heels_of_that():
    programme = programme_with()
    application = scenarios.offered(programme)

    place = offers.extend(
        application.pk, until=DEADLINE + DAY, user=reviewer_of(programme), now=DEADLINE - HOUR
    )

    assert place.reminded_at == DEADLINE - HOUR
    assert offers.to_remind_of(DEADLINE) == []


@database
@pytest.mark.parametrize(
    ("until", "now", "sentence"),
    [
        (
            DEADLINE,
            NOW,
            "Choose a time later than now and than the one that stands, 11:59pm on 12 October 2026.",
        ),
        (
            DEADLINE + HOUR,
            DEADLINE + DAY,
            "Choose a time later than now and than the one that stands, 11:59pm on 12 October 2026.",
        ),
        (
            DEADLINE + 60 * DAY,
            NOW,
            "Cohort 1 starts at 9:30am on 3 November 2026: choose an earlier time.",
        ),
    ],
)
def test_longer_is_later_than_now_and_than_before_and_ends_at_the_start(until, now, sentence):
    programme = programme_with()
    application = scenarios.offered(programme)

    with pytest.raises(Refused) as refused:
        offers.extend(application.pk, until=until, user=reviewer_of(programme), now=now)

    assert refused.value.sentence == sentence


@database
def test_an_offer_without_a_date_or_for_a_cohort_without_one_can_be_given_one():
    programme = programme_with()
    application = scenarios.offered(programme)
    cohort_of(programme).sessions.all().delete()
    Place.objects.update(respond_by=None)
    user = reviewer_of(programme)

    with pytest.raises(Refused, match=r"and than the one that stands\.$"):
        offers.extend(application.pk, until=NOW, user=user, now=NOW)
    place = offers.extend(application.pk, until=DEADLINE, user=user, now=NOW)

    assert place.respond_by == DEADLINE


@database
def test_only_a_reviewer_gives_longer_and_only_to_an_open_offer():
    programme = programme_with()
    application, suitable = scenarios.offered(programme), scenarios.shortlisted(programme)

    with pytest.raises(NotAllowed):
        offers.extend(application.pk, until=DEADLINE + DAY, user=factories.UserFactory(), now=NOW)
    with pytest.raises(places.OfferClosed):
        offers.extend(suitable.pk, until=DEADLINE + DAY, user=reviewer_of(programme), now=NOW)


# Made again.


def declined(programme, **kwargs):
    application = scenarios.offered(programme, **kwargs)
    places.decline(application.pk, now=NOW)
    return application


def lapsed(programme, **kwargs):
    application = scenarios.offered(programme, **kwargs)
    places.lapse(application.pk, now=DEADLINE + MOMENT)
    return application


@database
@pytest.mark.parametrize("ended", [declined, lapsed])
def test_an_offer_that_ended_is_made_again_with_a_nomination_and_a_seat(ended):
    programme = programme_with(nomination_scope=NominationScope.ICS, nominations_allowed=1)
    application = ended(programme)
    now = DEADLINE + DAY

    place = offers.offer_again(application.pk, user=reviewer_of(programme), now=now)

    assert (place.cohort, place.seat_number, place.status) == (cohort_of(programme), 1, Place.Status.OFFERED)
    assert (fresh(application).state, fresh(application).nomination_number) == (State.OFFERED, 1)
    assert mails(application)[-1] == "offer_again"
    assert invariants.broken() == []


@database
def test_an_offer_is_not_made_again_without_a_seat_or_a_nomination():
    programme = programme_with(seats=1, nomination_scope=NominationScope.ICS, nominations_allowed=1)
    ics = factories.IntegratedCareSystemFactory(name="NHS Kent Integrated Care Board")
    application = declined(programme, ics=ics)
    user = reviewer_of(programme)
    scenarios.submitted(programme, ics=ics)

    with pytest.raises(Refused) as refused:
        offers.offer_again(application.pk, user=user, now=NOW)
    assert refused.value.sentence == (
        "All 1 nominations of Kent are used. Reopen the application instead: it then waits in reserve."
    )

    scenarios.offered(programme)
    with pytest.raises(capacity.CohortFull):
        offers.offer_again(declined_elsewhere(programme).pk, user=user, now=NOW)


def declined_elsewhere(programme):
    """Someone who declined while there were two seats, of which one is left."""
    Cohort.objects.update(maximum=2)
    application = declined(programme)
    Cohort.objects.update(maximum=1)
    return application


@database
def test_an_offer_is_not_made_again_once_the_cohort_has_started():
    programme = programme_with()
    application = declined(programme)

    with pytest.raises(Refused, match=r"Cohort 1 has started already\. Choose another cohort\."):
        offers.offer_again(application.pk, user=reviewer_of(programme), now=cohort_of(programme).starts_at)


@database
def test_an_offer_is_not_made_again_to_who_applied_anew_or_never_had_one():
    programme = programme_with()
    application = declined(programme, email="sam@example.org")
    again = scenarios.submitted(programme, email="Sam@example.org")
    never = scenarios.withdrawn(scenarios.submitted(programme))
    user = reviewer_of(programme)

    with pytest.raises(Refused, match=f"has another application in hand, {again.reference}"):
        offers.offer_again(application.pk, user=user, now=NOW)
    with pytest.raises(Refused, match="No place was offered to this person before"):
        offers.offer_again(never.pk, user=user, now=NOW)


@database
def test_an_offer_that_waits_for_its_answer_is_not_made_again():
    programme = programme_with()
    application = scenarios.offered(programme)

    with pytest.raises(NotAllowedNow):
        offers.offer_again(application.pk, user=reviewer_of(programme), now=NOW)


# Moved to other dates.


@database
def test_a_move_into_a_cohort_that_has_started_is_refused():
    programme = programme_with()
    application = scenarios.offered(programme)
    started = factories.CohortFactory(programme=programme, name="Cohort 0")
    factories.SessionFactory(cohort=started, starts_at=NOW - DAY)

    with pytest.raises(Refused, match=r"Cohort 0 has started already\. Choose another cohort\."):
        moving.move(application.pk, started.pk, user=reviewer_of(programme), now=NOW)


@database
def test_an_offer_that_is_moved_stays_an_offer_with_a_new_date_and_one_mail():
    programme = programme_with()
    application = scenarios.offered(programme)
    other = factories.CohortFactory(programme=programme, name="Cohort 2")
    later = NOW + 2 * DAY

    place = moving.move(application.pk, other.pk, user=reviewer_of(programme), now=later)

    assert (place.cohort, place.status) == (other, Place.Status.OFFERED)
    assert place.respond_by == deadlines.respond_by(later, 5)
    assert mails(application)[-1:] == ["offer_moved"]
    assert fresh(application).places.get(cohort=cohort_of(programme)).reason == "Moved to Cohort 2."
    assert invariants.broken() == []


@database
def test_a_place_that_is_moved_stays_confirmed_and_its_mail_holds_both_files():
    programme = programme_with()
    application = scenarios.confirmed(programme)
    other = factories.CohortFactory(programme=programme, name="Cohort 2")
    factories.SessionFactory(cohort=other)

    moving.move(application.pk, other.pk, user=reviewer_of(programme), reason="Room lost.", now=NOW + DAY)

    message = Message.objects.get(event="moved")
    assert (message.context["left"], message.context["reason"]) == ("Cohort 1", "Room lost.")
    assert ["METHOD:CANCEL" in file["text"] for file in message.attachments] == [True, False]
    assert fresh(application).state == State.CONFIRMED


@database
def test_a_move_is_refused_where_there_is_nothing_to_move_or_nowhere_to_go():
    programme = programme_with()
    application, suitable = scenarios.offered(programme), scenarios.shortlisted(programme)
    full = factories.CohortFactory(programme=programme, name="Full", maximum=1)
    give(suitable, full)
    cannot = factories.CohortFactory(programme=programme, name="Cannot")
    factories.PreferenceFactory(
        application=application, cohort=cannot, rank=None, cannot_attend_reason="On leave."
    )
    user = reviewer_of(programme)
    before = invariants.rows()

    for where, sentence in {
        cohort_of(programme): "is in Cohort 1 already",
        full: "Full is full",
        cannot: r"cannot attend Cannot: On leave\.",
    }.items():
        with pytest.raises(Refused, match=sentence):
            moving.move(application.pk, where.pk, user=user, now=NOW)
    assert invariants.rows() == before
    places.take_back(suitable.pk, user=user, reason="A slip.", now=NOW)
    with pytest.raises(NotAllowedNow):
        moving.move(suitable.pk, full.pk, user=user, now=NOW)
    with pytest.raises(Refused, match="has no seat to be moved from"):
        moving.move_locked(fresh(suitable), full, actor=None, reason="", now=NOW)


# Until when.


@database
@pytest.mark.parametrize(
    ("now", "until"),
    [
        # Four weeks before the start: the programme's five working days.
        ("2026-10-05T12:00", "2026-10-12T23:59"),
        # Eleven days before: two. Two days before the cut-off of 31 October 9:30: not after it.
        ("2026-10-23T12:00", "2026-10-27T23:59"),
        ("2026-10-29T12:00", "2026-10-31T09:30"),
        # Made by staff after the cut-off: until the start; after the start: as if there were none.
        ("2026-11-01T12:00", "2026-11-03T09:30"),
        ("2026-11-04T12:00", "2026-11-11T23:59"),
    ],
)
def test_an_offer_is_answered_sooner_near_the_start(now, until):
    cohort = cohort_of(programme_with())
    moments = [datetime.datetime.fromisoformat(text).replace(tzinfo=LONDON) for text in (now, until)]

    assert deadlines.answer_by(cohort, now=moments[0]) == moments[1]


@database
def test_another_date_is_not_asked_for_without_saying_why():
    application = scenarios.offered(programme_with())

    with pytest.raises(Refused) as refused:
        places.ask_other_date(application.pk, reason="  ", now=NOW)

    assert (
        refused.value.sentence
        == "Say why you cannot attend these dates: it helps the academy to plan others."
    )
    assert fresh(application).state == State.OFFERED
    assert mails(application)[-1] == "offer"
