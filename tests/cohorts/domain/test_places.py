"""Seats given, accepted and declined, and what follows from each."""

import datetime
from zoneinfo import ZoneInfo

import pytest

from applications.domain import reviews
from applications.domain.transitions import NotAllowedNow
from applications.models import State
from cohorts.domain import capacity, deadlines, offers, places, preferences
from cohorts.models import Place
from programmes.domain.refused import Refused
from programmes.models import Message
from programmes.models.programmes import NominationScope, OfferAnswer
from tests import factories, invariants, scenarios
from tests.cohorts.seats import DEADLINE, MOMENT, fresh, give, programme_with
from tests.factories import NOW
from tests.scenarios import mails, reviewer_of

pytestmark = pytest.mark.django_db


# Giving.


def test_give_offers_the_lowest_free_seat_until_the_end_of_a_working_day():
    programme = programme_with()
    application = scenarios.shortlisted(programme)

    give(application)

    place = Place.objects.get()
    assert (place.status, place.seat_number, place.programme_number) == (Place.Status.OFFERED, 1, 1)
    assert (place.offered_at, place.respond_by, place.answered_at) == (NOW, DEADLINE, None)
    assert str(place) == f"{application.reference} in Cohort 1"
    offer = Message.objects.get(event="offer")
    assert fresh(application).state == State.OFFERED
    assert offer.context == {
        "applicant": "Sam Applicant",
        "reference": application.reference,
        "cohort": "Cohort 1",
        "dates": (
            "Tuesday 3 November 2026, 9:30am to 12:30pm (Online)\n"
            "Wednesday 4 November 2026, 9:30am to 12:30pm (Online)"
        ),
        "respond_by": "11:59pm on 12 October 2026",
    }
    assert offer.attachments == []
    assert invariants.broken() == []


@pytest.mark.parametrize(
    ("now", "days", "until"),
    [
        # Over a weekend, over Christmas, over the change of the clocks, and from a Saturday.
        ("2026-10-02T17:00", 1, "2026-10-05T23:59"),
        ("2026-12-23T10:00", 5, "2027-01-04T23:59"),
        ("2026-10-22T23:30", 3, "2026-10-27T23:59"),
        ("2026-10-03T10:00", 1, "2026-10-05T23:59"),
        ("2026-10-05T10:00", 0, "2026-10-05T23:59"),
    ],
)
def test_respond_by_is_the_last_minute_of_a_working_day_in_england(now, days, until):
    def london(text):
        return datetime.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/London"))

    assert deadlines.respond_by(london(now), days) == london(until)


def test_give_refuses_when_every_seat_of_the_cohort_is_taken():
    programme = programme_with(seats=2)
    first, second, third = (scenarios.shortlisted(programme) for _ in range(3))
    give(first)
    give(second)
    before = invariants.rows()

    with pytest.raises(capacity.CohortFull) as refused:
        give(third)

    assert refused.value.sentence == "Cohort 1 is full: all 2 seats are offered or confirmed."
    assert invariants.rows() == before


def test_give_refuses_when_every_place_of_the_programme_is_taken_although_a_cohort_has_seats():
    programme = programme_with(total_places=2)
    other = factories.CohortFactory(programme=programme)
    first, second, third = (scenarios.shortlisted(programme) for _ in range(3))
    give(first)
    second_place = give(second, other)

    with pytest.raises(capacity.ProgrammeFull) as refused:
        give(third, other)

    assert (second_place.seat_number, second_place.programme_number) == (1, 2)
    assert refused.value.sentence == (
        "Calm Conversations is full: all 2 places are offered, confirmed or attended."
    )
    assert invariants.broken() == []


def test_give_refuses_a_cohort_that_the_applicant_cannot_attend_and_names_their_reason():
    programme = programme_with()
    factories.CohortFactory(programme=programme)
    application = scenarios.under_review(programme)
    first, second = programme.cohorts.order_by("pk")
    preferences.save_preferences(application.pk, ranked=[second], cannot_attend={first: "On leave"}, now=NOW)
    reviews.shortlist(application.pk, user=reviewer_of(programme), now=NOW)

    with pytest.raises(Refused) as refused:
        give(application, first)

    assert refused.value.sentence == "Sam Applicant cannot attend Cohort 1: On leave"
    assert give(application, second).cohort == second


def test_give_takes_a_cohort_of_which_the_applicant_said_nothing():
    programme = programme_with()
    application = scenarios.shortlisted(programme)

    assert give(application, factories.CohortFactory(programme=programme)).seat_number == 1


def test_give_refuses_a_cohort_that_does_not_take_place():
    programme = programme_with()
    application = scenarios.shortlisted(programme)
    programme.cohorts.update(runs=False)

    with pytest.raises(Refused) as refused:
        give(application)

    assert refused.value.sentence == "Cohort 1 does not take place."


def test_give_refuses_who_has_a_place_already():
    application = scenarios.offered(programme_with())

    with pytest.raises(NotAllowedNow):
        give(application)

    assert Place.objects.count() == 1


def test_give_is_possible_from_the_waiting_list():
    application = scenarios.waitlisted(programme_with())

    give(application)

    assert fresh(application).state == State.OFFERED


def test_give_confirms_at_once_where_the_programme_asks_no_answer():
    programme = programme_with(offer_answer=OfferAnswer.CONFIRMED_DIRECTLY)
    factories.ApprovalStepFactory(programme=programme)
    application = scenarios.under_review(programme)
    reviews.shortlist(application.pk, user=reviewer_of(programme), now=NOW)

    place = give(application)

    assert (place.status, place.respond_by, place.answered_at) == (Place.Status.CONFIRMED, None, NOW)
    assert fresh(application).state == State.CONFIRMED
    manager = application.approvals.get().email
    assert mails(application, to=manager) == ["approval_request", "approver_confirmed"]
    (attached,) = Message.objects.get(event="confirmed").attachments
    assert (attached["type"], attached["name"]) == (
        "text/calendar",
        f"{programme.slug}-{place.cohort.key}.ics",
    )
    with pytest.raises(places.OfferClosed):
        places.accept(application.pk, now=NOW)
    assert invariants.broken() == []


# Answering.


def test_accept_confirms_sends_joining_details_and_the_calendar_and_tells_the_line_manager():
    programme = programme_with()
    factories.ApprovalStepFactory(programme=programme)
    application = scenarios.offered(programme)

    place = places.accept(application.pk, now=NOW)

    application = fresh(application)
    assert (place.status, place.answered_at, place.seat_number) == (Place.Status.CONFIRMED, NOW, 1)
    assert (application.state, application.changes.last().actor) == (State.CONFIRMED, "Sam Applicant")
    confirmed = Message.objects.get(event="confirmed")
    assert confirmed.context["joining"] == "Day 1: https://meet.example.org/secret\nBring a laptop."
    assert "https://meet.example.org/secret" in confirmed.attachments[0]["text"].replace("\r\n ", "")
    to_manager = Message.objects.get(event="approver_confirmed")
    assert set(to_manager.context) == {"applicant", "reference", "role", "cohort", "dates"}
    assert to_manager.attachments == []
    assert invariants.broken() == []


@pytest.mark.parametrize("event", ["offer", "offer_reminder", "approver_confirmed"])
def test_joining_links_stand_in_no_mail_but_that_of_the_confirmed_place(event):
    programme = programme_with()
    factories.ApprovalStepFactory(programme=programme)
    application = scenarios.offered(programme)
    offers.remind(Place.objects.get().pk, now=NOW)
    places.accept(application.pk, now=NOW)

    message = Message.objects.get(event=event)

    assert "meet.example.org" not in f"{message.context}{message.attachments}"


def test_accept_is_possible_until_the_moment_it_ends_and_not_after():
    programme = programme_with(contact_email="calm@example.org")
    in_time, late = (scenarios.offered(programme) for _ in range(2))

    places.accept(in_time.pk, now=DEADLINE)
    with pytest.raises(places.OfferClosed) as refused:
        places.accept(late.pk, now=DEADLINE + MOMENT)

    assert fresh(in_time).state == State.CONFIRMED
    assert refused.value.sentence == (
        "The offer could be accepted until 11:59pm on 12 October 2026. "
        "Write to calm@example.org: the academy can open it again."
    )
    assert fresh(late).state == State.OFFERED


@pytest.mark.parametrize("verb", [places.accept, places.decline])
def test_an_offer_is_answered_once(verb):
    application = scenarios.confirmed(programme_with())
    before = invariants.rows()

    with pytest.raises(places.OfferClosed) as refused:
        verb(application.pk, now=NOW)

    assert refused.value.sentence == ("There is no offer to answer: your application is “place confirmed”.")
    assert invariants.rows() == before


def test_decline_frees_seat_and_nomination_at_once():
    programme = programme_with(seats=1, nomination_scope=NominationScope.ICS, nominations_allowed=1)
    ics = factories.IntegratedCareSystemFactory()
    application = scenarios.offered(programme, ics=ics)
    waiting = scenarios.submitted(programme, ics=ics)

    place = places.decline(application.pk, reason="New post", now=NOW)

    assert (place.status, place.seat_number, place.programme_number, place.reason) == (
        Place.Status.DECLINED,
        None,
        None,
        "New post",
    )
    assert (fresh(application).state, fresh(application).nomination_number) == (State.DECLINED, None)
    assert (fresh(waiting).state, fresh(waiting).nomination_number) == (State.UNDER_REVIEW, 1)
    assert Message.objects.get(event="declined").context["cohort"] == "Cohort 1"
    assert invariants.broken() == []


def test_decline_of_a_late_offer_that_has_not_lapsed_yet_is_taken():
    application = scenarios.offered(programme_with())

    assert places.decline(application.pk, now=DEADLINE + MOMENT).status == Place.Status.DECLINED


def test_a_freed_seat_number_is_given_again():
    programme = programme_with()
    first, _, third = (scenarios.offered(programme) for _ in range(3))
    places.decline(first.pk, now=NOW)

    place = give(scenarios.shortlisted(programme))

    assert (place.seat_number, place.programme_number) == (1, 1)
    assert third.places.get().seat_number == 3
