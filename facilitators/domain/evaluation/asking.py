"""Who is asked when, by mail: those who came to a circle after its register, facilitators 3, 6 and 12 months on.

Each is asked once. What an outage left out is made up by one mail: a circle is asked about for 30 days after it, and
a facilitator for the 3 months that follow the day; the moments lie so far apart that no two are due together. Later
than that nobody is asked: people trained long ago, and put in the register today, hear nothing.
"""

from __future__ import annotations

import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from facilitators.domain import commitments, windows
from facilitators.domain.calendar import circle_mails, seats
from facilitators.domain.people import register
from facilitators.models import (
    Booking,
    Circle,
    EvaluationQuestion,
    EvaluationResponse,
    Moment,
    Pause,
    Training,
)
from programmes.domain import messages
from programmes.domain.wording import local_date

ASKED_WITHIN = datetime.timedelta(days=30)
ASKED_WITHIN_MONTHS = 3
MONTHS = {Moment.MONTHS_3: 3, Moment.MONTHS_6: 6, Moment.MONTHS_12: 12}


def _asks(moment: Moment) -> Exists:
    """The condition that the programme of a row asks something at a moment."""
    return Exists(EvaluationQuestion.objects.filter(programme=OuterRef("programme"), moment=moment))


# After a circle.
def _circles(now: datetime.datetime) -> QuerySet[Circle]:
    return Circle.objects.filter(
        _asks(Moment.CIRCLE),
        state=Circle.State.HELD,
        feedback_asked_at=None,
        ends_at__lte=now,
        ends_at__gt=now - ASKED_WITHIN,
    )


def circles_to_ask_about(now: datetime.datetime) -> list[int]:
    """The circles whose register is taken, and whose participants were not asked yet."""
    return list(_circles(now).order_by("pk").values_list("pk", flat=True))


def ask_about_circle(circle_id: int, *, now: datetime.datetime) -> int:
    """Ask everybody who came to a circle, and has an address; return how many mails were queued."""
    with transaction.atomic():
        circle = seats.lock(circle_id)
        if not _circles(now).filter(pk=circle_id).exists():
            return 0
        circle.feedback_asked_at = now
        circle.save()
        came = circle.bookings.filter(came=True).exclude(email="").order_by("pk")
        mailed = 0
        for booking in came:
            booking.circle = circle
            mailed += _ask_participant(booking, now)
        return mailed


def _ask_participant(booking: Booking, now: datetime.datetime) -> bool:
    """Ask one person; not who has answered by themselves already."""
    circle = booking.circle
    response, _ = EvaluationResponse.objects.get_or_create(
        booking=booking,
        defaults={"programme": circle.programme, "moment": Moment.CIRCLE, "asked_at": now},
    )
    if response.given_at is not None:
        return False
    messages.queue(
        "circle_feedback",
        occasion=f"{booking.about_key}:feedback",
        to_address=booking.email,
        to_name=booking.name,
        programme=circle.programme,
        about=booking.about_key,
        now=now,
        context={
            "circle": circle.topic.name,
            "when": circle_mails.when(circle),
            "where": circle_mails.where(circle),
            "path": "feedback/",
        },
        link=circle_mails.link_of(booking, now=now),
    )
    return True


# Months after the training.
def is_due(training: Training, moment: Moment, today: datetime.date) -> bool:
    """Whether a moment has come for somebody, and is not past."""
    months = MONTHS[moment]
    first = windows.months_later(training.trained_on, months)
    return first <= today < windows.months_later(training.trained_on, months + ASKED_WITHIN_MONTHS)


def _trainings(moment: Moment, today: datetime.date) -> QuerySet[Training]:
    """Those who are not paused, have not left and were not asked at a moment, trained at about the right time."""
    asked = EvaluationResponse.objects.filter(training=OuterRef("pk"), moment=moment)
    months, margin = MONTHS[moment], datetime.timedelta(days=4)
    rows = Training.objects.going_on().filter(
        _asks(moment),
        ~Exists(asked),
        ~Exists(Pause.objects.filter(training=OuterRef("pk"), from_on__lte=today, until_on__gte=today)),
        trained_on__gte=windows.months_later(today, -months - ASKED_WITHIN_MONTHS) - margin,
        trained_on__lte=windows.months_later(today, -months) + margin,
    )
    return rows.order_by("pk")


def trainings_to_ask(now: datetime.datetime) -> list[tuple[int, Moment]]:
    """Whom to ask how it goes, and at which moment; one query a moment."""
    today = local_date(now)
    return [
        (training.pk, moment)
        for moment in MONTHS
        for training in _trainings(moment, today)
        if is_due(training, moment, today)
    ]


def ask_facilitator(training_id: int, moment: Moment, *, now: datetime.datetime) -> bool:
    """Ask a facilitator how it goes, once at each moment; return whether a mail was queued."""
    today = local_date(now)
    with transaction.atomic():
        list(commitments.lock_trainings([training_id]))
        rows = _trainings(moment, today).filter(pk=training_id).select_related("programme", "facilitator")
        training = rows.first()
        if training is None or not is_due(training, moment, today):
            return False
        response = EvaluationResponse.objects.create(
            programme=training.programme, moment=moment, training=training, asked_at=now
        )
        register.tell(
            training.facilitator,
            "evaluation_request",
            programme=training.programme,
            occasion=f"training:{training.pk}:{moment}",
            now=now,
            context={"ago": f"{MONTHS[moment]} months", "path": f"evaluation/{response.pk}/"},
        )
        return True
