"""What a whole submission asks the database, request by request, where others have applied before."""

import re

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from benchmarks.served import client, counting, journey
from programmes.domain import announcements, catalogue
from programmes.domain.organisations import load_integrated_care_systems

# By the end of the path: statements of the GET and of the POST. Savepoints are not counted.
STEPS = {
    "/programmes/{slug}/": (0,),
    "/eligibility/": (0, 0),
    "/start/": (0, 8),
    "/check-your-email/": (0,),
    "/my/": (1,),
    "/about/": (1, 4),
    "/questions/": (1, 5),
    "/cohorts/": (1, 6),
    "/needs/": (1, 3),
    "/approvers/": (1, 5),
    "/declarations/": (1, 6),
    "/submitted/": (1,),
}


@pytest.fixture
def programmes(settings, monkeypatch):
    """The shipped programmes, kept as with a Redis; no mail is sent."""
    settings.KEEP_PAGES = True
    # Sending is a job of its own; only what the pages ask is counted.
    monkeypatch.setattr(announcements.messages_queued, "_subscribers", [])
    cache.clear()
    load_integrated_care_systems()
    catalogue.load_for_demo(today=timezone.localdate())
    # Pages are kept until the minute is over.
    with time_machine.travel(timezone.now(), tick=False):
        yield
    cache.clear()


class Recorder:
    """Asks as a browser does, and counts the statements of each request."""

    def __init__(self) -> None:
        self.found: dict[str, tuple[int, ...]] = {}
        self._ask = counting.in_process()

    def __call__(self, request: bytes) -> client.Answer:
        counted = counting.Counted()
        with connection.execute_wrapper(counted):
            answer = self._ask(request)
        path = request.split()[1].decode().partition("?")[0]
        own = re.sub(r"^/my/[^/]+/(?=.)", "/", path)
        name = "/my/" if own.startswith("/my/") else re.sub(r"^/programmes/[^/]+/(?=.)", "/", own)
        self.found[name] = (*self.found.get(name, ()), counted.statements)
        return answer


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("programmes")
@pytest.mark.parametrize(
    ("slug", "checking", "total"),
    [("active-bystander", (1, 13), 59), ("leadership-support-circles", (1, 12), 48)],
)
def test_a_whole_submission_takes_at_most_sixty_statements(
    slug: str, checking: tuple[int, int], total: int
) -> None:
    # The first of an ICS makes the row of its nominations, which public pages show.
    for who in ("first", "second"):
        journey.submit(journey.Browser(counting.in_process()), slug, who)
    recorder = Recorder()

    journey.submit(journey.Browser(recorder), slug, "third")

    expected = {path.format(slug=slug): counts for path, counts in STEPS.items()} | {"/check/": checking}
    assert recorder.found == {path: expected[path] for path in recorder.found}
    assert sum(map(sum, recorder.found.values())) == total <= 60
