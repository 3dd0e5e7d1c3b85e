"""What must be true of the noticeboard, of implementation sessions and of action learning sets."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.db.models import CharField, Exists, F, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat

from facilitators.models import Guest, Notice, Participation, SetAttendance
from programmes.domain.integrity import Breach, Rule


def _notice_elsewhere(now: datetime.datetime) -> Iterator[Breach]:
    elsewhere = ~Q(author__programme=F("programme")) | Q(reply_to__isnull=False) & (
        ~Q(reply_to__programme=F("programme")) | Q(reply_to__reply_to__isnull=False)
    )
    rows = Notice.objects.filter(elsewhere).select_related("programme", "reply_to")
    for notice in rows.order_by("pk"):
        yield Breach(
            str(notice),
            f"“{notice}” is on the noticeboard of a programme that its author, or what it replies to, is not of.",
            "Take it down with a reason, and tell whoever looks after the portal.",
            notice.programme.academy_id,
            f"notice:{notice.pk}",
        )


def _guest_counts(now: datetime.datetime) -> Iterator[Breach]:
    noted = Participation.objects.filter(
        training=OuterRef("training"),
        source=Concat(Value("implementation:"), Cast(OuterRef("session"), CharField())),
    )
    wrong = Q(Exists(noted)) & ~Q(came=True) | ~Q(Exists(noted)) & Q(came=True)
    rows = Guest.objects.filter(wrong).select_related(
        "training__facilitator", "session__programme", "session__ics"
    )
    for guest in rows.order_by("pk"):
        yield Breach(
            str(guest),
            f"What {guest.training.facilitator.name} attended is not what the register of {guest.session} says.",
            "Save the register of the session again.",
            guest.session.programme.academy_id,
            f"implementationsession:{guest.session_id}",
        )


def _member_counts(now: datetime.datetime) -> Iterator[Breach]:
    noted = Participation.objects.filter(
        training=OuterRef("training"),
        source=Concat(Value("action_learning:"), Cast(OuterRef("meeting"), CharField())),
    )
    wrong = Q(Exists(noted)) & Q(came=False) | ~Q(Exists(noted)) & Q(came=True)
    rows = SetAttendance.objects.filter(wrong).select_related(
        "training__facilitator", "meeting__learning_set__programme"
    )
    for row in rows.order_by("pk"):
        learning_set = row.meeting.learning_set
        yield Breach(
            str(row),
            f"What {row.training.facilitator.name} attended is not what the register of {row.meeting} says.",
            "Save the register of this date again.",
            learning_set.programme.academy_id,
            f"learningset:{learning_set.pk}",
        )


RULES = (
    Rule(
        "notice-of-another-programme",
        "A notice is on the board of its author’s programme, and replies to a post of it.",
        _notice_elsewhere,
    ),
    Rule(
        "implementation-counts",
        "Whoever came to an implementation session has it counted, and nobody else.",
        _guest_counts,
    ),
    Rule(
        "action-learning-counts",
        "Whoever came to an action learning set has it counted, and nobody else.",
        _member_counts,
    ),
)
