"""The demo's circles: a series of two facilitators, one that is full with people who wait, and one that was held."""

from __future__ import annotations

import datetime

from django.contrib.auth.models import User
from django.utils import timezone

from facilitators.domain.calendar import bookings, circle_register, circle_series, circles
from facilitators.domain.calendar.circle_plans import Plan
from facilitators.domain.calendar.circle_series import Every
from facilitators.domain.covering import cover
from facilitators.domain.evaluation import answering, asking
from facilitators.domain.people import register
from facilitators.models import Circle, EvaluationQuestion, Moment, Topic, Training
from programmes.domain.organisations import systems_for
from programmes.domain.working_days import add_working_days
from programmes.models import Organisation, Programme

FACILITATORS = ("Frankie Facilitator", "Casey Colleague", "Noor Neighbour")
# Made up for the demo: the source page does not name the original ten.
TOPICS = (
    (
        "sample-leading-change",
        "Leading through change (sample)",
        "Making room for what a change asks of people.",
    ),
    (
        "sample-kindness",
        "Kindness under pressure (sample)",
        "Looking after a team, and oneself, in a hard winter.",
    ),
)
PEOPLE = ("Ash", "Bo", "Chris", "Dale", "Ezra", "Fern", "Gale", "Harley", "Indigo", "Jules")


def tell(programme: Programme, reviewer: User, now: datetime.datetime) -> None:
    """Facilitators who were trained nationally put circles on the calendar, people book, and a register is taken."""
    leads = _trained(programme, reviewer, now)
    topics = [_topic(programme, number) for number in range(len(TOPICS))]
    ics = systems_for(programme, now.date())[0]
    first = add_working_days(timezone.localdate(now), 6)
    series = [
        Plan(
            topics[0], *_hours(first, 10), online=True, minimum=6, maximum=25, ics=ics, joining_link=_link(1)
        )
    ]
    made = _set_up(programme, circle_series.planned(series[0], Every.FORTNIGHT, 3), leads[:2], now)
    cover.ask(made[-1].pk, leads[1].pk, reason="On leave", now=now - datetime.timedelta(days=1))
    full = Plan(topics[1], *_hours(first, 14), online=True, minimum=6, maximum=6, joining_link=_link(2))
    [small] = _set_up(programme, [full], leads[2:], now)
    _book(small, programme, len(PEOPLE) - 2, now - datetime.timedelta(hours=3))
    _hold(programme, topics[1], leads, now)


def _trained(programme: Programme, reviewer: User, now: datetime.datetime) -> list[Training]:
    systems = list(systems_for(programme, now.date()))
    return [
        register.register_earlier(
            programme,
            register.Trained(
                name=name,
                email=f"{name.lower().replace(' ', '.')}@example.org",
                trained_on=(now - datetime.timedelta(days=200)).date(),
                trained_by="The national programme",
                ics=systems[number % len(systems)],
            ),
            write=number == 0,
            user=reviewer,
            now=now - datetime.timedelta(days=60),
        )
        for number, name in enumerate(FACILITATORS)
    ]


def _topic(programme: Programme, number: int) -> Topic:
    key, name, summary = TOPICS[number]
    position = Topic.objects.filter(programme=programme).count() + 1
    return Topic.objects.create(programme=programme, key=key, name=name, summary=summary, position=position)


def _hours(day: datetime.date, hour: int) -> tuple[datetime.datetime, datetime.datetime]:
    starts = timezone.make_aware(datetime.datetime.combine(day, datetime.time(hour)))
    return starts, starts + datetime.timedelta(minutes=90)


def _link(number: int) -> str:
    return f"https://meet.example.org/circle-{number}"


def _set_up(
    programme: Programme, plans: list[Plan], leads: list[Training], now: datetime.datetime
) -> list[Circle]:
    return circles.create(
        programme,
        plans,
        leads=[lead.pk for lead in leads],
        by=leads[0].facilitator.name,
        now=now - datetime.timedelta(days=14),
        sent_by=leads[0],
    )


def _book(circle: Circle, programme: Programme, count: int, now: datetime.datetime) -> None:
    employers = list(
        Organisation.objects.filter(ics__in=systems_for(programme, now.date())).order_by("pk")[:7]
    )
    for number, name in enumerate(PEOPLE[:count]):
        employer = employers[number % len(employers)]
        assert employer.ics is not None
        who = bookings.Who(
            name=f"{name} Participant",
            email=f"{name.lower()}.participant@example.org",
            ics=employer.ics,
            organisation=employer,
        )
        bookings.book(circle.pk, who, now=now + datetime.timedelta(seconds=number))


def _hold(programme: Programme, topic: Topic, leads: list[Training], now: datetime.datetime) -> None:
    """A circle of two weeks ago, to which all but one came."""
    day = timezone.localdate(now) - datetime.timedelta(days=13)
    plan = Plan(topic, *_hours(day, 9), online=True, minimum=6, maximum=25, joining_link=_link(3))
    before = now - datetime.timedelta(days=16)
    [circle] = _set_up(programme, [plan], [leads[0], leads[2]], before)
    _book(circle, programme, 8, before)
    roster = circle_register.roster(circle)
    seen = dict.fromkeys(booking.pk for booking in roster)
    by = leads[0].facilitator.name
    circle_register.mark(
        circle.pk, {roster[-1].pk: False}, seen=seen, by=by, now=plan.ends_at, others_came=True
    )
    circle_register.finish(circle.pk, by=by, now=plan.ends_at)
    _tell_what_they_thought(circle, plan.ends_at + datetime.timedelta(minutes=25))


def _tell_what_they_thought(circle: Circle, now: datetime.datetime) -> None:
    """Who came is asked, and all but one answer: of texts nothing, so that nobody is quoted."""
    asking.ask_about_circle(circle.pk, now=now)
    questions = answering.questions_of(circle.programme, Moment.CIRCLE)
    said = {EvaluationQuestion.Kind.YES_NO: "yes"}
    came = list(circle.bookings.filter(came=True).order_by("pk"))[1:]
    for number, booking in enumerate(came):
        said[EvaluationQuestion.Kind.RATING] = "4" if number % 3 else "5"
        answers = {one.pk: said.get(EvaluationQuestion.Kind(one.kind), "") for one in questions}
        answering.answer_of_circle(
            booking.pk, answers=answers, now=now + datetime.timedelta(hours=number + 1)
        )
