"""Calendar, facilitators' own pages, staff's lists, the yield and the clocks, with 100 and with 10,000 facilitators."""

import os
import statistics
import time
import tracemalloc
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from benchmarks import Figure, facilitator_crowd
from benchmarks.facilitator_crowd import World
from facilitators import tasks
from facilitators.domain import certificate_expiry, commitments, reminders
from facilitators.domain.calendar import bookings, circle_asking
from facilitators.domain.community import digest
from facilitators.domain.covering import cover
from facilitators.domain.evaluation import asking
from facilitators.domain.people import register
from facilitators.domain.yields.counting import By
from facilitators.models import Booking, Circle
from programmes.domain import integrity, links
from programmes.models import Link

FEW, MANY = 100, int(os.environ.get("CROWD", "10000"))
TIMES = 7
# What each clock looks for, and the clock itself.
Clock = tuple[Callable[..., Collection[object]], Callable[[], int]]
CLOCKS: dict[str, Clock] = {
    "years of commitments": (commitments.to_turn, tasks.turn_years),
    "reminders of commitments": (reminders.to_remind, tasks.remind_of_commitments),
    "circles under their minimum": (circle_asking.to_ask, tasks.ask_about_circles),
    "reminders of circles": (bookings.to_remind, tasks.remind_of_circles),
    "circles that were held": (asking.circles_to_ask_about, tasks.ask_about_held_circles),
    "how it goes": (asking.trainings_to_ask, tasks.ask_how_it_goes),
    "certificates that expire": (certificate_expiry.to_remind, tasks.remind_of_certificates),
    "cover": (lambda now: cover.to_look_into(), tasks.look_for_cover),
    "mails about the noticeboard": (digest.to_mail, tasks.send_noticeboard_digests),
}


@dataclass(frozen=True)
class Asked:
    """An address that is opened; a file that is taken away is posted for."""

    address: str
    post: bool = False

    def open(self, client: Client) -> int:
        """Open it; return its status."""
        answer = client.post(self.address) if self.post else client.get(self.address)
        # A file is written while it is read.
        _ = b"".join(answer) if answer.streaming else answer.content
        return int(answer.status_code)


def addresses(world: World) -> dict[str, Asked]:
    """Return what is opened, by what it is called."""
    return {**public(world), **own(world), **staff(world)}


def public(world: World) -> dict[str, Asked]:
    """The calendar of circles, and what belongs to one of them."""
    calendar, feed = reverse("circles"), reverse("circles_calendar")
    its = world.taught[0]
    narrow: dict[str, str | int] = {
        "topic": its.topics[0].pk,
        "ics": world.systems[0].code,
        "where": "online",
    }
    month: dict[str, str | int] = {"view": "month", "month": f"{timezone.localdate():%Y-%m}"}
    ahead = Circle.objects.ahead(timezone.now()).filter(programme=its.programme)
    circle = ahead.order_by("-pk")[0]
    booking = Booking.objects.seated().filter(circle__in=ahead).order_by("-pk")[0]
    link = links.mint(Link.Opens.BOOKING, booking.pk, sent_to=booking.email, now=timezone.now())
    return {
        "calendar": Asked(calendar),
        "calendar, third page": Asked(f"{calendar}?page=3"),
        "calendar, narrowed": Asked(f"{calendar}?{urlencode(narrow)}"),
        "calendar by month": Asked(f"{calendar}?{urlencode(month)}"),
        "calendar by month, narrowed": Asked(f"{calendar}?{urlencode(month | narrow)}"),
        "calendar to subscribe to": Asked(feed),
        "calendar to subscribe to, narrowed": Asked(f"{feed}?{urlencode(narrow)}"),
        "circle, with its booking": Asked(reverse("circle", args=[circle.reference])),
        "booking, by its link": Asked(reverse("booking", args=[links.token_of(link)])),
    }


def own(world: World) -> dict[str, Asked]:
    """The pages of one facilitator."""
    assert world.last
    token = links.token_of(register.link_for(world.last.facilitator, now=timezone.now()))
    directory = reverse("facilitator_directory", args=[token])
    return {
        "facilitator's own page": Asked(reverse("facilitator", args=[token])),
        "facilitator's deliveries": Asked(reverse("facilitator_deliveries", args=[token])),
        "directory": Asked(directory),
        "directory, second page": Asked(f"{directory}?page=2"),
        "directory, searched for a name": Asked(f"{directory}?words=facilitator+7"),
        "directory, by language and place": Asked(f"{directory}?language=polish&place=kent"),
        "noticeboard": Asked(reverse("facilitator_noticeboard", args=[token])),
        "facilitator's ICS": Asked(reverse("facilitator_ics", args=[token])),
        "log a delivery": Asked(reverse("facilitator_log", args=[token])),
    }


def staff(world: World) -> dict[str, Asked]:
    """The staff's home page, their lists and the pages that count."""
    assert world.last
    lists = {
        model.__name__: reverse(f"admin:facilitators_{model._meta.model_name}_changelist")
        for model in apps.get_app_config("facilitators").get_models()
        if admin.site.is_registered(model)
    }
    found = {
        f"list of {apps.get_model('facilitators', name)._meta.verbose_name_plural}": Asked(address)
        for name, address in lists.items()
    }
    programme = world.taught[0].programme.pk
    narrowed: dict[str, tuple[str, dict[str, str | int]]] = {
        "facilitators searched for a name": ("Facilitator", {"q": "Facilitator 77"}),
        "facilitators who are active": ("Facilitator", {"standing": "active"}),
        "facilitators of a programme": ("Facilitator", {"programme": programme}),
        "deliveries to confirm": ("Delivery", {"state": "logged"}),
        "deliveries of a programme, third page": ("Delivery", {"programme": programme, "p": 3}),
        "deliveries searched for a name": ("Delivery", {"q": "Facilitator 77"}),
        "commitments overdue": ("Commitment", {"stands": "overdue"}),
        "circles to come": ("Circle", {"when": "ahead"}),
        "bookings searched for a name": ("Booking", {"q": "Participant 77"}),
        "cover requests of circles to come": ("CoverRequest", {"when": "ahead"}),
    }
    for what, (name, query) in narrowed.items():
        found[what] = Asked(f"{lists[name]}?{urlencode(query)}")
    counted = reverse("admin:facilitators_delivery_yield")
    for by in By:
        found[f"yield by {by.label if by == By.ICS else by.label.lower()}"] = Asked(
            f"{counted}?by={by.value}"
        )
    results = reverse("admin:facilitators_evaluationresponse_results", args=[programme])
    return {
        "staff's home page": Asked(reverse("admin:index")),
        **found,
        "yield of one ICS by year": Asked(f"{counted}?by=year&ics={world.systems[0].pk}"),
        "yield as a file": Asked(f"{reverse('admin:facilitators_delivery_yield_file')}?by=ics", post=True),
        "results of evaluations": Asked(results),
        "page of an ICS": Asked(
            reverse("admin:facilitators_implementationsession_ics", args=[programme, world.systems[0].pk])
        ),
        "staff's page of a facilitator": Asked(
            reverse("admin:facilitators_facilitator_change", args=[world.last.facilitator_id])
        ),
    }


def queries(client: Client, asked: dict[str, Asked]) -> dict[str, int]:
    """Return how many queries each address takes; each has to answer."""
    found = {}
    for what, one in asked.items():
        # The first time some things are remembered for the next.
        assert one.open(client) == 200, f"{what}: {one.address}"
        with CaptureQueriesContext(connection) as captured:
            one.open(client)
            found[what] = len(captured)
    return found


def milliseconds(client: Client, one: Asked) -> float:
    """Return how long an address takes: the median."""
    spent = []
    for _ in range(TIMES):
        started = time.perf_counter()
        one.open(client)
        spent.append(time.perf_counter() - started)
    return statistics.median(spent) * 1000


def looked_at(world: World) -> dict[str, tuple[int, float]]:
    """Return the queries and the milliseconds of each address."""
    client = Client()
    client.force_login(world.user)
    asked = addresses(world)
    numbers = queries(client, asked)
    return {what: (number, milliseconds(client, asked[what])) for what, number in numbers.items()}


def clocks() -> Iterator[Figure]:
    """Yield what it takes to find what each clock has to do, and how long it works for each of these."""
    for what, (find, work) in CLOCKS.items():
        now = timezone.now()
        with CaptureQueriesContext(connection) as captured:
            started = time.perf_counter()
            due = len(find(now))
            spent = time.perf_counter() - started
        tracemalloc.start()
        find(now)
        megabytes = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        how = f"{len(captured)} queries, {megabytes:.0f} MB, finds {due:,}"
        yield Figure(f"clock: {what}, to find", spent * 1000, "ms", how)
        started = time.perf_counter()
        work()
        spent = time.perf_counter() - started
        yield Figure(f"clock: {what}, in all", spent, "s", f"{spent * 1000 / due:.0f} ms each" if due else "")


def measure() -> Iterator[Figure]:
    """Yield milliseconds for each address with many facilitators beside few, and then for each clock."""
    few = looked_at(facilitator_crowd.make(FEW))
    started = time.perf_counter()
    world = facilitator_crowd.make(MANY)
    made = f"{10 * MANY:,} deliveries, {2 * MANY:,} circles"
    yield Figure(f"{MANY:,} facilitators made", time.perf_counter() - started, "s", made)
    with connection.cursor() as cursor:
        # What autovacuum does within minutes; the database of a measurement does not live so long.
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    for what, (many, spent) in looked_at(world).items():
        before, was = few[what]
        same = f"{many} queries" if many == before else f"{many} queries, {before} before"
        yield Figure(what, spent, "ms", f"{same}; {was:,.0f} ms with {FEW}, {spent / was:.1f} times as long")
    started = time.perf_counter()
    report = integrity.check(timezone.now(), started_by="A measurement")
    found = f"{report.rules} rules, {len(report.findings)} findings"
    yield Figure("nightly check", time.perf_counter() - started, "s", found)
    yield from clocks()
