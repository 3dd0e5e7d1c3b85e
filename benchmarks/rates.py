"""Requests a second as served by gunicorn, beside a bare Django page and a bare insert in the same run."""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count

from django.urls import reverse

from benchmarks import Figure, crowd
from benchmarks.served import client, counting, journey, world
from benchmarks.served.servers import Server
from tests import factories

SERVED = True
# Pairs of ours and the bare one, one after the other, of which the medians are taken; and the seconds of each.
ROUNDS = int(os.environ.get("ROUNDS", "5"))
SECONDS = float(os.environ.get("SECONDS", "1"))
FEW, MANY = 100, int(os.environ.get("CROWD", "10000"))
SEATS = 25
# All parts, or those named: PARTS=staff measures the staff's pages alone.
PARTS = os.environ.get("PARTS", "public,applying,staff,anew").split(",")
Request = Callable[[int], bytes]


@dataclass
class Pair:
    """The portal and the bare project, and how fast the bare one's addresses are known to be."""

    ours: Server
    bare: Server

    def against(self, what: str, request: Request, *, insert: bool = False, expected: int = 200) -> Figure:
        """Ask ours and the bare one in turns; return ours a second, and its ratio to the bare one's."""
        compared: Request = _bare_insert if insert else _bare_page
        each = [(self.ours, request, expected), (self.bare, compared, 200)]
        numbers = count()

        def ask(server: Server, made: Request, status: int, times: int) -> client.Rate:
            first = next(numbers) * 100_000
            return client.rate(server.port, lambda number: made(first + number), times=times, expected=status)

        times = []
        for server, made, status in each:
            # It is warm after this.
            speed = ask(server, made, status, 12).a_second
            times.append(max(12, int(speed * SECONDS)))
        found: list[list[client.Rate]] = [[], []]
        for _ in range(ROUNDS):
            for which, (server, made, status) in enumerate(each):
                found[which].append(ask(server, made, status, times[which]))
        mine, theirs = (statistics.median(one.a_second for one in rates) for rates in found)
        named = "insert" if insert else "page"
        middle = statistics.median(one.median for one in found[0]) * 1000
        slow = max(one.slowest for one in found[0]) * 1000
        how = f"ratio {mine / theirs:.2f} to the bare {named}'s {theirs:,.0f}"
        return Figure(what, mine, "a second", f"{how}; {middle:.0f} ms, of 100 the 95th {slow:.0f} ms")


def _opened(path: str, cookie: str = "") -> Request:
    made = client.get(path, cookie)
    return lambda _: made


def _bare_page(number: int) -> bytes:
    return client.get(f"/page?slug=thing-{number % 1000 + 1}")


def _bare_insert(number: int) -> bytes:
    return client.post("/insert", [("name", f"Sam Applicant {number}"), ("email", f"p{number}@example.org")])


def measure() -> Iterator[Figure]:
    """Yield requests a second and ratios: public pages, steps, submissions, bookings, staff's lists."""
    with world.world() as here:
        circles = [_circle(here) for _ in range(40)]
        world.analyse()
        public = {
            "programme page": f"/programmes/{here.programmes[0].slug}/",
            "home": "/",
            "calendar of circles": reverse("circles"),
            "circle page": reverse("circle", args=[circles[0]]),
            "privacy notice": reverse("privacy"),
        }
        with here.served() as (ours, bare):
            pair = Pair(ours, bare)
            if "public" in PARTS:
                yield from _public(pair, public, "")
            if "applying" in PARTS:
                yield from _applying(here, pair)
                yield pair.against(
                    "booking a circle (POST)", partial(_booking, circles), insert=True, expected=302
                )
            if "staff" in PARTS:
                yield from _staff(pair)
        if "anew" in PARTS:
            with here.served(CACHE_URL="locmemcache://") as (ours, bare):
                yield from _public(Pair(ours, bare), public, ", made anew each time")


def _public(pair: Pair, pages: dict[str, str], how: str) -> Iterator[Figure]:
    for what, address in pages.items():
        yield pair.against(f"{what}{how}", _opened(address))


def _circle(here: world.World) -> str:
    """An online circle of 25 a month from now; returns its reference."""
    from datetime import timedelta

    from django.utils import timezone

    topic = factories.TopicFactory(programme=here.programmes[0])
    starts = timezone.now() + timedelta(days=30)
    return str(factories.CircleFactory(topic=topic, starts_at=starts, maximum=SEATS).reference)


def _booking(circles: list[str], number: int) -> bytes:
    """Somebody's booking; the circles fill one after the other."""
    path = reverse("circle", args=[circles[number % 100_000 // SEATS % len(circles)]])
    return client.post(path, world.booking(f"participant{number}"), world.csrf_cookie())


def _applying(here: world.World, pair: Pair) -> Iterator[Figure]:
    """Each step and the status page of one applicant, and whole submissions to each programme."""
    ask = partial(client.ask, pair.ours.port)
    for programme in here.programmes:
        recorded = journey.record(ask, programme.slug, f"first{programme.pk}")
        draft = journey.Browser(ask)
        home = journey.fill_in(draft, programme.slug, f"draft{programme.pk}")[0].removesuffix("check/")
        if programme == here.programmes[0]:
            steps = dict.fromkeys(
                one.path.removeprefix(recorded.home)
                for one in recorded.requests
                if one.path.startswith(recorded.home) and one.fields is None
            )
            for step in steps:
                status = step in ("", "submitted/")
                path = (recorded.home if status else home) + step
                what = f"step “{step.strip('/')}”" if step else "status page"
                yield pair.against(what, _opened(path))
        yield from _submissions(programme.slug, recorded, pair)
        yield from counting.of_a_submission(programme.slug)


def _submissions(slug: str, recorded: journey.Recording, pair: Pair) -> Iterator[Figure]:
    """Whole submissions, three people at once, request for request beside the bare insert.

    Counted until the last of them begins: after that fewer than three ask, and a worker waits for us.
    """
    theirs_at_a_time = max(12, int(1400 * SECONDS))
    ours, theirs = [], []
    for number in range(ROUNDS):
        people = [recorded.of(f"a{number}n{person}p") for person in range(max(6, int(21 * SECONDS)))]
        ours.append(_while_three_ask(people, pair.ours.port))
        theirs.append(
            client.rate(pair.bare.port, _bare_insert, times=theirs_at_a_time, expected=200).a_second
        )
    mine_a_second, bare_a_second = statistics.median(ours), statistics.median(theirs)
    yield Figure(
        f"whole submission to {slug}",
        mine_a_second,
        "a second",
        f"requests; {len(recorded.requests)} each; ratio {mine_a_second / bare_a_second:.2f} "
        f"to the bare insert's {bare_a_second:,.0f}",
    )


def _while_three_ask(people: list[journey.Submission], port: int) -> float:
    """The requests a second of people who submit, each with all of their requests, three at once."""
    begun: list[float] = []
    answered: list[float] = []

    def ask(request: bytes) -> client.Answer:
        answer = client.ask(port, request)
        answered.append(time.perf_counter())
        return answer

    def submit(one: journey.Submission) -> None:
        begun.append(time.perf_counter())
        one.make(ask)

    client.at_once(submit, people)
    first, last = min(begun), max(begun)
    return sum(moment <= last for moment in answered) / (last - first)


def _staff(pair: Pair) -> Iterator[Figure]:
    """The staff's home page and list of applications, with few and with many."""
    for people in (FEW, MANY):
        cookie = world.staff_cookie(crowd.make(people))
        world.analyse()
        addresses = {
            "staff's home page": reverse("admin:index"),
            "list of applications": reverse("admin:applications_application_changelist"),
        }
        # What the first page gives, a browser sends with those after it.
        first = client.ask(pair.ours.port, client.get(addresses["staff's home page"], cookie))
        sent = "; ".join([cookie, *(f"{name}={value}" for name, value in first.cookies.items())])
        for what, path in addresses.items():
            yield pair.against(f"{what}, {people:,} rows", _opened(path, sent))
