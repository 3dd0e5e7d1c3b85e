"""Cover: who is asked and when, the first to accept, nobody found, and what becomes of a request with its circle."""

import datetime
from dataclasses import replace

import pytest

from facilitators.domain.calendar import bookings, circles
from facilitators.domain.covering import cover
from facilitators.domain.people import pauses
from facilitators.models import CoverAsked, CoverRequest
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Message
from tests import factories, invariants
from tests.facilitators import circle_world as world
from tests.facilitators.circle_world import STARTS, fresh, plan
from tests.facilitators.covering import asked, asker, colleague, home, leading, led_circle, told, wanted
from tests.factories import NOW

pytestmark = pytest.mark.django_db
COVER = ("cover_wanted", "cover_found", "cover_over", "cover_not_found", "cover_not_found_staff")
HOUR = datetime.timedelta(hours=1)
MINUTE = datetime.timedelta(minutes=1)
FIND_BY = STARTS - datetime.timedelta(hours=48)
HALF = NOW + (FIND_BY - NOW) / 2
THREE_QUARTERS = NOW + (FIND_BY - NOW) * 3 / 4


@pytest.fixture(autouse=True)
def _holds():
    yield
    assert invariants.broken() == []


@pytest.fixture
def circle(db):
    return led_circle()


@pytest.fixture
def near(circle):
    return colleague(circle, "Near Neighbour", ics=home(circle))


@pytest.fixture
def region(circle):
    other = factories.IntegratedCareSystemFactory()
    return colleague(circle, "Region Wide", ics=other)


@pytest.fixture
def far(circle):
    region = factories.RegionFactory(ods_code="Y60", name="Midlands")
    return colleague(circle, "Far Away", ics=factories.IntegratedCareSystemFactory(region=region))


def reviewer(circle):
    return factories.AcademyMemberFactory(academy=circle.programme.academy, role="reviewer").user


# Asking.
def test_ask_asks_the_same_ics_at_once(circle, near, region, far):
    request = wanted(circle, reason="  A funeral ")

    assert asked(request) == {"Near Neighbour": "none"}
    assert (request.state, request.reason, request.find_by) == ("open", "A funeral", FIND_BY)
    mail = Message.objects.get(event="cover_wanted")
    assert (mail.to_address, mail.about) == ("near@example.org", near.facilitator.about_key)
    assert mail.context == {
        "circle": "Hybrid working",
        "when": "Tuesday 3 November 2026, 9am to 11am",
        "where": "Online",
        "by": "Fay Facilitator",
        "until": "9am on 1 November 2026",
        "path": f"cover/{request.pk}/",
    }
    assert mail.link.object_id == near.facilitator_id


def test_the_ics_of_the_circle_goes_before_that_of_whoever_asks(circle, near, far):
    circle.ics = far.facilitator.ics
    circle.save()

    request = wanted(circle)

    assert asked(request) == {"Far Away": "none"}


def test_where_nobody_knows_what_is_near_everybody_is_asked_at_once(circle, near, far):
    lead = asker(circle)
    lead.facilitator.ics = None
    lead.facilitator.save()

    request = wanted(circle)

    assert asked(request) == {"Near Neighbour": "none", "Far Away": "none"}


@pytest.mark.parametrize(
    ("moment", "names"),
    [
        (HALF - MINUTE, ["Near Neighbour"]),
        (HALF, ["Near Neighbour", "Region Wide"]),
        (THREE_QUARTERS - MINUTE, ["Near Neighbour", "Region Wide"]),
    ],
)
def test_neighbours_are_asked_after_half_the_time(circle, near, region, far, moment, names):
    request = wanted(circle)

    for each in (moment, moment + MINUTE / 2):
        for pk in cover.to_look_into():
            cover.look_into(pk, now=each)

    assert list(asked(request)) == names
    assert len(told("cover_wanted")) == len(names)


def test_everybody_else_is_asked_after_three_quarters_of_the_time(circle, near, region, far):
    request = wanted(circle)

    done = [cover.look_into(request.pk, now=moment) for moment in (THREE_QUARTERS, THREE_QUARTERS + HOUR)]

    assert done == [True, False]
    assert list(asked(request)) == ["Near Neighbour", "Region Wide", "Far Away"]


def test_without_anybody_near_those_further_out_are_asked_at_once(circle, far):
    request = wanted(circle)

    assert asked(request) == {"Far Away": "none"}


def test_once_all_have_said_no_the_next_are_asked(circle, near, region):
    request = wanted(circle)

    cover.decline(request.pk, near.pk, now=NOW + HOUR)
    cover.decline(request.pk, near.pk, now=NOW + 2 * HOUR)

    assert asked(request) == {"Near Neighbour": "no", "Region Wide": "none"}
    assert CoverAsked.objects.get(training=near).answered_at == NOW + HOUR


def test_one_no_of_two_waits_for_the_other(circle, near, region):
    colleague(circle, "Nell Near", ics=home(circle))
    request = wanted(circle)

    cover.decline(request.pk, near.pk, now=NOW)

    assert asked(request) == {"Near Neighbour": "no", "Nell Near": "none"}


def test_most_are_asked_at_a_time_and_who_was_asked_least_first(circle, monkeypatch):
    # Two instead of fifty people stand for very many.
    monkeypatch.setattr(cover, "MOST_AT_A_TIME", 2)
    for name in ("Ann Able", "Ben Busy", "Cat Calm"):
        colleague(circle, name, ics=home(circle))
    earlier = wanted(circle)
    cover.withdraw(earlier.pk, user=None, now=NOW)

    request = wanted(circle)

    assert list(asked(earlier)) == ["Ann Able", "Ben Busy"]
    assert list(asked(request)) == ["Cat Calm", "Ann Able"]


def test_who_has_left_pauses_or_delivers_otherwise_is_not_asked(circle, near):
    left, today, on_the_day, in_person, before = (
        colleague(circle, name, ics=home(circle))
        for name in ("Len Left", "Tod Today", "Lotte Later", "Ina Person", "Bea Before")
    )
    pauses.leave(left.pk, reason="Moved", user=None, now=NOW)
    for who, first, days in (
        (today, NOW.date(), 0),
        (on_the_day, STARTS.date(), 0),
        (before, NOW.date() + datetime.timedelta(days=1), 3),
    ):
        until = first + datetime.timedelta(days=days)
        pauses.pause(who.pk, from_on=first, until_on=until, reason="Away", user=None, now=NOW)
    in_person.facilitator.delivers = "in_person"
    in_person.facilitator.save()
    colleague(factories.TrainingFactory(), "Otto Otherwise", ics=home(circle))

    request = wanted(circle)

    assert list(asked(request)) == ["Near Neighbour", "Bea Before"]


@pytest.mark.parametrize(
    ("mine", "theirs", "minutes", "free"),
    [
        # Minutes between the end of their circle and the start of this one.
        (True, True, -1, False),
        (True, True, 0, True),
        (True, False, 29, False),
        (False, True, 29, False),
        (False, False, 30, True),
        (False, False, -150, True),
        (False, False, -149, False),
    ],
)
def test_who_leads_another_circle_then_is_not_asked(mine, theirs, minutes, free):
    place = {"online": False, "place": "Town Hall", "joining_link": ""}
    first = world.lead()
    circle = led_circle(first=first, **({} if mine else place))
    near = colleague(circle, "Near Neighbour", ics=home(circle))
    # One of two hours before this one; from -120 minutes on it begins after this one has ended.
    starts = STARTS - datetime.timedelta(hours=2, minutes=minutes)
    if minutes < -120:
        starts = STARTS + datetime.timedelta(hours=2) + datetime.timedelta(minutes=-minutes - 120)
    world.circle(near, starts_at=starts, **({} if theirs else place))
    colleague(circle, "Bea Beside", ics=home(circle))

    request = wanted(circle)

    assert list(asked(request)) == (["Near Neighbour", "Bea Beside"] if free else ["Bea Beside"])


def test_who_led_a_cancelled_circle_then_is_asked(circle, near):
    other = world.circle(near)
    circles.cancel(other.pk, reason="Flood", by="Staff", now=NOW)

    request = wanted(circle)

    assert asked(request) == {"Near Neighbour": "none"}


@pytest.mark.parametrize(
    ("before", "until"),
    [
        (datetime.timedelta(days=10), FIND_BY),
        (datetime.timedelta(hours=96), FIND_BY),
        (datetime.timedelta(hours=60), STARTS - 30 * HOUR),
        (datetime.timedelta(hours=2), STARTS - HOUR),
    ],
)
def test_somebody_is_to_be_found_48_hours_before_or_in_half_the_time(circle, near, before, until):
    request = wanted(circle, now=STARTS - before)

    assert request.find_by == until


def test_ask_twice_is_refused_also_when_nobody_was_found(circle, near):
    request = wanted(circle)
    with pytest.raises(Refused, match="already"):
        wanted(circle)
    cover.look_into(request.pk, now=FIND_BY)

    with pytest.raises(Refused, match="already"):
        wanted(circle, now=FIND_BY)


def test_ask_is_for_those_who_lead_a_planned_circle_ahead(circle, near):
    with pytest.raises(Refused, match="do not lead"):
        cover.ask(circle.pk, near.pk, reason="", now=NOW)
    with pytest.raises(Refused, match="has begun"):
        wanted(circle, now=STARTS)
    circles.cancel(circle.pk, reason="Flood", by="Staff", now=NOW)
    with pytest.raises(Refused, match="“cancelled”"):
        wanted(circle)

    assert CoverRequest.objects.count() == 0


# Answering.
def test_the_first_to_accept_leads_and_everybody_is_told(near, circle, far):
    other = colleague(circle, "Nell Near", ics=home(circle))
    co_lead = colleague(circle, "Cora Colead", ics=None)
    circles.change(circle.pk, plan(asker(circle)), leads=[asker(circle).pk, co_lead.pk], by="Staff", now=NOW)
    bookings.book(circle.pk, world.who(), now=NOW)
    before = list(Message.objects.values_list("pk", flat=True))
    request = wanted(circle)

    answer = cover.accept(request.pk, near.pk, now=NOW + HOUR)

    assert answer == "yes"
    assert leading(circle) == ["Cora Colead", "Near Neighbour"]
    request = fresh(request)
    assert (request.state, request.found, request.ended_at) == ("found", near, NOW + HOUR)
    assert asked(request) == {"Near Neighbour": "yes", "Nell Near": "none"}
    rows = Message.objects.exclude(pk__in=before).exclude(event="cover_wanted").order_by("pk")
    assert [(row.event, row.to_name) for row in rows] == [
        ("leading", "Near Neighbour"),
        ("leading", "Cora Colead"),
        ("cover_found", "Fay Facilitator"),
        ("cover_over", other.facilitator.name),
    ]
    assert rows[0].context["said"] == "You lead this circle in place of Fay Facilitator"
    assert rows[1].context["said"] == "Near Neighbour leads this circle in place of Fay Facilitator"
    assert "METHOD:CANCEL" in rows[2].attachments[0]["text"]
    assert rows[3].context["said"] == "Somebody leads it now. Thank you for thinking about it."


def test_who_accepts_second_is_thanked(circle, near):
    other = colleague(circle, "Nell Near", ics=home(circle))
    request = wanted(circle)
    cover.accept(request.pk, near.pk, now=NOW)

    answers = [cover.accept(request.pk, who.pk, now=NOW + HOUR) for who in (other, other, near)]

    assert answers == ["too_late", "too_late", "yes"]
    assert asked(request) == {"Near Neighbour": "yes", "Nell Near": "too_late"}
    assert leading(circle) == ["Near Neighbour"]


def test_a_no_can_become_a_yes(circle, near, far):
    request = wanted(circle)
    cover.decline(request.pk, near.pk, now=NOW)

    assert cover.accept(request.pk, near.pk, now=NOW) == "yes"
    assert leading(circle) == ["Near Neighbour"]


def test_a_no_after_somebody_was_found_is_kept(circle, near):
    other = colleague(circle, "Nell Near", ics=home(circle))
    request = wanted(circle)
    cover.accept(request.pk, near.pk, now=NOW)

    cover.decline(request.pk, other.pk, now=NOW)

    assert asked(request) == {"Near Neighbour": "yes", "Nell Near": "no"}


def test_who_accepted_cannot_decline_any_more(circle, near):
    request = wanted(circle)
    cover.accept(request.pk, near.pk, now=NOW)

    with pytest.raises(Refused, match="You lead this circle now"):
        cover.decline(request.pk, near.pk, now=NOW)


def test_who_was_not_asked_cannot_answer(circle, near, far):
    request = wanted(circle)

    for answer in (cover.accept, cover.decline):
        with pytest.raises(Refused, match="not asked"):
            answer(request.pk, far.pk, now=NOW)


def test_who_cannot_any_more_cannot_accept(circle, near, far):
    request = wanted(circle)
    world.circle(near, starts_at=STARTS + HOUR)
    with pytest.raises(
        Refused, match="Near Neighbour leads another circle at that time: Hybrid working, 10am"
    ):
        cover.accept(request.pk, near.pk, now=NOW)
    cover.decline(request.pk, near.pk, now=NOW)
    pauses.leave(far.pk, reason="Moved", user=None, now=NOW)
    with pytest.raises(Refused, match="Far Away has left"):
        cover.accept(request.pk, far.pk, now=NOW)

    assert leading(circle) == ["Fay Facilitator"]


def test_who_leads_the_circle_by_now_cannot_accept(circle, near):
    request = wanted(circle)
    circles.change(circle.pk, plan(asker(circle)), leads=[asker(circle).pk, near.pk], by="Staff", now=NOW)

    with pytest.raises(Refused, match="leads this circle already"):
        cover.accept(request.pk, near.pk, now=NOW)


def test_nobody_accepts_for_a_circle_that_has_begun(circle, near):
    request = wanted(circle)

    with pytest.raises(Refused, match="has begun"):
        cover.accept(request.pk, near.pk, now=STARTS)
    cover.look_into(request.pk, now=STARTS)


def test_who_had_stood_down_leads_again_on_the_same_row(circle, near):
    fay = asker(circle)
    circles.change(circle.pk, plan(fay), leads=[fay.pk, near.pk], by="Staff", now=NOW)
    circles.change(circle.pk, plan(fay), leads=[fay.pk], by="Staff", now=NOW)
    request = wanted(circle)

    cover.accept(request.pk, near.pk, now=NOW)

    assert leading(circle) == ["Near Neighbour"]
    assert circle.leads.count() == 2


def test_who_was_found_can_ask_in_turn_and_who_handed_it_over_is_not_asked(circle, near, far):
    cover.accept(wanted(circle).pk, near.pk, now=NOW)

    request = cover.ask(circle.pk, near.pk, reason="", now=NOW)
    cover.accept(request.pk, far.pk, now=NOW)

    assert asked(request) == {"Far Away": "yes"}
    assert leading(circle) == ["Far Away"]


# Nobody found.
def test_at_the_hour_with_nobody_staff_and_the_leads_are_asked(circle, near):
    co_lead = colleague(circle, "Cora Colead", ics=None)
    circles.change(circle.pk, plan(asker(circle)), leads=[asker(circle).pk, co_lead.pk], by="Staff", now=NOW)
    bookings.book(circle.pk, world.who(), now=NOW)
    before = Message.objects.filter(about__startswith="booking:").count()
    request = wanted(circle)

    done = [cover.look_into(request.pk, now=moment) for moment in (FIND_BY - MINUTE, FIND_BY, FIND_BY)]

    assert done == [False, True, False]
    assert (fresh(request).state, fresh(request).ended_at) == ("not_found", FIND_BY)
    assert told(*COVER)[1:] == [
        ("cover_not_found", "Fay Facilitator"),
        ("cover_not_found", "Cora Colead"),
        ("cover_not_found_staff", circle.programme.academy.name),
    ]
    said = [context["said"] for _, context in world.told("cover_not_found")]
    assert said == [
        "You still stand as leading it. You can come after all, move it to another day or cancel it.",
        "You can lead it without Fay Facilitator, move it to another day or cancel it.",
    ]
    [(address, context)] = world.told("cover_not_found_staff")
    assert address == circle.programme.academy.contact_email
    assert context["numbers"] == (
        "1 other facilitator was asked. 1 person has booked, and nobody who booked has been told anything."
    )
    assert leading(circle) == ["Fay Facilitator", "Cora Colead"]
    assert Message.objects.filter(about__startswith="booking:").count() == before


def test_with_nobody_to_be_asked_it_is_said_at_once(circle):
    request = wanted(circle)

    assert (request.state, request.ended_at) == ("not_found", NOW)
    [(_, context)] = world.told("cover_not_found_staff")
    assert context["numbers"] == (
        "There was nobody who could be asked. 0 people have booked, and nobody who booked has been told anything."
    )


def test_once_everybody_has_said_no_it_is_said_at_once(circle, near):
    request = wanted(circle)

    cover.decline(request.pk, near.pk, now=NOW + HOUR)

    assert fresh(request).state == "not_found"


def test_a_clock_that_stood_still_past_the_circle_tells_nobody(circle, near):
    request = wanted(circle)

    cover.look_into(request.pk, now=circle.ends_at)

    assert fresh(request).state == "not_found"
    assert told("cover_not_found", "cover_not_found_staff") == []


def test_a_late_yes_is_taken_and_staff_are_told(circle, near):
    request = wanted(circle)
    cover.look_into(request.pk, now=FIND_BY)

    cover.accept(request.pk, near.pk, now=FIND_BY + HOUR)

    assert leading(circle) == ["Near Neighbour"]
    [(address, context)] = world.told("cover_found_late")
    assert (address, context["numbers"]) == (
        circle.programme.academy.contact_email,
        "Near Neighbour leads it now.",
    )


def test_the_others_go_on_without_where_enough_are_left(circle, near):
    co_lead = colleague(circle, "Cora Colead", ics=None)
    circles.change(circle.pk, plan(asker(circle)), leads=[asker(circle).pk, co_lead.pk], by="Staff", now=NOW)
    request = wanted(circle)
    cover.look_into(request.pk, now=FIND_BY)

    cover.go_on_without(request.pk, by=co_lead, user=None, now=FIND_BY)

    assert leading(circle) == ["Cora Colead"]
    assert fresh(request).state == "withdrawn"
    assert told("cover_over") == [("cover_over", "Near Neighbour"), ("cover_over", "Fay Facilitator")]
    with pytest.raises(Refused, match="withdrawn"):
        cover.go_on_without(request.pk, by=co_lead, user=None, now=FIND_BY)


def test_too_few_do_not_go_on_without(circle, near):
    request = wanted(circle)
    user = reviewer(circle)
    with pytest.raises(Refused, match="Nobody else leads this circle"):
        cover.go_on_without(request.pk, by=None, user=user, now=NOW)
    co_lead = colleague(circle, "Cora Colead", ics=None)
    circle.programme.facilitation.facilitators_at_least = 2
    circle.programme.facilitation.save()
    circles.change(circle.pk, plan(asker(circle)), leads=[asker(circle).pk, co_lead.pk], by="Staff", now=NOW)

    with pytest.raises(Refused, match="has at least 2 facilitators"):
        cover.go_on_without(request.pk, by=None, user=user, now=NOW)
    cover.look_into(request.pk, now=FIND_BY)

    assert world.told("cover_not_found")[1][1]["said"] == "You can move it to another day or cancel it."
    assert leading(circle) == ["Fay Facilitator", "Cora Colead"]


# Withdrawn.
def test_whoever_asked_can_come_after_all(circle, near):
    request = wanted(circle)

    cover.withdraw(request.pk, user=None, now=NOW)

    assert (fresh(request).state, fresh(request).ended_at) == ("withdrawn", NOW)
    assert told("cover_over") == [("cover_over", "Near Neighbour")]
    for verb in (cover.accept, cover.decline):
        if verb is cover.accept:
            with pytest.raises(Refused, match="was withdrawn"):
                verb(request.pk, near.pk, now=NOW)
        else:
            verb(request.pk, near.pk, now=NOW)
    assert leading(circle) == ["Fay Facilitator"]
    assert wanted(circle).state == "open"


def test_what_was_found_cannot_be_withdrawn(circle, near):
    request = wanted(circle)
    cover.accept(request.pk, near.pk, now=NOW)

    with pytest.raises(Refused, match="Near Neighbour leads this circle"):
        cover.withdraw(request.pk, user=None, now=NOW)


def test_staff_withdraw_and_whoever_asked_is_told(circle, near):
    request = wanted(circle)
    user = reviewer(circle)

    cover.withdraw(request.pk, user=user, now=NOW)

    assert told("cover_over") == [("cover_over", "Near Neighbour"), ("cover_over", "Fay Facilitator")]
    assert fresh(request).history.first().history_user == user


def test_a_cancelled_circle_ends_its_request(circle, near):
    request = wanted(circle)

    circles.cancel(circle.pk, reason="Flood", by="Staff", now=NOW)

    assert fresh(request).state == "withdrawn"
    assert [(to, context["said"]) for to, context in world.told("cover_over")] == [
        ("near@example.org", "It is cancelled.")
    ]


def test_a_moved_circle_ends_its_request_and_whoever_asked_can_ask_anew(circle, near):
    request = wanted(circle)

    circles.change(
        circle.pk,
        plan(asker(circle), starts_at=STARTS + datetime.timedelta(days=7)),
        leads=[asker(circle).pk],
        by="Staff",
        now=NOW,
    )

    assert fresh(request).state == "withdrawn"
    assert [name for _, name in told("cover_over")] == ["Fay Facilitator", "Near Neighbour"]
    assert "ask for cover again" in world.told("cover_over")[0][1]["said"]
    assert asked(wanted(circle)) == {"Near Neighbour": "none"}


def test_a_moved_circle_for_which_nobody_was_found_can_be_asked_about_anew(circle, near):
    request = wanted(circle)
    cover.look_into(request.pk, now=FIND_BY)

    circles.change(
        circle.pk,
        plan(asker(circle), starts_at=STARTS + datetime.timedelta(days=7)),
        leads=[asker(circle).pk],
        by="Staff",
        now=FIND_BY,
    )

    assert fresh(request).state == "withdrawn"
    assert wanted(circle, now=FIND_BY).state == "open"


def test_another_link_to_join_changes_nothing_for_who_is_asked(circle, near):
    request = wanted(circle)

    circles.change(
        circle.pk,
        replace(plan(asker(circle)), joining_link="https://meet.example.org/other"),
        leads=[asker(circle).pk],
        by="Staff",
        now=NOW,
    )

    assert fresh(request).state == "open"


def test_where_others_lead_instead_the_request_ends(circle, near, far):
    request = wanted(circle)

    circles.change(circle.pk, plan(asker(circle)), leads=[far.pk], by="Staff", now=NOW)

    assert fresh(request).state == "withdrawn"
    assert [name for _, name in told("cover_over")] == ["Fay Facilitator", "Near Neighbour"]


def test_where_others_lead_what_was_not_found_stays_so(circle, near, far):
    request = wanted(circle)
    cover.look_into(request.pk, now=FIND_BY)

    circles.change(circle.pk, plan(asker(circle)), leads=[far.pk], by="Staff", now=FIND_BY)

    assert fresh(request).state == "not_found"
    with pytest.raises(Refused, match="others lead this circle now"):
        cover.accept(request.pk, near.pk, now=FIND_BY)


# Staff.
def test_staff_give_it_longer_and_it_is_looked_for_again(circle, near):
    request = wanted(circle)
    cover.look_into(request.pk, now=FIND_BY)
    user = reviewer(circle)

    cover.extend(request.pk, find_by=STARTS - HOUR, user=user, now=FIND_BY)

    request = fresh(request)
    assert (request.state, request.ended_at, request.find_by) == ("open", None, STARTS - HOUR)
    assert cover.accept(request.pk, near.pk, now=FIND_BY) == "yes"


@pytest.mark.parametrize("find_by", [NOW, STARTS])
def test_longer_is_ahead_and_before_the_circle(circle, near, find_by):
    request = wanted(circle)

    with pytest.raises(Refused, match="before the circle begins"):
        cover.extend(request.pk, find_by=find_by, user=reviewer(circle), now=NOW)


def test_longer_is_of_no_use_where_nobody_is_left(circle, near):
    request = wanted(circle)
    cover.decline(request.pk, near.pk, now=NOW)

    with pytest.raises(Refused, match="Put somebody in instead"):
        cover.extend(request.pk, find_by=STARTS - HOUR, user=reviewer(circle), now=NOW)

    assert fresh(request).state == "not_found"


def test_staff_put_somebody_in_whoever_was_asked(circle, near, far):
    request = wanted(circle)
    user = reviewer(circle)

    cover.put_in(request.pk, "FAR@example.org ", user=user, now=NOW)

    assert leading(circle) == ["Far Away"]
    assert asked(request) == {"Near Neighbour": "none", "Far Away": "yes"}
    assert fresh(request).found == far
    assert world.told("leading")[0][1]["by"] == circle.programme.academy.name
    assert [row.history_user for row in circle.leads.get(training=far).history.all()] == [user]


@pytest.mark.parametrize("email", ["nobody@example.org", ""])
def test_staff_put_in_only_facilitators_of_the_programme(circle, near, email):
    request = wanted(circle)

    with pytest.raises(Refused, match="Nobody with this address"):
        cover.put_in(request.pk, email, user=reviewer(circle), now=NOW)


def test_staff_need_the_role_of_reviewer(circle, near):
    request = wanted(circle)
    viewer = factories.AcademyMemberFactory(academy=circle.programme.academy, role="viewer").user

    for verb in (
        lambda: cover.extend(request.pk, find_by=FIND_BY, user=viewer, now=NOW),
        lambda: cover.put_in(request.pk, "near@example.org", user=viewer, now=NOW),
        lambda: cover.withdraw(request.pk, user=viewer, now=NOW),
        lambda: cover.go_on_without(request.pk, by=None, user=viewer, now=NOW),
    ):
        with pytest.raises(NotAllowed):
            verb()

    assert fresh(request).state == "open"
