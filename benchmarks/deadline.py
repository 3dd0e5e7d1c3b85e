"""Two hundred submissions at once at a deadline, and two thousand mails drained by a Celery worker."""

import datetime
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import timezone

from benchmarks import Figure
from benchmarks.served import client, journey, mails, servers, world
from tests import factories, scenarios
from tests.support import smtp

SERVED = True
PEOPLE = int(os.environ.get("PEOPLE", "200"))
MAILS = int(os.environ.get("MAILS", "2000"))
# Who sends forms at once.
PRESSING = 4
# Until the deadline. Half of the submissions or so come in time; it is measured how many.
SECONDS = float(os.environ.get("DEADLINE_SECONDS", "0"))
REFUSED = "closed at"


def measure() -> Iterator[Figure]:
    """Yield who got in and who did not, the longest wait, and the seconds of the mails."""
    with world.world() as here:
        yield from _deadline(here)
        yield from _drained(here)


@dataclass(frozen=True)
class _Answered:
    """One submission: when its form was sent and its answer read, and what came back."""

    sent_at: datetime.datetime
    read_at: datetime.datetime
    answer: client.Answer

    @property
    def accepted(self) -> bool:
        """Whether the page that says “submitted” came."""
        return self.answer.status == 302 and self.answer.location.endswith("/submitted/")

    @property
    def seconds(self) -> float:
        """The wait."""
        return (self.read_at - self.sent_at).total_seconds()


def _deadline(here: world.World) -> Iterator[Figure]:
    from applications.models import Application
    from programmes.models import Message

    now = timezone.now()
    programme = factories.ProgrammeFactory(
        opens_at=now - datetime.timedelta(days=1), closes_at=now + datetime.timedelta(days=1)
    )
    drafts = [scenarios.filled_in(programme, now=now) for _ in range(PEOPLE)]
    requests = [world.submission_of(world.link_to(draft)) for draft in drafts]
    trial = [scenarios.filled_in(programme, now=now) for _ in range(PRESSING * 10)]
    warm = [world.submission_of(world.link_to(draft)) for draft in trial]
    world.analyse()
    with here.served() as (ours, _):
        # The second time it is warm.
        for some in (warm[: len(warm) // 2], warm[len(warm) // 2 :]):
            speed = client.rate(ours.port, some.__getitem__, times=len(some), expected=302, at_once=PRESSING)
        ahead = SECONDS or PEOPLE / speed.a_second / 2
        programme.closes_at = timezone.now() + datetime.timedelta(seconds=ahead)
        programme.save()
        answers = _pressed(ours.port, requests)
    accepted = [one for one in answers if one.accepted]
    refused = [
        one for one in answers if one.answer.status == 200 and REFUSED in journey.words_of(one.answer.body)
    ]
    mine = Application.objects.filter(pk__in=[draft.pk for draft in drafts])
    stored = mine.exclude(submitted_at=None)
    late = stored.filter(submitted_at__gte=programme.closes_at).count()
    too_early = sum(one.read_at < programme.closes_at for one in refused)
    about = [application.about for application in stored]
    receipts = Message.objects.filter(event="received", about__in=about).count()
    longest = max(one.seconds for one in answers)
    yield Figure(f"{PEOPLE} submissions pressed by {PRESSING} at once", longest, "s", "the longest wait")
    kept = f"{stored.count()} are in the database, with {receipts} receipts"
    yield Figure("said to be submitted", len(accepted), "", kept)
    yield Figure(
        "refused with the deadline in a sentence", len(refused), "", f"{too_early} of them before it"
    )
    yield Figure("accepted after the deadline", late, "", "none may be")
    yield Figure("answered otherwise, or lost", PEOPLE - len(accepted) - len(refused), "", "none may be")


def _pressed(port: int, requests: list[bytes]) -> list[_Answered]:
    """Send the forms, four at a time, one after the other."""
    waiting, answers, lock = iter(requests), [], threading.Lock()

    def press() -> None:
        while True:
            with lock:
                mine = next(waiting, None)
            if mine is None:
                return
            sent = timezone.now()
            answer = client.ask(port, mine)
            answers.append(_Answered(sent, timezone.now(), answer))

    threads = [threading.Thread(target=press) for _ in range(PRESSING)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _drained(here: world.World) -> Iterator[Figure]:
    """Mails with a nudge each, as pages leave them; and mails without, which the sweep of every 15 s sends."""
    from programmes.models import Message

    Message.objects.all().delete()
    with smtp.listening() as sink:
        environment = here.environment | {"EMAIL_URL": f"smtp://127.0.0.1:{sink.port}"}
        mails.queue(here.programmes[0], MAILS, now=timezone.now())
        mails.nudge(here.environment["REDIS_URL"])
        started = time.perf_counter()
        with servers.celery_worker(environment):
            ready = time.perf_counter() - started
            spent = mails.wait_for(sink, MAILS)
            yield _arrived(
                "each with its nudge", sink, MAILS, spent, f"the worker was ready after {ready:.1f} s"
            )
            sink.kept.clear()
            mails.queue(here.programmes[0], MAILS, now=timezone.now(), named="swept")
            with servers.beat(environment, here.folder):
                spent = mails.wait_for(sink, MAILS)
                yield _arrived(
                    "by the sweep of every 15 s alone", sink, MAILS, spent, "the start of beat included"
                )


def _arrived(how: str, sink: smtp.Sink, promised: int, seconds: float, note: str) -> Figure:
    arrived: Counter[str] = sink.arrived()
    twice = sum(number > 1 for number in arrived.values())
    found = f"{promised / seconds:.0f} a second; {len(arrived)} arrived, {twice} twice; {note}"
    return Figure(f"{promised:,} mails, {how}", seconds, "s", found)
