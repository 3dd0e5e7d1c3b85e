"""Offers that lapse, are reminded of, or are taken back."""

import datetime

import pytest

from applications.domain import reviews
from applications.domain.transitions import NotAllowedNow, ReasonMissing
from applications.models import Application, State
from cohorts.domain import offers, places
from cohorts.models import Place
from cohorts.tasks import lapse_offers, remind_of_offers
from programmes.models import Message
from programmes.models.programmes import NominationScope
from tests import factories, invariants, scenarios
from tests.cohorts.seats import DEADLINE, MOMENT, fresh, give, programme_with
from tests.factories import NOW
from tests.scenarios import mails, reviewer_of

pytestmark = pytest.mark.django_db


# Lapsing.


def test_an_offer_lapses_after_its_moment_and_not_at_it():
    programme = programme_with(nomination_scope=NominationScope.ICS, nominations_allowed=1)
    ics = factories.IntegratedCareSystemFactory()
    application = scenarios.offered(programme, ics=ics)
    waiting = scenarios.submitted(programme, ics=ics)

    assert offers.past_their_date(DEADLINE) == []
    assert places.lapse(application.pk, now=DEADLINE) is None
    assert offers.past_their_date(DEADLINE + MOMENT) == [application.pk]
    place = places.lapse(application.pk, now=DEADLINE + MOMENT)

    assert (place.status, place.seat_number) == (Place.Status.LAPSED, None)
    assert fresh(application).state == State.LAPSED
    assert fresh(waiting).nomination_number == 1
    assert mails(application)[-1] == "lapsed"
    assert invariants.broken() == []


def test_an_offer_that_was_answered_meanwhile_does_not_lapse():
    application = scenarios.offered(programme_with())
    due = offers.past_their_date(DEADLINE + MOMENT)
    places.accept(application.pk, now=DEADLINE)

    assert [places.lapse(pk, now=DEADLINE + MOMENT) for pk in due] == [None]
    assert fresh(application).state == State.CONFIRMED


def test_a_lapsed_application_can_be_reopened_and_offered_a_place_again():
    programme = programme_with()
    application = scenarios.offered(programme)
    after = DEADLINE + datetime.timedelta(days=1)
    places.lapse(application.pk, now=after)
    user = reviewer_of(programme)

    reviews.reopen(application.pk, user=user, reason="Was ill", now=after)
    reviews.shortlist(application.pk, user=user, now=after)
    give(application, now=after)

    assert [place.status for place in application.places.order_by("pk")] == ["lapsed", "offered"]
    assert invariants.broken() == []


def test_the_clock_lapses_what_is_past_its_date(time_machine):
    programme = programme_with()
    late = scenarios.offered(programme)
    scenarios.offered(programme, now=NOW + datetime.timedelta(days=1))
    time_machine.move_to(DEADLINE + datetime.timedelta(minutes=1), tick=False)

    assert lapse_offers() == 1
    assert lapse_offers() == 0
    assert list(Application.objects.filter(state=State.LAPSED)) == [late]


# Reminding.


def test_an_offer_is_reminded_of_once_when_72_hours_are_left():
    application = scenarios.offered(programme_with())
    place = Place.objects.get()
    due = DEADLINE - datetime.timedelta(hours=72)

    assert offers.to_remind_of(due - MOMENT) == []
    assert offers.to_remind_of(due) == [place.pk]
    assert offers.to_remind_of(DEADLINE) == [place.pk]
    assert offers.to_remind_of(DEADLINE + MOMENT) == []

    assert offers.remind(place.pk, now=due)
    assert not offers.remind(place.pk, now=due)
    assert offers.to_remind_of(due + datetime.timedelta(hours=1)) == []
    assert mails(application)[-1] == "offer_reminder"
    assert Message.objects.get(event="offer_reminder").context["respond_by"] == "11:59pm on 12 October 2026"


def test_an_offer_of_few_days_is_not_reminded_of_on_its_heels():
    scenarios.offered(programme_with(offer_working_days=1))
    middle = NOW + (datetime.datetime(2026, 10, 6, 22, 59, tzinfo=datetime.UTC) - NOW) / 2

    assert offers.to_remind_of(middle - MOMENT) == []
    assert len(offers.to_remind_of(middle)) == 1


def test_an_offer_that_was_answered_is_not_reminded_of():
    application = scenarios.offered(programme_with())
    due = offers.to_remind_of(DEADLINE)
    places.accept(application.pk, now=NOW)

    assert [offers.remind(pk, now=DEADLINE) for pk in due] == [False]
    assert "offer_reminder" not in mails(application)


def test_the_clock_reminds_of_offers(time_machine):
    scenarios.offered(programme_with())
    time_machine.move_to(DEADLINE - datetime.timedelta(hours=2), tick=False)

    assert remind_of_offers() == 1
    assert remind_of_offers() == 0


# Taking back.


@pytest.mark.parametrize("scenario", [scenarios.offered, scenarios.confirmed])
def test_take_back_frees_the_seat_keeps_the_nomination_and_shortlists_again(scenario):
    programme = programme_with(seats=1, nomination_scope=NominationScope.ICS, nominations_allowed=5)
    application = scenario(programme)
    later = NOW + datetime.timedelta(hours=1)

    places.take_back(application.pk, user=reviewer_of(programme), reason="Room lost", now=later)

    application = fresh(application)
    place = application.places.get()
    assert (application.state, application.nomination_number) == (State.SHORTLISTED, 1)
    assert (place.status, place.seat_number, place.reason) == (Place.Status.RELEASED, None, "Room lost")
    context = Message.objects.get(event="offer_taken_back").context
    assert (context["cohort"], context["reason"]) == ("Cohort 1", "Room lost")
    assert give(application, now=later).seat_number == 1
    assert invariants.broken() == []


def test_take_back_needs_a_place_and_a_reason():
    programme = programme_with()
    placed, without = scenarios.offered(programme), scenarios.shortlisted(programme)
    before = invariants.rows()
    user = reviewer_of(programme)

    with pytest.raises(ReasonMissing):
        places.take_back(placed.pk, user=user, reason=" ", now=NOW)
    with pytest.raises(NotAllowedNow):
        places.take_back(without.pk, user=user, reason="Because", now=NOW)

    assert invariants.rows() == before


def test_current_place_is_the_seat_held_now_or_none():
    programme = programme_with()
    application = scenarios.offered(programme)

    assert places.current_place(application).seat_number == 1
    places.decline(application.pk, now=NOW)
    assert places.current_place(application) is None
