"""Reminders of commitments: worded to help, at most one a night to each person, none to who owes nothing.

For a window of 12 months they go after 3, 6, 9 and 11 months; for any other after the same parts of it, in whole months
rounded up, and none in its last. Pauses move them as they move the end. What an outage left out is made up by one mail.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet

from facilitators.domain import commitments, owed, windows
from facilitators.domain.people import register
from facilitators.models import Commitment, CommitmentReminder, Facilitator
from programmes.domain.wording import local_date
from programmes.models import Obligation

# So many commitments are held at once.
_BATCH = 1000
# Of a window of 12 months.
MARKS = (3, 6, 9, 11)


def months_of(commitment: Commitment) -> int:
    """The length of a commitment's own window in months; 0 where it has no end."""
    if commitment.first_due_on is None:
        return 0
    if commitment.window == Obligation.Window.EVERY_YEAR:
        return 12
    start, end = commitment.starts_on, commitment.first_due_on
    return (end.year - start.year) * 12 + end.month - start.month


def marks_of(months: int) -> list[int]:
    """After how many months of a window somebody is reminded: [3, 6, 9, 11] of 12, [2, 3, 5] of 6."""
    rounded_up = {-(-months * mark // 12) for mark in MARKS}
    return sorted(mark for mark in rounded_up if mark < months)


def passed(
    commitment: Commitment, pauses: Iterable[tuple[datetime.date, datetime.date]], today: datetime.date
) -> list[int]:
    """The reminders of a commitment whose day has come, in months; pauses move each."""
    listed = list(pauses)
    start = commitment.starts_on
    return [
        months
        for months in marks_of(months_of(commitment))
        if windows.moved(start, windows.months_later(start, months), listed) <= today
    ]


def to_remind(now: datetime.datetime) -> list[int]:
    """The facilitators of whom some commitment has a reminder that is due and was not sent."""
    today = local_date(now)
    rows = _owed_on(today).iterator(chunk_size=_BATCH)
    return sorted({row.training.facilitator_id for row in rows if _due(row, today)})


def remind(facilitator_id: int, *, now: datetime.datetime) -> bool:
    """Remind a facilitator of what they owe in one programme, that which ends first; return whether a mail was queued.

    What is due in another programme waits for the next night. Every reminder whose day has come counts as sent.
    """
    today = local_date(now)
    with transaction.atomic():
        list(Facilitator.objects.select_for_update(no_key=True).filter(pk=facilitator_id).only("pk"))
        sent = CommitmentReminder.objects.filter(commitment__training__facilitator=facilitator_id)
        last = sent.order_by("-sent_at").values_list("sent_at", flat=True).first()
        if last is not None and local_date(last) >= today:
            return False
        rows = list(_owed_on(today).filter(training__facilitator=facilitator_id))
        due = [row for row in rows if _due(row, today)]
        if not due:
            return False
        training = due[0].training
        own = [row for row in rows if row.training_id == training.pk]
        CommitmentReminder.objects.bulk_create(
            CommitmentReminder(commitment=row, months=months, sent_at=now)
            for row in own
            for months in _due(row, today)
        )
        register.tell(
            training.facilitator,
            "commitment_reminder",
            programme=training.programme,
            occasion=f"training:{training.pk}:{today.isoformat()}",
            now=now,
            context={"owed": "\n".join(owed.lines(own))},
        )
        return True


def _owed_on(today: datetime.date) -> QuerySet[Commitment]:
    """What is owed on a day, with an end that has not passed, by those who do not pause; first what ends first."""
    rows = Commitment.objects.open().filter(due_on__gte=today).exclude(commitments.paused_on(today))
    rows = rows.select_related("training__programme", "training__facilitator")
    return rows.prefetch_related("training__pauses", "reminders").order_by("due_on", "pk")


def _due(commitment: Commitment, today: datetime.date) -> list[int]:
    """The reminders of a commitment whose day has come, and which were not sent."""
    pauses = [(pause.from_on, pause.until_on) for pause in commitment.training.pauses.all()]
    sent = {reminder.months for reminder in commitment.reminders.all()}
    return [months for months in passed(commitment, pauses, today) if months not in sent]
