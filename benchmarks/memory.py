"""What a web worker and a Celery worker hold in memory: at the start, and as their work goes on."""

import os
from collections.abc import Iterator
from functools import partial
from itertools import cycle

from django.urls import reverse
from django.utils import timezone

from benchmarks import Figure, crowd
from benchmarks.served import client, journey, mails, servers, world
from tests.support import smtp

SERVED = True
REQUESTS = [int(number) for number in os.environ.get("REQUESTS", "100,1000,10000").split(",")]
MAILS = int(os.environ.get("MAILS", "2000"))
ROWS = int(os.environ.get("CROWD", "10000"))


def measure() -> Iterator[Figure]:
    """Yield megabytes of the largest worker, and what all the processes share counted once."""
    with world.world() as here:
        cookie = world.staff_cookie(crowd.make(ROWS))
        world.analyse()
        with here.served() as (ours, _):
            yield _held("web worker at the start", ours)
            requests = cycle(_mixed(here, ours.port, cookie))
            done = 0
            for number in REQUESTS:
                client.rate(ours.port, lambda _: next(requests), times=number - done, expected=200)
                done = number
                yield _held(f"web worker after {number:,} requests of mixed pages", ours)
        yield from _celery(here)


def _mixed(here: world.World, port: int, cookie: str) -> list[bytes]:
    """Public pages, the steps of an application, and staff's lists and pages."""
    ask = partial(client.ask, port)
    slug = here.programmes[0].slug
    draft = journey.Browser(ask)
    home = journey.fill_in(draft, slug, "draft")[0].removesuffix("check/")
    public = [
        "/",
        f"/programmes/{slug}/",
        f"/programmes/{slug}/eligibility/",
        reverse("circles"),
        "/privacy/",
    ]
    own = [home + step for step in ("", "about/", "questions/", "cohorts/", "check/")]
    lists = ("applications_application", "programmes_message", "cohorts_place", "programmes_organisation")
    staff = [reverse("admin:index"), *(reverse(f"admin:{one}_changelist") for one in lists)]
    searched = f"{reverse('admin:applications_application_changelist')}?q=Applicant+77"
    return [*map(client.get, public + own), *(client.get(path, cookie) for path in [*staff, searched])]


def _celery(here: world.World) -> Iterator[Figure]:
    with smtp.listening() as sink:
        environment = here.environment | {"EMAIL_URL": f"smtp://127.0.0.1:{sink.port}"}
        with servers.celery_worker(environment) as worker:
            yield _held("Celery worker at the start", worker)
            mails.queue(here.programmes[0], MAILS, now=timezone.now())
            mails.nudge(here.environment["REDIS_URL"])
            mails.wait_for(sink, MAILS)
            yield _held(f"Celery worker after {MAILS:,} mails", worker)


def _held(what: str, server: servers.Server) -> Figure:
    workers = server.workers()
    all_of_it = sum(servers.proportional(pid) for pid in [server.pid, *workers]) / 1e6
    how = f"the largest of {len(workers)}; with the process that minds them {all_of_it:.0f} MB, what they share once"
    return Figure(what, server.memory() / 1e6, "MB", how)
