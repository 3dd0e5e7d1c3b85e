"""Circles set up, changed, cancelled, and asked about."""

import datetime

import icalendar
import pytest

from facilitators.domain.calendar import bookings, circle_asking, circle_plans, circle_series, circles
from facilitators.domain.calendar.circle_series import Every
from facilitators.models import Booking, Circle, Series
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Message
from tests import factories, invariants
from tests.facilitators import circle_world as world
from tests.facilitators.circle_world import STARTS, book, fresh, told
from tests.factories import NOW
from tests.scenarios import reviewer_of

pytestmark = pytest.mark.django_db

DAY, HOUR = datetime.timedelta(days=1), datetime.timedelta(hours=1)


def colleague(training, **other):
    return factories.TrainingFactory(programme=training.programme, **other)


def make(training, *plans, leads=None, **other):
    leads = leads or [training.pk]
    return circles.create(training.programme, plans, leads=leads, by="Fay Facilitator", now=NOW, **other)


# Setting up.


def test_create_puts_a_circle_on_the_calendar_and_tells_the_colleague_once():
    fay = world.lead()
    other = colleague(fay, facilitator__name="Glyn", facilitator__email="glyn@example.org")

    [circle] = make(fay, world.plan(fay), leads=[fay.pk, other.pk], sent_by=fay)

    assert (circle.state, circle.series, circle.created_by) == ("planned", None, "Fay Facilitator")
    assert circle.reference.startswith(f"{circle.programme.code}-C")
    assert str(circle) == f"Hybrid working, {circle.reference}"
    assert [lead.facilitator.name for lead in circles.leading(circle)] == ["Fay Facilitator", "Glyn"]
    [mail] = Message.objects.filter(event="leading")
    assert (mail.to_address, mail.context) == (
        "glyn@example.org",
        {
            "circle": "Hybrid working",
            "dates": "Tuesday 3 November 2026, 9am to 11am, Online",
            "said": "On the calendar",
            "by": "Fay Facilitator",
        },
    )
    assert invariants.broken() == []


def test_create_several_is_a_series_in_one_mail():
    fay = world.lead()
    other = colleague(fay)
    plans = circle_series.planned(world.plan(fay), Every.WEEK, 3)

    made = make(fay, *plans, leads=[fay.pk, other.pk], sent_by=fay)

    assert [circle.starts_at for circle in made] == [STARTS, STARTS + 7 * DAY, STARTS + 14 * DAY]
    assert {circle.series for circle in made} == {Series.objects.get()}
    assert str(Series.objects.get()) == "Hybrid working"
    [mail] = Message.objects.filter(event="leading")
    assert mail.context["dates"].count("\n") == 2
    assert len(icalendar.Calendar.from_ical(mail.attachments[0]["text"]).walk("VEVENT")) == 3


def test_days_of_a_series_keep_the_weekday_and_the_time_over_the_change_of_clocks():
    first = datetime.datetime(2026, 10, 20, 8, 30, tzinfo=datetime.UTC)
    fay = world.lead()

    plans = circle_series.planned(world.plan(fay, starts_at=first), Every.FORTNIGHT, 2)

    # 9:30 in England before and after the clocks go back.
    assert [plan.starts_at for plan in plans] == [
        first,
        datetime.datetime(2026, 11, 3, 9, 30, tzinfo=datetime.UTC),
    ]
    assert [plan.ends_at - plan.starts_at for plan in plans] == [2 * HOUR, 2 * HOUR]


@pytest.mark.parametrize(
    ("first", "found"),
    [
        # The 2nd Tuesday; the 5th Friday, or a month's last; over the year's end.
        ((2026, 11, 10), [(2026, 11, 10), (2026, 12, 8), (2027, 1, 12)]),
        ((2027, 1, 29), [(2027, 1, 29), (2027, 2, 26), (2027, 3, 26)]),
        ((2028, 2, 29), [(2028, 2, 29), (2028, 3, 28), (2028, 4, 25)]),
    ],
)
def test_days_of_a_month_are_the_same_weekday_of_the_month(first, found):
    days = circle_series.days(datetime.date(*first), Every.MONTH, 3)

    assert days == [datetime.date(*day) for day in found]


@pytest.mark.parametrize("times", [0, 27])
def test_a_series_has_a_limit(times):
    with pytest.raises(Refused, match="1 to 26"):
        circle_series.days(STARTS.date(), Every.WEEK, times)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"starts_at": NOW}, "A circle cannot begin in the past: 1pm on 5 October 2026 is over."),
        ({"ends_at": STARTS}, "A circle ends after it begins, and within 12 hours."),
        ({"ends_at": STARTS + 13 * HOUR}, "A circle ends after it begins, and within 12 hours."),
        ({"minimum": 5}, "has 6 to 25 people"),
        ({"maximum": 26}, "has 6 to 25 people"),
        ({"minimum": 9, "maximum": 8}, "has 6 to 25 people"),
        ({"online": False}, "Say where the circle is held"),
        ({"only_for_ics": True}, "Choose the ICS"),
    ],
)
def test_create_refuses_what_cannot_be(said, sentence):
    fay = world.lead()

    with pytest.raises(Refused) as refused:
        make(fay, world.plan(fay, **said))

    assert sentence in refused.value.sentence
    assert Circle.objects.count() == 0


def test_create_refuses_a_topic_of_another_programme_and_a_programme_without_circles():
    fay, other = world.lead(), factories.TrainingFactory()

    with pytest.raises(Refused, match="topic of this programme"):
        make(fay, world.plan(fay, topic=factories.TopicFactory()))
    with pytest.raises(Refused, match="has no circles on the calendar"):
        make(other, world.plan(other, topic=factories.TopicFactory(programme=other.programme)))

    assert Circle.objects.count() == 0


def test_create_keeps_to_how_many_lead():
    fay = world.lead(facilitators_at_least=2)
    others = [colleague(fay), colleague(fay)]

    with pytest.raises(Refused, match="led by 2 facilitators"):
        make(fay, world.plan(fay))
    with pytest.raises(Refused, match="led by 2 facilitators"):
        make(fay, world.plan(fay), leads=[fay.pk, others[0].pk, others[1].pk])

    assert circle_plans.facilitators_in_words(factories.FacilitationFactory.build()) == "1 to 2 facilitators"


def test_create_refuses_leads_who_left_or_are_of_another_programme():
    fay = world.lead()
    left = colleague(fay, ended_on=NOW.date(), ended_reason="Retired.")

    for wrong in (left, factories.TrainingFactory()):
        with pytest.raises(Refused, match="has left it"):
            make(fay, world.plan(fay), leads=[fay.pk, wrong.pk])

    assert Circle.objects.count() == 0


def test_the_same_lead_at_the_same_time_is_refused_in_any_programme():
    fay = world.lead()
    world.circle(fay)
    elsewhere = factories.TrainingFactory(facilitator=fay.facilitator)
    factories.FacilitationFactory(programme=elsewhere.programme)
    topic = factories.TopicFactory(programme=elsewhere.programme)

    with pytest.raises(Refused) as refused:
        make(elsewhere, world.plan(elsewhere, topic=topic, starts_at=STARTS + HOUR))
    make(elsewhere, world.plan(elsewhere, topic=topic, starts_at=STARTS + 2 * HOUR))

    assert refused.value.sentence == (
        "Fay Facilitator leads another circle at that time: Hybrid working, 9am on 3 November 2026. "
        "Choose another time or somebody else."
    )


def test_a_series_that_overlaps_itself_is_refused():
    fay = world.lead()

    with pytest.raises(Refused, match="Two circles of this series"):
        make(fay, world.plan(fay), world.plan(fay, starts_at=STARTS + HOUR))

    assert Circle.objects.count() == 0


def test_warnings_name_holidays_weekends_and_other_circles_of_the_ics():
    fay = world.lead()
    kent = factories.IntegratedCareSystemFactory(name="NHS Kent and Medway Integrated Care Board")
    other = world.lead()
    known = world.circle(other, ics=kent)
    world.circle(world.lead())
    days = [
        datetime.datetime(2026, 12, 25, 9, tzinfo=datetime.UTC),
        datetime.datetime(2026, 11, 7, 9, tzinfo=datetime.UTC),
    ]

    said = circle_plans.warnings(
        [world.plan(fay, starts_at=day) for day in days] + [world.plan(fay, ics=kent), world.plan(fay)]
    )
    alone = circle_plans.warnings([world.plan(other, ics=kent)], leaving_out=known.pk)

    assert said == [
        "Friday 25 December 2026 is a bank holiday.",
        "Saturday 7 November 2026 is a weekend.",
        "Kent and Medway has another circle at that time: Hybrid working, 9am on 3 November 2026.",
    ]
    assert alone == []


def test_staff_set_up_change_cancel_and_let_go_ahead_only_with_the_role():
    fay = world.lead()
    viewer = factories.AcademyMemberFactory(academy=fay.programme.academy, role="viewer").user
    reviewer = reviewer_of(fay.programme)
    circle = world.circle(fay, starts_at=STARTS + DAY)
    later = world.plan(fay, maximum=20, starts_at=STARTS + DAY)

    def verbs(user):
        return [
            lambda: make(fay, world.plan(fay), user=user),
            lambda: circles.change(circle.pk, later, leads=[fay.pk], by="R", now=NOW, user=user),
            lambda: circles.go_ahead(circle.pk, now=NOW, user=user),
            lambda: circles.cancel(circle.pk, reason="Ill.", by="R", now=NOW, user=user),
        ]

    for verb in verbs(viewer):
        with pytest.raises(NotAllowed):
            verb()
    before = fresh(circle).state
    for verb in verbs(reviewer):
        verb()

    assert (before, fresh(circle).state, fresh(circle).maximum) == ("planned", "cancelled", 20)
    assert circle.history.first().history_user == reviewer


# Changing.


def test_change_tells_everybody_once_with_the_new_file():
    fay = world.lead(circle_minimum=1)
    glyn = colleague(fay, facilitator__email="glyn@example.org")
    circle = world.circle(fay, glyn, minimum=1, maximum=1)
    book(circle, 1, 2)

    circles.change(
        circle.pk,
        world.plan(
            fay, minimum=1, maximum=1, starts_at=STARTS + DAY, joining_link="https://meet.example.org/2"
        ),
        leads=[fay.pk, glyn.pk],
        by="Fay",
        now=NOW + HOUR,
        sent_by=fay,
    )

    mails = list(Message.objects.filter(event="circle_changed").order_by("pk"))
    assert [(mail.to_address, mail.context["said"]) for mail in mails] == [
        ("person1@example.org", "the time and the link to join"),
        ("person2@example.org", "the time and the link to join"),
    ]
    assert mails[0].context["when"] == "Wednesday 4 November 2026, 9am to 11am"
    [event] = icalendar.Calendar.from_ical(mails[0].attachments[0]["text"]).walk("VEVENT")
    assert (event["sequence"], event["dtstart"].dt) == (1, STARTS + DAY)
    # Who waits has nothing in the calendar, and learns no link.
    assert (mails[1].attachments, mails[1].context["joining"]) == ([], "")
    assert [(to, said["said"]) for to, said in told("leading")][-1] == (
        "glyn@example.org",
        "Changed: the time and the link to join",
    )


def test_change_of_numbers_and_words_tells_nobody():
    fay = world.lead()
    circle = world.circle(fay)
    book(circle, 1)

    circles.change(
        circle.pk, world.plan(fay, maximum=20, details="Bring tea."), leads=[fay.pk], by="Fay", now=NOW
    )

    row = fresh(circle)
    assert (row.maximum, row.details, row.sequence) == (20, "Bring tea.", 0)
    assert told("circle_changed") == []


def test_change_to_a_place_forgets_the_link():
    fay = world.lead()
    circle = world.circle(fay)

    circles.change(
        circle.pk, world.plan(fay, online=False, place="Guildhall"), leads=[fay.pk], by="Fay", now=NOW
    )

    row = fresh(circle)
    assert (row.online, row.place, row.joining_link, row.sequence) == (False, "Guildhall", "", 1)


def test_change_of_the_maximum_moves_people_up_and_never_goes_below_those_booked():
    fay = world.lead(circle_minimum=1)
    circle = world.circle(fay, minimum=1, maximum=2)
    book(circle, 1, 2, 3, 4)

    with pytest.raises(Refused, match="2 people have a place"):
        circles.change(circle.pk, world.plan(fay, minimum=1, maximum=1), leads=[fay.pk], by="Fay", now=NOW)
    circles.change(circle.pk, world.plan(fay, minimum=1, maximum=3), leads=[fay.pk], by="Fay", now=NOW)

    assert [row.state for row in Booking.objects.order_by("pk")] == ["booked", "booked", "booked", "waiting"]
    assert [to for to, _ in told("booking_moved_up")] == ["person3@example.org"]


def test_change_of_leads_keeps_who_stood_down_and_takes_them_back():
    fay = world.lead()
    glyn, hari = colleague(fay), colleague(fay)
    circle = world.circle(fay, glyn)

    circles.change(circle.pk, world.plan(fay), leads=[fay.pk, hari.pk], by="Fay", now=NOW + HOUR, sent_by=fay)
    after = [(lead.training, lead.stood_down_at) for lead in circle.leads.all()]
    circles.change(
        circle.pk, world.plan(fay), leads=[fay.pk, hari.pk], by="Fay", now=NOW + 2 * HOUR, sent_by=fay
    )
    circles.change(
        circle.pk, world.plan(fay), leads=[fay.pk, glyn.pk], by="Fay", now=NOW + 3 * HOUR, sent_by=fay
    )

    assert after == [(fay, None), (glyn, NOW + HOUR), (hari, None)]
    assert [lead.stood_down_at for lead in circle.leads.all()] == [None, None, NOW + 3 * HOUR]
    assert [to for to, _ in told("leading")] == [one.facilitator.email for one in (glyn, hari, glyn)]


def test_change_to_a_time_at_which_a_lead_is_busy_is_refused_but_its_own_time_is_not():
    fay = world.lead()
    circle = world.circle(fay)
    world.circle(fay, starts_at=STARTS + 5 * HOUR)

    with pytest.raises(Refused, match="leads another circle"):
        circles.change(
            circle.pk, world.plan(fay, starts_at=STARTS + 4 * HOUR), leads=[fay.pk], by="F", now=NOW
        )
    circles.change(circle.pk, world.plan(fay, starts_at=STARTS + HOUR), leads=[fay.pk], by="F", now=NOW)

    assert fresh(circle).starts_at == STARTS + HOUR


def test_what_has_begun_or_is_cancelled_is_not_changed():
    fay = world.lead()
    circle = world.circle(fay)

    with pytest.raises(Refused, match="has begun"):
        circles.change(circle.pk, world.plan(fay), leads=[fay.pk], by="F", now=STARTS)
    circles.cancel(circle.pk, reason="Ill.", by="Fay", now=NOW)
    with pytest.raises(Refused, match="“cancelled”"):
        circles.change(circle.pk, world.plan(fay), leads=[fay.pk], by="F", now=NOW)

    assert circle.history.count() == 2


# Cancelling.


def test_cancel_tells_all_who_booked_or_wait_and_the_other_lead_with_the_reason():
    fay = world.lead(circle_minimum=1)
    glyn = colleague(fay, facilitator__email="glyn@example.org")
    circle = world.circle(fay, glyn, minimum=1, maximum=1)
    book(circle, 1, 2)

    circles.cancel(circle.pk, reason=" The room is flooded. ", by="Fay", now=NOW + HOUR, sent_by=fay)

    row = fresh(circle)
    assert (row.state, row.cancelled_reason, row.sequence) == ("cancelled", "The room is flooded.", 1)
    mails = list(Message.objects.filter(event="circle_cancelled").order_by("pk"))
    assert [(mail.to_address, mail.context["said"], len(mail.attachments)) for mail in mails] == [
        ("person1@example.org", "The room is flooded.", 1),
        ("person2@example.org", "The room is flooded.", 0),
    ]
    assert "METHOD:CANCEL" in mails[0].attachments[0]["text"]
    assert told("leading")[-1] == (
        "glyn@example.org",
        {
            "circle": "Hybrid working",
            "dates": "Tuesday 3 November 2026, 9am to 11am, Online",
            "said": "Cancelled: The room is flooded.",
            "by": "Fay",
        },
    )
    assert {row.state for row in Booking.objects.all()} == {"cancelled"}
    assert {row.cancelled_by for row in Booking.objects.all()} == {"The circle was cancelled"}
    assert invariants.broken() == []


def test_cancel_needs_a_reason_is_done_once_and_afterwards_tells_nobody():
    fay = world.lead()
    circle = world.circle(fay)
    book(circle, 1)

    with pytest.raises(Refused, match="Say why"):
        circles.cancel(circle.pk, reason=" ", by="Fay", now=NOW)
    circles.cancel(circle.pk, reason="Nobody came.", by="Fay", now=circle.ends_at)
    with pytest.raises(Refused, match="“cancelled” already"):
        circles.cancel(circle.pk, reason="Again.", by="Fay", now=circle.ends_at)
    with pytest.raises(Refused, match="is cancelled"):
        bookings.book(circle.pk, world.who(2), now=NOW)

    assert told("circle_cancelled") == []


# Too few.


def test_its_leads_are_asked_once_so_many_days_before():
    fay = world.lead(decide_days_before=3)
    circle = world.circle(fay)
    book(circle, 1)
    last_quiet = datetime.datetime(2026, 10, 30, 23, 59, tzinfo=datetime.UTC)
    day = last_quiet + datetime.timedelta(minutes=1)

    assert circle_asking.to_ask(last_quiet) == []
    assert circle_asking.ask(circle.pk, now=last_quiet) is False
    assert circle_asking.to_ask(day) == [circle.pk]
    assert [circle_asking.ask(circle.pk, now=day) for _ in range(2)] == [True, False]

    assert circle_asking.to_ask(day) == []
    assert told("circle_under_minimum") == [
        (
            fay.facilitator.email,
            {
                "circle": "Hybrid working",
                "when": "Tuesday 3 November 2026, 9am to 11am",
                "where": "Online",
                "numbers": "1 person has booked, and it needs 6 people.",
            },
        )
    ]
    assert list(circle_asking.under_minimum(day)) == [circle]


def test_nobody_is_asked_about_a_circle_with_enough_that_goes_ahead_or_is_over():
    fay = world.lead(circle_minimum=1)
    enough = world.circle(fay, minimum=1)
    book(enough, 1)
    ahead = world.circle(fay, minimum=1, starts_at=STARTS + DAY)
    over = world.circle(fay, minimum=1, starts_at=STARTS - DAY)
    circles.go_ahead(ahead.pk, now=NOW)
    first = fresh(ahead).goes_ahead_at

    circles.go_ahead(ahead.pk, now=NOW + HOUR)

    assert fresh(ahead).goes_ahead_at == first
    assert circle_asking.to_ask(STARTS - HOUR) == []
    assert [circle_asking.ask(one.pk, now=STARTS - HOUR) for one in (enough, ahead, over)] == [False] * 3
    with pytest.raises(Refused, match="has begun"):
        circles.go_ahead(over.pk, now=STARTS)


def test_a_circle_that_is_moved_is_asked_about_anew():
    fay = world.lead()
    circle = world.circle(fay)
    day = STARTS - DAY
    circle_asking.ask(circle.pk, now=day)

    circles.change(circle.pk, world.plan(fay, starts_at=STARTS + 30 * DAY), leads=[fay.pk], by="Fay", now=day)

    assert circle_asking.to_ask(STARTS + 20 * DAY) == []
    assert circle_asking.ask(circle.pk, now=STARTS + 29 * DAY) is True
    assert len(told("circle_under_minimum")) == 2


def test_a_reference_that_is_taken_is_not_given_again(monkeypatch):
    fay = world.lead()
    signs = iter("2222222222" + "33333")
    # Chance gives the same reference twice once in a million times; here it does at once.
    monkeypatch.setattr("facilitators.domain.calendar.circles.secrets.choice", lambda letters: next(signs))

    one, other = world.circle(fay), world.circle(fay, starts_at=STARTS + DAY)

    code = fay.programme.code
    assert (one.reference, other.reference) == (f"{code}-C22222", f"{code}-C33333")
