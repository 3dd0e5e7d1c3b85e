"""Places in circles: booked, waited for, cancelled, moved up to, and reminded of."""

import datetime

import icalendar
import pytest

from applications.domain import link_requests
from facilitators.domain.calendar import bookings, circle_mails, circles, seats
from facilitators.models import Booking, Circle
from programmes.domain import links
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Link, Message
from tests import factories, invariants
from tests.facilitators import circle_world as world
from tests.facilitators.circle_world import STARTS, book, fresh, told
from tests.factories import NOW
from tests.scenarios import reviewer_of

pytestmark = pytest.mark.django_db

MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def small(db):
    """A circle of two places."""
    return world.circle(world.lead(circle_minimum=1), minimum=1, maximum=2)


def standing(circle):
    rows = Booking.objects.filter(circle=circle).order_by("pk")
    return [(row.name, row.state, row.seat_number) for row in rows]


def test_book_gives_the_lowest_seat_and_mails_confirmation_file_and_link(small):
    [row] = book(small, 1)

    assert (row.state, row.seat_number, row.organisation_name, row.sector) == (
        "booked",
        1,
        "Rother Carers",
        "charity",
    )
    mail = Message.objects.get(event="booking_confirmed")
    assert (mail.to_address, mail.about) == ("person1@example.org", f"booking:{row.pk}")
    assert mail.context == {
        "circle": "Hybrid working",
        "when": "Tuesday 3 November 2026, 9am to 11am",
        "where": "Online",
        "joining": "Join: https://meet.example.org/circle",
    }
    assert (mail.link.opens, mail.link.object_id) == (Link.Opens.BOOKING, row.pk)
    [event] = icalendar.Calendar.from_ical(mail.attachments[0]["text"]).walk("VEVENT")
    assert (event["summary"], event["location"]) == (
        f"{small.programme.title}: Hybrid working",
        "https://meet.example.org/circle",
    )
    assert (event["dtstart"].dt, event["sequence"], event["status"]) == (STARTS, 0, "CONFIRMED")
    assert invariants.broken() == []


def test_book_by_a_listed_organisation_takes_its_sector(small):
    trust = factories.OrganisationFactory()

    bookings.book(small.pk, world.who(organisation=trust), now=NOW)

    row = Booking.objects.get()
    assert (row.organisation, row.organisation_name, row.sector, row.works_at) == (
        trust,
        "",
        "nhs_trust",
        trust.name,
    )


def test_book_a_full_circle_waits_with_a_position(small):
    book(small, 1, 2, 3, 4)

    assert standing(small) == [
        ("Person 01", "booked", 1),
        ("Person 02", "booked", 2),
        ("Person 03", "waiting", None),
        ("Person 04", "waiting", None),
    ]
    assert [(to, said["standing"]) for to, said in told("booking_waiting")] == [
        ("person3@example.org", "You are 1st on the waiting list."),
        ("person4@example.org", "You are 2nd on the waiting list."),
    ]
    assert Message.objects.filter(event="booking_waiting").exclude(attachments=[]).count() == 0
    assert invariants.broken() == []


def test_who_asked_earlier_and_came_later_waits_behind_those_who_were_told(small):
    book(small, 1, 2)

    for number, minutes in ((3, 5), (4, 4)):
        bookings.book(small.pk, world.who(number), now=NOW + minutes * MINUTE)

    assert [said["standing"] for _, said in told("booking_waiting")] == [
        "You are 1st on the waiting list.",
        "You are 2nd on the waiting list.",
    ]
    assert [row.position() for row in Booking.objects.filter(state="waiting").order_by("pk")] == [1, 2]


def test_book_twice_is_one_booking_and_the_link_of_the_first(small):
    [row] = book(small, 1)
    first = Message.objects.get(event="booking_confirmed").link

    bookings.book(small.pk, world.who(email="Person.1+circles@Example.org"), now=NOW + 10 * MINUTE)
    bookings.book(small.pk, world.who(email="person1@example.org"), now=NOW + 11 * MINUTE)

    assert standing(small) == [("Person 01", "booked", 1)]
    [again] = Message.objects.filter(event="booking_again")
    assert (again.to_address, again.link, again.about) == ("person1@example.org", first, row.about_key)
    assert again.context["standing"] == "You have a place."


def test_book_twice_after_the_link_has_ended_is_answered_with_one_that_works(small):
    [row] = book(small, 1)
    Link.objects.update(revoked_at=NOW)

    bookings.book(small.pk, world.who(email="person1@example.org"), now=NOW + 10 * MINUTE)

    [again] = Message.objects.filter(event="booking_again")
    assert (again.link.object_id, again.link.revoked_at) == (row.pk, None)


def test_a_second_booking_is_answered_although_the_portal_stops_before_it_is(small):
    book(small, 1)
    bookings.book_evenly(small.pk, world.who(email="person1@example.org"), now=NOW + 10 * MINUTE)
    before = told("booking_again")

    done = link_requests.fulfil_left(NOW + 11 * MINUTE)

    assert (done, before, [to for to, _ in told("booking_again")]) == (1, [], ["person1@example.org"])


def test_a_wish_for_the_link_of_a_booking_that_is_gone_is_answered_with_nothing(small):
    [row] = book(small, 1)
    link = Message.objects.get(event="booking_confirmed").link
    row.delete()

    bookings.send_fresh_link_again(link, NOW + 10 * MINUTE)

    assert told("booking_again") == []


def test_a_circle_read_before_its_lock_lends_it_only_what_is_still_its_own(small):
    before = seats.lock(small.pk)
    other = factories.TopicFactory(programme=small.programme, name="Four-day weeks")
    Circle.objects.filter(pk=small.pk).update(topic=other, maximum=3)

    locked = seats.lock(small.pk, read_before=before)

    assert (locked.topic.name, locked.maximum) == ("Four-day weeks", 3)
    assert locked.programme is before.programme


@pytest.mark.parametrize("when", [STARTS, STARTS + MINUTE])
def test_book_a_circle_that_has_begun_is_refused(small, when):
    with pytest.raises(Refused, match="began at 9am on 3 November 2026"):
        bookings.book(small.pk, world.who(), now=when)

    assert Booking.objects.count() == 0


def test_book_for_one_ics_alone_refuses_others_and_says_where_to_look():
    kent = factories.IntegratedCareSystemFactory(name="NHS Kent and Medway Integrated Care Board")
    sussex = factories.IntegratedCareSystemFactory(name="NHS Sussex Integrated Care Board")
    circle = world.circle(world.lead(), ics=kent, only_for_ics=True)

    with pytest.raises(Refused) as refused:
        bookings.book(circle.pk, world.who(ics=sussex), now=NOW)
    bookings.book(circle.pk, world.who(ics=kent), now=NOW)

    assert refused.value.sentence == (
        "This circle is for staff of Kent and Medway only. Choose Sussex in the calendar of circles to find those you "
        "can come to."
    )
    assert standing(circle) == [("Person 01", "booked", 1)]


def test_book_by_staff_needs_the_role(small):
    viewer = factories.AcademyMemberFactory(academy=small.programme.academy, role="viewer").user

    with pytest.raises(NotAllowed):
        bookings.book(small.pk, world.who(), now=NOW, user=viewer)
    bookings.book(small.pk, world.who(), now=NOW, user=reviewer_of(small.programme))

    assert standing(small) == [("Person 01", "booked", 1)]


def test_cancel_moves_up_whoever_waits_longest_and_tells_both(small):
    first, _, third, _ = book(small, 1, 2, 3, 4)

    bookings.cancel(first.pk, now=NOW + 10 * MINUTE)

    assert standing(small) == [
        ("Person 01", "cancelled", None),
        ("Person 02", "booked", 2),
        ("Person 03", "booked", 1),
        ("Person 04", "waiting", None),
    ]
    row = fresh(first)
    assert (row.cancelled_at, row.cancelled_by) == (NOW + 10 * MINUTE, "Person 01")
    assert [to for to, _ in told("booking_cancelled")] == ["person1@example.org"]
    [moved] = Message.objects.filter(event="booking_moved_up")
    assert (moved.to_address, moved.context["joining"]) == (
        third.email,
        "Join: https://meet.example.org/circle",
    )
    assert len(moved.attachments) == 1
    assert fresh(third).seated_at == NOW + 10 * MINUTE
    assert invariants.broken() == []


def test_cancel_somebody_who_waits_tells_them_without_a_file(small):
    *_, third = book(small, 1, 2, 3)

    bookings.cancel(third.pk, now=NOW + 10 * MINUTE)

    assert Message.objects.get(event="booking_cancelled").attachments == []
    assert told("booking_moved_up") == []


def test_cancel_twice_is_once_and_after_the_beginning_refused(small):
    first, second = book(small, 1, 2)
    bookings.cancel(first.pk, now=NOW + 10 * MINUTE)

    again = bookings.cancel(first.pk, now=NOW + 20 * MINUTE)
    with pytest.raises(Refused, match="has begun"):
        bookings.cancel(second.pk, now=STARTS)

    assert (again.cancelled_at, len(told("booking_cancelled"))) == (NOW + 10 * MINUTE, 1)
    assert fresh(second).state == "booked"


def test_cancel_by_staff_needs_the_role(small):
    [row] = book(small, 1)
    viewer = factories.AcademyMemberFactory(academy=small.programme.academy, role="viewer").user

    with pytest.raises(NotAllowed):
        bookings.cancel(row.pk, now=NOW, user=viewer)
    bookings.cancel(row.pk, now=NOW, by="Robin Reviewer", user=reviewer_of(small.programme))

    assert fresh(row).cancelled_by == "Robin Reviewer"


def test_files_of_one_person_count_on_however_often_they_book(small):
    for turn in range(2):
        bookings.book(small.pk, world.who(), now=NOW + turn * 10 * MINUTE)
        row = Booking.objects.get(state="booked")
        bookings.cancel(row.pk, now=NOW + (turn * 10 + 5) * MINUTE)

    files = [
        mail.attachments[0]["text"]
        for mail in Message.objects.filter(about__startswith="booking").order_by("pk")
    ]
    calendars = [icalendar.Calendar.from_ical(text) for text in files]
    events = [calendar.walk("VEVENT")[0] for calendar in calendars]
    assert [event["sequence"] for event in events] == [0, 1, 2, 3]
    assert [event["status"] for event in events] == ["CONFIRMED", "CANCELLED"] * 2
    assert [calendar["method"] for calendar in calendars] == ["PUBLISH", "CANCEL"] * 2
    assert len({str(event["uid"]) for event in events}) == 1


@pytest.mark.parametrize(
    ("before", "moves"),
    [(datetime.timedelta(hours=2, seconds=1), True), (datetime.timedelta(hours=2), False)],
)
def test_nobody_moves_up_in_the_last_two_hours(small, before, moves):
    first, _, third = book(small, 1, 2, 3)

    bookings.cancel(first.pk, now=STARTS - before)

    assert fresh(third).state == ("booked" if moves else "waiting")


def test_a_place_freed_in_the_last_two_hours_is_for_whoever_takes_it(small):
    first, second, third, fourth = book(small, 1, 2, 3, 4)
    late = STARTS - datetime.timedelta(hours=1)
    with pytest.raises(Refused, match="No place is free"):
        bookings.take(third.pk, now=late)
    bookings.cancel(first.pk, now=late)
    bookings.cancel(second.pk, now=late)

    bookings.take(fourth.pk, now=late)
    bookings.book(small.pk, world.who(5), now=late + MINUTE)

    assert standing(small)[2:] == [
        ("Person 03", "waiting", None),
        ("Person 04", "booked", 1),
        ("Person 05", "booked", 2),
    ]
    with pytest.raises(Refused, match="not on the waiting list"):
        bookings.take(fourth.pk, now=late)
    with pytest.raises(Refused, match="began"):
        bookings.take(third.pk, now=STARTS)


def test_a_newcomer_is_never_seated_before_those_who_wait(small):
    book(small, 1, 2, 3)
    # As only a fault could leave it: a free seat, and somebody who waits.
    Booking.objects.filter(seat_number=1).update(seat_number=None, state="cancelled")

    book(small, 4)

    assert standing(small)[3] == ("Person 04", "waiting", None)


def test_send_links_to_mails_each_booking_ahead_and_tells_nobody(small):
    book(small, 1)

    bookings.send_links_to("PERSON1@example.org", NOW + 10 * MINUTE)
    bookings.send_links_to("nobody@example.org", NOW + 10 * MINUTE)
    bookings.send_links_to("person1@example.org", STARTS + datetime.timedelta(days=1))

    assert [to for to, _ in told("booking_again")] == ["person1@example.org"]


def test_a_fresh_link_comes_once_in_two_minutes_and_only_for_a_booking(small):
    [row] = book(small, 1)
    link = Message.objects.get(event="booking_confirmed").link
    links.revoke(Link.Opens.BOOKING, row.pk, now=NOW)
    other = links.mint(Link.Opens.BOOKING, row.pk + 1000, sent_to="a@example.org", now=NOW)
    elsewhere = links.mint(Link.Opens.FACILITATOR, row.pk, sent_to="a@example.org", now=NOW)

    for one in (link, link, other, elsewhere):
        bookings.send_fresh_link_again(one, NOW + 10 * MINUTE)

    # Two at once that have both seen that nothing went out: the second finds it under the lock.
    circle_mails.send_again(row, now=NOW + 11 * MINUTE)
    [again] = Message.objects.filter(event="booking_again")
    assert (again.to_address, again.link.pk != link.pk) == ("person1@example.org", True)

    circle_mails.send_again(row, now=NOW + 13 * MINUTE)
    assert Message.objects.filter(event="booking_again").count() == 2


def test_reminders_come_once_in_the_day_before_to_those_seated_earlier(small):
    first, second, third = book(small, 1, 2, 3)
    day_before = STARTS - datetime.timedelta(hours=24)
    assert bookings.to_remind(day_before - MINUTE) == []
    bookings.cancel(second.pk, now=day_before + MINUTE)

    due = bookings.to_remind(day_before + 2 * MINUTE)
    said = [bookings.remind(pk, now=day_before + 2 * MINUTE) for pk in [first.pk, first.pk, second.pk]]

    # Whoever moved up a minute ago has just been told everything.
    assert (due, fresh(third).state) == ([first.pk], "booked")
    assert said == [True, False, False]
    assert bookings.to_remind(day_before + 3 * MINUTE) == []
    assert [to for to, _ in told("booking_reminder")] == ["person1@example.org"]
    assert bookings.remind(third.pk, now=STARTS) is False


def test_within_maximum_numbers_seats_anew_and_leaves_the_others(small):
    training = circles.leading(small)[0]
    first, _ = book(small, 1, 2)
    bookings.cancel(first.pk, now=NOW + 10 * MINUTE)

    circles.change(
        small.pk,
        world.plan(training, minimum=1, maximum=1),
        leads=[training.pk],
        by="Fay",
        now=NOW + 20 * MINUTE,
    )

    assert standing(small)[1] == ("Person 02", "booked", 1)
    assert told("circle_changed") == []
    assert invariants.broken() == []


def test_a_circle_in_person_says_where_and_one_without_link_that_it_follows():
    training = world.lead()
    there = world.circle(training, online=False, place="Guildhall, Lewes", postcode="BN7 2XX")
    later = world.circle(training, joining_link="", starts_at=STARTS + datetime.timedelta(days=7))

    book(there, 1)
    book(later, 1)

    said = [context for _, context in told("booking_confirmed")]
    assert [(one["where"], one["joining"]) for one in said] == [
        ("Guildhall, Lewes, BN7 2XX", ""),
        ("Online", "The link to join follows by mail."),
    ]
    assert (there.joining_link, seats.taken(there)) == ("", 1)
