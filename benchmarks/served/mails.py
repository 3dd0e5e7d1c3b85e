"""Mails that wait in the outbox, and their nudges in Redis, as pages leave them for a worker."""

import datetime
import time
from typing import TYPE_CHECKING

from tests.support.smtp import Sink

if TYPE_CHECKING:
    from programmes.models import Programme

SECONDS = 900


def queue(programme: "Programme", many: int, *, now: datetime.datetime, named: str = "reader") -> None:
    """Put so many receipts of a programme into the outbox, due at ``now``, each about an application of its own."""
    from applications.models import Application
    from programmes.models import Message
    from tests import factories

    people = Application.objects.bulk_create(
        factories.ApplicationFactory.build(
            programme=programme,
            reference=f"{named[:3].upper()}-{number:07}",
            email=f"{named}{number}@example.org",
            email_key=f"{named}{number}@example.org",
            address_key=f"{named}{number}@example.org",
            name=f"Sam Applicant {number}",
            state="under_review",
            submitted_at=now,
            created_at=now,
            state_since=now,
        )
        for number in range(many)
    )
    Message.objects.bulk_create(
        Message(
            dedupe_key=f"received:{one.reference}",
            event="received",
            programme=programme,
            about=one.about,
            to_name=one.name,
            to_address=one.email,
            context={
                "reference": one.reference,
                "applicant": one.name,
                "waits_on": "It waits on the academy.",
                "next": "The academy will review it.",
            },
            created_at=now,
            not_before=now,
        )
        for one in people
    )


def nudge(redis: str) -> None:
    """Ask the workers behind a broker to send each mail that waits, one job for each, as the page that caused it."""
    from celery import Celery

    from programmes.models import Message

    with Celery(broker=redis) as jobs, jobs.producer_or_acquire() as producer:
        for pk in Message.objects.filter(status="queued").values_list("pk", flat=True):
            jobs.send_task("programmes.tasks.send_messages", [[pk]], producer=producer, ignore_result=True)


def wait_for(sink: Sink, many: int) -> float:
    """Wait until a mail server has so many mails; returns the seconds. Raises RuntimeError after `SECONDS`."""
    started = time.perf_counter()
    while time.perf_counter() - started < SECONDS:
        if len(sink.kept) >= many:
            return time.perf_counter() - started
        time.sleep(0.05)
    raise RuntimeError(f"{len(sink.kept)} of {many} mails arrived in {SECONDS} seconds.")
