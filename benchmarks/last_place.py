"""Forty claims at once on the last place: one winner, and how long until the last has heard, beside a bare row lock."""

import contextlib
import datetime
import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator

from django.db import connection, connections, transaction
from django.urls import reverse
from django.utils import timezone

from benchmarks import Figure
from benchmarks.served import client, journey, world
from cohorts.domain import places
from cohorts.domain.capacity import CohortFull
from tests import factories, scenarios

SERVED = True
CLAIMS = int(os.environ.get("CLAIMS", "40"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))
# PostgreSQL plans the first five anew.
KEPT_AFTER = 7
# Of one ICS, by the programme's own rule.
ALLOWED = 5


def measure() -> Iterator[Figure]:
    """Yield seconds and winners: over HTTP by two workers, and by the domain's verb in forty threads."""
    with world.world() as here:
        over_http = [_Nominations() for _ in range(ROUNDS)]
        circles = [_seat(here) for _ in range(ROUNDS)]
        by_verb = {which: [_Nominations() for _ in range(ROUNDS)] for which in ("new", "in use")}
        seats = {which: [_Seat() for _ in range(ROUNDS)] for which in by_verb}
        world.analyse()
        with here.served() as (ours, bare):
            yield from _by_http(ours.port, bare.port, over_http, circles)
        for which in by_verb:
            yield from _by_verb(which, seats[which], by_verb[which])


class _Nominations:
    """A programme with one nomination left for an ICS, and as many complete drafts from it as there are claims."""

    def __init__(self) -> None:
        now = timezone.now()
        self.programme = factories.ProgrammeFactory(
            limited=True,
            opens_at=now - datetime.timedelta(days=1),
            closes_at=now + datetime.timedelta(days=9),
            nominations_allowed=ALLOWED,
        )
        factories.ApprovalStepFactory(programme=self.programme)
        ics = factories.IntegratedCareSystemFactory()
        for _ in range(ALLOWED - 1):
            scenarios.submitted(self.programme, ics=ics, now=now)
        self.drafts = [scenarios.filled_in(self.programme, ics=ics, now=now) for _ in range(CLAIMS)]
        self.requests = [world.submission_of(world.link_to(draft)) for draft in self.drafts]

    def claim(self, number: int) -> None:
        """Submit one of the drafts."""
        from applications.domain import submission

        submission.submit(self.drafts[number].pk, now=timezone.now())

    def winners(self) -> tuple[int, int]:
        """How many of the drafts have a nomination, and how many are in the reserve."""
        from applications.models import Application

        mine = Application.objects.filter(pk__in=[draft.pk for draft in self.drafts])
        return mine.exclude(nomination_number=None).count(), mine.filter(state="reserve").count()


class _Seat:
    """A cohort with one seat left, and as many people on the short list as there are claims."""

    def __init__(self) -> None:
        now = timezone.now()
        programme = factories.ProgrammeFactory(
            opens_at=now - datetime.timedelta(days=1), closes_at=now + datetime.timedelta(days=9)
        )
        self.cohort = factories.CohortFactory(programme=programme, minimum=1, maximum=12)
        self.user = scenarios.administrator_of(programme)
        *first, _ = range(12)
        for number in first:
            seated = scenarios.shortlisted(programme, now=now, email=f"seated{number}@example.org")
            places.give(seated.pk, self.cohort.pk, user=self.user, now=now)
        self.people = [
            scenarios.shortlisted(programme, now=now, email=f"wants{number}@example.org")
            for number in range(CLAIMS)
        ]

    def claim(self, number: int) -> None:
        """Give one of the people a seat."""
        with contextlib.suppress(CohortFull):
            places.give(self.people[number].pk, self.cohort.pk, user=self.user, now=timezone.now())

    def winners(self) -> tuple[int, int]:
        """How many of the people have a seat, and how many were refused one."""
        seated = self.cohort.places.taken().filter(application__in=self.people).count()
        return seated, CLAIMS - seated


def _seat(here: world.World) -> tuple[str, list[bytes]]:
    """A circle with one seat left, and the requests of those who want it."""
    topic = factories.TopicFactory(programme=here.programmes[0])
    starts = timezone.now() + datetime.timedelta(days=30)
    circle = factories.CircleFactory(topic=topic, starts_at=starts, minimum=6, maximum=6)
    for number in range(1, 6):
        factories.BookingFactory(circle=circle, seat_number=number, booked_at=timezone.now())
    path = reverse("circle", args=[circle.reference])
    requests = [
        client.post(path, world.booking(f"participant{circle.pk}.{number}"), world.csrf_cookie())
        for number in range(CLAIMS)
    ]
    return str(circle.reference), requests


def _at_once(work: Callable[[int], object], before: Callable[[int], object] = lambda _: None) -> float:
    """Let as many threads as there are claims begin at one moment; returns the seconds until the last is done.

    Each does what comes ``before`` first, which is not counted.
    """
    gate = threading.Barrier(CLAIMS + 1)
    broken: list[Exception] = []

    def one(number: int) -> None:
        try:
            before(number)
            gate.wait()
            work(number)
        except Exception as error:  # noqa: BLE001  # raised again below
            broken.append(error)
            gate.abort()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(CLAIMS)]
    for thread in threads:
        thread.start()
    with contextlib.suppress(threading.BrokenBarrierError):
        gate.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - started
    if broken:
        raise broken[0]
    return spent


def _by_http(
    ours: int, bare: int, nominations: list[_Nominations], circles: list[tuple[str, list[bytes]]]
) -> Iterator[Figure]:
    from facilitators.models import Booking

    # Warm, and away from what is counted.
    for _ in range(4):
        client.rate(ours, lambda _: client.get("/"), times=10, expected=200)
        client.rate(bare, lambda _: client.get("/page"), times=10, expected=200)
    claimed, submitted, booked = [], [], []
    statuses: list[int] = []
    for number in range(ROUNDS):
        _free_the_bare_place()
        claimed.append(_at_once(lambda _: statuses.append(client.ask(bare, client.post("/claim")).status)))
        submitted.append(_all_redirected(ours, nominations[number].requests))
        booked.append(_all_redirected(ours, circles[number][1]))
    one = statistics.median(claimed)
    yield Figure("bare claims over HTTP", one, "s", f"{statuses.count(200)} winners in {ROUNDS} rounds")
    won = [row.winners() for row in nominations]
    many = statistics.median(submitted)
    yield Figure("last nomination, by submission", many, "s", f"ratio {many / one:.1f}; {_said(won)}")
    seats = [
        (
            # Five sat there before.
            Booking.objects.filter(circle__reference=reference, state="booked").count() - 5,
            Booking.objects.filter(circle__reference=reference, state="waiting").count(),
        )
        for reference, _ in circles
    ]
    many = statistics.median(booked)
    yield Figure("last seat of a circle, by booking", many, "s", f"ratio {many / one:.1f}; {_said(seats)}")


def _said(won: list[tuple[int, int]]) -> str:
    """How many won and how many were kept waiting, in each round: one and all the others, or the count."""
    as_it_should_be = all(found == (1, CLAIMS - 1) for found in won)
    if as_it_should_be:
        return f"one winner, {CLAIMS - 1} in reserve, waiting or refused, in each of {ROUNDS} rounds"
    return f"WRONG: winners and others in each round: {won}"


def _all_redirected(port: int, requests: list[bytes]) -> float:
    answers: list[client.Answer] = []
    spent = _at_once(lambda number: answers.append(client.ask(port, requests[number])))
    others = [answer for answer in answers if answer.status != 302]
    if others:
        said = journey.words_of(others[0].body)
        raise RuntimeError(f"{len(others)} claims were not answered with a redirect: {said}")
    return spent


def _free_the_bare_place() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE bare_place SET remaining = 1")


def _by_verb(which: str, seats: list[_Seat], nominations: list[_Nominations]) -> Iterator[Figure]:
    """The domain's verbs in forty threads of this process, beside the bare lock in forty.

    On connections that are opened for it, and on some that have done the same before and taken it back: those of a
    served process are neither.
    """
    ready = _taken_back if which == "in use" else _nothing
    kinds: dict[str, list[_Seat] | list[_Nominations]] = {
        "last seat of a cohort": seats,
        "last nomination": nominations,
    }
    bare: list[float] = []
    ours: dict[str, list[float]] = {kind: [] for kind in kinds}
    for number in range(ROUNDS):
        _free_the_bare_place()
        bare.append(_at_once(_bare_lock, before=ready(_bare_lock)))
        for kind, rows in kinds.items():
            claim = rows[number].claim
            ours[kind].append(_at_once(claim, before=ready(claim)))
    one = statistics.median(bare)
    yield Figure(f"bare locks in threads, connections {which}", one, "s")
    for kind, rows in kinds.items():
        many = statistics.median(ours[kind])
        yield Figure(
            f"{kind}, by the verb, connections {which}",
            many,
            "s",
            f"ratio {many / one:.1f}; {_said([row.winners() for row in rows])}",
        )


def _nothing(_: Callable[[int], object]) -> Callable[[int], None]:
    return lambda _: None


def _taken_back(work: Callable[[int], object]) -> Callable[[int], None]:
    """Do it until PostgreSQL keeps its plans, which is after five times; what is done is taken back."""

    def tried(number: int) -> None:
        for _ in range(KEPT_AFTER):
            with transaction.atomic():
                work(number)
                transaction.set_rollback(True)

    return tried


def _bare_lock(_: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT remaining FROM bare_place WHERE id = 1 FOR UPDATE")
        if cursor.fetchone()[0]:
            cursor.execute("UPDATE bare_place SET remaining = remaining - 1 WHERE id = 1")
