"""The waiting list as staff read and change it; offers given longer, made again, moved; changed sessions told."""

import datetime

import pytest
from django.urls import reverse

from applications.domain import reviews
from applications.models import State
from cohorts.domain import places, waiting_list
from cohorts.models import Cohort
from programmes.models import Message
from tests import factories, scenarios
from tests.factories import NOW
from tests.staff.forms import as_shown
from tests.staff.reading import messages_of, section, text_of

DAY = datetime.timedelta(days=1)


def page(desk, name="waiting", *arguments):
    return reverse(f"admin:programmes_programme_{name}", args=[desk.programme.pk, *arguments])


def verb(desk, name):
    return page(desk, "waiting_verb", name)


def moving(desk, application):
    return page(desk, "waiting_move", application.pk)


def waiting(desk, name, *, score=None, ics=None):
    application = scenarios.shortlisted(desk.programme, name=name, ics=ics)
    user = desk.staff["reviewer"]
    if score is not None:
        reviews.record_review(application.pk, user=user, outcome="suitable", score=score, now=NOW)
    return reviews.put_on_waiting_list(application.pk, user=user, now=NOW)


# The page.


def test_the_page_shows_the_order_and_everything_it_depends_on(desk, reviewer):
    ics = factories.IntegratedCareSystemFactory(name="NHS Sussex Integrated Care Board")
    waiting(desk, "Anna", ics=ics)
    waiting(desk, "Bela", score=70, ics=ics)
    moved = waiting(desk, "Cara", ics=ics)
    moved.preferences.update(rank=None)
    waiting_list.move_to(moved.pk, 1, user=desk.staff["reviewer"], reason="Kent has nobody.", now=NOW)

    response = reviewer.get(page(desk))

    who = desk.staff["reviewer"].get_full_name()
    joined = "5 October 2026, 13:00 Sussex, 3 of 5 used"
    assert section(response, "waiting") == (
        "3 waiting By score, and then by who joined earlier; somebody whom staff moved stands where they were put. "
        "Position Name Score Joined Nominations Can attend Change "
        f"1 Cara Moved to 1 by {who}: Kent has nobody. 0 {joined} None of the dates Move Cara "
        f"2 Bela 70 {joined} Spring Move Bela "
        f"3 Anna 0 {joined} Spring Move Anna"
    )
    assert section(response, "seats") == (
        "Free seats Spring 0 of 20 taken, 20 free. Would be offered to Bela (number 2), Anna (number 3). "
        "Offering freed seats to the waiting list is switched off for this programme."
    )


def test_an_empty_list_and_a_programme_without_cohorts_say_so(desk, reviewer):
    Cohort.objects.all().delete()

    response = reviewer.get(page(desk))

    assert section(response, "waiting") == "0 waiting Nobody is waiting."
    assert section(response, "seats") == "Free seats The programme has no cohorts yet."


def test_a_viewer_reads_and_has_no_buttons(desk):
    application = waiting(desk, "Anna")

    response = desk.client("viewer").get(page(desk))

    assert "Anna" in section(response, "waiting")
    assert moving(desk, application) not in response.content.decode()
    assert verb(desk, "offer") not in response.content.decode()


def test_whose_account_is_gone_is_staff(desk, reviewer):
    application = waiting(desk, "Anna")
    mover = scenarios.reviewer_of(desk.programme)
    waiting_list.move_to(application.pk, 1, user=mover, reason="Because.", now=NOW)
    mover.delete()

    assert "Moved to 1 by Staff: Because." in text_of(reviewer.get(page(desk)))


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_as_many_queries_however_many_wait(desk, reviewer, count, django_assert_num_queries):
    for number in range(count):
        waiting(desk, f"Person {number}")
        factories.SessionFactory(cohort__programme=desk.programme)
    reviewer.get(page(desk))

    with django_assert_num_queries(13):
        reviewer.get(page(desk))


# Moving.


def test_somebody_is_moved_with_a_reason(desk, reviewer):
    waiting(desk, "Anna")
    bela = waiting(desk, "Bela")

    explained = text_of(reviewer.get(moving(desk, bela)))
    response = reviewer.post(
        moving(desk, bela), {"position": "1", "reason": "Agreed with Kent."}, follow=True
    )

    assert "Bela is number 2 of 2, with a score of 0." in explained
    assert messages_of(response) == ["Bela is number 1 on the waiting list now."]
    assert [one.application.name for one in waiting_list.queue(desk.programme)] == ["Bela", "Anna"]


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        (
            {},
            {
                "position": ["Enter the position."],
                "reason": ["Enter the reason. It is kept with your name."],
            },
        ),
        ({"position": "0", "reason": "x"}, {"position": ["The first position is 1."]}),
        ({"position": "9", "reason": "x"}, {"__all__": ["Choose a position from 1 to 1."]}),
        (
            {"position": "1", "reason": "x" * 301},
            {"reason": ["Enter a reason of at most 300 characters."]},
        ),
    ],
)
def test_a_move_that_cannot_be_is_refused_in_words(desk, reviewer, given, errors):
    application = waiting(desk, "Anna")

    response = reviewer.post(moving(desk, application), given)

    assert response.context["form"].errors == errors
    assert response.context["form"]["reason"].value() == given.get("reason")


def test_who_does_not_wait_cannot_be_moved(desk, reviewer):
    application = scenarios.shortlisted(desk.programme)

    assert reviewer.get(moving(desk, application)).status_code == 404


# Offering.


def test_switching_on_says_what_it_means_and_who_would_be_offered_what(desk, reviewer):
    waiting(desk, "Anna")

    explained = text_of(reviewer.get(verb(desk, "switch")))
    on = reviewer.post(verb(desk, "switch"), follow=True)
    desk.programme.refresh_from_db()
    switched_on = desk.programme.offers_onward
    off_page = text_of(reviewer.get(verb(desk, "switch")))
    off = reviewer.post(verb(desk, "switch"), follow=True)
    desk.programme.refresh_from_db()

    assert "At the moment 1 offer would be made: Anna (number 1): Spring." in explained
    assert messages_of(on) == ["Free seats are offered to the waiting list by themselves from now on."]
    assert "Offers that have been made stand." in off_page
    assert messages_of(off) == ["Free seats are no longer offered to the waiting list by themselves."]
    assert (switched_on, desk.programme.offers_onward) == (True, False)


def test_the_free_seats_are_offered_now_by_a_button(desk, reviewer):
    anna, bela = waiting(desk, "Anna"), waiting(desk, "Bela")

    explained = text_of(reviewer.get(verb(desk, "offer")))
    response = reviewer.post(verb(desk, "offer"), follow=True)

    assert "2 offers would be made: Anna (number 1): Spring; Bela (number 2): Spring." in explained
    assert messages_of(response) == ["2 offers made."]
    for application in (anna, bela):
        application.refresh_from_db()
        assert application.state == State.OFFERED


def test_where_nobody_can_be_offered_anything_there_is_no_button(desk, reviewer):
    explained = text_of(reviewer.get(verb(desk, "offer")))
    switch = text_of(reviewer.get(verb(desk, "switch")))

    assert "No seat can be offered to anybody on the waiting list now." in explained
    assert "At the moment there is nobody to be offered a seat." in switch
    assert verb(desk, "offer") not in reviewer.get(page(desk)).content.decode()
    assert reviewer.get(verb(desk, "burn")).status_code == 404


# Decisions on an offer.


def decide(client, application, action, **values):
    address = reverse("admin:applications_application_decide", args=[application.pk, action])
    return client.post(address, values, follow=True) if values else client.get(address)


def test_an_offer_is_given_longer_with_the_old_date_shown(desk, reviewer):
    application = scenarios.offered(desk.programme)

    shown = text_of(decide(reviewer, application, "extend"))
    response = decide(reviewer, application, "extend", until_0="2026-10-20", until_1="17:00")

    assert "Now it can be answered until 11:59pm on Monday 12 October 2026." in shown
    assert messages_of(response) == ["Sam Applicant is given longer to answer. The mail goes out at once."]
    assert application.places.get().respond_by.isoformat() == "2026-10-20T16:00:00+00:00"


@pytest.mark.parametrize(
    ("until", "error"),
    [
        (("", ""), "Enter the date and the time until which the offer can be answered."),
        (("soon", "17:00"), "Enter the date as year-month-day, such as 2027-06-14."),
        (("2026-10-20", "teatime"), "Enter the time as hours and minutes, such as 17:00."),
        (
            ("2026-10-11", "17:00"),
            "Choose a time later than now and than the one that stands, 11:59pm on 12 October 2026.",
        ),
    ],
)
def test_a_date_that_cannot_be_is_refused_and_kept(desk, reviewer, until, error):
    application = scenarios.offered(desk.programme)

    response = decide(reviewer, application, "extend", until_0=until[0], until_1=until[1])

    errors = [one for found in response.context["form"].errors.values() for one in found]
    assert errors == [error]
    assert response.context["form"]["until"].value() == list(until)


def test_only_an_open_offer_is_given_longer(desk, reviewer):
    application = scenarios.confirmed(desk.programme)

    page = decide(reviewer, application, "extend")

    assert f"{application.reference} has no offer that waits for an answer." in text_of(page)


def test_a_declined_offer_is_made_again(desk, reviewer):
    application = scenarios.offered(desk.programme)
    places.decline(application.pk, now=NOW)
    address = reverse("admin:applications_application_decide", args=[application.pk, "offer_again"])

    response = reviewer.post(address, follow=True)

    application.refresh_from_db()
    assert application.state == State.OFFERED
    assert messages_of(response)[0].startswith(
        "Sam Applicant is offered the place again. The mail goes out in 10"
    )


def test_somebody_is_moved_to_another_cohort_that_has_a_seat_and_has_not_started(desk, reviewer):
    summer = factories.CohortFactory(programme=desk.programme, name="Summer")
    application = scenarios.confirmed(desk.programme)
    started = factories.CohortFactory(programme=desk.programme, name="Winter")
    factories.SessionFactory(cohort=started, starts_at=NOW - DAY)

    form = decide(reviewer, application, "move").context["form"]
    response = decide(reviewer, application, "move", cohort=summer.pk, reason="Room lost.")

    assert form.fields["cohort"].choices == [(summer.pk, "Summer: their 2nd preference, 20 seats of 20 left")]
    assert form.fields["cohort"].help_text == "Not possible: Winter: has started."
    assert messages_of(response)[0].startswith(
        "Sam Applicant is moved to other dates. The mail goes out in 10"
    )
    assert places.current_place(application).cohort == summer
    assert application.changes.latest("pk").reason == "Room lost."


def test_where_there_is_no_other_cohort_nobody_is_moved(desk, reviewer):
    application = scenarios.offered(desk.programme)

    assert "No cohort has a seat for this applicant." in text_of(decide(reviewer, application, "move"))


# Sessions changed by staff.


def told(count, who="people"):
    verb = "is" if count == 1 else "are"
    return (
        f"{count} {who} with a seat {verb} told of the change by mail, in 10 minutes: "
        "what is changed until then replaces it."
    )


@pytest.fixture
def later(time_machine):
    """An hour after the scenarios: their mails have gone."""
    time_machine.move_to(NOW + datetime.timedelta(hours=1), tick=False)


def save(client, page, changed):
    return client.post(page, as_shown(client.get(page)) | changed, follow=True)


def test_a_session_changed_on_the_cohorts_page_is_told_to_its_people(desk, administrator, later):
    for _ in range(2):
        scenarios.confirmed(desk.programme)
    address = reverse("admin:cohorts_cohort_change", args=[desk.cohort.pk])

    response = save(administrator, address, {"sessions-0-starts_at_1": "10:00:00"})

    assert told(2) in messages_of(response)
    assert Message.objects.filter(event="dates_changed").count() == 2


def test_a_session_changed_or_deleted_on_its_own_page_is_told_to_its_people(desk, later):
    scenarios.confirmed(desk.programme)
    superuser = desk.client("superuser")
    session = desk.cohort.sessions.get()

    changed = save(
        superuser, reverse("admin:cohorts_session_change", args=[session.pk]), {"starts_at_1": "10:00:00"}
    )
    deleted = superuser.post(
        reverse("admin:cohorts_session_delete", args=[session.pk]), {"post": "yes"}, follow=True
    )

    assert told(1, "person") in messages_of(changed)
    assert told(1, "person") in messages_of(deleted)
    latest = Message.objects.filter(event="dates_changed").latest("pk")
    assert latest.context["changes"].startswith("Day 1: no longer takes place")


def test_a_venue_that_is_put_right_is_told_and_a_new_one_is_not(desk, administrator, later, settings):
    settings.DECISION_HOLD_MINUTES = 0
    venue = factories.VenueFactory(academy=desk.programme.academy)
    desk.cohort.sessions.update(venue=venue, online=False)
    scenarios.confirmed(desk.programme)

    changed = save(
        administrator, reverse("admin:cohorts_venue_change", args=[venue.pk]), {"address": "2 New Road"}
    )
    added = administrator.post(
        reverse("admin:cohorts_venue_add"),
        {"academy": desk.programme.academy.pk, "name": "Hall", "address": "1 Street", "postcode": "BN7 1AA"},
        follow=True,
    )

    assert "1 person with a seat is told of the change by mail." in messages_of(changed)
    assert len(messages_of(added)) == 1
